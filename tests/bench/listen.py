"""Connectors that take jobs: octi-listen and pycti's beside each other, idle and at work."""

import json
import os
import shutil
import sys
import time
import urllib.request
import uuid

import services
from connector import Connector

HERE = os.path.dirname(os.path.abspath(__file__))
BUNDLE = {
    "type": "bundle",
    "id": "bundle--00000001-0000-4000-8000-000000000001",
    "objects": [{"type": "note", "id": "note--00000002-0000-4000-8000-000000000002", "content": "n"}],
}


class Listener(Connector):
    """A connector that runs, with a queue of its own; what it makes of a job is `text`, or nothing when it is empty."""

    def __init__(self, bench, name, text, arguments=(), pings=False):
        self.services, self.channel, self.id, self.text = bench.services, bench.channel, str(uuid.uuid4()), text
        output = bench.path("output-" + self.id)
        with open(output, "w") as file:
            file.write(text)
        environment = dict(bench.environment, CONNECTOR_ID=self.id, CONNECTOR_TYPE="INTERNAL_IMPORT_FILE")
        if pings:
            del environment["CONNECTOR_DURATION_PERIOD"]
        call = [sys.executable, os.path.join(HERE, "reference.py"), "listen", output]
        if name == "octi":
            program = os.path.join(services.ROOT, "build/octi-listen")
            handler = [shutil.which("cat"), output] if text else [shutil.which("true")]
            call = [program, *arguments, "--", *handler]
        super().__init__(call, environment, bench.path("errors-" + self.id))
        self.until(self.listens, 60)

    def depth(self, queue):
        return self.channel.queue_declare(queue + "_" + self.id, passive=True).method

    def listens(self):
        known = any(one["id"] == self.id for one in self.services.control("/connectors"))
        return known and self.depth("listen").consumer_count

    def work(self, number, of_work):
        """Gives it so many jobs; returns the seconds until all it sends is in the queue, or until it takes no more."""
        ids = [self.open_work() if of_work else None for _ in range(number)]
        bodies = [json.dumps(job(id)).encode() for id in ids]
        begin = time.monotonic()
        for body in bodies:
            self.channel.basic_publish("", "listen_" + self.id, body)
        if self.text:
            self.until(lambda: self.depth("push").message_count >= number, 600)
        else:
            self.until(lambda: not self.depth("listen").message_count, 600)
        wall = time.monotonic() - begin
        if of_work:
            self.until(lambda: self.closed().issuperset(ids), 60)
        self.channel.queue_purge("push_" + self.id)
        return wall

    def open_work(self):
        query = "mutation ($id: String!) { workAdd(connectorId: $id, friendlyName: \"Job\") { id } }"
        body = json.dumps({"query": query, "variables": {"id": self.id}}).encode()
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + self.services.tokens["connector"]}
        with urllib.request.urlopen(urllib.request.Request(self.services.url + "/graphql", body, headers)) as answer:
            return json.load(answer)["data"]["workAdd"]["id"]

    def closed(self):
        return {one["id"] for one in self.services.control("/works") if one["processed_time"]}

    def stop(self):
        self.process.terminate()
        self.close()


def job(work):
    event = {"file_id": "f", "file_mime": "text/csv", "file_markings": [], "file_fetch": "/storage/get/f"}
    event.update(validation_mode="draft", bypass_validation=False, force_validation=False)
    return {"internal": {"work_id": work, "applicant_id": None, "draft_id": None}, "event": event}
