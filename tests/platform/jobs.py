"""Jobs for connectors: the messages on their listen queues."""

import broker
import kinds
from refusal import Refusal


class Jobs:
    def __init__(self, platform):
        self.platform = platform

    def send(self, connector_id, envelope):
        self.platform.broker.publish(broker.CONNECTOR_EXCHANGE, "listen_routing_" + connector_id, [envelope])

    def inject(self, connector_id, envelope):
        """A job as a test wants it; the work "new" is made for it. Answers with the work's id."""
        internal = envelope.get("internal") or {}
        if internal.get("work_id") == "new":
            internal["work_id"] = self.platform.works.create(self._connector(connector_id), "Job", None)["id"]
        self.send(connector_id, envelope)
        return {"ok": True, "work_id": internal.get("work_id")}

    def _connector(self, id):
        connector = self.platform.connectors.by_id.get(id)
        if connector is None:
            raise Refusal("FUNCTIONAL_ERROR", "Connector not found", connectorId=id)
        return connector

    def file_added(self, user, file, every=False):
        for view in self.platform.connectors.of_type("INTERNAL_IMPORT_FILE"):
            scope = view["connector_scope"]
            fits = not scope or file["metaData"]["mimetype"] in scope
            contextual = view["only_contextual"] and not file["metaData"].get("entity_id")
            if fits and view["active"] and (view["auto"] or every) and not contextual:
                self.import_file(user, file, view["id"])

    def import_file(self, user, file, connector_id, configuration=None, mode=None):
        connector = self._connector(connector_id)
        work = self.platform.works.create(connector, file["name"], user, source=file["id"])
        event = {
            "file_id": file["id"],
            "file_mime": file["metaData"]["mimetype"],
            "file_markings": file["metaData"]["file_markings"],
            "file_fetch": "/storage/get/" + file["id"],
            "validation_mode": mode or "draft",
            "bypass_validation": False,
            "force_validation": False,
        }
        if file["metaData"].get("entity_id"):
            event["entity_id"] = file["metaData"]["entity_id"]
        internal = {"work_id": work["id"], "applicant_id": user.id, "draft_id": None}
        if self.platform.at_least("7"):
            internal.update(trigger="update", mode="auto")
        self.send(connector_id, {"internal": internal, "event": event, "configuration": configuration})
        return self.platform.works.view(work)

    def enrich(self, user, one, connector_id):
        connector = self._connector(connector_id)
        work = self.platform.works.create(connector, "Enrichment (%s)" % one.id, user, source=one.internal_id)
        internal = {"work_id": work["id"], "applicant_id": None, "draft_id": None}
        event = {
            "event_type": "INTERNAL_ENRICHMENT",
            "entity_id": one.id,
            "entity_type": kinds.entity_type(one.stix),
        }
        if self.platform.at_least("7"):
            internal.update(trigger="update", mode="manual")
            event.update(stix_entity=self.platform.objects.stix_text(one), stix_objects=None)
        self.send(connector_id, {"internal": internal, "event": event})
        return self.platform.works.view(work)
