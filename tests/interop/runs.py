"""The same run of an external import, by pycti's scheduler and by octi-run: the same calls, messages and state."""

import json
import os
import re
import subprocess
import sys
import uuid

import trace
from bundles import bundle, of, uid

HERE = os.path.dirname(os.path.abspath(__file__))
TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?")


class Run:
    """text: what the feed gives; fail: what it says instead; state: what is there before; full: so is the queue."""

    def __init__(self, name, text="", fail="", state=None, full=False):
        self.name, self.text, self.fail, self.state, self.full = "run: " + name, text, fail, state, full


def runs():
    objects = [of("malware", 2, name="Worm", is_family=False), of("note", 3, content="n", created_by_ref=uid(4))]
    objects.append(of("relationship", 5, relationship_type="uses", source_ref="malware--" + uid(2)))
    objects[-1]["target_ref"] = "malware--" + uid(6)
    text = json.dumps(bundle(*objects, id="bundle--" + uid(1)))
    yield Run("the first", text)
    yield Run("another", text, state={"last_run": "2024-01-01 00:00:00", "cursor": [1, {"\u00e9": None}]})
    yield Run("nothing new", state={"cursor": 1})
    yield Run("the queue is full", text, state={"cursor": 1}, full=True)
    yield Run("fails", fail="no key", state={"cursor": 1})


class Runs:
    def __init__(self, build, services, comparison, case):
        self.build, self.services, self.compare, self.case = build, services, comparison, case
        self.channel, self.number = services.channel(), 0

    def run(self, only):
        for run in runs():
            if only and only not in run.name:
                continue
            self.case(run.name)
            theirs, ours = (self.side(run, name) for name in ("pycti", "octi"))
            self.compare.operations(theirs["operations"], ours["operations"])
            self.compare.messages(theirs["messages"], ours["messages"])
            for part in ("state", "info"):
                self.compare.same(part, theirs[part], ours[part])
            self.compare.same("number of works", len(theirs["works"]), len(ours["works"]))
            for one, other in zip(theirs["works"], ours["works"]):
                self.compare.each("work", one, other)

    def side(self, run, name):
        """What one of the two makes of it, without times and ids."""
        self.number += 1
        id, directory = str(uuid.uuid4()), os.path.join(self.services.scratch, "run-%d" % self.number)
        os.makedirs(directory)
        for file, text in (("print", run.text), ("fail", run.fail)):
            with open(os.path.join(directory, file), "w", encoding="utf-8") as to:
                to.write(text)
        settings = {
            "OPENCTI_URL": self.services.url,
            "OPENCTI_TOKEN": self.services.tokens["connector"],
            "CONNECTOR_ID": id,
            "CONNECTOR_NAME": "Interop",
            "CONNECTOR_TYPE": "EXTERNAL_IMPORT",
            "CONNECTOR_RUN_AND_TERMINATE": "true",
        }
        self.prepare(run, id, settings)
        self.services.control("/requests/clear", "POST")
        program = [sys.executable, os.path.join(HERE, "importer.py"), directory]
        if name == "octi":
            program = [os.path.join(self.build, "octi-run"), "--work", "Interop feed", "--cleanup", "--"]
            program += ["sh", "-c", "cat fail >&2; [ ! -s fail ] || exit 1; cat print"]
        done = subprocess.run(program, cwd=directory, env={**os.environ, **settings}, stdin=subprocess.DEVNULL,
                              capture_output=True)
        wanted = 0 if name == "pycti" else 75 if run.full else 1 if run.fail else 0
        self.compare.ok(done.returncode == wanted, "status of " + name, wanted, done.stderr.decode()[-2000:])
        connector = next(one for one in self.services.control("/connectors") if one["id"] == id)
        works = [one for one in self.services.control("/works") if one["connector_id"] == id]
        made = {
            "operations": trace.operations(self.services.control("/requests")),
            "messages": trace.messages(self.channel, "push_" + id),
            "state": json.loads(connector["connector_state"] or "null"),
            "info": connector["connector_info"],
            "works": [{key: one[key] for key in ("name", "status", "tracking", "messages", "errors")} for one in works],
        }
        names = {one["id"]: "<work>" for one in works}
        return json.loads(TIME.sub("<time>", json.dumps(trace.renamed(made, {**names, id: "<connector>"}))))

    def prepare(self, run, id, settings):
        """What was there before: a state, and messages in the queue."""
        if run.state is None and not run.full:
            return
        for words, text in ((["octi-register"], ""), (["octi-state", "put"], json.dumps(run.state))):
            call = [os.path.join(self.build, words[0]), *words[1:]]
            subprocess.run(call, env={**os.environ, **settings}, input=text.encode(), check=True, capture_output=True)
        if run.full:
            self.services.control("/queue-size", "POST", {"id": id, "number": 9, "size": 600_000_000})
