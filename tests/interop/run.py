#!/usr/bin/env python3
"""pycti and octi, one after the other, on the same broker and the same stand-in platform: what they make of it."""

import argparse
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import ids  # noqa: E402
import services  # noqa: E402
import splits  # noqa: E402
import trace  # noqa: E402
from bundles import DIRECTORY, DRAFT, WORK, cases  # noqa: E402
from clients import Octi, Pycti  # noqa: E402
from compare import Comparison  # noqa: E402
from differences import INTENDED  # noqa: E402
from listeners import Jobs  # noqa: E402
from runs import Runs  # noqa: E402
from streams import Streams  # noqa: E402

CONNECTOR = "6f1d0c52-8a3e-4b7d-9c25-e0b4a1d3f786"
REGISTRATIONS = [
    ("as little as it takes", {}),
    ("scope", {"CONNECTOR_SCOPE": "Report, IPv4-Addr ,caf\u00e9"}),
    (
        "everything",
        {
            "CONNECTOR_NAME": 'Feed "\u00e9\\ \u4e2d',
            "CONNECTOR_SCOPE": "a,b",
            "CONNECTOR_AUTO": "true",
            "CONNECTOR_AUTO_UPDATE": "yes",
            "CONNECTOR_ENRICHMENT_RESOLUTION": "stix_bundle",
            "CONNECTOR_ONLY_CONTEXTUAL": "true",
            "CONNECTOR_XTM_ONE_INTENT": "intent",
            "CONNECTOR_TYPE": "INTERNAL_ENRICHMENT",
            "CONNECTOR_PLAYBOOK_COMPATIBLE": "true",
        },
    ),
    ("jobs by HTTP", {"CONNECTOR_LISTEN_PROTOCOL": "api", "CONNECTOR_TYPE": "INTERNAL_ENRICHMENT"}),
    (
        "jobs by HTTPS",
        {
            "CONNECTOR_LISTEN_PROTOCOL": "API",
            "CONNECTOR_LISTEN_PROTOCOL_API_SSL": "true",
            "CONNECTOR_LISTEN_PROTOCOL_API_PATH": "/elsewhere",
            "CONNECTOR_TYPE": "INTERNAL_ENRICHMENT",
        },
    ),
    (
        "jobs by HTTP, elsewhere",
        {"CONNECTOR_LISTEN_PROTOCOL": "API", "CONNECTOR_LISTEN_PROTOCOL_API_URI": "http://h:1"},
    ),
    ("broker of its own", {"MQ_HOST": "localhost", "MQ_VHOST": "/", "MQ_USER": "guest"}),
    ("file import", {"CONNECTOR_TYPE": "INTERNAL_IMPORT_FILE", "CONNECTOR_ONLY_CONTEXTUAL": "no"}),
    ("file export", {"CONNECTOR_TYPE": "INTERNAL_EXPORT_FILE", "CONNECTOR_SCOPE": "text/csv"}),
    ("analysis", {"CONNECTOR_TYPE": "INTERNAL_ANALYSIS"}),
    ("stream", {"CONNECTOR_TYPE": "STREAM", "CONNECTOR_LIVE_STREAM_ID": "live"}),
]


class Interop:
    def __init__(self, build, services, scratch, comparison):
        self.services, self.scratch, self.compare = services, scratch, comparison
        settings = {
            "OPENCTI_URL": services.url,
            "OPENCTI_TOKEN": services.tokens["connector"],
            "CONNECTOR_ID": CONNECTOR,
            "CONNECTOR_NAME": "Interop Feed",
            "CONNECTOR_TYPE": "EXTERNAL_IMPORT",
        }
        self.pycti, self.octi = Pycti(settings), Octi(build, settings)
        self.channel = services.channel()
        self.cases = []

    def case(self, name):
        self.compare.case = name
        self.cases.append(name)

    def traced(self, call):
        """The outcome of a call, and what the platform was asked for it."""
        self.services.control("/requests/clear", "POST")
        outcome = call()
        return outcome, trace.operations(self.services.control("/requests"))

    def drain(self):
        return trace.messages(self.channel, "push_" + CONNECTOR)

    def both(self, theirs, ours):
        """Runs both and compares whether they fail, and what they asked. Returns their outcomes."""
        one, asked = self.traced(theirs)
        other, asked_too = self.traced(ours)
        self.compare.same("failed", bool(one.error), bool(other.error))
        self.compare.operations(asked, asked_too)
        return one, other

    # Registration

    def registration(self):
        for name, extra in REGISTRATIONS:
            self.case("registration: " + name)
            compatible = extra.get("CONNECTOR_PLAYBOOK_COMPATIBLE") == "true"
            views = []

            def register(call):
                if any(one["id"] == CONNECTOR for one in self.services.control("/connectors")):
                    self.services.control("/connector/%s/delete" % CONNECTOR, "POST")
                outcome = call()
                connectors = self.services.control("/connectors")
                views.append(next(one for one in connectors if one["id"] == CONNECTOR))
                return outcome

            one, other = self.both(
                lambda: register(lambda: self.pycti.attempt(lambda: self.pycti.helper(extra, compatible))),
                lambda: register(lambda: self.octi.line("octi-register", extra=extra)),
            )
            if one.error or other.error:
                self.compare.ok(False, "registers", one.error, other.error)
                continue
            given = answer(one.value)
            self.compare.each(
                "answer", given, {k: v for k, v in other.value.items() if k != "config"} | other.value["config"]
            )
            self.compare.each("platform", *(untimed(view) for view in views))
            for queue in ("push_", "listen_"):
                self.channel.queue_declare(queue + CONNECTOR, passive=True)
        self.helper = self.pycti.helper()
        self.file = os.path.join(self.scratch, "registration")
        self.octi.run("octi-register", "-o", self.file)

    def unregistration(self):
        self.case("unregistration")

        def known():
            return [one for one in self.services.control("/connectors") if one["id"] == CONNECTOR]

        unregister = self.helper.api.connector.unregister
        one, asked = self.traced(lambda: self.pycti.attempt(lambda: unregister(CONNECTOR)))
        left = known()
        self.octi.run("octi-register")
        other, asked_too = self.traced(lambda: self.octi.run("octi-register", "--unregister"))
        self.compare.same("failed", bool(one.error), bool(other.error))
        self.compare.operations(asked, asked_too)
        self.compare.same("platform", left, known())

    # Pings and state

    def stored(self):
        connectors = self.services.control("/connectors")
        return next(one for one in connectors if one["id"] == CONNECTOR)["connector_state"]

    def forget_state(self):
        self.helper.set_state(None)
        self.helper.force_ping()

    def pings(self):
        helper, octi = self.helper, self.octi
        state = {"last_run": "2024-01-01", "n": 3, "\u00e9": ["\u4e2d", None, 1.5, {"a": {}}]}
        text = json.dumps(state, ensure_ascii=False)

        def theirs(state, before=None):
            def call():
                if before:
                    before()
                helper.set_state(state)
                helper.force_ping()
                return self.stored()

            return lambda: self.pycti.attempt(call)

        def ours(*words, text=None, before=None):
            def call():
                if before:
                    before()
                outcome = octi.run(*words, text=text)
                outcome.value = self.stored()
                return outcome

            return call

        def reset():
            self.services.control("/connector/%s/reset" % CONNECTOR, "POST")

        for name, one, other in (
            ("ping: no state", theirs(None), ours("octi-register", "--ping")),
            ("ping: with a state", theirs(state), ours("octi-register", "--ping", "--state", text)),
            ("ping: with the state of before", theirs(state), ours("octi-register", "--ping")),
            ("state: put", theirs({"a": 1}), ours("octi-state", "put", text='{"a":1}')),
            ("state: set", theirs({"a": 1, "b": "x"}), ours("octi-state", "set", "b=x")),
            ("state: reset", theirs(None), ours("octi-state", "reset")),
            ("state: put over a reset", theirs(state, reset), ours("octi-state", "put", text=text, before=reset)),
        ):
            self.case(name)
            one, other = self.both(one, other)
            self.compare.same("stored state", one.value, other.value)
        self.forget_state()

    # Works

    def works(self):
        work, octi = self.helper.api.work, self.octi
        self.case("work: start")
        one, other = self.both(
            lambda: self.pycti.attempt(lambda: work.initiate_work(CONNECTOR, 'Run \u00e9 "1"', is_multipart=True)),
            lambda: octi.run("octi-work", "start", "-n", 'Run \u00e9 "1"'),
        )
        theirs, ours = one.value, other.value.strip()
        shape = r"work_%s_[-0-9T:.]+Z" % CONNECTOR
        self.compare.ok(re.fullmatch(shape, theirs) and re.fullmatch(shape, ours), "id", theirs, ours)
        names = {theirs: WORK, ours: WORK}
        error = {"error": "it \u00e9 failed", "source": 'object "1"'}
        for name, one, other in (
            ("received", lambda: work.to_received(theirs, "begun \u00e9"), ("received", ours, "begun \u00e9")),
            ("expect", lambda: work.add_expectations(theirs, 3), ("expect", ours, "3")),
            ("report", lambda: work.report_expectation(theirs, None), ("report", ours)),
            (
                "report an error",
                lambda: work.report_expectation(theirs, error),
                ("report", ours, "--error", error["error"], "--source", error["source"]),
            ),
            ("ping", lambda: work.ping(theirs), ("ping", ours)),
            ("alive", lambda: work.get_is_work_alive(theirs), ("alive", ours)),
            ("show", lambda: work.get_work(theirs), ("show", ours)),
            (
                "processed in error",
                lambda: work.to_processed(theirs, "bad", True),
                ("processed", ours, "bad", "--error"),
            ),
            ("processed", lambda: work.to_processed(theirs, "done"), ("processed", ours, "done")),
            ("show, when it is done", lambda: work.get_work(theirs), ("show", ours)),
            ("list", lambda: work.get_connector_works(CONNECTOR), ("list",)),
            ("delete", lambda: work.delete(id=theirs), ("delete", ours)),
        ):
            self.case("work: " + name)
            self.work_step(name, one, other, names, (theirs, ours))

    def work_step(self, name, theirs, ours, names, ids):
        first, asked = self.traced(lambda: self.pycti.attempt(theirs))
        second, asked_too = self.traced(lambda: self.octi.run("octi-work", *ours))
        self.compare.same("failed", bool(first.error), bool(second.error))
        self.compare.operations(trace.renamed(asked, names), trace.renamed(asked_too, names))
        if name.startswith("show"):
            self.compare.each("work", *(seen(work, names) for work in (first.value, json.loads(second.value))))
        if name == "alive":
            self.compare.same("alive", first.value, not second.error)
        if name == "list":
            listed = [json.loads(line) for line in second.value.splitlines()]
            self.compare.same("order", [one["id"] for one in first.value], [one["id"] for one in listed])
            pair = (next(one for one in works if one["id"] == id) for works, id in zip((first.value, listed), ids))
            self.compare.each("work", *(seen(work, names) for work in pair))

    # Bundles

    def bundles(self, only):
        for case in cases():
            if only and only not in case.name:
                continue
            self.case("bundle: " + case.name)
            sides = [self.bundle(case, side) for side in ("pycti", "octi")]
            theirs, ours = sides
            self.compare.same("failed", bool(theirs["error"]), bool(ours["error"]))
            self.compare.operations(theirs["operations"], ours["operations"])
            self.compare.messages(theirs["messages"], ours["messages"])
            self.compare.same("files", [one[0] for one in theirs["files"]], [one[0] for one in ours["files"]])
            for one, other in zip(theirs["files"], ours["files"]):
                self.compare.each("file", *(json.loads(text) for text in (one[1], other[1])))
                self.compare.same("file bytes", one[1], other[1])

    def bundle(self, case, side):
        """What one client makes of a case, under the names of the case."""
        marks = {DIRECTORY: os.path.join(self.scratch, side, case.name.replace(" ", "_"))}
        if case.work:
            marks[WORK] = self.helper.api.work.initiate_work(CONNECTOR, case.name, is_multipart=True)
        if case.draft:
            marks[DRAFT] = self.helper.api.create_draft(draft_name=case.name, entity_id=None)
        os.makedirs(marks[DIRECTORY])
        call = {
            key: marks.get(value, value) if isinstance(value, str) else value for key, value in case.arguments.items()
        }
        if side == "pycti":
            outcome, asked = self.traced(lambda: self.pycti.send(self.helper, case.text, call, case.attributes))
        else:
            outcome, asked = self.traced(lambda: self.octi.send(self.file, case.text, call, case.attributes))
        messages = self.drain()
        if any(one["title"] == "draftWorkspaceAdd" for one in asked) and messages:
            marks[DRAFT] = messages[0]["fields"]["draft_id"]
        if "queue_protocol" in case.attributes and not case.work and messages:  # the platform opens one
            marks[WORK] = messages[0]["fields"]["work_id"]
        files = [
            (shape(name), services.read(os.path.join(marks[DIRECTORY], name))) for name in os.listdir(marks[DIRECTORY])
        ]
        names = {id: mark for mark, id in marks.items() if mark != DIRECTORY}
        got = {"error": outcome.error, "operations": asked, "messages": messages}
        return dict(trace.renamed(got, names), files=files)

    # Nobody listens

    def unroutable(self):
        """The queue is there and nothing leads to it: the broker takes what is published, and drops it."""
        self.case("no way to the queue")
        text = next(cases()).text
        config = self.helper.connector_config
        binding = (config["push"], config["push_exchange"], config["push_routing"])
        self.channel.queue_unbind(*binding)
        theirs = self.pycti.send(self.helper, text, {}, {})
        ours = self.octi.send(self.file, text, {}, {})
        self.channel.queue_bind(*binding)
        self.compare.same("failed", bool(theirs.error), bool(ours.error))
        self.compare.same("number of messages", 0, len(self.drain()))

    def randomly(self, build, number, seed):
        self.case("random bundles")
        return splits.run(os.path.join(build, "octi-split"), number, seed, self.scratch, self.compare.ok)

    def identify(self, build, number, seed):
        self.case("ids")
        ids.run(os.path.join(build, "octi-stix"), number, seed, self.compare.ok)


def answer(helper):
    """The registration as pycti keeps it."""
    config = dict(helper.connector_config)
    return {
        "id": helper.connector_id,
        "connector_state": helper.connector_state,
        "jwks": config.pop("connector_jwks"),
        "connector_user_id": helper.applicant_id,
        **config,
    }


def untimed(connector):
    return {key: value for key, value in connector.items() if not re.search(r"_at$|timestamp|time$", key)}


def seen(work, names):
    """A work without its times."""
    work = trace.renamed(work, names)
    for part in ("messages", "errors"):
        work[part] = [dict(one, timestamp=bool(one["timestamp"])) for one in work[part] or []]
    return {k: bool(v) if k.endswith("time") or k == "timestamp" else v for k, v in work.items()}


def shape(name):
    return re.sub(r"\d+", "N", name)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=os.path.join(services.ROOT, "build"), help="where octi's programs are")
    parser.add_argument("--random", type=int, default=300, metavar="N", help="random bundles to split")
    parser.add_argument("--ids", type=int, default=2000, metavar="N", help="random objects to compute the ids of")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="TEXT", help="only the bundles and jobs with this in their name")
    parser.add_argument("--show", type=int, default=40, metavar="N", help="differences to print")
    parser.add_argument("--url", help="a platform that runs (started with --no-worker), instead of an own one")
    parser.add_argument("--amqp-port", type=int)
    parser.add_argument("--tokens", help="its tokens.json")
    options = parser.parse_args()
    tokens = json.loads(services.read(options.tokens)) if options.tokens else None
    forget_settings()
    compare = Comparison(INTENDED)
    with services.Services("--no-worker", url=options.url, amqp_port=options.amqp_port, tokens=tokens) as running:
        interop = Interop(os.path.abspath(options.build), running, running.scratch, compare)
        interop.registration()
        if not options.only:
            interop.pings()
            interop.works()
        interop.bundles(options.only)
        jobs = Jobs(interop.octi.build, running, interop.helper.api, compare, interop.case)
        jobs.run(options.only)
        Runs(interop.octi.build, running, compare, interop.case).run(options.only)
        Streams(interop.octi.build, running, compare, interop.case).run(options.only)
        if not options.only:
            interop.unroutable()
            interop.identify(options.build, options.ids, options.seed)
            refused = interop.randomly(options.build, options.random, options.seed)
            interop.unregistration()
    for surprise in interop.octi.surprises:
        compare.failures.append(("status", surprise, 0, "not 0 and not 1"))
    return verdict(compare, interop.cases, options, 0 if options.only else refused)


def forget_settings():
    """What is set for a connector of the caller's must not be taken for a setting of these."""
    for name in list(os.environ):
        if re.match(r"(OPENCTI|CONNECTOR|MQ|S3|OCTI)_|HTTPS_CA_|.*_proxy$|.*_CA_BUNDLE$", name, re.IGNORECASE):
            if name not in ("OCTI_PYTHON", "OCTI_RABBITMQ"):
                del os.environ[name]
    os.environ["OCTI_CONFIG"] = os.devnull


def verdict(compare, names, options, refused):
    for case, where, theirs, ours in compare.failures[: options.show]:
        print("%s: %s\n    pycti: %s\n    octi:  %s" % (case, where, short(theirs), short(ours)), file=sys.stderr)
    gone = [] if options.only else compare.unused(names)
    for one in gone:
        print("intended, but not there any more: %s (%s)" % (one.where.pattern, one.reason), file=sys.stderr)
    found = sum(1 for one in compare.intended if one.seen)
    print(
        "interop: %d cases, %d random bundles (%d not splittable), %d kinds of intended differences"
        % (len(names), 0 if options.only else options.random, refused, found)
    )
    if compare.failures or gone:
        print("interop: %d of %d checks failed" % (len(compare.failures) + len(gone), compare.checks))
        return 1
    print("interop: %d checks" % compare.checks)
    return 0


def short(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) < 600 else text[:600] + "..."


if __name__ == "__main__":
    sys.exit(main())
