"""Connectors: registration, ping, state, queues."""

import json

import broker
import clock
import users
from refusal import Refusal

ALIVE_MINUTES = 5
BUILT_IN = [
    {
        "id": "d336676c-4ee5-4257-96ff-b2a86688d4af",
        "name": "[FILE] CSV Mapper import",
        "active": True,
        "connector_type": "INTERNAL_IMPORT_FILE",
        "connector_scope": ["text/csv"],
        "built_in": True,
        "connector_queue_details": {"messages_number": 0, "messages_size": 0},
        "connector_priority_group": "DEFAULT",
    }
]


class Connectors:
    def __init__(self, platform):
        self.platform = platform
        self.by_id = {}
        self.fake_size = {}

    def _known(self, id):
        connector = self.by_id.get(id)
        if connector is None:
            raise Refusal("FUNCTIONAL_ERROR", "No connector found with the specified ID", id=id)
        return connector

    def declare(self, connector):
        self.platform.broker.declare(
            connector["id"], connector["name"], connector["connector_type"], connector["connector_scope"]
        )
        self.platform.worker.discover("push_" + connector["id"])

    def register(self, user, input):
        at = clock.now()
        old = self.by_id.get(input["id"], {})
        scope = input.get("scope") or []
        connector = {
            "id": input["id"],
            "name": input["name"],
            "connector_type": input["type"],
            # Stored as one comma-separated string, so an element with a comma comes back as several.
            "connector_scope": [part for part in ",".join(scope).split(",") if part],
            "auto": input.get("auto"),
            "auto_update": input.get("auto_update"),
            "enrichment_resolution": input.get("enrichment_resolution"),
            "only_contextual": input.get("only_contextual"),
            "playbook_compatible": input.get("playbook_compatible") or False,
            "listen_callback_uri": input.get("listen_callback_uri"),
            "xtm_one_intent": input.get("xtm_one_intent"),
            "version": input.get("version"),
            "slug": input.get("slug"),
            "connector_user_id": user.id,
            "connector_state": old.get("connector_state"),
            "connector_state_reset": old.get("connector_state_reset", False),
            "connector_state_timestamp": old.get("connector_state_timestamp"),
            "connector_info": old.get("connector_info"),
            "connector_trigger_filters": old.get("connector_trigger_filters"),
            "created_at": old.get("created_at", at),
            "updated_at": at,
        }
        self.declare(connector)
        self.by_id[connector["id"]] = connector
        return connector

    def ping(self, id, state, info):
        connector = self._known(id)
        self.declare(connector)
        if connector["connector_state_reset"]:
            connector["connector_state_reset"] = False
        else:
            connector["updated_at"] = clock.now()
            connector["connector_state"] = state
        if info:
            connector["connector_info"] = dict(info)
        return connector

    def reset(self, id):
        connector = self._known(id)
        connector["connector_state"] = ""
        connector["connector_state_reset"] = True
        connector["connector_state_timestamp"] = clock.now()
        self.platform.broker.purge(id)
        return connector

    def delete(self, id):
        self._known(id)
        self.platform.works.drop_of(id)
        self.platform.broker.delete(id)
        del self.by_id[id]
        return id

    def forget(self, id):
        """Gone from the platform without its queues, as after a restored database."""
        return self.by_id.pop(id, None) is not None

    def _queue(self, id):
        if id in self.fake_size:
            return self.fake_size[id]
        push = self.platform.broker.depth("push_" + id) + self.platform.worker.in_flight.get("push_" + id, 0)
        number = push + (self.platform.broker.depth("listen_" + id) if self.platform.at_least("7") else 0)
        return {"messages_number": number, "messages_size": number * self.platform.worker.average("push_" + id)}

    def config(self, id, callback=None):
        options = self.platform.options
        return {
            "connection": self.platform.broker.described(),
            "s3": {
                "endpoint": "127.0.0.1",
                "port": options.s3_port,
                "use_ssl": False,
                "bucket_name": "opencti-bucket",
                "bucket_region": "us-east-1",
                "access_key": "access",
                "secret_key": "secret",
            },
            "listen": "listen_" + id,
            "listen_routing": "listen_routing_" + id,
            "listen_exchange": broker.CONNECTOR_EXCHANGE,
            "listen_callback_uri": callback,
            "push": "push_" + id,
            "push_routing": "push_routing_" + id,
            "push_exchange": broker.WORKER_EXCHANGE,
            "dead_letter_routing": "listen_routing_" + broker.DEAD_LETTER,
        }

    def view(self, id, registering=False):
        connector = self.by_id.get(id)
        if connector is None:
            return next((dict(one) for one in BUILT_IN if one["id"] == id), None)
        view = dict(connector)
        view.update(
            standard_id="connector--" + id,
            entity_type="Connector",
            parent_types=["Basic-Object", "Internal-Object"],
            representative={"main": connector["name"]},
            title=connector["name"],
            active=int(clock.age_seconds(connector["updated_at"]) // 60) < ALIVE_MINUTES,
            built_in=False,
            is_managed=False,
            configurations=[],
            connector_priority_group="DEFAULT",
            connector_queue_details=lambda call: self._queue(id),
            connector_user=lambda call: self._user(call, connector),
            config=self.config(id, None if registering else connector["listen_callback_uri"]),
            works=lambda call, status=None: self.platform.works.newest(id, 20),
            jwks=self.platform.keys.jwks,
        )
        return view

    @staticmethod
    def _user(call, connector):
        user = users.BY_ID.get(connector["connector_user_id"])
        return users.internal(user) if user and call.user.may(["SETTINGS_SETACCESSES"]) else None

    def views(self):
        return [self.view(id) for id in self.by_id]

    def of_type(self, kind):
        return [view for view in self.views() if view["connector_type"] == kind]

    # GraphQL

    def operations(self):
        return {
            "registerConnector": self.op_register,
            "pingConnector": self.op_ping,
            "resetStateConnector": lambda call, id: self.view(self.reset(id)["id"]),
            "deleteConnector": lambda call, id: self.delete(id),
            "updateConnectorTrigger": self.op_trigger,
            "connectorJWT": lambda call: self.platform.keys.token(),
            "connector": lambda call, id: self.view(id),
            "connectors": lambda call: self.views() + [dict(one) for one in BUILT_IN],
            "connectorsForWorker": self.op_for_worker,
            "connectorsForExport": lambda call: self.of_type("INTERNAL_EXPORT_FILE"),
            "connectorsForImport": lambda call: self.of_type("INTERNAL_IMPORT_FILE"),
            "connectorsForAnalysis": lambda call: self.of_type("INTERNAL_ANALYSIS"),
            "enrichmentConnectors": self.op_enrichment,
        }

    def op_register(self, call, input=None):
        if input is None:
            raise TypeError("Cannot destructure property 'id' of 'input' as it is null.")
        return self.view(self.register(call.user, input)["id"], registering=True)

    def op_ping(self, call, id, state=None, connectorInfo=None):
        return self.view(self.ping(id, state, connectorInfo)["id"])

    def op_trigger(self, call, id, input):
        connector = self._known(id)
        for edit in input:
            if edit["key"] != "connector_trigger_filters":
                raise Refusal("UNSUPPORTED_ERROR", "Only the trigger filters can be edited", key=edit["key"])
            json.loads(edit["value"][0])
            connector["connector_trigger_filters"] = edit["value"][0]
        return self.view(id)

    def op_for_worker(self, call):
        # A queue of the platform itself has no more than these fields.
        own = {"id": "background-task-0", "name": "[TASK] Internal task processing #0", "active": True}
        own["config"] = self.config(own["id"])
        own["connector_priority_group"] = "DEFAULT"
        return self.views() + [own]

    def op_enrichment(self, call, type):
        return [
            view
            for view in self.of_type("INTERNAL_ENRICHMENT")
            if view["active"]
            and (not view["connector_scope"] or type.lower() in [s.lower() for s in view["connector_scope"]])
        ]
