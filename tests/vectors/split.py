"""Cases of the splitter, with the results of pycti's own.

split.py write            runs pycti's splitter over the cases and writes split.ndjson
split.py check OCTI_SPLIT compares octi-split with split.ndjson
split.py live OCTI_SPLIT N SEED   compares octi-split with pycti's splitter on N random bundles
"""

import json
import os
import random
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
EXTENSION = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"


def tool(number, **more):
    return dict({"type": "tool", "id": "tool--%d" % number}, **more)


def relationship(number, source, target, **more):
    ends = {"source_ref": source, "target_ref": target}
    return dict({"type": "relationship", "id": "relationship--%d" % number}, **ends, **more)


def report(number, *refs, **more):
    return dict({"type": "report", "id": "report--%d" % number, "object_refs": list(refs)}, **more)


def aliased(number, alias, **more):
    return tool(number, extensions={EXTENSION: {"id": alias}}, **more)


# name, objects, options
CASES = [
    ("empty", [], {}),
    ("one", [tool(1)], {}),
    ("order", [relationship(1, "tool--1", "tool--2"), tool(1), tool(2), report(1, "relationship--1", "tool--1")], {}),
    ("ties stay in order", [tool(n) for n in (3, 1, 2)], {}),
    ("the same id, other content", [tool(1, name="a"), tool(2), tool(1, name="b")], {}),
    ("to itself", [tool(1, a_ref="tool--1", b_refs=["tool--1", "tool--2"]), tool(2)], {}),
    ("two to each other", [tool(1, a_ref="tool--2"), tool(2, a_ref="tool--1")], {}),
    ("two to each other, lists", [tool(1, a_refs=["tool--2"]), tool(2, a_refs=["tool--1"])], {}),
    ("a ring of three", [tool(1, a_ref="tool--2"), tool(2, a_ref="tool--3"), tool(3, a_ref="tool--1")], {}),
    ("a ring of three, lists", [tool(n, a_refs=["tool--%d" % (n % 3 + 1)]) for n in (1, 2, 3)], {}),
    ("a ring below", [report(1, "tool--1"), tool(1, a_ref="tool--2"), tool(2, a_refs=["tool--3"]), tool(3, a_ref="tool--1")], {}),
    ("report and relationship to it", [report(1, "relationship--1"), relationship(1, "tool--1", "report--1"), tool(1)], {}),
    ("relationship to report, first", [relationship(1, "tool--1", "report--1"), report(1, "relationship--1"), tool(1)], {}),
    ("missing", [tool(1, a_ref="tool--8", b_refs=["tool--9", "tool--2"]), tool(2)], {}),
    ("missing, cleanup", [tool(1, a_ref="tool--8", b_refs=["tool--9", "tool--2"]), tool(2)], {"cleanup": True}),
    ("end missing, cleanup", [relationship(1, "tool--1", "tool--2"), tool(1)], {"cleanup": True}),
    ("unsupported", [{"type": "x-acme", "id": "x-acme--1"}, tool(1, a_ref="x-acme--1", b_refs=["x-acme--1", "x-b--2"])], {}),
    ("prefix decides", [{"type": "x-acme", "id": "malware--1"}, {"type": "malware", "id": "x-acme--1"}], {}),
    ("repeated reference", [report(1, "tool--1", "tool--1", "tool--1"), tool(1)], {}),
    ("same target by two keys", [tool(1, a_ref="tool--2", b_ref="tool--2"), tool(2)], {}),
    ("null references", [tool(1, a_ref=None, b_refs=None, c_refs=[])], {}),
    ("sighting", [{"type": "sighting", "id": "sighting--1", "sighting_of_ref": "tool--1", "where_sighted_refs": ["identity--1"]}, tool(1)], {}),
    ("sighting without places", [{"type": "sighting", "id": "sighting--1", "sighting_of_ref": "tool--1", "where_sighted_refs": []}], {}),
    ("aliases", [tool(1, a_ref="two"), aliased(2, "two", b_ref="three"), tool(3, x_opencti_id="three")], {}),
    ("alias after its own turn", [aliased(2, "two"), tool(1, a_ref="two", b_ref="tool--2")], {}),
    ("internal ids", [report(1, "0d4d3f2a", "tool--1"), tool(1)], {}),
    ("external references", [tool(1, external_references=[
        {"source_name": "a", "url": "u"}, {"source_name": "b", "url": "u"}, {"source_name": "c"}, {"url": None, "source_name": "d"},
        {"source_name": "d", "external_id": "1"}, {"external_id": "1", "source_name": "d", "x": 1}, {"url": ""}, {"url": "U"}])], {}),
    ("kill chain phases", [tool(1, kill_chain_phases=[{}, {"phase_name": "p"}, {"kill_chain_name": "k", "phase_name": "p"},
        {"phase_name": "p", "kill_chain_name": "k"}, {"phase_name": None}])], {}),
    ("lists that are null or empty", [tool(1, external_references=None, kill_chain_phases=[])], {}),
    ("deeper references are left alone", [tool(1, extensions={"x": {"a_ref": "tool--9"}}, list=[{"b_refs": ["x-a--1"]}])], {"cleanup": True}),
    ("nb_deps in the input", [tool(1, nb_deps=99, a_ref="tool--2"), tool(2)], {}),
    ("event version", [tool(1)], {"event_version": "7.1"}),
    ("empty event version", [tool(1)], {"event_version": ""}),
    ("a string for a list", [tool(1, a_refs="ab\u00e9")], {}),
    ("an object for a list", [tool(1, a_refs={"tool--2": 1, "x-a--1": 2}), tool(2)], {}),
    ("unicode", [tool(1, name="\u00e9\u20ac\U0001f600\x7f\u2028", other="\"\\\n\t/")], {}),
    ("layers", [tool(n, a_ref="tool--%d" % (n + 1), b_ref="tool--%d" % (n + 1)) for n in range(80)], {}),
]

# name, text of the objects, options: what json.dumps would not write so
TEXTS = [
    ("numbers", '[{"type":"tool","id":"tool--1","a":9007199254740993,"b":1.10,"c":1e2,"d":-0,"e":-0.0,"f":12345678901234567890123,'
        '"g":1E400,"h":NaN,"i":-Infinity,"j":1e-7,"k":0.1e1}]', {}),
    ("repeated keys", '[{"type":"tool","id":"tool--1","a":1,"b":{"c":1,"c":2},"a":[3]},{"id":"tool--9","type":"tool","id":"tool--2"}]', {}),
    ("repeated reference keys", '[{"type":"tool","id":"tool--1","a_ref":"tool--2","a_ref":"x-a--1","b_refs":1,"b_refs":["tool--2"]},'
        '{"id":"tool--2","type":"tool"}]', {}),
    ("escaped keys and ids", '[{"\\u0074ype":"tool","i\\u0064":"tool--\\u0031","a_r\\u0065f":"tool--\\u0032"},{"id":"tool--2","type":"tool"}]', {}),
    ("lone surrogate", '[{"type":"tool","id":"tool--1","a":"\\ud800","b":"\\udc00\\ud83d\\ude00"}]', {}),
    ("white space", ' [ \n { "type" : "tool" ,\r\n\t"id" : "tool--1" , "a_refs" : [ "tool--2" , "x-a--1" ] } ] ', {}),
]

FAILURES = [
    ("no id", '[{"type":"tool"}]'),
    ("null id", '[{"type":"tool","id":null}]'),
    ("no type", '[{"id":"tool--1"}]'),
    ("null in a list", '[{"type":"tool","id":"tool--1","a_refs":[null]}]'),
    ("number as reference", '[{"type":"tool","id":"tool--1","a_ref":7}]'),
    ("list as reference", '[{"type":"tool","id":"tool--1","a_ref":["tool--2"]}]'),
    ("external reference no object", '[{"type":"tool","id":"tool--1","external_references":["u"]}]'),
    ("no objects", "[1]"),
    ("objects no list", '{"a":1}'),
]


def bundle_text(objects):
    return '{"type":"bundle","id":"bundle--1","objects":%s}' % objects


def pycti_split(text, cleanup=False, event_version=None):
    from pycti.utils.opencti_stix2_splitter import OpenCTIStix2Splitter

    splitter = OpenCTIStix2Splitter()
    expectations, incompatible, parts = splitter.split_bundle_with_expectations(
        text, use_json=True, event_version=event_version, cleanup_inconsistent_bundle=cleanup
    )
    assert expectations == len(parts)
    return {"parts": parts, "incompatible": [json.dumps(item) for item in incompatible]}


def octi_split(program, text, cleanup=False, event_version=None):
    with tempfile.TemporaryDirectory() as folder:
        left = os.path.join(folder, "left")
        command = [program, "-q", "--incompatible", left]
        command += ["--cleanup"] if cleanup else []
        command += ["--event-version", event_version] if event_version is not None else []
        done = subprocess.run(command, input=text.encode(), capture_output=True)
        if done.returncode:
            return {"status": done.returncode, "error": done.stderr.decode()}
        with open(left) as lines:
            return {"parts": done.stdout.decode().splitlines(), "incompatible": lines.read().splitlines()}


def write():
    with open(os.path.join(HERE, "split.ndjson"), "w") as out:
        for name, objects, options in CASES + TEXTS:
            text = bundle_text(objects if isinstance(objects, str) else json.dumps(objects))
            case = {"name": name, "bundle": text, "options": options}
            out.write(json.dumps(dict(case, **pycti_split(text, **options))) + "\n")
        for name, objects in FAILURES:
            text = bundle_text(objects)
            try:
                pycti_split(text)
            except Exception as error:
                out.write(json.dumps({"name": name, "bundle": text, "options": {}, "error": type(error).__name__}) + "\n")
            else:
                raise SystemExit("pycti takes it: " + name)


def compare(name, text, options, wanted, got):
    """Says what differs; true when nothing does."""
    if "error" in wanted:
        if got.get("status") == 1:
            return True
        print("%s: should be refused: %s" % (name, text))
        return False
    if "error" in got:
        print("%s: refused: %s%s" % (name, got["error"], text))
        return False
    for key in ("parts", "incompatible"):
        for ours, theirs in zip(got[key] + [None], wanted[key] + [None]):
            if ours != theirs:
                print("%s: %s %s differ\nbundle %s\npycti %s\nocti  %s" % (name, options, key, text, theirs, ours))
                return False
    return True


def check(program):
    good = bad = 0
    with open(os.path.join(HERE, "split.ndjson")) as lines:
        for line in lines:
            case = json.loads(line)
            got = octi_split(program, case["bundle"], **case["options"])
            if compare(case["name"], case["bundle"], case["options"], case, got):
                good += 1
            else:
                bad += 1
    print("%d as pycti, %d not" % (good, bad))
    return bad or not good


def random_bundle(dice):
    count = dice.randint(1, 9)
    kinds = ["tool", "malware", "report", "relationship", "sighting", "identity", "x-acme", "observed-data"]
    ids = ["%s--%d" % (dice.choice(kinds), dice.randint(1, 5)) for _ in range(count)]
    aliases = ["alias%d" % n for n in range(3)]
    pool = ids + aliases + ["tool--99", "x-none--1", "free text", ""]
    objects = []
    for id in ids:
        one = {"type": id.split("--")[0], "id": id}
        if one["type"] in ("relationship", "sighting"):
            first, second = ("source_ref", "target_ref") if one["type"] == "relationship" else ("sighting_of_ref", "where_sighted_refs")
            one[first] = dice.choice(pool)
            one[second] = [dice.choice(pool) for _ in range(dice.randint(0, 2))] if second.endswith("s") else dice.choice(pool)
        for key in dice.sample(["a_ref", "b_refs", "c_ref", "object_refs", "created_by_ref"], dice.randint(0, 4)):
            if key.endswith("s"):
                one[key] = [dice.choice(pool) for _ in range(dice.randint(0, 5))]
            else:
                one[key] = dice.choice(pool + [None])
        if dice.random() < 0.2:
            one["x_opencti_id"] = dice.choice(aliases)
        if dice.random() < 0.2:
            one["extensions"] = {EXTENSION: {"id": dice.choice(aliases)}}
        if dice.random() < 0.2:
            one["external_references"] = [
                dice.choice([{"url": "u"}, {"source_name": "s"}, {"source_name": "s", "external_id": "1"}, {"url": "v", "x": 1}])
                for _ in range(dice.randint(0, 4))
            ]
        if dice.random() < 0.1:
            one["kill_chain_phases"] = [dice.choice([{}, {"phase_name": "p"}]) for _ in range(3)]
        objects.append(one)
    return bundle_text(json.dumps(objects))


def live(program, count, seed):
    dice, bad = random.Random(seed), 0
    for number in range(count):
        text, options = random_bundle(dice), {"cleanup": dice.random() < 0.4}
        try:
            wanted = pycti_split(text, **options)
        except Exception as error:
            wanted = {"error": repr(error)}
        bad += not compare("random %d of seed %d" % (number, seed), text, options, wanted, octi_split(program, text, **options))
    print("%d random bundles, %d differ" % (count, bad))
    return bad


def main(verb, *rest):
    if verb == "write":
        return write()
    if verb == "check":
        return check(*rest)
    return live(rest[0], int(rest[1]), int(rest[2]))


if __name__ == "__main__":
    sys.exit(bool(main(*sys.argv[1:])))
