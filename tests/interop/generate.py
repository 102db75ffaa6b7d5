"""Random bundles as JSON text: cycles, aliases, repeats, nulls, odd types, odd numbers, escapes and white space."""

import json
import random

EXTENSION = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"
TYPES = ["malware", "identity", "report", "indicator", "grouping", "note", "file", "ipv4-addr", "marking-definition"]
TYPES += ["relationship", "relationship", "sighting", "observed-data", "x-acme-thing", "x-mitre-analytic", "label"]
SINGLE = ["created_by_ref", "parent_ref", "x_any_ref", "_ref"]
LISTS = ["object_refs", "object_marking_refs", "x_any_refs", "_refs"]
STRINGS = [
    "plain",
    "",
    'quote " slash / \\ end',
    "line\nfeed\ttab\r\b\f",
    "\u00e9\u00df\u4e2d\u6587",
    "\U0001f600",
    "\x7f\u2028",
    "\x00\x1f",
]
NUMBERS = [
    "0",
    "-0",
    "7",
    "-12",
    "1.0",
    "1.50",
    "-0.0",
    "1e5",
    "1E-7",
    "2.5e+3",
    "0.1",
    "0.30000000000000004",
    "1e22",
    "1e16",
]
NUMBERS += ["123456789012345678901234567890", "9007199254740993", "1e400", "-1e400", "5e-324", "1e-400", "123456.789e3"]
NUMBERS += ["NaN", "Infinity", "-Infinity", "100000000000000000.0", "1e15", "0.0001", "0.00001"]


class Number(str):
    """A number as it is to be written."""


class Pairs(list):
    """An object whose keys may come twice."""


class Generator:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def chance(self, share):
        return self.random.random() < share

    def pick(self, items):
        return self.random.choice(items)

    def bundle(self):
        """(text, cleanup, event_version); self.odd tells whether there is something in it that no reference can be."""
        self.odd = False
        count = self.random.randint(1, 14)
        self.ids = ["%s--%d" % (self.pick(TYPES), self.random.randint(0, 9)) for _ in range(count)]
        self.aliases = ["internal-%d" % n for n in range(4)] + ["malware--alias", "x-acme--alias", "\u00e9--alias"]
        self.targets = (
            self.ids * 3 + self.aliases + ["malware--gone", "x-acme--gone", "free text", "", "identity--gone"]
        )
        members = [("type", "bundle"), ("objects", [self.object(id) for id in self.ids])]
        if not self.chance(0.05):
            members.append(("spec_version", "2.1"))
        members.append(
            (
                "id",
                self.pick(["bundle--1", "bundle--\u00e9", "x", None, Number("5")]) if self.chance(0.2) else "bundle--2",
            )
        )
        if self.chance(0.2):
            members.append(("x_extra", self.value(0)))
        self.random.shuffle(members)
        self.ascii, self.loose = self.chance(0.6), self.chance(0.4)
        version = self.pick([None, None, "1.0", 'v"\u00e9'])
        return self.text(Pairs(members)), self.chance(0.5), version

    def object(self, id):
        kind = id.split("--")[0] if not self.chance(0.05) else self.pick(TYPES)
        members = [("name", self.value(0))] * self.chance(0.7) + [("x_value", self.value(0))] * self.chance(0.5)
        if kind == "relationship":
            members += [(key, self.reference(0.06)) for key in ("source_ref", "target_ref")]
        elif kind == "sighting":
            members += [("sighting_of_ref", self.reference(0.1)), ("where_sighted_refs", self.references())]
        members += [(key, self.reference(0.15)) for key in SINGLE if self.chance(0.3)]
        members += [(key, None if self.chance(0.06) else self.references()) for key in LISTS if self.chance(0.4)]
        if self.chance(0.3):
            members.append(("external_references", self.external()))
        if self.chance(0.2):
            members.append(("kill_chain_phases", self.phases()))
        if self.chance(0.1):
            members.append(("nb_deps", self.value(0)))
        if self.chance(0.25):
            members.append(("x_opencti_id", self.pick(self.aliases + self.ids + ["", None])))
        if self.chance(0.2):
            extension = Pairs(
                [("id", self.pick(self.aliases + self.ids))] * self.chance(0.8) + [("extension_type", "new")]
            )
            members.append(("extensions", Pairs([(EXTENSION, extension)]) if self.chance(0.8) else None))
        if self.chance(0.1):
            members.append(self.pick(members) if members else ("name", "again"))
        members += [("type", kind), ("id", id)]
        self.random.shuffle(members)
        return Pairs(members)

    def reference(self, nothing):
        if self.chance(0.005):
            self.odd = True
            return self.pick([Number("5"), Pairs(), [], False])
        return None if self.chance(nothing) else self.pick(self.targets)

    def references(self):
        if self.chance(0.04):  # pycti follows the characters of a string and the keys of an object
            return self.pick(
                ["", "ab\u00e9", Pairs([(self.pick(self.targets), Number("1")), (self.pick(self.targets), None)])]
            )
        if self.chance(0.01):  # and raises on these, where it comes to them
            self.odd = True
            return self.pick([Number("5"), True, [Number("5")], [Pairs()], [[]]])
        return [self.pick(self.targets) for _ in range(self.pick([0, 1, 1, 2, 3, 6]))]

    def external(self):
        if self.chance(0.05):
            self.odd = True
            return self.pick(["", Pairs(), None, [None], ["x"]])
        keys = [
            ("url", ["u1", "u2", "", None, "\u00e9"]),
            ("source_name", ["s", "t", None]),
            ("external_id", ["1", "2", None]),
        ]
        return [
            Pairs(
                [(key, self.pick(values)) for key, values in keys if self.chance(0.6)]
                + [("hashes", Pairs())] * self.chance(0.2)
            )
            for _ in range(self.random.randint(0, 5))
        ]

    def phases(self):
        names = ["p", "q", "\u00e9", None]
        return [
            Pairs(
                [("kill_chain_name", self.pick(names)), ("phase_name", self.pick(names))]
                + [("x_order", self.value(0))] * self.chance(0.2)
            )
            for _ in range(self.random.randint(0, 5))
        ]

    def value(self, depth):
        kind = self.random.random()
        if kind < 0.35:
            return self.pick(STRINGS)
        if kind < 0.65:
            return Number(self.pick(NUMBERS))
        if kind < 0.8 or depth > 3:
            return self.pick([True, False, None, [], Pairs()])
        inner = [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]
        if kind < 0.9:
            return inner
        return Pairs([(self.pick(["a", "b", "\u00e9", "x_refs", "id"]), one) for one in inner])

    def text(self, value):
        if isinstance(value, Number):
            return str(value)
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, Pairs):
            inner = [self.string(key) + self.space() + ":" + self.space() + self.text(one) for key, one in value]
            return "{" + self.space() + (self.space() + "," + self.space()).join(inner) + "}"
        if isinstance(value, list):
            return "[" + self.space() + (self.space() + ",").join(self.text(one) for one in value) + self.space() + "]"
        return json.dumps(value)

    def string(self, value):
        text = json.dumps(value, ensure_ascii=self.ascii)
        if self.chance(0.05) and value.isalnum() and value.isascii():
            text = '"\\u%04X' % ord(value[0]) + text[2:]
        return text.replace("/", "\\/") if self.chance(0.1) else text

    def space(self):
        return self.pick(["", " ", "\n  ", "\t", " \r\n"]) if self.loose and self.chance(0.3) else ""
