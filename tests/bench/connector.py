"""A connector that is measured while it runs."""

import os
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


class Usage:
    """What a process holds in MB, and the CPU seconds that it and its ended children have taken."""

    def __init__(self, pid):
        with open("/proc/%d/smaps_rollup" % pid) as file:
            sizes = {line.split(":")[0]: line.split() for line in file if line.count(":") == 1}
        self.resident, self.share = (int(sizes[key][1]) * 1024 / 1e6 for key in ("Rss", "Pss"))
        with open("/proc/%d/stat" % pid) as file:
            fields = file.read().rsplit(") ", 1)[1].split()
        self.cpu = sum(int(field) for field in fields[11:15]) / TICK


class Connector:
    """Its errors go to a file, for when it ends too early."""

    def __init__(self, call, environment, errors, stdout=subprocess.DEVNULL):
        self.errors = open(errors, "w+")
        self.process = subprocess.Popen(
            call, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=self.errors
        )

    def until(self, holds, seconds, pause=0.005):
        end = time.monotonic() + seconds
        while not holds():
            if self.process.poll() is not None or time.monotonic() > end:
                self.errors.seek(0)
                raise SystemExit("%s: %s" % (self.process.args[0], self.errors.read()[-2000:]))
            time.sleep(pause)

    def usage(self):
        return Usage(self.process.pid)

    def close(self):
        self.process.wait()
        self.errors.close()
