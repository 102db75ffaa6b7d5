"""Followers of a stream: octi-stream and pycti's reader, given the same bytes, one after the other."""

import os
import re
import subprocess
import sys
import threading
import time
import uuid

import services
from connector import Connector

HERE = os.path.dirname(os.path.abspath(__file__))
STREAM = "6b1f0f8e-4c1d-4c55-9d4b-7c2f8f1f0a02"


class Follower(Connector):
    """A connector that follows a stream: that of the platform, or one of so many events that come at once.

    name: octi, pycti; "octi one type", "pycti one type", which want the first and the last event; "curl", a bare client"""

    def __init__(self, bench, name, number=0):
        self.name, self.number, self.torrent = name, number, None
        some = ["2", "report"] if name.endswith("one type") else [str(number)]
        id = str(uuid.uuid4())
        environment = dict(bench.environment, CONNECTOR_ID=id, CONNECTOR_TYPE="STREAM", CONNECTOR_LIVE_STREAM_ID=STREAM)
        environment["CONNECTOR_LIVE_STREAM_START_TIMESTAMP"] = "%d" % (time.time() * 1000)
        environment["CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE"] = "no"
        call = [sys.executable, os.path.join(HERE, "reference.py"), "stream", *some]
        if name.startswith("octi"):
            call = [os.path.join(services.ROOT, "build/octi-stream"), "--state", bench.path("state-" + id)]
            call += ["--type", "report"] if some[1:] else []
        self.wanted = int(some[0])
        if number:
            torrent = [sys.executable, os.path.join(HERE, "torrent.py"), str(number)]
            self.torrent = subprocess.Popen(torrent, stdout=subprocess.PIPE)
            environment["STREAM_URL"] = "http://127.0.0.1:%d" % int(self.torrent.stdout.readline())
            if name == "curl":
                call = ["curl", "-sN", environment["STREAM_URL"]]
            if name.startswith("octi"):
                register = [os.path.join(services.ROOT, "build/octi-register"), "-o", bench.path("as-" + id)]
                subprocess.run(register, env=environment, check=True)
                environment.update(OCTI_REGISTRATION=register[2], OPENCTI_URL=environment["STREAM_URL"])
        super().__init__(call, environment, bench.path("errors-" + id), subprocess.PIPE)
        if not number:
            self.until(lambda: bench.services.control("/stream/channels"), 60)

    def follow(self):
        """Seconds from the first event to the last, CPU seconds of these, the peak in MB."""
        if self.name.startswith("pycti"):
            seconds, cpu = (float(word) for word in self.process.stdout.readline().split())
        else:
            seconds, cpu = self.read(3 + 4 * self.wanted if self.name == "curl" else self.wanted)
        peak = int(re.search(r"VmHWM:\s+(\d+)", services.read("/proc/%d/status" % self.process.pid))[1]) * 1024 / 1e6
        return seconds, cpu, peak

    def read(self, left):
        """So many lines, as fast as they come."""
        begin, before = None, 0
        while left > 0:
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            if begin is None:
                begin, before = time.monotonic(), self.usage().cpu
            left -= piece.count(b"\n")
            if not piece:
                raise SystemExit("%s: %d lines are missing" % (self.name, left))
        return time.monotonic() - begin, self.usage().cpu - before

    def stop(self):
        for one in (self.process, self.torrent):
            if one:
                one.kill()
        if self.torrent:
            self.torrent.wait()
        self.close()
