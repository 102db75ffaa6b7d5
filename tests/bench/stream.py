"""What runs by itself: followers of a stream, octi-stream and pycti's reader, given the same bytes, one after the other; and
octi-run, which waits."""

import os
import re
import subprocess
import sys
import time
import uuid

import services
import torrent
from connector import Connector

HERE = os.path.dirname(os.path.abspath(__file__))
STREAM = "6b1f0f8e-4c1d-4c55-9d4b-7c2f8f1f0a02"


class Runner(Connector):
    """octi-run between two runs."""

    def __init__(self, bench):
        id = str(uuid.uuid4())
        call = [os.path.join(services.ROOT, "build/octi-run"), "--every", "1h", "--", "true"]
        super().__init__(call, dict(bench.environment, CONNECTOR_ID=id), bench.path("errors-" + id))
        known = lambda: {one["id"]: one["connector_state"] for one in bench.services.control("/connectors")}
        self.until(lambda: "last_run" in (known().get(id) or ""), 60)

    def stop(self):
        self.process.kill()
        self.close()


class Follower(Connector):
    """A connector that follows a stream: that of the platform, or one of so many events that come at once.

    name: octi, pycti; "octi lines", "pycti lines", which print each event as a line; "octi one type", "pycti one type",
    which want the first and the last event; "pycti", which wants none; "curl", a bare client"""

    def __init__(self, bench, name, number=0):
        self.name, self.torrent = name, None
        who, _, what = name.partition(" ")
        id = str(uuid.uuid4())
        environment = dict(bench.environment, CONNECTOR_ID=id, CONNECTOR_TYPE="STREAM", CONNECTOR_LIVE_STREAM_ID=STREAM)
        environment["CONNECTOR_LIVE_STREAM_START_TIMESTAMP"] = "%d" % (time.time() * 1000)
        environment["CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE"] = "no"
        call = [sys.executable, os.path.join(HERE, "reference.py"), "stream", str(number), what]
        if who == "octi":
            call = [os.path.join(services.ROOT, "build/octi-stream"), "--state", bench.path("state-" + id)]
            call += ["--type", "report"] if what == "one type" else []
        self.bytes = torrent.size(2 if what == "one type" else number, torrent.line) if number else 0
        if number:
            source = [sys.executable, os.path.join(HERE, "torrent.py"), str(number)]
            self.torrent = subprocess.Popen(source, stdout=subprocess.PIPE)
            environment["STREAM_URL"] = "http://127.0.0.1:%d" % int(self.torrent.stdout.readline())
            if who == "curl":
                call = ["curl", "-sN", environment["STREAM_URL"]]
                self.bytes = len(torrent.CONNECTED) + torrent.size(number, torrent.message)
            if who == "octi":
                register = [os.path.join(services.ROOT, "build/octi-register"), "-o", bench.path("as-" + id)]
                subprocess.run(register, env=environment, check=True)
                environment.update(OCTI_REGISTRATION=register[2], OPENCTI_URL=environment["STREAM_URL"])
        super().__init__(call, environment, bench.path("errors-" + id), subprocess.PIPE)
        if not number:
            self.until(lambda: bench.services.control("/stream/channels"), 60)

    def follow(self):
        """Seconds from the first event to the last, CPU seconds of these, the peak in MB."""
        if self.name in ("pycti", "pycti one type"):
            seconds, cpu = (float(word) for word in self.process.stdout.readline().split())
        else:
            seconds, cpu = self.drain(self.bytes)
        peak = int(re.search(r"VmHWM:\s+(\d+)", services.read("/proc/%d/status" % self.process.pid))[1]) * 1024 / 1e6
        return seconds, cpu, peak

    def drain(self, left):
        """Takes so many bytes out of the pipe as fast as they come, and has no other work with them."""
        begin, before = None, 0
        with open(os.devnull, "wb") as sink:
            while left > 0:
                taken = os.splice(self.process.stdout.fileno(), sink.fileno(), 1 << 20)
                if begin is None:
                    begin, before = time.monotonic(), self.usage().cpu
                left -= taken
                if not taken:
                    raise SystemExit("%s: %d bytes are missing" % (self.name, left))
        if left:
            raise SystemExit("%s: %d bytes too many" % (self.name, -left))
        return time.monotonic() - begin, self.usage().cpu - before

    def stop(self):
        for one in (self.process, self.torrent):
            if one:
                one.kill()
        if self.torrent:
            self.torrent.wait()
        self.close()
