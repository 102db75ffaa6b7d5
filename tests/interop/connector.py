"""connector.py DIR: a triggered connector, as pycti's makers write them. What the callback does is in DIR/job.json:
{"print": TEXT or null, "fail": TEXT or null, "stix": whether to export what is asked for}. The event goes to
DIR/event.json; DIR/done is there at the end."""

import json
import os
import sys

from pycti import OpenCTIConnectorHelper


class Connector:
    def __init__(self, directory):
        self.directory = directory
        self.helper = OpenCTIConnectorHelper({}, playbook_compatible=True)
        self.answers = {
            "INTERNAL_ENRICHMENT": self.enrich,
            "INTERNAL_IMPORT_FILE": self.bring,
            "INTERNAL_EXPORT_FILE": self.export,
            "INTERNAL_ANALYSIS": self.analyse,
        }

    def path(self, name):
        return os.path.join(self.directory, name)

    def work(self, event):
        event.pop("enrichment_entity", None)
        with open(self.path("event.json"), "w") as file:
            json.dump(event, file)
        try:
            with open(self.path("job.json")) as file:
                job = json.load(file)
            if job["fail"] is not None:
                raise ValueError(job["fail"])
            text = self.stix(event) if job["stix"] else job["print"]
            if text is not None:
                self.answers[self.helper.connect_type](event, text)
        finally:
            open(self.path("done"), "w").close()
        return "done"

    def enrich(self, event, text):
        self.helper.send_stix2_bundle(text)

    def bring(self, event, text):
        more = {name: event.get(name) for name in ("bypass_validation", "entity_id", "file_markings")}
        self.helper.send_stix2_bundle(text, **more)

    def export(self, event, text):
        name, markings, mime = event["file_name"], event["file_markings"], event["format"]
        if event["export_scope"] == "single":
            push = self.helper.api.stix_domain_object.push_entity_export
            push(event["entity_id"], name, text, file_markings=markings, mime_type=mime)
            return
        api = self.helper.api
        push = {
            "Stix-Cyber-Observable": api.stix_cyber_observable.push_list_export,
            "Stix-Core-Object": api.stix_core_object.push_list_export,
        }.get(event["entity_type"], api.stix_domain_object.push_list_export)
        chosen = "selected_ids" if event["export_scope"] == "selection" else json.dumps(event["list_params"])
        push(event.get("entity_id"), event["entity_type"], name, markings, text, chosen, mime_type=mime)

    def analyse(self, event, text):
        keys = "entity_id analysis_name content_source content_type".split()
        entity, name, source, kind = (event[key] for key in keys)
        self.helper.api.stix_core_object.push_analysis(entity, name, text, source, kind, "mapping_analysis")

    def stix(self, event):
        """The bundle that the connector ExportFileStix makes."""
        api, kind, mode = self.helper.api_impersonate, event["entity_type"], event["export_type"]
        chosen, kept = event["main_filter"], event["access_filter"]
        if event["export_scope"] == "single":
            bundle = api.stix2.get_stix_bundle_or_object_from_entity_id(
                entity_type=kind, entity_id=event["entity_id"], mode=mode, access_filter=kept
            )
        elif event["export_scope"] == "selection":
            found = []
            for one in api.opencti_stix_object_or_stix_relationship.list(filters=chosen, getAll=True):
                read = self.helper.api.stix2.get_reader(
                    kind if kind == "stix-core-relationship" else one["entity_type"]
                )
                found.append(read(id=one["id"]))
            bundle = api.stix2.export_selected(found, mode, kept)
        else:
            of = [event["list_params"].get(key) for key in ("search", "filters", "orderBy", "orderMode")]
            bundle = api.stix2.export_list(kind, *of, mode, kept)
        return json.dumps(bundle, indent=4)


if __name__ == "__main__":
    connector = Connector(sys.argv[1])
    connector.helper.listen(connector.work)
