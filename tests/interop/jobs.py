"""The jobs that both connectors are given, in the shapes that the platform asks in."""

import json

from bundles import ACME, OTHER, TLP, bundle, of, uid

RED = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
ADDRESS, MALWARE, INDICATOR = "ipv4-addr--" + uid(105), "malware--" + uid(102), "indicator--" + uid(104)
NOTE, FILE = "note--" + uid(110), "import/global/report.csv"
NEW, DRAFT, STIX = "new", "<draft>", "<stix>"


class Job:
    """
    What the platform asks, and what is done about it: `text` is printed or sent; None: nothing; `fail`: raised, or
    said on stderr; `stix`: the STIX of what was asked for. DRAFT is a new draft, STIX what the platform has of ADDRESS.
    """

    def __init__(self, name, kind, internal, event, text=None, fail=None, stix=False, extra=None, **envelope):
        self.name, self.kind, self.text, self.fail, self.stix = name, kind, text, fail, stix
        self.envelope = {"internal": internal, "event": event, **envelope}
        self.extra = extra or {}  # of the environment


def things():
    """What the platform knows: nothing that is red may leave when an export keeps it back."""
    acme = {"type": "identity", "id": ACME, "spec_version": "2.1", "name": "ACME", "identity_class": "organization"}
    other = {"type": "identity", "id": OTHER, "spec_version": "2.1", "name": "Other", "identity_class": "organization"}
    hidden = dict(other, id="identity--" + uid(101), name="Hidden", object_marking_refs=[RED])
    bad = of("malware", 102, name="Bad", is_family=True, created_by_ref=ACME, object_marking_refs=[TLP], labels=["l"])
    secret = of("tool", 103, name="Secret", object_marking_refs=[RED])
    sign = of("indicator", 104, name="Sign", pattern="[a:b = 'c']", pattern_type="stix", created_by_ref=ACME)
    sign["valid_from"] = "2024-01-01T00:00:00.000Z"
    address = of("ipv4-addr", 105, value="192.0.2.1", object_marking_refs=[TLP])
    shared = of("tool", 106, name="Shared", x_opencti_granted_refs=[ACME, OTHER])
    uses = of("relationship", 107, relationship_type="uses", source_ref=bad["id"], target_ref=secret["id"])
    indicates = of("relationship", 108, relationship_type="indicates", source_ref=sign["id"], target_ref=bad["id"])
    sighting = of("sighting", 109, sighting_of_ref=bad["id"], where_sighted_refs=[hidden["id"]])
    note = of("note", 110, content="n", created_by_ref=hidden["id"])
    note["object_refs"] = [bad["id"], secret["id"], address["id"]]
    report = of("report", 111, name="Report", published="2024-01-01T00:00:00.000Z", created_by_ref=ACME)
    report["object_refs"] = [bad["id"], secret["id"], uses["id"], indicates["id"], note["id"]]
    report["external_references"] = [{"source_name": "s", "url": "https://s/"}]
    return [acme, other, hidden, bad, secret, sign, address, shared, uses, indicates, sighting, note, report]


def jobs(internal):
    """internal(id): the platform's own id of an object."""
    objects = [of("malware", 2, name="Worm", is_family=False), of("note", 3, content="n")]
    # As octi prints a whole bundle, so that bytes can be compared.
    text = json.dumps({"type": "bundle", "id": "bundle--" + uid(1), "spec_version": "2.1", "objects": objects})
    work = {"work_id": NEW, "applicant_id": None}
    yield from enrichments(text, work)
    yield from playbooks(text)
    yield from imports(text, internal)
    yield from exports(internal)
    yield from analyses(work)
    yield from stix(internal)


def enrichments(text, work):
    kind, asked = "INTERNAL_ENRICHMENT", dict(work, draft_id=None, trigger="update", mode="manual")
    entity = {"event_type": kind, "entity_id": ADDRESS, "entity_type": "IPv4-Addr"}
    given = dict(entity, stix_entity=STIX, stix_objects=None)
    tool = dict(entity, entity_id="tool--" + uid(106), entity_type="Tool")
    yield Job("enrichment: on its own", kind, dict(asked, trigger="create", mode="auto"), given, text)
    yield Job("enrichment: asked for", kind, asked, given, text)
    yield Job("enrichment: as 6.7 asks", kind, dict(work, draft_id=None), entity, text)
    yield Job("enrichment: of a malware", kind, asked, dict(entity, entity_id=MALWARE, entity_type="Malware"), text)
    yield Job("enrichment: draft", kind, dict(asked, draft_id=DRAFT), given, text)
    yield Job("enrichment: no draft", kind, work, given, text)
    yield Job("enrichment: applicant", kind, dict(asked, applicant_id=uid(99)), given, text)
    yield Job("enrichment: shared", kind, asked, tool, text)
    yield Job("enrichment: nothing printed", kind, asked, given)
    yield Job("enrichment: fails", kind, asked, given, fail="no key")
    yield Job("enrichment: not there", kind, asked, dict(entity, entity_id="malware--" + uid(1), entity_type="Malware"))
    yield Job("enrichment: of nothing", kind, asked, {"event_type": kind}, text)
    yield Job("enrichment: no work", kind, dict(asked, work_id=None), given, text)
    coverage = json.dumps(bundle(of("tool", 106, name="Shared"), id="bundle--" + uid(2)))
    whole = dict(tool, stix_entity=json.dumps(of("tool", 106, name="Shared")), stix_objects=coverage)
    yield Job("enrichment: objects in the message", kind, asked, whole, text)


def playbooks(text):
    step = {name: uid(number) for number, name in enumerate(("playbook_id", "step_id", "previous_step_id"), 60)}
    step.update(event_id="e", execution_id="x", data_instance_id=ADDRESS)
    internal = {"work_id": None, "playbook": step, "applicant_id": uid(99), "trigger": "create", "mode": "auto"}
    event = {"entity_id": ADDRESS, "entity_type": "IPv4-Addr", "bundle": bundle(of("ipv4-addr", 105, value="\u00e9"))}
    yield Job("playbook: an answer", "INTERNAL_ENRICHMENT", internal, event, text)
    yield Job("playbook: nothing printed", "INTERNAL_ENRICHMENT", internal, event)


def imports(text, internal):
    kind = "INTERNAL_IMPORT_FILE"
    asked = {"work_id": NEW, "applicant_id": uid(99), "draft_id": None, "trigger": "update", "mode": "auto"}
    event = {"file_id": FILE, "file_mime": "text/csv", "file_markings": [], "file_fetch": "/storage/get/" + FILE}
    event.update(validation_mode="draft", bypass_validation=False, force_validation=False)
    marked, forced = dict(event, file_markings=[TLP]), dict(event, force_validation=True)
    bench = dict(forced, validation_mode="workbench")
    first = {"CONNECTOR_VALIDATE_BEFORE_IMPORT": "true"}
    yield Job("import: global", kind, asked, event, text, configuration=None)
    yield Job("import: of an entity", kind, asked, dict(marked, entity_id=internal(MALWARE)), text, configuration=None)
    yield Job("import: configuration", kind, asked, event, text, configuration='{"a": "\u00e9"}')
    yield Job("import: to a draft", kind, asked, dict(forced, entity_id=internal(MALWARE)), text)
    yield Job("import: to the workbench", kind, asked, bench, text)
    yield Job("import: to the workbench, marked", kind, asked, dict(bench, file_markings=[TLP]), text)
    yield Job("import: bypass", kind, asked, dict(forced, bypass_validation=True), text)
    yield Job("import: in a draft", kind, dict(asked, draft_id=DRAFT), dict(event, bypass_validation=True), text)
    yield Job("import: in a draft, forced", kind, dict(asked, draft_id=DRAFT), forced, text)
    yield Job("import: nothing printed", kind, asked, event)
    yield Job("import: fails", kind, asked, event, fail="no such column")
    yield Job("import: validated first", kind, asked, event, text, extra=first)
    bench = dict(event, validation_mode="workbench")
    yield Job("import: validated first, workbench", kind, asked, bench, text, extra=first)
    yield Job("import: validated first, bypass", kind, asked, dict(event, bypass_validation=True), text, extra=first)


def selection(ids, red=False):
    """(main_filter, access_filter)"""
    kept = [{"key": "objectMarking", "mode": "and", "operator": "not_eq", "values": [red]}] if red else []
    chosen = kept + ([{"key": "ids", "mode": "or", "operator": "eq", "values": ids}] if ids else [])
    return tuple({"mode": "and", "filters": filters, "filterGroups": []} for filters in (chosen, kept))


def export(scope, kind, internal, ids=(), mode="simple", kept=False, **more):
    chosen, access = selection([internal(id) for id in ids], internal(RED) if kept else False)
    event = {"export_scope": scope, "export_type": mode, "entity_type": kind, "entity_name": "global"}
    event.update(main_filter=chosen, access_filter=access, file_markings=[internal(TLP)])
    event.update(file_name="2026_TLP:ALL_(me)_%s_%s.json" % (kind, mode), format="application/json")
    if scope != "query":
        event["event_type"] = "INTERNAL_EXPORT_FILE"
    if scope == "selection":
        event["selected_ids"] = [internal(id) for id in ids]
    if scope == "single":
        event["entity_id"] = internal(ids[0])
        return dict(event, **more)
    event["list_params"] = {"search": None, "orderBy": "created_at", "orderMode": "asc", "filters": chosen}
    return dict(event, **more)


def exports(internal):
    kind, text = "INTERNAL_EXPORT_FILE", '{"what": "\u00e9"}\n'
    listed = {"work_id": NEW, "applicant_id": uid(99)}
    one = dict(listed, trigger=None, mode="manual")
    yield Job("export: one", kind, one, export("single", "Malware", internal, [MALWARE]), text)
    yield Job("export: one observable", kind, one, export("single", "IPv4-Addr", internal, [ADDRESS]), text)
    for what in ("Malware", "Stix-Cyber-Observable", "Stix-Core-Object", "stix-core-relationship", "IPv4-Addr"):
        yield Job("export: list of " + what, kind, listed, export("query", what, internal), text)
    chosen = export("selection", "Stix-Domain-Object", internal, [MALWARE])
    yield Job("export: selection", kind, listed, chosen, text)
    hosted = export("query", "Malware", internal, entity_id=internal(MALWARE), entity_name="Bad")
    yield Job("export: list on an entity", kind, listed, hosted, text)
    yield Job("export: fails", kind, one, export("single", "Malware", internal, [MALWARE]), fail="no template")


def analyses(work):
    kind, asked = "INTERNAL_ANALYSIS", dict(work, mode="manual", trigger="update")
    event = {"event_type": kind, "entity_id": MALWARE, "entity_type": "Malware", "analysis_name": "An \u00e9.json"}
    fields = dict(event, content_type="fields", content_source="content_mapping", content_fields="description content")
    file = dict(event, content_type="file", content_source=FILE, file_id=FILE, file_mime="text/csv")
    file["file_fetch"] = "/storage/get/" + FILE
    yield Job("analysis: fields", kind, asked, fields, '{"a": "b"}')
    yield Job("analysis: file", kind, asked, file, '{"a": "b"}')
    yield Job("analysis: fails", kind, asked, fields, fail="no model")


def stix(internal):
    kind, asked = "INTERNAL_EXPORT_FILE", {"work_id": NEW, "applicant_id": None}
    report = "report--" + uid(111)
    for mode in ("simple", "full"):
        for kept in (False, True):
            how = "%s%s" % (mode, ", red kept back" if kept else "")

            def event(scope, what, ids=()):
                return export(scope, what, internal, ids, mode, kept)  # noqa: B023

            for what, id in (("Malware", MALWARE), ("Report", report), ("IPv4-Addr", ADDRESS), ("Note", NOTE)):
                yield Job("STIX: one %s, %s" % (what, how), kind, asked, event("single", what, [id]), stix=True)
            some = event("selection", "Stix-Domain-Object", [MALWARE, report])
            yield Job("STIX: selection, " + how, kind, asked, some, stix=True)
            for what in ("Malware", "Report", "Stix-Cyber-Observable", "Indicator"):
                yield Job("STIX: list of %s, %s" % (what, how), kind, asked, event("query", what), stix=True)
