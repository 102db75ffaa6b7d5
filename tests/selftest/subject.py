"""The stand-in that is tested, and what is sent to it."""

import base64
import json
import pathlib
import subprocess
import time
import unittest
import urllib.error
import urllib.request
import uuid

import pika

SERVICES = pathlib.Path(__file__).parent.parent / "services.sh"
REGISTER = """mutation Register($input: RegisterConnectorInput) { registerConnector(input: $input) {
    id connector_state config { push_exchange push_routing push listen connection { port pass } } } }"""
WORK = """query Work($id: ID!) { work(id: $id) { status completed_number messages { message } errors { message source }
    tracking { import_expected_number import_processed_number } } }"""
IDENTITY = {"type": "identity", "spec_version": "2.1", "name": "ACME", "identity_class": "organization"}


def shell(*words):
    subprocess.run(["bash", "-c", '. "$0"; "$@"', str(SERVICES), *map(str, words)], check=True, timeout=180)


class Platform:
    def __init__(self, folder, amqp_port, *options):
        self.folder, self.amqp_port = folder, amqp_port
        shell("platform_start", folder, "--amqp-port", amqp_port, *options)
        self.url = (folder / "url").read_text().strip()
        self.tokens = json.loads((folder / "tokens.json").read_text())

    def stop(self):
        shell("platform_stop", self.folder)

    def http(self, method, path, data=None, headers=None):
        request = urllib.request.Request(self.url + path, data, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.read(), response.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers

    def post(self, body, user="connector", headers=None):
        headers = dict({"Content-Type": "application/json"}, **(headers or {}))
        token = self.tokens.get(user, user)
        if token:
            headers["Authorization"] = "Bearer " + token
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, answer, _ = self.http("POST", "/graphql", data, headers)
        return status, json.loads(answer)

    def ask(self, query, variables=None, user="connector", headers=None):
        status, answer = self.post({"query": query, "variables": variables or {}}, user, headers)
        assert status == 200, (status, answer)
        return answer

    def data(self, *args, **named):
        answer = self.ask(*args, **named)
        assert "errors" not in answer, answer
        return answer["data"]

    def test(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        status, answer, headers = self.http(method, "/_test" + path, data)
        assert status == 200, (status, answer)
        if headers["Content-Type"].startswith("application/x-ndjson"):
            return [json.loads(line) for line in answer.splitlines()]
        return json.loads(answer)

    def register(self, kind="EXTERNAL_IMPORT", **more):
        id = str(uuid.uuid4())
        self.data(REGISTER, {"input": dict({"id": id, "name": "self test", "type": kind, "scope": []}, **more)})
        return id

    def work(self, connector, multipart=False, expect=0):
        query = "mutation ($c: String!, $m: Boolean) { workAdd(connectorId: $c, isMultiPartWork: $m) { id } }"
        id = self.data(query, {"c": connector, "m": multipart})["workAdd"]["id"]
        if expect:
            self.edit(id, "addExpectations(expectations: %d)" % expect)
        return id

    def edit(self, id, what):
        return self.data("mutation ($id: ID!) { workEdit(id: $id) { %s } }" % what, {"id": id})

    def look(self, id):
        return self.data(WORK, {"id": id})["work"]

    def publish(self, connector, *messages):
        link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.amqp_port))
        channel = link.channel()
        for message in messages:
            body = message if isinstance(message, bytes) else json.dumps(message).encode()
            channel.basic_publish(
                "amqp.worker.exchange", "push_routing_" + connector, body, pika.BasicProperties(delivery_mode=2)
            )
        link.close()

    def settled(self, check, seconds=10):
        end = time.time() + seconds
        while not check():
            assert time.time() < end, "not settled in time"
            time.sleep(0.05)


def bundle(*objects, **message):
    content = json.dumps({"type": "bundle", "id": "bundle--" + str(uuid.uuid4()), "objects": list(objects)})
    return dict(message, content=base64.b64encode(content.encode()).decode())


def identity(**more):
    return dict(IDENTITY, id="identity--" + str(uuid.uuid4()), **more)


def relation(source, target):
    return {
        "type": "relationship",
        "spec_version": "2.1",
        "relationship_type": "related-to",
        "id": "relationship--" + str(uuid.uuid4()),
        "source_ref": source["id"],
        "target_ref": target["id"],
    }


def codes(answer):
    return [error["extensions"]["code"] for error in answer["errors"]]


class Strict(unittest.TestCase):
    """What the tests have in common: a platform of today, and an old one without workers."""

    p = old = None
