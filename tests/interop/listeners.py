"""The connectors that take jobs, pycti's and octi-listen, each on its own queue, and what they make of the same job."""

import json
import os
import re
import subprocess
import sys
import time
import uuid

import trace
from jobs import ADDRESS, DRAFT, NEW, STIX, jobs, things

HERE = os.path.dirname(os.path.abspath(__file__))


class Jobs:
    def __init__(self, build, services, api, comparison, case):
        self.build, self.services, self.api, self.compare, self.case = build, services, api, comparison, case
        self.channel, self.pair, self.number = services.channel(), (), 0

    def run(self, only):
        self.services.control("/objects", "POST", things())
        settings = None
        try:
            for job in jobs(self.internal):
                if only and only not in job.name:
                    continue
                if settings != (job.kind, job.extra):
                    self.start(job)
                    settings = (job.kind, job.extra)
                self.case(job.name)
                self.both(job)
        finally:
            self.stop()

    def internal(self, id):
        """The platform's own id of an object."""
        query = "query ($id: String!) { stixObjectOrStixRelationship(id: $id) { ... on StixObject { id } } }"
        return self.api.query(query, {"id": id})["data"]["stixObjectOrStixRelationship"]["id"]

    def start(self, job):
        self.stop()
        self.number += 1
        self.pair = [Listener(name, self.build, self.services, job, self.number) for name in ("pycti", "octi")]
        for one in self.pair:
            one.until("listening", lambda: self.consumers(one.id))  # noqa: B023

    def stop(self):
        for one in self.pair:
            one.stop()
        self.pair = ()

    def consumers(self, id):
        if not any(one["id"] == id for one in self.services.control("/connectors")):
            return 0
        return self.channel.queue_declare("listen_" + id, passive=True).method.consumer_count

    def both(self, job):
        theirs, ours = (self.give(job, one) for one in self.pair)
        if job.stix:
            self.objects(theirs["files"], ours["files"])
            return
        for part in ("event", "work"):
            self.compare.each(part, theirs[part], ours[part])
        self.compare.operations(theirs["operations"], ours["operations"])
        self.compare.messages(theirs["messages"], ours["messages"])
        self.compare.same("number of files", len(theirs["files"]), len(ours["files"]))
        for one, other in zip(theirs["files"], ours["files"]):
            self.compare.each("file", one, other)

    def objects(self, theirs, ours):
        """Two exported bundles: what is in them, whatever the order."""
        sides = [{one["id"]: one for one in json.loads(files[0]["text"])["objects"]} for files in (theirs, ours)]
        self.compare.same("objects", *(sorted(side) for side in sides))
        for id in sorted(set(sides[0]) & set(sides[1])):
            self.compare.each(id.split("--")[0], sides[0][id], sides[1][id])

    def give(self, job, listener):
        """What one of the two makes of a job, under the names of the case."""
        envelope = json.loads(json.dumps(job.envelope))
        internal, event, names = envelope["internal"], envelope["event"], {}
        if internal.get("draft_id") == DRAFT:
            internal["draft_id"] = self.api.create_draft(draft_name=job.name, entity_id=None)
            names[internal["draft_id"]] = DRAFT
        if event.get("stix_entity") == STIX:
            query = "query ($id: String!) { stix(id: $id) }"
            event["stix_entity"] = self.api.query(query, {"id": ADDRESS})["data"]["stix"]
        self.services.control("/files/drop", "POST")
        listener.tell(job)
        self.services.control("/requests/clear", "POST")
        work = self.services.control("/connector/%s/job" % listener.id, "POST", envelope)["work_id"]
        listener.until("done with " + job.name, lambda: self.ended(job, listener, work))
        asked = [one for one in self.services.control("/requests") if one["fields"] != ["pingConnector"]]
        made = {
            "operations": trace.operations([one for one in asked if one["query"]]),
            "messages": trace.messages(self.channel, "push_" + listener.id),
            "work": self.work(work),
            "files": [self.file(one) for one in self.services.control("/files")],
            "event": listener.event(),
        }
        if made["work"].get("draft_context"):
            names[made["work"]["draft_context"]] = DRAFT
        if work:
            names = {work: "<work>", work.lower(): "<work>", **names}  # names of files are in lower case
        return trace.renamed(made, {**names, listener.id: "<connector>"})

    def ended(self, job, listener, work):
        if work:
            return self.work(work)["processed_time"]
        if "playbook" not in job.envelope["internal"]:
            return self.channel.queue_declare("push_" + listener.id, passive=True).method.message_count
        if listener.name == "pycti" and job.text is None:  # it does not answer
            return os.path.exists(listener.path("done"))
        return any(one["fields"] == ["playbookStepExecution"] for one in self.services.control("/requests"))

    def work(self, id):
        found = next((one for one in self.services.control("/works") if one["id"] == id), {})
        times = re.compile("_at$|_time$|timestamp$|last_processed$")
        seen = {key: bool(value) if times.search(key) else value for key, value in found.items()}
        if "tracking" in seen:
            seen["tracking"] = dict(seen["tracking"], import_last_processed=bool(seen["import_last_processed"]))
        for part in ("messages", "errors"):
            seen[part] = [dict(one, timestamp=bool(one["timestamp"])) for one in found.get(part, [])]
        return seen

    def file(self, kept):
        with open(kept["path"], encoding="utf-8") as file:
            text = file.read()
        told = {key: kept[key] for key in ("id", "name", "size")}
        about = {key: value for key, value in kept["metaData"].items() if key != "version"}
        return {**told, "about": about, "text": text}


class Listener:
    """A connector that takes jobs, in a directory of its own; its program is told what to do there."""

    def __init__(self, name, build, services, job, number):
        self.name, self.id = name, str(uuid.uuid4())
        self.directory = os.path.join(services.scratch, "%s-%d" % (name, number))
        os.makedirs(self.directory)
        settings = {
            "OPENCTI_URL": services.url,
            "OPENCTI_TOKEN": services.tokens["connector"],
            "CONNECTOR_ID": self.id,
            "CONNECTOR_NAME": "Interop",
            "CONNECTOR_TYPE": job.kind,
            "CONNECTOR_DURATION_PERIOD": "PT0S",
            "PATH": build + os.pathsep + os.environ["PATH"],
            **job.extra,
        }
        program = [sys.executable, os.path.join(HERE, "connector.py"), self.directory]
        if name == "octi":
            program = [os.path.join(build, "octi-listen"), "--", "sh", "job"]
        self.errors = open(self.path("errors"), "w")
        self.process = subprocess.Popen(
            program, cwd=self.directory, env={**os.environ, **settings}, stdin=subprocess.DEVNULL, stderr=self.errors
        )

    def path(self, name):
        return os.path.join(self.directory, name)

    def tell(self, job):
        """What is to be done about the next job."""
        for name in ("event.json", "done"):
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))
        if self.name == "pycti":
            with open(self.path("job.json"), "w") as file:
                json.dump({"print": job.text, "fail": job.fail, "stix": job.stix}, file)
            return
        with open(self.path("print"), "w", encoding="utf-8") as file:
            file.write(job.text or "")
        steps = ["cat >event.json"]
        if job.fail is not None:
            steps += ["echo '%s' >&2" % job.fail, "exit 1"]
        elif job.stix:
            steps += ["exec octi-query export <event.json"]
        with open(self.path("job"), "w") as file:
            file.write("\n".join(steps + ["cat print"]) + "\n")

    def event(self):
        if not os.path.exists(self.path("event.json")):
            return {}
        with open(self.path("event.json")) as file:
            return json.load(file)

    def until(self, what, holds, seconds=30):
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end or self.process.poll() is not None:
                self.errors.flush()
                with open(self.path("errors")) as file:
                    raise SystemExit("%s: not %s: %s" % (self.name, what, file.read()[-2000:]))
            time.sleep(0.02)

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.errors.close()
