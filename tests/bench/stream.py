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
    """A connector that follows a stream: that of the platform, or one of so many events that come at once."""

    def __init__(self, bench, name, number=0):
        self.number, self.times, self.torrent = number, [], None
        id = str(uuid.uuid4())
        environment = dict(bench.environment, CONNECTOR_ID=id, CONNECTOR_TYPE="STREAM", CONNECTOR_LIVE_STREAM_ID=STREAM)
        environment["CONNECTOR_LIVE_STREAM_START_TIMESTAMP"] = "%d" % (time.time() * 1000)
        environment["CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE"] = "no"
        call = [sys.executable, os.path.join(HERE, "reference.py"), "stream", str(number)]
        if name == "octi":
            call = [os.path.join(services.ROOT, "build/octi-stream"), "--state", bench.path("state-" + id)]
        if number:
            torrent = [sys.executable, os.path.join(HERE, "torrent.py"), str(number)]
            self.torrent = subprocess.Popen(torrent, stdout=subprocess.PIPE)
            environment["STREAM_URL"] = "http://127.0.0.1:%d" % int(self.torrent.stdout.readline())
            if name == "octi":
                register = [os.path.join(services.ROOT, "build/octi-register"), "-o", bench.path("as-" + id)]
                subprocess.run(register, env=environment, check=True)
                environment.update(OCTI_REGISTRATION=register[2], OPENCTI_URL=environment["STREAM_URL"])
        super().__init__(call, environment, bench.path("errors-" + id), subprocess.PIPE)
        if not number:
            self.until(lambda: bench.services.control("/stream/channels"), 60)

    def follow(self, name):
        """Seconds from the first event to the last, CPU seconds of all of it, the peak in MB."""
        seconds = self.read() if name == "octi" else float(self.process.stdout.readline())
        peak = int(re.search(r"VmHWM:\s+(\d+)", services.read("/proc/%d/status" % self.process.pid))[1]) * 1024 / 1e6
        return seconds, self.usage().cpu, peak

    def read(self):
        """Counts lines, as fast as they come; pycti's reader counts itself."""
        left, begin = self.number, None
        while left > 0:
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            begin = begin or time.monotonic()
            left -= piece.count(b"\n")
            if not piece:
                raise SystemExit("octi-stream: %d events are missing" % left)
        return time.monotonic() - begin

    def stop(self):
        for one in (self.process, self.torrent):
            if one:
                one.kill()
        if self.torrent:
            self.torrent.wait()
        self.close()
