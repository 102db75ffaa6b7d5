"""The bundles that both clients send, and the calls that send them."""

import json

EXTENSION = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"
ACME = "identity--11111111-1111-4111-8111-111111111111"
OTHER = "identity--22222222-2222-4222-8222-222222222222"
TLP = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
WORK, DRAFT, DIRECTORY = "<work>", "<draft>", "<directory>"


class Case:
    """
    arguments: of send_stix2_bundle. attributes: of the helper, set for this call. work: open one first. draft: open
    one first. Text that is one of the marks above is replaced by what it stands for.
    """

    def __init__(self, name, bundle, work=False, draft=False, attributes=None, **arguments):
        self.name, self.work, self.draft = name, work, draft
        self.text = bundle if isinstance(bundle, str) else json.dumps(bundle)
        self.attributes, self.arguments = attributes or {}, arguments


def uid(n):
    return "%08x-0000-4000-8000-%012x" % (n, n)


def of(kind, n, **members):
    return dict({"type": kind, "id": "%s--%s" % (kind, uid(n)), "spec_version": "2.1"}, **members)


def link(n, source, target, **members):
    return of("relationship", n, relationship_type="uses", source_ref=source["id"], target_ref=target["id"], **members)


def bundle(*objects, **members):
    return dict({"type": "bundle", "id": "bundle--" + uid(1), "objects": list(objects)}, **members)


def cases():
    acme = {"type": "identity", "id": ACME, "spec_version": "2.1", "name": "ACME", "identity_class": "organization"}
    malware = of("malware", 2, name="Worm", is_family=False, created_by_ref=ACME, object_marking_refs=[TLP])
    pattern = of("attack-pattern", 3, name="Phishing", created_by_ref=ACME)
    indicator = of("indicator", 4, name="i", pattern="[url:value = 'http://x/']", pattern_type="stix")
    address = of("ipv4-addr", 5, value="192.0.2.1")
    plain = bundle(acme, malware, pattern, indicator, link(6, malware, pattern), link(7, indicator, malware))
    reversed_ = bundle(*reversed(plain["objects"]))
    work = {"work": True, "work_id": WORK}

    # As octi prints a whole bundle, so that bytes can be compared.
    whole = {"type": "bundle", "id": "bundle--" + uid(1), "spec_version": "2.1", "objects": plain["objects"]}

    yield Case("plain", plain)
    yield Case("dependencies last", reversed_)
    yield Case("one object", bundle(malware))
    yield Case("no bundle id of its own", bundle(acme, id="bundle--mine"), event_version="1")
    yield Case("envelope with more in it", bundle(acme, spec_version="2.0", x_more=[1, {"a": None}]))
    yield Case("white space", json.dumps(plain, indent=4) + "\n\n")
    yield Case("no white space", json.dumps(plain, separators=(",", ":")))
    yield Case("work", plain, **work)
    yield Case("work and everything", reversed_, update=True, entities_types=["Malware", "indicator"], **work)
    yield Case("entities_types", plain, entities_types=["Malware"])
    yield Case("entities_types, several, with blanks", plain, entities_types=["Attack-Pattern", "caf\u00e9", "x y"])
    yield Case("update", plain, update=True)
    yield Case("event_version", plain, event_version="2.1")
    yield Case("event_version, escaped", plain, event_version='a"\\\u00e9\n')
    yield Case("draft", plain, draft=True, draft_id=DRAFT)
    yield Case("draft, empty", plain, draft_id="")
    yield Case("draft and work", plain, draft=True, draft_id=DRAFT, **work)
    yield Case("applicant", plain, attributes={"applicant_id": uid(99)})

    first, second, third = (of("note", n, content=str(n)) for n in (10, 11, 12))
    first["object_refs"], second["object_refs"], third["object_refs"] = [second["id"]], [third["id"]], [first["id"]]
    yield Case("cycle of three", bundle(first, second, third))
    pair = of("report", 13, name="a", object_refs=[uid(1), "report--" + uid(14)]), of("report", 14, name="b")
    pair[1]["object_refs"] = [pair[0]["id"], ACME]
    yield Case("cycle of two", bundle(*pair, acme))
    selfish = of("note", 15, content="me", object_refs=["note--" + uid(15), ACME])
    yield Case("reference to itself", bundle(selfish, acme))
    yield Case("diamond", bundle(link(20, malware, pattern), acme, malware, pattern))
    yield Case("chain of 900", bundle(*chain(900)))

    aliased = dict(malware, x_opencti_id="internal-1")
    extended = dict(pattern, extensions={EXTENSION: {"id": "internal-2", "extension_type": "property-extension"}})
    through = of("relationship", 21, relationship_type="uses", source_ref="internal-1", target_ref="internal-2")
    yield Case("aliases", bundle(through, aliased, extended, acme))
    twice = dict(malware, name="Worm, again", created_by_ref=None)
    yield Case("the same id twice", bundle(malware, acme, twice))
    yield Case("the same object twice", bundle(acme, malware, malware, acme))
    again = of("report", 22, name="r", object_refs=[ACME, malware["id"], ACME, ACME, malware["id"]])
    yield Case("references twice", bundle(again, acme, malware))

    strange = of("x-acme-gadget", 30, name="gadget", created_by_ref=ACME)
    using = link(31, malware, strange)
    report = of("report", 32, name="r", object_refs=[strange["id"], malware["id"], using["id"]])
    yield Case("unsupported types", bundle(acme, strange, malware, using, report))
    yield Case("unsupported types only", bundle(strange, of("x-acme-gadget", 33)))
    yield Case("unsupported types, work", bundle(acme, strange, using, malware), **work)
    yield Case("no objects", bundle())
    yield Case("missing targets", bundle(malware, report, link(34, malware, pattern)))
    yield Case("cleanup", bundle(malware, report, link(34, malware, pattern)), cleanup_inconsistent_bundle=True)
    cleaned = bundle(acme, malware, report, link(35, malware, acme))
    yield Case("cleanup, work", cleaned, cleanup_inconsistent_bundle=True, **work)
    yield Case("nulls", bundle(acme, dict(malware, created_by_ref=None, object_marking_refs=None, description=None)))
    yield Case("empty values", bundle(dict(acme, aliases=[], x={}, description="", object_marking_refs=[])))
    yield Case("a count that is there already", bundle(dict(malware, nb_deps=77), acme))
    internal = of("report", 36, name="r", object_refs=["internal id, not in the bundle", ACME])
    yield Case("references that are no STIX ids", bundle(internal, acme))

    sighting = of("sighting", 40, sighting_of_ref=indicator["id"], where_sighted_refs=[ACME], count=3)
    nowhere = of("sighting", 41, sighting_of_ref=indicator["id"], where_sighted_refs=[])
    of_nothing = of("sighting", 42, where_sighted_refs=[ACME])
    yield Case("sightings", bundle(sighting, indicator, acme, nowhere, of_nothing))
    full = of("report", 43, name="All", published="2024-01-01T00:00:00.000Z", created_by_ref=ACME)
    full["object_refs"] = [one["id"] for one in plain["objects"]] + [address["id"]]
    yield Case("report", bundle(full, *plain["objects"], address))
    references = [
        {"source_name": "a", "url": "https://a/"},
        {"source_name": "b", "url": "https://a/"},
        {"source_name": "mitre", "external_id": "T1"},
        {"source_name": "mitre", "external_id": "T1", "url": "https://m/"},
        {"source_name": "mitre", "external_id": "T1", "description": "again"},
        {"source_name": "only a name"},
        {"source_name": "\u00e9", "external_id": "\U0001f600"},
    ]
    yield Case("external references", bundle(dict(pattern, external_references=references), acme))
    phases = [{"kill_chain_name": "k", "phase_name": name} for name in ("p", "q", "p", "\u00e9", "p")]
    yield Case("kill chain phases", bundle(dict(pattern, kill_chain_phases=phases), acme))
    observed = of("observed-data", 44, number_observed=1, object_refs=[address["id"]])
    file = of("file", 45, name="a.exe", hashes={"SHA-256": "0" * 64}, parent_directory_ref="directory--" + uid(46))
    yield Case("observables", bundle(observed, address, file, of("directory", 46, path="C:\\temp")))
    yield Case(
        "label and vocabulary", bundle(of("label", 47, value="l"), of("vocabulary", 48, name="v"), of("pir", 49))
    )

    words = {"name": "\u4e2d\u6587 \u00e9\u00df \U0001f600 \u2028", "description": "\u0627\u0644\u0639"}
    yield Case("not ASCII, escaped", bundle(dict(malware, **words), acme))
    yield Case("not ASCII, as it is", json.dumps(bundle(dict(malware, **words), acme), ensure_ascii=False))
    object_ = '{"type": "malware", "id": "malware--%s", %s}'

    def written(*texts):
        objects = [object_ % (uid(50 + n), text) for n, text in enumerate(texts)]
        return '{"type": "bundle", "id": "bundle--%s", "spec_version": "2.1", "objects": [%s]}' % (
            uid(1),
            ", ".join(objects),
        )

    escapes = r'"name": "\u0041\/\"\\\b\f\n\r\t\u00e9\ud83d\ude00\u0000\u001f\u007f"'
    yield Case("escapes", written(escapes, r'"\u006eame": "key", "a\/b": {"\u00e9": "\u0022"}'))
    yield Case("half a pair of surrogates", written(r'"name": "\ud800", "x": "\udfff\ud83d"'))
    floats = '"a": 1.0, "b": 0.1, "c": 0.30000000000000004, "d": 1e5, "e": 1E-7, "f": -0.0, "g": 1.50, "h": 1e22'
    floats += ', "i": 5e-324'
    yield Case("floats", written(floats, '"a": 123456789.123456789, "b": 1e16, "c": 1e15, "d": 100000000000000000.0'))
    bigs = '"a": 12345678901234567890, "b": 9007199254740993, "c": -123456789012345678901234567890123, "d": -0'
    yield Case("big integers", written(bigs, '"confidence": 100'))
    yield Case("not finite", written('"a": NaN, "b": Infinity, "c": -Infinity, "d": 1e400'))
    yield Case(
        "the same key twice", written('"name": "a", "name": "b", "x": {"y": 1, "z": 2, "y": 3}', '"id": "malware--z"')
    )
    yield Case("deep values", written('"x": %s1%s' % ("[" * 300, "]" * 300)))
    yield Case("long text", written('"name": "%s"' % ("long " * 40000)))

    yield Case("no_split", whole, no_split=True)
    yield Case("no_split, work", whole, no_split=True, **work)
    yield Case("no_split, event_version", whole, no_split=True, event_version="1")
    yield Case("no_split, white space", json.dumps(whole, indent=1), no_split=True)
    yield Case("no_split, envelope with more", bundle(acme, x_more=1), no_split=True)
    mixed = dict(whole, objects=[acme, strange])
    yield Case("no_split, types", mixed, no_split=True, update=True, entities_types=["Identity"])

    shared = {"enrichment_shared_organizations": [ACME, OTHER]}
    granted = dict(extended, extensions={EXTENSION: {"granted_refs": [ACME, TLP], "id": "internal-2"}})
    partly = dict(malware, x_opencti_granted_refs=[OTHER])
    nulls = dict(indicator, x_opencti_granted_refs=None), dict(address, extensions={EXTENSION: {"granted_refs": None}})
    yield Case("shared", plain, attributes=shared)
    yield Case("shared, extension", bundle(extended, acme), attributes=shared)
    yield Case("shared, partly before", bundle(granted, partly, acme, *nulls), attributes=shared)
    yield Case(
        "shared with one", bundle(malware, acme), attributes={"enrichment_shared_organizations": [OTHER]}, **work
    )

    directory = {"send_to_directory": True, "send_to_directory_path": DIRECTORY}
    yield Case("directory and queue", whole, update=True, **directory)
    yield Case("directory, types, work", whole, entities_types=["Malware", "Report"], **directory, **work)
    yield Case("directory, white space", json.dumps(whole, indent=2), **directory)
    yield Case("directory, escapes", written(escapes, floats, bigs), **directory)
    yield Case("directory alone", whole, send_to_queue=False, **directory)
    yield Case("directory, envelope with more", bundle(acme, x_more=1), **directory)

    api = {"queue_protocol": "api"}
    yield Case("API", whole, attributes=api)
    yield Case("API, work", whole, attributes=api, **work)
    yield Case("API, white space", json.dumps(whole, indent=1), attributes=api, **work)
    yield Case("API, escapes", written(escapes, floats, bigs), attributes=api)

    draft = {"force_validation": True, "validation_mode": "draft"}
    bench = {"force_validation": True, "validation_mode": "workbench"}
    yield Case("to a draft", plain, file_name="review.json", **draft)
    yield Case("to a draft, work, entity", plain, entity_id=ACME, **draft, **work)
    yield Case("to a draft that is there", plain, draft=True, draft_id=DRAFT, file_name="x.json", **draft)
    yield Case("to the workbench", whole, file_name="review \u00e9.json", **bench)
    yield Case("to the workbench, work", whole, file_name="x.json", **bench, **work)
    yield Case("to the workbench, named by the work", whole, **bench, **work)

    endless = of("relationship", 60, relationship_type="uses", source_ref=malware["id"])
    yield Case("pycti raises, a relationship without a target", bundle(endless, malware, acme))
    yield Case("pycti raises, chain of 2000", bundle(*chain(2000)))


def chain(length):
    objects = [of("note", 1000 + n, content=str(n), object_refs=["note--" + uid(1001 + n)]) for n in range(length)]
    return objects + [of("note", 1000 + length, content="end")]
