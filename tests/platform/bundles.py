"""Whole bundles pushed through the API."""

import base64
import json

import broker
import clock
from refusal import Refusal


class Bundles:
    def __init__(self, platform):
        self.platform = platform

    def op_push(self, call, connectorId, bundle, work_id=None):
        try:
            return self._push(call, connectorId, bundle, work_id)
        except (Refusal, ValueError, TypeError, KeyError) as error:
            raise Refusal("UNSUPPORTED_ERROR", "Invalid bundle", cause=str(error))

    def _push(self, call, connector_id, text, work_id):
        content = json.loads(text)
        if content.get("type") != "bundle" or not content.get("objects"):
            raise Refusal("UNSUPPORTED_ERROR", "Invalid stix bundle", work_id=work_id)
        connector = self.platform.connectors.by_id.get(connector_id)
        if connector is None:
            raise Refusal("UNSUPPORTED_ERROR", "Invalid connector", connectorId=connector_id)
        if not work_id:
            at = clock.now()
            work = self.platform.works.create(
                connector, "%s run @ %s" % (connector["name"], at), call.user, at, source=connector_id
            )
            work_id = work["id"]
        message = {"type": "bundle", "applicant_id": call.user.id, "work_id": work_id, "update": True}
        if self.platform.at_least("7"):
            parts = [json.dumps(part, ensure_ascii=False) for part in self.platform.worker.parts(content)]
            message["no_split"] = True
            self.platform.works.expect(work_id, len(parts))
        else:
            parts = [text]
            if len(content["objects"]) == 1:
                self.platform.works.expect(work_id, 1)
        messages = [dict(message, content=base64.b64encode(part.encode()).decode()) for part in parts]
        self.platform.broker.publish(broker.WORKER_EXCHANGE, "push_routing_" + connector_id, messages)
        return True
