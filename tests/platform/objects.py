"""The knowledge: STIX objects by id, how they are imported and how GraphQL shows them."""

import copy
import json
import re
import uuid

import clock
import kinds
import lists
import users
from refusal import Refusal
from schema import RFC3339

EXTENSION = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"
SPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
TLP = [
    ("613f2e26-407d-48c7-9eca-b8e91df99dc9", "TLP:CLEAR", 1, "#ffffff"),
    ("34098fce-860f-48ae-8e50-ebd3cc5e41da", "TLP:GREEN", 2, "#2e7d32"),
    ("f88d31f6-486f-44da-b317-01333bde0b82", "TLP:AMBER", 3, "#d84315"),
    ("826578e1-40ad-459f-bc73-ede076f81f37", "TLP:AMBER+STRICT", 4, "#d84315"),
    ("5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "TLP:RED", 5, "#c62828"),
]
OPERATIONS = set(
    """delete delete_force restore merge patch share unshare rule_apply rule_clear rules_rescan enrichment
    enroll_playbook clear_access_restriction revert_draft add_organizations remove_organizations add_groups
    remove_groups send_email pir_flag_element pir_unflag_element""".split()
)


class Object:
    """One object with what the platform knows about it."""

    __slots__ = (
        "stix",
        "id",
        "internal_id",
        "type",
        "created_at",
        "updated_at",
        "applicant",
        "draft",
        "work",
        "times",
        "missing",
        "seeded",
    )

    def __init__(self, stix):
        self.stix, self.id = stix, stix["id"]
        self.internal_id = str(uuid.uuid5(SPACE, stix["id"]))
        self.type = kinds.graphql_type(stix)
        self.created_at = self.updated_at = clock.now()
        self.applicant = self.draft = self.work = None
        self.times, self.missing, self.seeded = 1, [], False

    def about(self):
        return {
            "id": self.id,
            "applicant_id": self.applicant,
            "draft_id": self.draft,
            "work_id": self.work,
            "times": self.times,
            "missing_refs": self.missing,
            "stix": self.stix,
        }


class Objects:
    def __init__(self, platform):
        self.platform = platform
        self.by_id = {}
        self.by_internal = {}
        self.by_type = {}
        for number, name, order, color in TLP:
            marking = self.put(
                {
                    "type": "marking-definition",
                    "spec_version": "2.1",
                    "id": "marking-definition--" + number,
                    "created": "2017-01-20T00:00:00.000Z",
                    "definition_type": "TLP",
                    "name": name,
                    "definition": {"tlp": name.split(":")[1].lower()},
                    "x_opencti_definition": name,
                    "x_opencti_order": order,
                    "x_opencti_color": color,
                }
            )
            marking.seeded = True

    def put(self, stix):
        old = self.by_id.get(stix["id"])
        one = Object(stix)
        if old is not None:
            one.times, one.created_at, one.seeded = old.times + 1, old.created_at, old.seeded
            if old.type != one.type:
                self.by_type[old.type].pop(old.id, None)
        self.by_id[one.id] = self.by_internal[one.internal_id] = one
        self.by_type.setdefault(one.type, {})[one.id] = one
        return one

    def drop(self, id):
        one = self.find(id)
        if one is not None:
            del self.by_id[one.id], self.by_internal[one.internal_id], self.by_type[one.type][one.id]
        return one

    def find(self, id):
        return self.by_id.get(id) or self.by_internal.get(id)

    def imported(self):
        return [one for one in self.by_id.values() if not one.seeded]

    def fill(self, number, kind):
        for at in range(number):
            id = "%s--%s" % (kind, uuid.uuid5(SPACE, "%s %d" % (kind, at)))
            stix = {"type": kind, "spec_version": "2.1", "id": id, "created": clock.now(), "modified": clock.now()}
            if kind == "indicator":
                stix.update(
                    name="indicator %d" % at,
                    pattern="[domain-name:value = 'host%d.example']" % at,
                    pattern_type="stix",
                    valid_from="2024-01-01T00:00:00.000Z",
                )
            elif kind in kinds.OBSERVABLE:
                stix["value"] = "value%d.example" % at
            else:
                stix["name"] = "%s %d" % (kind, at)
            self.put(stix)

    # Import

    def bring(self, stix, applicant=None, draft=None, work=None, types=None, accept_missing=False):
        """Imports one object as the worker would; returns True when it is stored, False when it is passed over."""
        self._check(stix)
        kind = kinds.prefix(stix["id"])
        operation = stix.get("opencti_operation") or self._extension(stix).get("opencti_operation")
        if operation:
            if operation not in OPERATIONS:
                raise ValueError("Not supported opencti_operation: " + str(operation))
            if operation.startswith("delete"):
                self.drop(stix["id"])
            return False
        if types and not self._wanted(stix, kind, types):
            return False
        if self._extension(stix).get("is_inferred"):
            return False
        if not self._complete(stix, kind):
            return False
        missing = self._missing(stix)
        ends = [stix.get(key) for key in ("source_ref", "target_ref", "sighting_of_ref")] + (
            stix.get("where_sighted_refs") or [] if kind == "sighting" else []
        )
        lost = [ref for ref in missing if ref in ends]
        if lost:
            raise Refusal("MISSING_REFERENCE_ERROR", input={"id": stix["id"]}, unresolvedIds=lost)
        one = self.put({key: value for key, value in stix.items() if key != "nb_deps"})
        one.applicant, one.draft, one.work, one.missing = applicant, draft, work, missing
        return True

    @staticmethod
    def _extension(stix):
        extensions = stix.get("extensions")
        return (extensions.get(EXTENSION) or {}) if isinstance(extensions, dict) else {}

    @staticmethod
    def _check(stix):
        id = stix.get("id")
        if not isinstance(id, str) or "--" not in id or not kinds.UUID.match(id.split("--", 1)[1]):
            raise Refusal("VALIDATION_ERROR", "Provided value %s is not a valid STIX ID" % id, field="id")
        if not isinstance(stix.get("type"), str):
            raise KeyError("type")
        for key in kinds.DATES:
            value = stix.get(key)
            if value is not None and (not isinstance(value, str) or not RFC3339.match(value)):
                raise ValueError("DateTime cannot represent an invalid date-time-string %s." % value)
        for key in ("labels", "x_opencti_labels"):
            if key in stix and not isinstance(stix[key], list):
                raise TypeError("'NoneType' object is not iterable")
        for key in ("x_opencti_score", "confidence"):
            value = stix.get(key)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100):
                raise Refusal("VALIDATION_ERROR", "%s must be an integer between 0 and 100" % key, field=key)
        if stix["type"] == "relationship":
            if stix.get("source_ref") == stix.get("target_ref"):
                raise Refusal("UNSUPPORTED_ERROR", "Relation cant be created with the same source and target")
            if not isinstance(stix.get("relationship_type"), str):
                raise KeyError("relationship_type")
        for early, late in (("start_time", "stop_time"), ("first_seen", "last_seen"), ("valid_from", "valid_until")):
            if stix.get(early) and stix.get(late) and stix[late] < stix[early]:
                raise Refusal("VALIDATION_ERROR", "%s is before %s" % (late, early), field=late)

    @staticmethod
    def _complete(stix, kind):
        if kind in kinds.NAMED and "name" not in stix:
            raise KeyError("name")
        if kind == "label" and "color" not in stix:
            raise KeyError("color")
        wanted = kinds.REQUIRED.get(kind, ["name"] if kind in kinds.NAMED else [])
        if kind == "location" and not any(stix.get(key) for key in ("name", "city", "country", "region")):
            return False
        # The client library only logs this, so the platform never hears of the object.
        if any(stix.get(key) is None for key in wanted):
            return False
        name = stix.get("name")
        if kind in kinds.TWO_LETTERS and (len(name) < 2 or not name.strip()):
            raise Refusal("VALIDATION_ERROR", "Must be at least 2 characters in length", field="name")
        return True

    @staticmethod
    def _wanted(stix, kind, types):
        if kind == "marking-definition" or kind in kinds.RELATIONSHIP or kind in kinds.META:
            return True
        names = {kind, stix["type"]}
        if kind in kinds.OBSERVABLE:
            names.add("observable")
        if kind == "identity":
            names.add(str(stix.get("identity_class", "")).lower())
            if "class" in names:
                names.add("sector")
        if kind == "location":
            names.add(kinds.entity_type(stix).lower())
        return bool(names & {name.lower() for name in types})

    def _missing(self, stix):
        missing = []
        for key, value in stix.items():
            refs = [value] if key.endswith("_ref") else value if key.endswith("_refs") else ()
            for ref in refs or ():
                if isinstance(ref, str) and ref not in self.by_id and ref not in self.by_internal:
                    missing.append(ref)
        return missing

    # GraphQL

    def stix_text(self, one):
        stix = copy.copy(one.stix)
        extensions = dict(stix.get("extensions") or {})
        ours = dict(extensions.get(EXTENSION) or {})
        ours.update(
            extension_type="property-extension",
            id=one.internal_id,
            type=kinds.entity_type(one.stix),
            created_at=one.created_at,
            updated_at=one.updated_at,
            is_inferred=bool(ours.get("is_inferred")),
            creator_ids=[one.applicant] if one.applicant else [],
        )
        extensions[EXTENSION] = ours
        stix["extensions"] = extensions
        return json.dumps(stix, ensure_ascii=False)

    def node(self, id):
        one = self.find(id) if id else None
        return Node(self, one) if one else None

    def nodes(self, type_names):
        found = [one for name in type_names for one in self.by_type.get(name, {}).values()]
        return [Node(self, one) for one in found]

    def one_of(self, type_names, id):
        one = self.find(id) if id else None
        return Node(self, one) if one and one.type in type_names else None

    def page(self, type_names, args):
        nodes = self.nodes(type_names)
        types = args.get("types")
        if types:
            wanted = {name.lower() for name in types}
            nodes = [n for n in nodes if wanted & {t.lower() for t in n.types()}]
        for argument, key in (("fromId", "fromId"), ("toId", "toId"), ("relationship_type", "relationship_type")):
            if args.get(argument):
                wanted = args[argument] if isinstance(args[argument], list) else [args[argument]]
                nodes = [n for n in nodes if set(wanted) & set(n.forms(key))]
        if args.get("fromOrToId"):
            wanted = set(args["fromOrToId"] if isinstance(args["fromOrToId"], list) else [args["fromOrToId"]])
            nodes = [n for n in nodes if wanted & set(n.forms("fromId") + n.forms("toId"))]
        return lists.page(nodes, Node.value, args, Node.main)

    def operations(self):
        return {
            "stix": lambda call, id: self.stix_text(self.find(id)) if self.find(id) else "",
            "stixNestedRefRelationships": self.op_nested,
            "labelAdd": self.op_label,
        }

    def op_nested(self, call, fromId=None, **args):
        """What an observable refers to, as relationships of their own."""
        one = self.find(fromId) if fromId else None
        found = []
        for key, refs in one.stix.items() if one and kinds.prefix(one.id) in kinds.OBSERVABLE else ():
            if not re.search("_refs?$", key) or key in ("object_marking_refs", "x_opencti_created_by_ref"):
                continue
            for ref in refs if isinstance(refs, list) else [refs]:
                id, ends = str(uuid.uuid5(SPACE, one.id + key + ref)), {"from": self.node(one.id), "to": self.node(ref)}
                kind = re.sub("_refs?$", "", key).replace("_", "-")
                about = {"id": id, "standard_id": "relationship-meta--" + id, "entity_type": kind, "parent_types": []}
                times = {"created_at": one.created_at, "updated_at": one.updated_at}
                if ends["to"]:
                    found.append({**about, **times, **ends, "relationship_type": kind, "spec_version": "2.1"})
        return lists.page(found, dict.get, {"first": args.get("first")})

    def op_label(self, call, input):
        value = input["value"].lower()
        id = "label--" + str(uuid.uuid5(SPACE, json.dumps({"value": value})))
        if id not in self.by_id:
            self.put({"type": "label", "id": id, "value": value, "color": input.get("color") or "#ffffff"})
        return self.node(id)


class Node:
    """An object as a GraphQL type sees it."""

    __slots__ = ("objects", "one")

    def __init__(self, objects, one):
        self.objects, self.one = objects, one

    @property
    def type(self):
        return self.one.type

    def types(self):
        return [kinds.entity_type(self.one.stix), self.one.stix["type"]] + kinds.parents(self.one.stix)

    def main(self):
        stix = self.one.stix
        for key in (
            "name",
            "value",
            "x_opencti_definition",
            "attribute_abstract",
            "opinion",
            "pattern",
            "path",
            "account_login",
            "relationship_type",
        ):
            if stix.get(key):
                return str(stix[key])
        hashes = stix.get("hashes")
        return next(iter(hashes.values())) if isinstance(hashes, dict) and hashes else stix["id"]

    def forms(self, key):
        """The ids of what a property refers to: as it has them, and the platform's own."""
        stix = self.one.stix
        if stix["type"] == "sighting":
            key = {"fromId": "sighting_of_ref", "toId": "where_sighted_refs"}.get(key, key)
        refs = stix.get({"fromId": "source_ref", "toId": "target_ref"}.get(key, key))
        refs = refs if isinstance(refs, list) else [refs] if refs else []
        return refs + [other.internal_id for other in map(self.objects.find, refs) if other]

    def value(self, key):
        """A value to filter or to sort by."""
        stix = self.one.stix
        if key in ("id", "internal_id"):
            return self.one.internal_id
        if key in ("ids", "standard_id", "x_opencti_stix_ids"):
            return [self.one.id, self.one.internal_id]
        if key == "entity_type":
            return self.types()
        if key in ("created_at", "updated_at"):
            return getattr(self.one, key)
        if key in ("fromId", "toId"):
            return self.forms(key)
        if key == "fromOrToId":
            return self.forms("fromId") + self.forms("toId")
        if key == "createdBy":
            return self.forms("created_by_ref") + self.forms("x_opencti_created_by_ref")
        if key == "objectMarking":
            return self.forms("object_marking_refs")
        if key == "objectLabel":
            return (stix.get("labels") or []) + (stix.get("x_opencti_labels") or [])
        if key == "objects":
            return self.forms("object_refs")
        if key == "creator_id":
            return self.one.applicant
        if key in ("name", "representative", "observable_value"):
            return self.main()
        if key == "definition":
            return stix.get("x_opencti_definition") or stix.get("name")
        if key == "alias":
            return stix.get("aliases")
        return stix.get(key)

    def _labels(self):
        out = []
        for value in self.value("objectLabel"):
            id = "label--" + str(uuid.uuid5(SPACE, json.dumps({"value": value.lower()})))
            out.append(Node(self.objects, Object({"type": "label", "id": id, "value": value, "color": "#ffffff"})))
        return out

    def _related(self, refs):
        return [node for node in (self.objects.node(ref) for ref in refs or []) if node]

    def field(self, name, call, args):
        one, stix = self.one, self.one.stix
        simple = {
            "id": one.internal_id,
            "standard_id": one.id,
            "is_inferred": False,
            "spec_version": "2.1",
            "created_at": one.created_at,
            "updated_at": one.updated_at,
            "refreshed_at": one.updated_at,
            "x_opencti_modified_at": one.updated_at,
            "x_opencti_stix_ids": [],
            "customFieldValues": [],
            "status": None,
            "jobs": [],
            "fromRole": "relationship_from",
            "toRole": "relationship_to",
        }
        if name in simple:
            return simple[name]
        if name == "entity_type":
            return kinds.entity_type(stix)
        if name == "parent_types":
            return kinds.parents(stix)
        if name == "toStix":
            return self.objects.stix_text(one)
        if name == "representative":
            return {"main": self.main(), "secondary": stix.get("description")}
        if name == "observable_value":
            return self.main()
        if name == "createdBy":
            ref = stix.get("created_by_ref") or stix.get("x_opencti_created_by_ref")
            return self.objects.node(ref)
        if name == "objectMarking":
            return self._related(stix.get("object_marking_refs"))
        if name == "objectLabel":
            return self._labels()
        if name == "objectOrganization":
            return self._related(stix.get("x_opencti_granted_refs") or self.objects._extension(stix).get("granted_refs"))
        if name == "creators":
            creator = users.creator(one.applicant)
            return [creator] if creator else []
        if name == "revoked":
            return bool(stix.get("revoked"))
        if name == "externalReferences":
            return lists.all_of([self._reference(entry) for entry in stix.get("external_references") or []])
        if name == "killChainPhases":
            return [self._phase(entry) for entry in stix.get("kill_chain_phases") or []]
        if name == "objects":
            return lists.page(self._related(stix.get("object_refs")), Node.value, args)
        if name in ("importFiles", "exportFiles"):
            return self.objects.platform.files.of_entity(name, one, args)
        if name in ("indicators", "observables"):
            return lists.all_of(self._based_on(name))
        if name == "hashes":
            return [{"algorithm": key, "hash": value} for key, value in (stix.get("hashes") or {}).items()]
        if name == "definition":
            return self.value("definition")
        if name == "name":
            return stix.get("name") or self.main()
        if name == "x_opencti_order":
            return stix.get(name) or 0
        if name == "description":
            return stix.get(name) or stix.get("x_opencti_description")
        ends = {"from": "source_ref", "to": "target_ref"}
        if self.type == "StixSightingRelationship":
            ends = {"from": "sighting_of_ref", "to": "where_sighted_refs"}
        for end, key in ends.items():
            if name in (end, end + "Id", end + "Type"):
                ref = stix.get(key)
                node = self.objects.node(ref[0] if isinstance(ref, list) else ref)
                if name == end or node is None:
                    return node
                return node.one.internal_id if name == end + "Id" else kinds.entity_type(node.one.stix)
        if name == "relationship_type" and self.type == "StixSightingRelationship":
            return "stix-sighting-relationship"
        if name == "attribute_count":
            return stix.get("count") or 1
        if name == "x_opencti_negative":
            return bool(stix.get(name))
        if name.startswith("attribute_"):
            return stix.get(name[len("attribute_") :], stix.get(name))
        if name in stix:
            return stix[name]
        return self.objects._extension(stix).get(re.sub("^x_opencti_", "", name))

    def _based_on(self, name):
        mine, other = ("source_ref", "target_ref") if name == "observables" else ("target_ref", "source_ref")
        relations = self.objects.by_type.get("StixCoreRelationship", {}).values()
        return self._related(
            [
                r.stix[other]
                for r in relations
                if r.stix["relationship_type"] == "based-on" and r.stix[mine] == self.one.id
            ]
        )

    def _made(self, kind, entry, key):
        id = kind + "--" + str(uuid.uuid5(SPACE, key))
        return Node(self.objects, Object(dict(entry, type=kind, id=id)))

    def _reference(self, entry):
        return self._made("external-reference", entry, json.dumps(entry, sort_keys=True))

    def _phase(self, entry):
        return self._made("kill-chain-phase", entry, json.dumps(entry, sort_keys=True))
