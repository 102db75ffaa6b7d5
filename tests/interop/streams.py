"""The connectors that follow a stream, pycti's and octi-stream, told the same at the same time, and what they make of it."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid

from bundles import of, uid

HERE = os.path.dirname(os.path.abspath(__file__))
STREAM = uid(90)
EVERYTHING = '{"mode":"and","filters":[],"filterGroups":[]}'
MALWARE = (
    '{"mode":"and","filters":[{"key":["entity_type"],"values":["Malware"],"operator":"eq","mode":"or"}],'
    '"filterGroups":[]}'
)
BASE = {"CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE": "no"}
SOON = {"CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE": "<soon>"}  # the database up to then, and what comes later


def event(kind, stix, **more):
    return {"type": kind, "data": stix, **more}


def bad(number, **more):
    return of("malware", number, name="Bad %d \u00e9" % number, is_family=True, **more)


def scripts():
    """(name, filters, environment, the state to begin with, what happens before, what happens then)"""
    tool = of("tool", 203, name="Tool", created_by_ref="identity--" + uid(204))
    maker = of("identity", 204, name="Maker", identity_class="organization")
    uses = of("relationship", 205, relationship_type="uses", source_ref=bad(201)["id"], target_ref=tool["id"])
    before = [event("create", one) for one in (maker, tool, bad(201), uses)]
    life = [event("create", bad(202)), event("update", bad(202, description="x")), event("delete", bad(202))]
    merged = [event("create", bad(206)), event("merge", bad(201), sources=[bad(206)["id"]])]
    yield "what happens", EVERYTHING, BASE, None, [], before + life + merged
    yield "from the beginning", EVERYTHING, BASE, None, before, life
    yield "the database first", EVERYTHING, SOON, None, before, []
    yield "from a date", EVERYTHING, dict(BASE, CONNECTOR_LIVE_STREAM_START_TIMESTAMP="1700000000000"), None, before, life
    yield "no deletions", EVERYTHING, dict(BASE, CONNECTOR_LIVE_STREAM_LISTEN_DELETE="false"), None, [], life
    needs = dict(BASE, CONNECTOR_LIVE_STREAM_NO_DEPENDENCIES="false")
    yield "dependencies", MALWARE, needs, None, before, [event("update", bad(201, description="y"))]
    moves = [event("create", dict(bad(207), type="malware")), event("update", bad(207, description="z"))]
    yield "a filter", MALWARE, BASE, None, before, moves
    state = {"start_from": "1700000000000-0", "recover_until": False, "last_run": 1}
    yield "a state", EVERYTHING, BASE, state, before, life


class Streams:
    def __init__(self, build, services, comparison, case):
        self.build, self.services, self.compare, self.case = build, services, comparison, case

    def control(self, path, body=None):
        return self.services.control("/stream/" + path, "POST", body)

    def run(self, only):
        self.control("heartbeat?seconds=3600")
        for name, filters, extra, state, before, after in scripts():
            if only and only not in name:
                continue
            self.case("stream: " + name)
            self.control("trim?n=0")
            about = {"name": "Interop", "filters": filters, "stream_live": True, "stream_public": True}
            self.control(STREAM + "/collection", about)
            if before:
                self.control("events", before)
            until = 0
            if extra == SOON:
                until = int(time.time()) + 2
                extra = {key: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(until)) for key in SOON}
            pair = [Follower(side, self.build, self.services, extra, state) for side in ("pycti", "octi")]
            try:
                time.sleep(max(0, until + 0.1 - time.time()))
                self.follow(pair, after)
            finally:
                for one in pair:
                    one.kill()
        self.control("heartbeat?seconds=5")

    def follow(self, pair, after):
        for one in pair:
            one.until("following", one.channel)
        last = self.control("events", after + [event("create", bad(299))])["ids"][-1]
        for one in pair:
            one.until("at the end", lambda: one.events() and one.events()[-1]["id"] == last)  # noqa: B023
        for one in pair:
            one.end()
            one.until("stored", lambda: last in (one.stored() or ""))  # noqa: B023
        theirs, ours = pair
        self.compare.same("number of events", len(theirs.events()), len(ours.events()))
        for first, second in zip(theirs.events(), ours.events()):
            self.compare.same("event", first, second)
        for part in ("from", "recover", "no_dependencies", "listen_delete", "with_inferences"):
            self.compare.same("asked for " + part, theirs.asked[part], ours.asked[part])
        self.compare.same("state", theirs.stored(), ours.stored())


class Follower:
    """A connector that follows the stream, as a user that is its own, in a process of its own."""

    def __init__(self, name, build, services, extra, state):
        self.name, self.services, self.id, self.asked = name, services, str(uuid.uuid4()), None
        self.before = {one["id"] for one in services.control("/stream/channels")}
        self.path = os.path.join(services.scratch, "events-" + self.id)
        settings = {
            "OPENCTI_URL": services.url,
            "OPENCTI_TOKEN": services.tokens["connector"],
            "CONNECTOR_ID": self.id,
            "CONNECTOR_NAME": "Interop",
            "CONNECTOR_TYPE": "STREAM",
            "CONNECTOR_LIVE_STREAM_ID": STREAM,
            "CONNECTOR_DURATION_PERIOD": "PT0S",
            **extra,
        }
        environment = {**os.environ, **settings}
        if state:
            for words in (["octi-register"], ["octi-state", "put"]):
                program = [os.path.join(build, words[0]), *words[1:]]
                text = json.dumps(state).encode()
                subprocess.run(program, env=environment, input=text, stdout=subprocess.DEVNULL, check=True)
        program = [sys.executable, os.path.join(HERE, "follower.py")]
        if name == "octi":
            program = [os.path.join(build, "octi-stream")]
        self.out, self.errors = open(self.path, "w"), open(self.path + ".errors", "w")
        self.process = subprocess.Popen(
            program, env=environment, stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.errors
        )
        self.until("following", self.channel)

    def channel(self):
        """The one that it listens on."""
        fresh = [one for one in self.services.control("/stream/channels") if one["id"] not in self.before]
        self.asked = self.asked or next(iter(fresh), None)
        return self.asked

    def events(self):
        with open(self.path) as file:
            return [json.loads(line) for line in file if line.endswith("\n")]

    def stored(self):
        return next(one for one in self.services.control("/connectors") if one["id"] == self.id)["connector_state"]

    def end(self):
        """It stores its state: octi-stream when it ends, the other when it is told to."""
        self.process.send_signal(signal.SIGTERM if self.name == "octi" else signal.SIGUSR1)

    def until(self, what, holds):
        end = time.monotonic() + 60
        while not holds():
            if self.process.poll() or time.monotonic() > end:
                with open(self.path + ".errors") as file:
                    raise SystemExit("%s, %s: %s" % (self.name, what, file.read()[-2000:]))
            time.sleep(0.02)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.out.close()
        self.errors.close()
