"""A channel: one listener of a stream, from its request to the end of its response."""

import asyncio
import json
import time
import uuid

from aiohttp import web

import streams
import users

NO_RECOVERY = (
    "Recovery from history is disabled on streams configured with origin filters; resuming from live events only."
)
TICK = 0.5  # seconds after which a listener that went away is noticed at the latest


class Ended(Exception):
    """The response ends here."""


class Channel:
    def __init__(self, platform, request, run, stream):
        """`run` calls a function beside the loop, with the state to itself; `stream` None is all, unfiltered."""
        self.platform, self.streams, self.request, self.run = platform, platform.streams, request, run
        self.id, self.stream = str(uuid.uuid4()), stream
        self.user = users.authenticate(request.headers)
        self.loop, self.woken = asyncio.get_running_loop(), asyncio.Event()
        self.ending, self.response, self.sent = None, None, 0
        self.beaten = time.monotonic()
        self.cache = set()
        if stream is None:
            self.streams.admit_raw(self.user)
            self.collection = None
        else:
            self.collection = self.streams.admit(self.user, stream)
        # Who listens to what is public is nobody in particular.
        self.bypass = self.user is not None and self.user.bypass and not (self.collection or {}).get("stream_public")
        self._parameters()

    def _parameters(self):
        query, headers = self.request.query, self.request.headers

        def either(*names):
            return next((source[name] for name in names for source in (query, headers) if source.get(name)), None)

        start = query.get("from") or headers.get("from") or headers.get("last-event-id")
        self.last = self.start = streams.position(start)
        recover = query.get("recover") or headers.get("recover") or headers.get("recover-date")
        self.recover = streams.position(recover) if self.stream is not None else None
        self.no_dependencies = either("no-dependencies", "no-relationships") == "true"
        self.listen_delete = either("listen-delete") != "false"
        self.with_inferences = either("with-inferences") == "true"

    def about(self):
        return {
            "id": self.id,
            "stream": self.stream,
            "user": self.user.key if self.user else None,
            "from": self.start,
            "recover": self.recover,
            "no_dependencies": self.no_dependencies,
            "listen_delete": self.listen_delete,
            "with_inferences": self.with_inferences,
            "last": self.last,
            "sent": self.sent,
        }

    def wake(self):
        self.loop.call_soon_threadsafe(self.woken.set)

    # The response

    async def serve(self):
        self.streams.channels[self.id] = self
        self.response = web.StreamResponse()
        self.response.enable_chunked_encoding()
        try:
            if self.recover and not self.start:
                # The headers have not been set yet at this point, and nothing more comes.
                await self._begin()
                message = "Recovery mode is only possible with a start date."
                await self._send("error", {"stream": self.stream, "message": message})
                await self._idle()
            self.response.headers.update(
                {
                    "Content-Type": "text/event-stream; charset=utf-8",
                    "Access-Control-Allow-Origin": "*",
                    "Cache-Control": "no-cache, no-transform",
                }
            )
            await self._begin()
            await self._send("connected", dict(self.streams.info(), connectionId=self.id))
            await self._listen(await self._recover())
        except (Ended, ConnectionError):
            pass
        finally:
            del self.streams.channels[self.id]
        return self.response

    async def _begin(self):
        await self.response.prepare(self.request)
        self.request["entry"]["status"] = 200

    async def _recover(self):
        """Tells what is in the database; where the log is read on from is its value."""
        until = self.recover
        if not until or streams.order(until) <= streams.order(self.start):
            return self.start
        if self.collection and self.collection["origin_filters"]:
            if self.platform.at_least("7"):
                await self._skipped(until)
            return until
        messages = await self.run(
            lambda: list(self.streams.recovered(self, streams.date_of(self.start), streams.date_of(until)))
        )
        for message in messages:
            await self._tell([message])
        return until

    async def _skipped(self, until):
        self.last = "%d-0" % (time.time() * 1000)
        if not self.bypass:
            # The platform itself stumbles here: it looks for the organizations of an object that is not there.
            message = "Cannot read properties of undefined (reading 'extensions')"
            await self._send("error", {"stream": self.stream, "message": message})
            await self._idle()
        data = {"stream": self.stream, "message": NO_RECOVERY, "resume_from": until}
        await self._tell([(self.last, "no-recover", data)])

    async def _listen(self, start):
        at = streams.order(start) if start else self._end()
        while True:
            self.woken.clear()
            self._check()
            events = [] if self.streams.silent else self.streams.after(at)
            if events:
                at = events[-1].order
                await self._tell(await self.run(lambda: [m for e in events for m in self.streams.told(self, e)]))
                self.last = events[-1].id
            if self.stream is not None:
                try:
                    self.collection = self.streams.admit(self.user, self.stream)
                except streams.Unwelcome:
                    # Too late for a status: the platform ends the response.
                    raise Ended
            if self._due() and not events and not self.streams.silent:
                # A reading of the log that finds nothing ends now.
                self.last = "%d-0" % max(time.time() * 1000, self._end()[0] + 1)
            await self._beat()
            if not events:
                await self._wait()

    def _end(self):
        return self.streams.log[-1].order if self.streams.log else (0, 0)

    async def _idle(self):
        """Silence, but for heartbeats once a position is known, until the listener goes."""
        while True:
            self.woken.clear()
            self._check()
            await self._beat()
            await self._wait()

    def _due(self):
        return time.monotonic() >= self.beaten + self.streams.heartbeat

    async def _wait(self):
        left = self.beaten + self.streams.heartbeat - time.monotonic()
        try:
            await asyncio.wait_for(self.woken.wait(), max(0, min(left, TICK)))
        except asyncio.TimeoutError:
            pass

    async def _beat(self):
        if not self._due():
            return
        self.beaten = time.monotonic()
        if self.streams.silent or not self.last:
            return
        frames = [frame(self.last, "heartbeat", streams.date_of(self.last))]
        if self.platform.at_least("7"):
            frames.append(frame(self.last, "consumer_metrics", METRICS))
        await self._write("".join(frames).encode())

    # Writing

    async def _send(self, event, data):
        await self._write(frame(None, event, data).encode())

    async def _tell(self, messages):
        frames = []
        for message in messages:
            if isinstance(message, str):
                frames.append(message)
                continue
            id, event, data = message
            if "data" in data and not self.bypass:
                data = streams.restricted(data)
            frames.append(frame(id, event, data))
        if messages:
            self.sent += len(messages)
            self.last = next((m[0] for m in reversed(messages) if not isinstance(m, str)), self.last)
            await self._write("".join(frames).encode())

    async def _write(self, data):
        """As a fault of this request has it: up to `truncate` bytes, `chunk` bytes at a time, with a `pause` between."""
        left, chunk = self.request.get("cut"), self.request.get("chunk") or len(data)
        data = data if left is None else data[:left]
        for at in range(0, len(data), chunk):
            self._check()
            await self.response.write(data[at : at + chunk])
            if self.request.get("pause"):
                await asyncio.sleep(self.request["pause"])
        if left is not None:
            self.request["cut"] = left - len(data)
            if left == len(data):
                await asyncio.sleep(0.05)
                self._cut()

    def _check(self):
        if self.ending == "cut":
            self._cut()
        if self.ending or self.request.transport is None or self.request.transport.is_closing():
            raise Ended

    def _cut(self):
        if self.request.transport is not None:
            self.request.transport.close()
        raise Ended


METRICS = {
    "deliveryRate": 0,
    "processingRate": 0,
    "resolutionRate": 0,
    "productionRate": 0,
    "timeLag": 0,
    "estimatedOutOfDepth": 0,
}


def frame(id, event, data):
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return "%sevent: %s\ndata: %s\n\n" % ("id: %s\n" % id if id else "", event, text)
