"""Bundles for the benchmark: of ATT&CK's shape, the same many times over, a report with many references, a chain."""

import json
import random
import re
import uuid

WORDS = """adversaries may abuse command script interpreters execute payload remote service registry key value process
injection credential access token network traffic encrypted channel persistence privilege escalation defense evasion
discovery lateral movement collection exfiltration impact system binary proxy execution user account domain controller
scheduled task startup folder dynamic link library memory module kernel driver firmware boot sector cloud instance
container image repository (Citation: FireEye 2019) (Citation: Microsoft) e.g. <code>cmd.exe /c</code> HKLM\\Software
“quoted” naïve façade \t [Windows](https://attack.mitre.org/techniques/T1059) and the of in to with from by""".split()
CREATED = "2020-01-01T00:00:00.000Z"


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def id(self, kind):
        return "%s--%s" % (kind, uuid.UUID(int=self.random.getrandbits(128), version=4))

    def text(self, length):
        words, left = [], length
        while left > 0:
            words.append(self.random.choice(WORDS))
            left -= len(words[-1]) + 1
        return " ".join(words)

    def references(self, number):
        for _ in range(number):
            name = self.text(12)
            yield {
                "source_name": name,
                "url": "https://example.org/" + str(self.random.getrandbits(60)),
                "description": self.text(90),
            }

    def object(self, kind, author, marking, length, references):
        return {
            "modified": "2024-10-17T15:14:11.000Z",
            "name": self.text(20),
            "description": self.text(int(self.random.lognormvariate(0, 0.5) * length)),
            "x_mitre_domains": ["enterprise-attack"],
            "x_mitre_version": "1.1",
            "external_references": [
                {"source_name": "mitre-attack", "external_id": "T%d" % self.random.randint(1000, 9999)},
                *self.references(references),
            ],
            "object_marking_refs": [marking],
            "type": kind,
            "id": self.id(kind),
            "created": CREATED,
            "created_by_ref": author,
            "revoked": False,
            "spec_version": "2.1",
        }


def attack():
    """Of the shape of MITRE's enterprise ATT&CK: about as many objects of each type, of about the same size."""
    make = Maker(1)
    author, marking = make.id("identity"), make.id("marking-definition")
    objects = [
        {"type": "identity", "id": author, "name": "Author", "identity_class": "organization", "spec_version": "2.1"},
        {"type": "marking-definition", "id": marking, "definition_type": "statement", "definition": {"statement": "S"}},
    ]
    for kind, number, length, references in (
        ("attack-pattern", 800, 1900, 6),
        ("malware", 700, 500, 3),
        ("intrusion-set", 180, 600, 6),
        ("tool", 90, 400, 2),
        ("course-of-action", 270, 900, 1),
        ("campaign", 50, 700, 4),
        ("x-mitre-data-component", 110, 300, 1),
        ("x-mitre-analytic", 1700, 400, 1),
        ("x-mitre-detection-strategy", 700, 100, 0),
    ):
        objects += [make.object(kind, author, marking, length, references) for _ in range(number)]
    ends = [one["id"] for one in objects if one["type"] not in ("identity", "marking-definition")]
    known = [id for id in ends if not id.startswith("x-mitre-")]
    for number in range(20000):
        one = make.object("relationship", author, marking, 260, 1)
        one["relationship_type"] = "uses"
        one["source_ref"], one["target_ref"] = make.random.choice(known if number % 20 else ends), make.random.choice(
            known
        )
        objects.append(one)
    make.random.shuffle(objects)
    return json.dumps({"type": "bundle", "id": make.id("bundle"), "objects": objects}, ensure_ascii=False)


def times(text, number, to):
    """Writes the bundle with all its objects so many times, with other ids each time and the references with them."""
    bundle = json.loads(text)
    objects = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in bundle.pop("objects")]
    # Only ids that begin with eight hexadecimal digits after their type are remapped, which all UUIDs do.
    form = re.compile(r"--([0-9a-f]{8})(?=-[0-9a-f]{4}-)")
    to.write(json.dumps(bundle)[:-1] + ', "objects": [')
    for copy in range(number):
        if copy:
            to.write(",")
        to.write(",".join(form.sub(lambda found: "--%08x" % (int(found[1], 16) ^ copy << 20), one) for one in objects))
    to.write("]}")


def report(number, to):
    """One report and all that it refers to."""
    make = Maker(2)
    ids = [make.id("ipv4-addr") for _ in range(number)]
    to.write(
        '{"type":"bundle","id":"%s","objects":[{"type":"report","id":"%s","name":"r",'
        % (make.id("bundle"), make.id("report"))
    )
    to.write('"object_refs":[%s]}' % ",".join('"%s"' % id for id in ids))
    for n, id in enumerate(ids):
        to.write(',{"type":"ipv4-addr","id":"%s","value":"10.%d.%d.%d"}' % (id, n >> 16 & 255, n >> 8 & 255, n & 255))
    to.write("]}")


def chain(number, to):
    """Each object refers to the next."""
    make = Maker(3)
    ids = [make.id("note") for _ in range(number + 1)]
    to.write('{"type":"bundle","id":"%s","objects":[' % make.id("bundle"))
    for id, next_ in zip(ids, ids[1:]):
        to.write('{"type":"note","id":"%s","content":"c","object_refs":["%s"]},' % (id, next_))
    to.write('{"type":"note","id":"%s","content":"end"}]}' % ids[-1])


def addresses(number, path):
    """So many of them, a line each."""
    with open(path, "w", encoding="ascii") as file:
        for i in range(number):
            file.write("%d.%d.%d.%d\n" % (1 + i % 223, i >> 16 & 255, i >> 8 & 255, i & 255))
