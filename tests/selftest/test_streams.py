import http.client
import json
import time
import urllib.error
import urllib.request
import uuid

from subject import Platform, Strict, identity, relation

EXTENSION = "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"
MEMBERS = "6b1f0f8e-4c1d-4c55-9d4b-7c2f8f1f0a02"


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


class Streams(Strict):
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
        link = relation(thing, other)
        self.p.test("POST", "/objects", [author, other, link])
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
        author, thing, inferred, other, link = (one["id"] for one in (author, thing, inferred, other, link))
        self.assertEqual(told("&no-dependencies=true"), [(made[0], author, dependency), (made[0], thing, None)])
        self.assertEqual(
            told(""),
            [
                (made[0], author, dependency),
                # As an end of the relation, before it comes as what has happened.
                (made[0], thing, dependency),
                (made[0], other, dependency),
                (made[0], link, dependency),
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
        folder = self.p.folder.parent / "restart"
        for round in range(2):
            again = Platform(folder, self.p.amqp_port, "--no-worker")
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
