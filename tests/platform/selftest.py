"""Proves that the stand-in is strict: selftest.py [--amqp-port N] [unittest arguments]

Without --amqp-port it starts a broker of its own, and stops it at the end."""

import base64
import http.client
import http.server
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
import uuid

import pika

SERVICES = pathlib.Path(__file__).parent.parent / "services.sh"
REGISTER = """mutation Register($input: RegisterConnectorInput) { registerConnector(input: $input) {
    id connector_state config { push_exchange push_routing push listen connection { port pass } } } }"""
PING = "mutation Ping($id: ID!, $state: String) { pingConnector(id: $id, state: $state) { connector_state } }"
WORK = """query Work($id: ID!) { work(id: $id) { status completed_number messages { message } errors { message source }
    tracking { import_expected_number import_processed_number } } }"""
EXTENSION = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"
MEMBERS = "6b1f0f8e-4c1d-4c55-9d4b-7c2f8f1f0a02"
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


def codes(answer):
    return [error["extensions"]["code"] for error in answer["errors"]]


class Listener:
    """A stream, read message by message."""

    def __init__(self, platform, path, headers=None, token="connector"):
        self.authorization = {"Authorization": "Bearer " + platform.tokens[token]}
        request = urllib.request.Request(platform.url + path, headers=dict(self.authorization, **(headers or {})))
        self.response = urllib.request.urlopen(request, timeout=10)
        self.headers = self.response.headers

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.response.close()

    def lines(self):
        return self.response.readline().decode()

    def rest(self):
        return self.response.read()

    def next(self):
        fields = {}
        while (line := self.lines()) != "\n":
            assert line, "the stream ended"
            name, value = line[:-1].split(": ", 1)
            fields[name] = value
        return fields.get("id"), fields["event"], json.loads(fields["data"])


class Strict(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.p = Platform(FOLDER / "seven", AMQP_PORT, "--release", "7")
        cls.old = Platform(FOLDER / "old", AMQP_PORT, "--release", "6.7", "--no-worker")

    @classmethod
    def tearDownClass(cls):
        cls.p.stop()
        cls.old.stop()

    # GraphQL

    def test_unknown_field(self):
        answer = self.p.ask("{ about { version nonsense } }")
        self.assertEqual(codes(answer), ["GRAPHQL_VALIDATION_FAILED"])
        self.assertNotIn("data", answer)
        self.assertIn('Cannot query field "nonsense" on type "AppInfo".', answer["errors"][0]["message"])
        self.assertEqual(answer["errors"][0]["name"], "GRAPHQL_VALIDATION_FAILED")

    def test_bad_values(self):
        for input in (
            {"id": "x"},
            {"id": "x", "name": "n", "type": "NOPE"},
            {"id": "x", "name": "n", "type": "STREAM", "what": 1},
        ):
            answer = self.p.ask(REGISTER, {"input": input})
            self.assertEqual(set(codes(answer)), {"BAD_USER_INPUT"})
            self.assertNotIn("data", answer)
        naive = {
            "run_and_terminate": False,
            "buffering": False,
            "queue_threshold": 1,
            "queue_messages_size": 0,
            "last_run_datetime": "2026-01-02T03:04:05",
        }
        query = "mutation ($i: ConnectorInfoInput) { pingConnector(id: 1, connectorInfo: $i) { id } }"
        self.assertEqual(codes(self.p.ask(query, {"i": naive})), ["BAD_USER_INPUT"])

    def test_id_is_not_a_string(self):
        answer = self.p.ask("query ($id: ID!) { connector(id: $id) { id } }", {"id": "x"})
        self.assertEqual(codes(answer), ["GRAPHQL_VALIDATION_FAILED"])

    def test_tokens(self):
        for token in ("wrong", ""):
            answer = self.p.ask("{ about { version } }", user=token)
            self.assertEqual(list(answer), ["errors", "data"])
            self.assertEqual(answer["data"], {"about": None})
            self.assertEqual(answer["errors"][0]["path"], ["about"])
            self.assertEqual(
                answer["errors"][0]["extensions"],
                {"code": "AUTH_REQUIRED", "data": {"http_status": 401, "genre": "TECHNICAL"}},
            )
        self.assertEqual(
            codes(
                self.p.ask(
                    "{ about { version } }", headers={"Authorization": "bearer " + self.p.tokens["admin"]}, user=""
                )
            ),
            ["AUTH_REQUIRED"],
        )

    def test_capability(self):
        answer = self.p.ask(REGISTER, {"input": {"id": "x", "name": "n", "type": "STREAM"}}, user="reader")
        self.assertEqual(codes(answer), ["FORBIDDEN_ACCESS"])
        self.assertIsNone(answer["data"]["registerConnector"])
        self.assertEqual(codes(self.p.ask("mutation { connectorJWT }")), ["FORBIDDEN_ACCESS"])
        self.assertEqual(self.p.data("mutation { connectorJWT }", user="admin")["connectorJWT"].count("."), 2)

    def test_applicant(self):
        me, ids = "{ me { id } }", self.p.tokens["users"]
        header = {"opencti-applicant-id": ids["analyst"]}
        self.assertEqual(self.p.data(me, user="admin", headers=header)["me"]["id"], ids["analyst"])
        self.assertEqual(self.p.data(me, headers=header)["me"]["id"], ids["connector"])
        self.assertEqual(
            codes(self.p.ask(me, user="admin", headers={"opencti-applicant-id": "nobody"})), ["AUTH_REQUIRED"]
        )

    def test_aliases(self):
        query = "{ %s }" % " ".join("a%d: about { version }" % n for n in range(3))
        self.assertIn(
            "Allowed number of calls for Query->about has been exceeded (max: 2)",
            self.p.ask(query)["errors"][0]["message"],
        )
        two = 'mutation { a: workEdit(id: "1") { ping } b: workEdit(id: "2") { ping } }'
        self.assertEqual(codes(self.p.ask(two)), ["GRAPHQL_VALIDATION_FAILED"])

    def test_introspection(self):
        self.assertEqual(codes(self.p.ask("{ __schema { types { name } } }")), ["RESOURCE_NOT_FOUND"])
        self.assertEqual(self.p.data('{ __type(name: "Work") { name } }')["__type"]["name"], "Work")

    def test_http(self):
        p = self.p
        self.assertEqual(p.http("GET", "/graphql")[0], 405)
        self.assertEqual(p.post({})[0], 400)
        self.assertEqual(codes(p.post([{"query": "{ about { version } }"}])[1]), ["BAD_REQUEST"])
        self.assertEqual(p.post({"query": "{ about { version } }", "variables": "{}"})[0], 400)
        self.assertEqual(p.post({"query": ""})[0], 200)
        self.assertEqual(p.post(b"{ broken")[0], 500)
        self.assertEqual(p.post(b"{ broken")[1]["status"], "error")
        self.assertEqual(p.post({"query": "{ about { version } }"}, headers={"Content-Type": "text/plain"})[0], 400)
        self.assertEqual(p.post({"query": "{ about { version } }"}, headers={"Accept": "text/html"})[0], 406)
        self.assertEqual(p.http("POST", "/elsewhere", b"")[0], 404)
        status, _, headers = p.http("GET", "/elsewhere")
        self.assertEqual((status, headers.get_content_type()), (200, "text/html"))
        self.assertEqual(codes(p.ask("{ about { ")), ["GRAPHQL_PARSE_FAILED"])

    def test_dead_context(self):
        query = {"query": "{ about { version } }"}
        status, answer = self.p.post(query, headers={"opencti-work-id": "work_x_2026"})
        self.assertEqual((status, codes(answer)), (500, ["WORK_NOT_ALIVE"]))
        status, answer = self.p.post(query, headers={"opencti-draft-id": "nothing"})
        self.assertEqual((status, codes(answer)), (500, ["DRAFT_LOCKED"]))
        self.assertEqual(self.p.post(query, headers={"opencti-draft-id": ""})[0], 200)
        self.assertEqual(self.old.post(query, headers={"opencti-work-id": "work_x_2026"})[0], 200)

    def test_old_release(self):
        input = {"id": str(uuid.uuid4()), "name": "n", "type": "STREAM"}
        with_jwks = REGISTER.replace("id connector_state", "id jwks connector_state")
        self.assertEqual(codes(self.old.ask(with_jwks, {"input": input})), ["GRAPHQL_VALIDATION_FAILED"])
        self.assertEqual(codes(self.old.ask(REGISTER, {"input": dict(input, slug="s")})), ["BAD_USER_INPUT"])
        self.assertEqual(codes(self.old.ask('{ isWorkAlive(id: "x") }')), ["GRAPHQL_VALIDATION_FAILED"])
        self.assertEqual(self.old.data(REGISTER, {"input": input})["registerConnector"]["id"], input["id"])
        self.assertEqual(
            self.p.data(with_jwks, {"input": dict(input, slug="s", version="1")})["registerConnector"]["id"],
            input["id"],
        )
        gone = self.old.ask('mutation { workEdit(id: "work_gone") { toReceived } }')
        self.assertEqual(codes(gone), ["INTERNAL_SERVER_ERROR"])

    # Connectors

    def test_unknown_ping(self):
        answer = self.p.ask(PING, {"id": "nobody"})
        self.assertEqual(codes(answer), ["FUNCTIONAL_ERROR"])
        self.assertEqual(answer["errors"][0]["message"], "No connector found with the specified ID")

    def test_state_dance(self):
        id = self.p.register()

        def ping(state):
            return self.p.data(PING, {"id": id, "state": state})["pingConnector"]["connector_state"]

        self.assertEqual(ping('{"a":1}'), '{"a":1}')
        self.p.test("POST", "/worker/pause")
        self.p.publish(id, bundle(identity()))
        details = "query ($id: String!) { connector(id: $id) { connector_queue_details { messages_number } } }"
        self.p.settled(
            lambda: self.p.data(details, {"id": id})["connector"]["connector_queue_details"]["messages_number"] == 1
        )
        self.p.data("mutation ($id: ID!) { resetStateConnector(id: $id) { id } }", {"id": id})
        self.p.test("POST", "/worker/resume")
        self.assertEqual(
            self.p.data(details, {"id": id})["connector"]["connector_queue_details"]["messages_number"], 0
        )
        self.assertEqual(ping('{"a":2}'), "")
        self.assertEqual(ping('{"a":3}'), '{"a":3}')
        self.assertEqual(
            self.p.register()
            and self.p.data(REGISTER, {"input": {"id": id, "name": "n", "type": "STREAM"}})["registerConnector"][
                "connector_state"
            ],
            '{"a":3}',
        )
        self.p.test("POST", "/connector/%s/forget" % id)
        self.assertEqual(codes(self.p.ask(PING, {"id": id})), ["FUNCTIONAL_ERROR"])

    def test_ping_makes_queues_again(self):
        id = self.p.register()
        link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", AMQP_PORT))
        link.channel().queue_delete("push_" + id)
        self.p.data(PING, {"id": id})
        self.assertEqual(link.channel().queue_declare("push_" + id, passive=True).method.NAME, "Queue.DeclareOk")
        stix = identity()
        self.p.publish(id, bundle(stix))
        self.p.settled(lambda: self.p.data("query ($id: String!) { stix(id: $id) }", {"id": stix["id"]})["stix"])
        self.p.data("mutation ($id: ID!) { deleteConnector(id: $id) }", {"id": id})
        with self.assertRaises(pika.exceptions.ChannelClosedByBroker):
            link.channel().queue_declare("push_" + id, passive=True)
        link.close()

    # Works

    def look(self, id):
        return self.p.data(WORK, {"id": id})["work"]

    def test_work_without_expectations(self):
        id = self.p.work(self.p.register())
        self.p.edit(id, 'toProcessed(message: "done")')
        work = self.look(id)
        self.assertEqual((work["status"], work["completed_number"]), ("complete", 1))
        self.assertEqual(work["tracking"], {"import_expected_number": 1, "import_processed_number": 1})

    def test_multipart(self):
        connector = self.p.register()
        for multipart in (False, True):
            id = self.p.work(connector, multipart, 1)
            self.p.edit(id, "reportExpectation")
            self.assertEqual(self.look(id)["status"], "progress" if multipart else "complete")
            self.p.edit(id, "addExpectations(expectations: 1)")
            self.p.edit(id, "toProcessed")
            self.assertEqual(self.look(id)["status"], "progress" if multipart else "complete")
            self.p.edit(id, "reportExpectation")
            self.assertEqual(self.look(id)["status"], "complete")

    def test_errors_are_capped(self):
        id = self.p.work(self.p.register(), expect=150)
        for _ in range(101):
            self.p.edit(id, 'reportExpectation(error: {error: "e", source: "s"})')
        self.assertEqual(len(self.look(id)["errors"]), 100)
        self.p.edit(id, 'toProcessed(message: "m", inError: true)')
        self.assertEqual(len(self.look(id)["errors"]), 101)

    def test_missing_work(self):
        id = self.p.work(self.p.register())
        self.p.edit(id, "delete")
        self.assertFalse(self.p.data("query ($id: ID!) { isWorkAlive(id: $id) }", {"id": id})["isWorkAlive"])
        for what in (
            "toReceived",
            "toProcessed",
            "addExpectations(expectations: 1)",
            "reportExpectation",
            'addDraftContext(draftContext: "d")',
        ):
            self.p.edit(id, what)
        self.assertEqual(
            codes(self.p.ask("mutation ($id: ID!) { workEdit(id: $id) { ping } }", {"id": id})),
            ["INTERNAL_SERVER_ERROR"],
        )
        answer = self.p.ask('mutation { workAdd(connectorId: "nobody") { id } }')
        self.assertEqual((codes(answer), answer["data"]), (["INTERNAL_SERVER_ERROR"], None))

    def test_work_ids_are_unique(self):
        connector = self.p.register()
        self.assertEqual(len({self.p.work(connector) for _ in range(20)}), 20)

    # Worker

    def test_bad_messages_are_dropped(self):
        connector = self.p.register()
        before = self.p.test("GET", "/worker")["counters"].get("dropped", 0)
        bad = [
            b"not json",
            {"content": "%%%"},
            {
                "content": base64.urlsafe_b64encode(b'{"objects":[{"id":"\xc3\xbf\xc3\xbf>>>???"}]}')
                .decode()
                .rstrip("=")
            },
            {"work_id": "x"},
            dict(bundle(identity()), type="other"),
            bundle(),
            {"content": base64.b64encode(b'{"type":"report","objects":[{}]}').decode()},
        ]
        self.p.publish(connector, *bad)
        self.p.settled(lambda: self.p.test("GET", "/worker")["counters"].get("dropped", 0) == before + len(bad))

    def test_unroutable(self):
        link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", AMQP_PORT))
        channel = link.channel()
        channel.confirm_delivery()
        with self.assertRaises(pika.exceptions.UnroutableError):
            channel.basic_publish("amqp.worker.exchange", "push_routing_nobody", b"{}", mandatory=True)
        link.close()

    def test_import(self):
        connector = self.p.register()
        author, lonely = identity(), identity()
        relation = {
            "type": "relationship",
            "spec_version": "2.1",
            "relationship_type": "related-to",
            "id": "relationship--" + str(uuid.uuid4()),
            "source_ref": author["id"],
            "target_ref": "identity--" + str(uuid.uuid4()),
        }
        custom = {"type": "x-acme", "id": "x-acme--" + str(uuid.uuid4())}
        nameless = {k: v for k, v in identity().items() if k != "name"}
        dated = identity(created="2020-01-01")
        work = self.p.work(connector, expect=7)
        applicant = self.p.tokens["users"]["analyst"]
        ids = {"work_id": work, "applicant_id": applicant}
        self.p.publish(
            connector,
            bundle(author, **ids),
            bundle(relation, **ids),
            bundle(custom, **ids),
            bundle(nameless, **ids),
            bundle(dated, **ids),
            bundle(lonely, work_id=work, applicant_id="nobody"),
            bundle(identity(), entities_types=["malware"], **ids),
        )
        self.p.settled(lambda: self.look(work)["status"] == "complete")
        errors = self.look(work)["errors"]
        self.assertEqual(len(errors), 5, errors)
        self.assertIn("MISSING_REFERENCE_ERROR", errors[0]["message"])
        self.assertIn("Incompatible element", errors[1]["message"])
        stored = {one["id"]: one for one in self.p.test("GET", "/objects?meta")}
        self.assertEqual(stored[author["id"]]["applicant_id"], applicant)
        self.assertNotIn(lonely["id"], stored)
        found = [m for m in self.p.test("GET", "/messages") if m["body"] and m["body"].get("work_id") == work]
        self.assertEqual((len(found), found[0]["properties"]["delivery_mode"]), (7, 2))

    def test_unsplit(self):
        connector = self.p.register()
        first, second = identity(), identity()
        second["created_by_ref"] = first["id"]
        work = self.p.work(connector)
        self.p.publish(connector, bundle(second, first, work_id=work))
        self.p.settled(lambda: self.look(work)["status"] == "complete", 20)
        self.assertEqual(self.look(work)["completed_number"], 2)
        together = self.p.work(connector, expect=2)
        self.p.publish(connector, bundle(identity(), identity(), work_id=together, no_split=True))
        self.p.settled(lambda: self.look(together)["status"] == "complete")

    def test_dead_work_is_skipped(self):
        connector = self.p.register()
        work, stix = self.p.work(connector, expect=1), identity()
        self.p.test("POST", "/work/%s/kill" % work)
        self.p.publish(connector, bundle(stix, work_id=work), bundle(identity()))
        time.sleep(0.5)
        self.assertEqual(self.p.data("query ($id: String!) { stix(id: $id) }", {"id": stix["id"]})["stix"], "")

    def test_bundle_push(self):
        connector = self.p.register()
        query = "mutation ($c: String!, $b: String!, $w: String) { stixBundlePush(connectorId: $c, bundle: $b, work_id: $w) }"
        work = self.p.work(connector)
        text = json.dumps({"type": "bundle", "objects": [identity(), identity()]})
        self.assertTrue(self.p.data(query, {"c": connector, "b": text, "w": work})["stixBundlePush"])
        self.p.settled(lambda: self.look(work)["status"] == "complete")
        for c, b in ((connector, "{"), (connector, '{"type":"bundle","objects":[]}'), ("nobody", text)):
            answer = self.p.ask(query, {"c": c, "b": b})
            self.assertEqual(
                (codes(answer), answer["errors"][0]["message"]), (["UNSUPPORTED_ERROR"], "Invalid bundle")
            )

    # Files

    def multipart(self, *parts, query=None, variables=None):
        boundary = "octi" + uuid.uuid4().hex
        query = (
            query
            or "mutation Up($file: Upload!) { uploadImport(file: $file) { id name size metaData { mimetype } } }"
        )
        given = {
            "operations": json.dumps({"query": query, "variables": variables or {"file": None}}),
            "map": '{"0":["variables.file"]}',
        }
        body = b""
        for part in parts:
            name, filename, data = part if isinstance(part, tuple) else (part, None, given[part].encode())
            disposition = 'form-data; name="%s"' % name + ('; filename="%s"' % filename if filename else "")
            body += ("--%s\r\nContent-Disposition: %s\r\n\r\n" % (boundary, disposition)).encode() + data + b"\r\n"
        body += ("--%s--\r\n" % boundary).encode()
        return self.p.post(body, headers={"Content-Type": "multipart/form-data; boundary=" + boundary})

    def test_upload(self):
        file = ("0", "Été Report.CSV", b"a,b\n" + uuid.uuid4().bytes)
        status, answer = self.multipart("operations", "map", file)
        made = answer["data"]["uploadImport"]
        self.assertEqual(
            made,
            {
                "id": "import/global/été report.csv",
                "name": "Été Report.CSV",
                "size": 20,
                "metaData": {"mimetype": "text/csv"},
            },
        )
        for order in (
            ("map", "operations", file),
            (file, "operations", "map"),
            ("operations", file, "map"),
            ("operations", file),
        ):
            status, answer = self.multipart(*order)
            self.assertEqual((status, answer["status"]), (500, "error"), order)
        status, answer = self.multipart("operations", "map")
        self.assertEqual((status, answer["errors"][0]["message"]), (200, "File missing in the request."))
        self.assertEqual(
            codes(self.p.ask("mutation ($file: Upload!) { uploadImport(file: $file) { id } }", {"file": "text"})),
            ["BAD_USER_INPUT"],
        )
        token = {"Authorization": "Bearer " + self.p.tokens["connector"]}
        status, data, headers = self.p.http(
            "GET", "/storage/get/import/global/%C3%A9t%C3%A9%20report.csv", headers=token
        )
        self.assertEqual((status, data, headers["Content-Length"]), (200, file[2], None))
        self.assertEqual(self.p.http("GET", "/storage/get/import/global/none", headers=token)[0], 503)
        self.assertEqual(self.p.http("GET", "/storage/get/import/global/none")[0], 403)

    def test_job_for_upload(self):
        connector = self.p.register("INTERNAL_IMPORT_FILE", auto=True, scope=["text/x-self"])
        self.p.data("mutation ($id: ID!) { deleteConnector(id: $id) }", {"id": connector})
        connector = self.p.register("INTERNAL_IMPORT_FILE", auto=True, scope=["application/pdf"])
        self.multipart("operations", "map", ("0", uuid.uuid4().hex + ".pdf", b"%PDF"))
        link = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", AMQP_PORT))
        _, _, body = link.channel().basic_get("listen_" + connector, auto_ack=True)
        link.close()
        job = json.loads(body)
        self.assertEqual(job["event"]["file_mime"], "application/pdf")
        self.assertTrue(job["internal"]["work_id"].startswith("work_" + connector))

    def test_job_by_callback(self):
        seen = []

        class Listener(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                seen.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(202 if len(seen) > 1 else 503)
                self.end_headers()

            def log_message(self, *_):
                pass

        listener = http.server.HTTPServer(("127.0.0.1", 0), Listener)
        threading.Thread(target=listener.serve_forever, daemon=True).start()
        uri = "http://127.0.0.1:%d/callback" % listener.server_port
        connector = self.p.register("INTERNAL_ENRICHMENT", listen_callback_uri=uri)
        self.p.test("POST", "/connector/%s/job" % connector, {"internal": {}, "event": {"entity_id": "é"}})
        self.p.settled(lambda: len(seen) == 2)
        listener.shutdown()
        listener.server_close()
        headers, body = seen[1]
        self.assertEqual(json.loads(body)["event"]["entity_id"], "é")
        self.assertEqual(headers["Authorization"].count("."), 2)

    # Lists

    def test_paging(self):
        self.p.test("POST", "/objects/fill?n=7000&type=indicator")
        query = """query Page($first: Int, $after: ID) { indicators(first: $first, after: $after) {
            edges { node { id } } pageInfo { endCursor hasNextPage globalCount } } }"""

        def page(first=None, after=None):
            one = self.p.data(query, {"first": first, "after": after})["indicators"]
            return len(one["edges"]), one["pageInfo"]

        number, info = page()
        self.assertEqual((number, info["hasNextPage"], info["globalCount"]), (500, True, 7000))
        number, info = page(6000)
        self.assertEqual((number, info["hasNextPage"]), (5000, False))
        sizes, after = [], None
        while True:
            number, info = page(3500, after)
            sizes.append(number)
            if not info["hasNextPage"]:
                break
            after = info["endCursor"]
        self.assertEqual(sizes, [3500, 3500, 0])
        self.assertEqual(info["endCursor"], "")
        self.assertEqual(codes(self.p.ask(query, {"after": "zzz"})), ["INTERNAL_SERVER_ERROR"])

    def test_filters(self):
        query = "query ($f: FilterGroup) { stixCoreObjects(filters: $f) { edges { node { standard_id } } } }"
        self.assertEqual(codes(self.p.ask(query, {"f": [{"key": "name", "values": ["x"]}]})), ["BAD_USER_INPUT"])
        self.assertEqual(codes(self.p.ask(query, {"f": {"mode": "and", "filters": []}})), ["BAD_USER_INPUT"])
        self.assertEqual(
            codes(
                self.p.ask(
                    query, {"f": {"mode": "and", "filters": [{"key": "nope", "values": ["x"]}], "filterGroups": []}}
                )
            ),
            ["UNSUPPORTED_ERROR"],
        )

    # Streams

    def test_stream_is_refused(self):
        def refused(path, token=None):
            headers = {"Authorization": "Bearer " + self.p.tokens[token]} if token else {}
            try:
                with urllib.request.urlopen(urllib.request.Request(self.p.url + path, headers=headers), timeout=10):
                    self.fail("let in")
            except urllib.error.HTTPError as error:
                return error.code, error.reason, error.read()

        signed, allowed = "are not authenticated", "are not authorized"
        for path, token, wanted in (
            ("/stream", None, signed),
            ("/stream/live", None, signed),
            ("/stream/live", "connector", allowed),
            ("/stream/raw", "admin", allowed),
            ("/stream/" + MEMBERS, None, signed),
            ("/stream/" + MEMBERS, "reader", allowed),
        ):
            reason = "You %s, please check your credentials" % wanted
            self.assertEqual(refused(path, token), (401, reason, b""), path)
        reason = "Consume generic stream is only authorized for bypass user"
        self.assertEqual(refused("/stream", "connector"), (401, reason, b""))
        stopped = self.collection(stream_live=False)
        self.assertEqual(refused("/stream/" + stopped, "admin"), (410, "This live stream is stopped", b""))
        closed = self.collection(restricted_members=[self.p.tokens["users"]["analyst"]])
        self.assertEqual(refused("/stream/" + closed, "connector")[0], 401)
        self.assertEqual(refused("/stream/%s?from=a-b" % MEMBERS, "connector")[0], 500)
        self.assertEqual(self.p.http("POST", "/stream/connection/x")[0], 401)

    def collection(self, *filters, **values):
        id = str(uuid.uuid4())
        if filters:
            values["filters"] = json.dumps({"mode": "and", "filters": list(filters), "filterGroups": []})
        self.p.test("POST", "/stream/%s/collection" % id, values)
        return id

    def happen(self, *events):
        return self.p.test("POST", "/stream/events", list(events))["ids"]

    def now(self):
        """A position behind all that has happened, and before all that will."""
        now = time.time()
        time.sleep(0.002)
        return "%d-0" % (now * 1000)

    def test_stream(self):
        first, second = identity(), identity()
        start = self.happen({"type": "create", "data": first})[0]
        with Listener(self.p, "/stream/" + MEMBERS) as listener:
            self.assertEqual(listener.headers["Content-Type"], "text/event-stream; charset=utf-8")
            id, event, connected = listener.next()
            self.assertEqual((id, event, connected["lastEventId"]), (None, "connected", start))
            status, answer, _ = self.p.http(
                "POST", "/stream/connection/" + connected["connectionId"], headers=listener.authorization
            )
            self.assertEqual((status, json.loads(answer)), (200, {"message": "ok"}))
            made = self.happen({"type": "create", "data": second}, {"type": "delete", "data": second})
            id, event, data = listener.next()
            self.assertEqual((id, event, data["type"], data["version"]), (made[0], "create", "create", "4"))
            self.assertEqual((data["data"]["id"], data["scope"]), (second["id"], "external"))
            self.assertEqual(listener.next()[:2], (made[1], "delete"))
        # An id is exclusive, in the query before the header; a bare number is no position.
        with Listener(self.p, "/stream/%s?from=%s" % (MEMBERS, start), {"Last-Event-ID": "0-0"}) as listener:
            self.assertEqual([listener.next()[0] for _ in range(3)], [None, *made])
        with Listener(self.p, "/stream/" + MEMBERS, {"Last-Event-ID": made[0]}) as listener:
            self.assertEqual([listener.next()[0] for _ in range(2)], [None, made[1]])
        with Listener(self.p, "/stream/%s?from=%s" % (MEMBERS, start.split("-")[0])) as listener:
            listener.next()
            later = self.happen({"type": "create", "data": identity()})
            self.assertEqual(listener.next()[0], later[0])

    def test_stream_heartbeats(self):
        self.p.test("POST", "/stream/heartbeat?seconds=0.1")
        try:
            with Listener(self.p, "/stream/" + MEMBERS) as listener:
                listener.next()
                id, event, date = listener.next()
                self.assertEqual((event, id.split("-")[1], len(date)), ("heartbeat", "0", 24))
                again, event, metrics = listener.next()
                self.assertEqual((again, event, len(metrics)), (id, "consumer_metrics", 6))
                self.assertGreater(listener.next()[0], id)
                self.p.test("POST", "/stream/silence")
                self.happen({"type": "create", "data": identity()})
                time.sleep(0.5)
                self.p.test("POST", "/stream/resume")
                names = []
                while "create" not in names:
                    names.append(listener.next()[1])
                self.assertLess(len(names), 8)
        finally:
            self.p.test("POST", "/stream/resume")
            self.p.test("POST", "/stream/heartbeat?seconds=5")

    def test_stream_filters(self):
        stream = self.collection({"key": ["name"], "values": ["Wanted"], "operator": "eq"})
        one = identity()
        one["name"] = "Wanted"
        other = dict(one, name="Other")
        start = self.now()
        self.happen({"type": "create", "data": identity()})
        self.happen(
            {"type": "create", "data": one},
            {"type": "update", "data": other},
            {"type": "update", "data": dict(other, description="more")},
            {"type": "update", "data": one},
        )
        with Listener(self.p, "/stream/%s?from=%s&no-dependencies=true" % (stream, start)) as listener:
            listener.next()
            seen = [listener.next() for _ in range(3)]
            self.assertEqual(
                [(event, data["type"], data["data"]["name"], data.get("context")) for _, event, data in seen],
                [
                    ("create", "create", "Wanted", None),
                    ("delete", "update", "Wanted", {}),
                    ("create", "update", "Wanted", {}),
                ],
            )
        with Listener(self.p, "/stream/%s?from=%s" % (stream, start), {"listen-delete": "false"}) as listener:
            listener.next()
            self.assertEqual([listener.next()[1] for _ in range(2)], ["create", "create"])

    def test_stream_update(self):
        one = identity()
        start = self.happen({"type": "create", "data": one})[0]
        self.happen({"type": "update", "data": dict(one, name="Renamed")})
        with Listener(self.p, "/stream/%s?from=%s" % (MEMBERS, start)) as listener:
            listener.next()
            context = listener.next()[2]["context"]
            back = [step for step in context["reverse_patch"] if step["path"] == "/name"]
            self.assertEqual(back, [{"op": "replace", "path": "/name", "value": "ACME"}])

    def test_stream_raw_and_merge(self):
        kept, lost, inferred = identity(), identity(), identity(created_by_ref="identity--" + str(uuid.uuid4()))
        inferred["extensions"] = {EXTENSION: {"is_inferred": True}}
        start = self.happen({"type": "create", "data": kept}, {"type": "create", "data": lost})[1]
        made = self.happen(
            {"type": "create", "data": inferred}, {"type": "merge", "data": kept, "sources": [lost["id"]]}
        )
        with Listener(self.p, "/stream?from=" + start, token="admin") as listener:
            seen = [listener.next() for _ in range(3)]
            self.assertEqual([one[:2] for one in seen[1:]], [(made[0], "create"), (made[1], "merge")])
            self.assertEqual([one["id"] for one in seen[2][2]["context"]["sources"]], [lost["id"]])
        self.assertNotIn(lost["id"], [one["id"] for one in self.p.test("GET", "/objects")])

    def test_stream_dependencies(self):
        author, thing, inferred = identity(), identity(), identity()
        thing["created_by_ref"] = author["id"]
        inferred["extensions"] = {EXTENSION: {"is_inferred": True}}
        other = identity()
        relation = {
            "type": "relationship",
            "spec_version": "2.1",
            "relationship_type": "related-to",
            "id": "relationship--" + str(uuid.uuid4()),
            "source_ref": thing["id"],
            "target_ref": other["id"],
        }
        self.p.test("POST", "/objects", [author, other, relation])
        start = self.now()
        made = self.happen({"type": "create", "data": thing}, {"type": "create", "data": inferred})
        end = self.happen({"type": "create", "data": identity()})[0]

        def told(options, token="connector"):
            with Listener(self.p, "/stream/%s?from=%s%s" % (MEMBERS, start, options), token=token) as listener:
                listener.next()
                out = []
                while not out or out[-1][0] != end:
                    out.append(listener.next())
                return [(id, data["data"]["id"], data["origin"].get("referer")) for id, _, data in out[:-1]]

        dependency = "init-dependencies"
        author, thing, inferred, other, relation = (one["id"] for one in (author, thing, inferred, other, relation))
        self.assertEqual(told("&no-dependencies=true"), [(made[0], author, dependency), (made[0], thing, None)])
        self.assertEqual(
            told(""),
            [
                (made[0], author, dependency),
                # As an end of the relation, before it comes as what has happened.
                (made[0], thing, dependency),
                (made[0], other, dependency),
                (made[0], relation, dependency),
                (made[0], thing, None),
            ],
        )
        self.assertIn(inferred, [id for _, id, _ in told("&with-inferences=true")])

    def test_stream_recovery(self):
        stream = self.collection({"key": ["name"], "values": ["Recovered"]})
        old, new, late = identity(), identity(), identity()
        for one in (old, new, late):
            one["name"] = "Recovered"
        old["extensions"] = {EXTENSION: {"granted_refs": ["identity--" + str(uuid.uuid4())]}}
        start = self.now()
        made = self.happen({"type": "create", "data": old}) + self.happen({"type": "create", "data": new})
        time.sleep(0.002)
        until = self.now()
        made += self.happen({"type": "create", "data": late})
        path = "/stream/%s?from=%s&recover=%s" % (stream, start, until)
        for token, shown in (("connector", False), ("admin", True)):
            with Listener(self.p, path, token=token) as listener:
                listener.next()
                seen = [listener.next() for _ in range(3)]
                self.assertEqual([one[2]["data"]["id"] for one in seen], [old["id"], new["id"], late["id"]])
                self.assertEqual([one[2]["origin"] for one in seen], [{"referer": "init-create"}] * 2 + [{}])
                self.assertEqual(set(seen[0][2]), {"data", "message", "origin", "version"})
                self.assertEqual(seen[2][0], made[2])
                self.assertEqual("granted_refs" in seen[0][2]["data"]["extensions"][EXTENSION], shown)
        with Listener(self.p, "/stream/%s?recover=%s" % (stream, until)) as listener:
            self.assertNotIn("event-stream", listener.headers["Content-Type"])
            message = "Recovery mode is only possible with a start date."
            self.assertEqual(listener.next(), (None, "error", {"stream": stream, "message": message}))
        self.p.test("POST", "/stream/%s/collection" % stream, {"origin_filters": "{}"})
        with Listener(self.p, path, token="admin") as listener:
            listener.next()
            _, event, data = listener.next()
            self.assertEqual((event, data["resume_from"]), ("no-recover", until))
            self.assertEqual(listener.next()[0], made[2])
        with Listener(self.p, path) as listener:
            listener.next()
            self.assertEqual(listener.next()[1], "error")

    def test_stream_ends(self):
        stream = self.collection()
        for end, clean in (
            (lambda: self.p.test("POST", "/stream/%s/collection" % stream, {"stream_live": False}), True),
            (lambda: self.p.test("POST", "/stream/close"), True),
            (lambda: self.p.test("POST", "/stream/cut"), False),
        ):
            self.p.test("POST", "/stream/%s/collection" % stream, {"stream_live": True})
            with Listener(self.p, "/stream/" + stream) as listener:
                listener.next()
                end()
                if clean:
                    self.assertEqual(listener.rest(), b"")
                else:
                    with self.assertRaises(http.client.IncompleteRead):
                        listener.rest()
        self.p.settled(lambda: self.p.test("GET", "/stream/channels") == [])

    def test_stream_slow_huge_and_raw(self):
        path = "/stream/%s?from=%s" % (MEMBERS, self.now())
        self.p.test("POST", "/stream/fill?n=2&size=3000000")
        self.happen({"raw": "id: 1-0\r\ndata: a\r\ndata: b\r\n\r\n"})
        try:
            faults = [{"match": "/stream/", "times": 1, "chunk": 7, "pause": 0.01}]
            faults.append({"match": "/stream/", "times": 1, "truncate": 1000})
            self.p.test("POST", "/faults", faults)
            with Listener(self.p, path) as listener:
                begun = time.time()
                listener.next()
                self.assertGreater(time.time() - begun, 0.2)
            with Listener(self.p, path) as listener:
                with self.assertRaises(http.client.IncompleteRead) as short:
                    listener.rest()
                self.assertLess(len(short.exception.partial), 1001)
        finally:
            self.p.test("DELETE", "/faults")
        with Listener(self.p, path) as listener:
            listener.next()
            self.assertEqual([len(listener.next()[2]["data"]["description"]) for _ in range(2)], [3000000] * 2)
            self.assertEqual([listener.lines() for _ in range(3)][0], "id: 1-0\r\n")

    def test_stream_restart_and_trim(self):
        folder = FOLDER / "restart"
        for round in range(2):
            again = Platform(folder, AMQP_PORT, "--no-worker")
            try:
                if round == 0:
                    made = again.test("POST", "/stream/events", [{"type": "create", "data": identity()}] * 2)["ids"]
                    with self.assertRaises(AssertionError):
                        again.test("POST", "/stream/events", {"id": made[1], "type": "create", "data": identity()})
                with Listener(again, "/stream/%s?from=0-0" % MEMBERS) as listener:
                    self.assertEqual([listener.next()[0] for _ in range(3)], [None, *made])
                if round == 1:
                    info = again.test("POST", "/stream/trim?n=1")
                    self.assertEqual((info["firstEventId"], info["streamSize"]), (made[1], 1))
            finally:
                again.stop()

    # Faults

    def test_faults(self):
        try:
            self.p.test(
                "POST",
                "/faults",
                [
                    {
                        "match": "about",
                        "status": 429,
                        "retry_after": 3,
                        "body": {"message": "Too many requests, please try again later."},
                        "times": 1,
                    },
                    {"match": "about", "graphql_code": "LOCK_ERROR", "times": 1},
                    {"match": "about", "truncate": 10, "times": 1},
                    {"match": "about", "close": True, "times": 1},
                ],
            )
            body = json.dumps({"query": "{ about { version } }"}).encode()
            headers = {"Content-Type": "application/json", "Authorization": "Bearer " + self.p.tokens["connector"]}
            status, _, got = self.p.http("POST", "/graphql", body, headers)
            self.assertEqual((status, got["Retry-After"]), (429, "3"))
            self.assertEqual(codes(self.p.ask("{ about { version } }")), ["LOCK_ERROR"])
            for _ in range(2):
                with self.assertRaises(Exception):
                    self.p.http("POST", "/graphql", body, headers)
            self.p.data("{ about { version } }")
        finally:
            self.p.test("DELETE", "/faults")
        faults = [e["fault"] for e in self.p.test("GET", "/requests?operation=about")][-5:]
        self.assertEqual(faults, [True] * 4 + [False])


if __name__ == "__main__":
    arguments = sys.argv[1:]
    FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="octi-selftest."))
    if "--amqp-port" in arguments:
        at = arguments.index("--amqp-port")
        AMQP_PORT = int(arguments[at + 1])
        del arguments[at : at + 2]
        own = None
    else:
        own = FOLDER / "broker"
        shell("broker_start", own)
        shell("broker_wait", own)
        AMQP_PORT = int((own / "port").read_text())
    try:
        outcome = unittest.main(argv=["selftest"] + arguments, exit=False).result
    finally:
        if own:
            shell("broker_stop", own)
        shutil.rmtree(FOLDER, ignore_errors=True)
    sys.exit(not outcome.wasSuccessful())
