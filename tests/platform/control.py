"""The control routes of the tests, below /_test/."""

import asyncio
import json

from aiohttp import web

from answers import answer
from refusal import Refusal


class Control:
    def __init__(self, platform, alone):
        self.platform, self.alone = platform, alone

    async def serve(self, request, path):
        text = await request.text()
        try:
            body = json.loads(text) if text else None
        except ValueError:
            return answer({"error": "body is not JSON"}, 400)

        try:
            if path in ("/worker/pause", "/worker/resume"):
                await asyncio.to_thread(self.platform.worker.set_paused, path.endswith("pause"))
                return answer(self.platform.worker.status())
            result = await self.alone(lambda: self.controlled(request.method, path, request.query, body))
        except Refusal as refused:
            return answer({"error": refused.message}, 409)
        except (KeyError, ValueError, TypeError) as error:
            return answer({"error": "%s: %s" % (type(error).__name__, error)}, 400)
        if result is None:
            return answer({"error": "no such control"}, 404)
        if isinstance(result, Lines):
            text = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in result.items)
            return web.Response(text=text, content_type="application/x-ndjson")
        return answer(result)

    def controlled(self, method, path, query, body):
        platform = self.platform
        words = path.strip("/").split("/")
        key = (method, words[0]) + (("*", words[2]) if len(words) == 3 else tuple(words[1:]))
        controls = {
            ("GET", "requests"): lambda: self.requests(query),
            ("POST", "requests", "clear"): lambda: done(platform.journal.clear()),
            ("GET", "faults"): lambda: platform.faults.list,
            ("POST", "faults"): lambda: done(platform.faults.add(body if isinstance(body, list) else [body])),
            ("DELETE", "faults"): lambda: done(platform.faults.clear()),
            ("GET", "objects"): lambda: Lines(
                [one.about() if "meta" in query else one.stix for one in platform.objects.imported()]
            ),
            ("POST", "objects", "fill"): lambda: done(
                platform.objects.fill(int(query["n"]), query.get("type", "indicator"))
            ),
            ("POST", "objects"): lambda: done([platform.objects.put(one) for one in body]),
            ("GET", "messages"): lambda: Lines(platform.worker.shown_messages()),
            ("POST", "messages", "clear"): lambda: done(platform.worker.messages.clear()),
            ("GET", "worker"): platform.worker.status,
            ("GET", "callbacks"): lambda: platform.callbacks.calls,
            ("GET", "works"): lambda: [self.work(work) for work in platform.works.by_id.values()],
            ("POST", "works", "*", "kill"): lambda: {"ok": platform.works.drop(words[1])},
            ("GET", "connectors"): lambda: list(platform.connectors.by_id.values()),
            ("POST", "connector", "*", "reset"): lambda: done(platform.connectors.reset(words[1])),
            ("POST", "connector", "*", "forget"): lambda: {"ok": platform.connectors.forget(words[1])},
            ("POST", "connector", "*", "delete"): lambda: done(platform.connectors.delete(words[1])),
            ("POST", "connector", "*", "job"): lambda: platform.jobs.inject(words[1], body),
            ("POST", "draft", "*", "close"): lambda: done(
                platform.drafts.by_id[words[1]].update(draft_status="validated")
            ),
            ("GET", "files"): lambda: [
                {k: v for k, v in file.items() if k not in ("objectMarking",)}
                for file in platform.files.by_id.values()
            ],
            ("POST", "files", "fill"): lambda: done(platform.files.fill(int(query["n"]))),
            ("POST", "files", "drop"): lambda: done(platform.files.by_id.clear()),
            ("POST", "keys", "change"): lambda: done(platform.keys.change()),
            ("POST", "queue-size"): lambda: self.queue_size(body),
            **platform.streams.controls(words, query, body),
        }
        action = controls.get(key)
        return action() if action else None

    def requests(self, query):
        entries = self.platform.journal.entries
        if "operation" in query:
            wanted = query["operation"]
            entries = [e for e in entries if e["operation"] == wanted or wanted in e["fields"]]
        return entries

    def work(self, work):
        view = {k: v for k, v in self.platform.works.view(work).items() if not callable(v)}
        return view

    def queue_size(self, body):
        fake = self.platform.connectors.fake_size
        if body.get("number") is None:
            fake.pop(body["id"], None)
        else:
            fake[body["id"]] = {"messages_number": body["number"], "messages_size": body.get("size", 0)}
        return {"ok": True}


class Lines:
    def __init__(self, items):
        self.items = items


def done(_):
    return {"ok": True}
