"""reference.py send|split FILE, or list ATTRIBUTES: what pycti does, in a process of its own. Prints SECONDS CPU COUNT of
what comes after the imports and the registration. Or listen FILE: takes jobs, and sends what is in FILE for each. Or
stream NUMBER: follows a stream; prints SECONDS from its first event to that one."""

import os
import resource
import sys
import threading
import time

from pycti import OpenCTIApiClient, OpenCTIConnectorHelper
from pycti.utils.opencti_stix2_splitter import OpenCTIStix2Splitter


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def send(path):
    helper = OpenCTIConnectorHelper({})
    return lambda: len(helper.send_stix2_bundle(text(path)))


def split(path):
    return lambda: OpenCTIStix2Splitter().split_bundle_with_expectations(text(path))[0]


def list_(attributes):
    client = OpenCTIApiClient(os.environ["OPENCTI_URL"], os.environ["OPENCTI_TOKEN"], log_level="error")
    return lambda: len(client.indicator.list(getAll=True, customAttributes=attributes))


def listen(path):
    helper, made = OpenCTIConnectorHelper({}), text(path)

    def work(event):
        if made:
            helper.send_stix2_bundle(made)
        return "done"

    helper.listen(work)


def stream(number):
    helper, times = OpenCTIConnectorHelper({}), []

    def count(_):
        times.append(time.monotonic())
        if len(times) == int(number):
            print("%.6f" % (times[-1] - times[0]), flush=True)

    helper.listen_stream(count, os.environ.get("STREAM_URL"))
    threading.Event().wait()


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if sys.argv[1] in ("listen", "stream"):
    sys.exit({"listen": listen, "stream": stream}[sys.argv[1]](sys.argv[2]))
call = {"send": send, "split": split, "list": list_}[sys.argv[1]](sys.argv[2])
begin, before = time.monotonic(), cpu()
count = call()
print("%.6f %.6f %d" % (time.monotonic() - begin, cpu() - before, count))
