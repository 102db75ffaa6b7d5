"""reference.py send|split|ioc FILE, or list ATTRIBUTES: what pycti does, in a process of its own. Prints SECONDS CPU COUNT of
what comes after the imports and the registration. Or listen FILE: takes jobs, and sends what is in FILE for each. Or
stream NUMBER [lines|one type]: follows a stream. With "lines" it prints its events, as octi-stream does; else it does nothing
with them, and prints SECONDS CPU-SECONDS from the first to the last of so many, or of those on a report."""

import json
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


def ioc(path):
    """An address a line, as its observable, its indicator and the relationship, split: as connectors do it."""
    import stix2
    from pycti import Identity, Indicator, StixCoreRelationship

    def make():
        author = stix2.Identity(id=Identity.generate_id("Bench", "organization"), name="Bench", identity_class="organization")
        objects, marks = [author, stix2.TLP_WHITE], [stix2.TLP_WHITE]
        for value in text(path).split():
            pattern = "[ipv4-addr:value = '%s']" % value
            seen = stix2.IPv4Address(
                value=value, object_marking_refs=marks, custom_properties={"x_opencti_created_by_ref": author.id}
            )
            indicator = stix2.Indicator(
                id=Indicator.generate_id(pattern),
                name=value,
                pattern=pattern,
                pattern_type="stix",
                created_by_ref=author.id,
                object_marking_refs=marks,
                custom_properties={"x_opencti_main_observable_type": "IPv4-Addr"},
            )
            link = stix2.Relationship(
                id=StixCoreRelationship.generate_id("based-on", indicator.id, seen.id),
                relationship_type="based-on",
                source_ref=indicator.id,
                target_ref=seen.id,
                created_by_ref=author.id,
                object_marking_refs=marks,
            )
            objects += [seen, indicator, link]
        bundle = OpenCTIConnectorHelper.stix2_create_bundle(objects)
        return OpenCTIStix2Splitter().split_bundle_with_expectations(bundle)[0]

    return make


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


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def stream(number, what):
    helper, times, left = OpenCTIConnectorHelper({}), [], int(number) - 1

    def note():
        times.append((time.monotonic(), cpu()))
        if len(times) == 2:
            print("%.6f %.6f" % tuple(last - first for first, last in zip(*times)), flush=True)

    def count(message):
        nonlocal left
        if not times or not left:
            note()
        left -= bool(times)

    def count_reports(message):
        if json.loads(message.data)["data"]["type"] == "report":
            note()

    def print_line(message):
        nonlocal left
        event = {"id": message.id, "event": message.event, "data": json.loads(message.data)}
        print(json.dumps(event, separators=(",", ":")), flush=not left)
        left -= 1

    callback = {"": count, "one type": count_reports, "lines": print_line}[what]
    helper.listen_stream(callback, os.environ.get("STREAM_URL"))
    threading.Event().wait()


if sys.argv[1] in ("listen", "stream"):
    sys.exit({"listen": listen, "stream": stream}[sys.argv[1]](*sys.argv[2:]))
call = {"send": send, "split": split, "list": list_, "ioc": ioc}[sys.argv[1]](sys.argv[2])
begin, before = time.monotonic(), cpu()
count = call()
print("%.6f %.6f %d" % (time.monotonic() - begin, cpu() - before, count))
