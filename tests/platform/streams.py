"""Streams: the log of events, the collections that filter it, and what a channel is sent of it."""

import bisect
import copy
import datetime
import json
import os
import re
import time

import clock
import kinds
import lists
import objects
from refusal import Refusal

EVERYTHING = '{"mode":"and","filters":[],"filterGroups":[]}'
COLLECTIONS = [
    ("6b1f0f8e-4c1d-4c55-9d4b-7c2f8f1f0a01", "Everything public", True),
    ("6b1f0f8e-4c1d-4c55-9d4b-7c2f8f1f0a02", "Members only", False),
]
LIVE = "live"
STRANGER = "You are not authenticated, please check your credentials"
FORBIDDEN = "You are not authorized, please check your credentials"
PAGE = 100  # events in one reading of the log
ID = re.compile(r"^\d+-\d+$")


class Unwelcome(Exception):
    """A stream is refused: a status and its reason, without a body."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status, self.reason = status, reason


class Event:
    """An entry of the log. `body` is what raw listeners get; `previous`, of an update, what was there before."""

    __slots__ = ("id", "order", "kind", "body", "previous", "raw")

    def __init__(self, id, kind=None, body=None, previous=None, raw=None):
        self.id, self.order = id, order(id)
        self.kind, self.body, self.previous, self.raw = kind, body, previous, raw

    def about(self):
        return {"id": self.id, "event": self.kind, "data": self.body, "raw": self.raw}


class Streams:
    def __init__(self, platform):
        self.platform = platform
        self.heartbeat = platform.options.heartbeat
        self.silent = False
        self.log, self.channels = [], {}
        self.collections = {id: collection(id, name, public) for id, name, public in COLLECTIONS}
        # The log outlives the process, as the platform's does.
        self.path = os.path.join(platform.options.dir, "stream.ndjson")
        if os.path.exists(self.path):
            with open(self.path) as lines:
                for line in lines:
                    self._append(json.loads(line))

    # The log

    def publish(self, entries):
        """Appends what happened; answers with the ids."""
        ids = []
        with open(self.path, "a") as out:
            for entry in entries:
                entry = dict(entry, id=self._next(entry.get("id")))
                self._append(entry)
                out.write(json.dumps(entry) + "\n")
                ids.append(entry["id"])
        self.wake()
        return ids

    def fill(self, number, size):
        stix = {"type": "malware", "spec_version": "2.1", "is_family": True, "description": "x" * size}
        return self.publish(
            {"type": "create", "data": dict(stix, id="malware--%08x-0000-4000-8000-000000000000" % at, name="m%d" % at)}
            for at in range(number)
        )

    def trim(self, number):
        del self.log[: max(0, len(self.log) - number)]
        return self.info()

    def _next(self, id):
        last = self.log[-1].order if self.log else (0, 0)
        if id is None:
            now = int(time.time() * 1000)
            return "%d-%d" % ((now, 0) if now > last[0] else (last[0], last[1] + 1))
        if not ID.match(id) or order(id) <= last:
            raise ValueError("The ID specified in XADD is equal or smaller than the target stream top item")
        return id

    def _append(self, entry):
        entry = dict(entry)
        id = entry.pop("id")
        if "raw" in entry:
            self.log.append(Event(id, raw=entry["raw"]))
            return
        kind, stix = entry.pop("type"), entry.pop("data")
        known = self.platform.objects
        old = known.find(stix["id"])
        before = self._stix(old) if old else None
        if kind == "delete":
            known.drop(stix["id"])
            one = old or objects.Object(stix)
        else:
            one = known.put(stix)
        one.updated_at = date_of(id)
        after = self._stix(one)
        body = {"version": "4", "type": kind, "scope": "external", "message": self._message(kind, one), "origin": {}}
        body["data"] = after
        if kind in ("update", "merge"):
            before = before or after
            body["context"] = {"patch": patch(before, after), "reverse_patch": patch(after, before)}
        if kind == "update":
            body["context"]["changes"] = [{"field": key} for key in sorted(changed(before, after))]
        if kind == "merge":
            sources = [known.drop(source) for source in entry.pop("sources", [])]
            body["context"]["sources"] = [self._stix(source) for source in sources if source]
        body.update(entry)
        self.log.append(Event(id, kind, body, before if kind == "update" else None))

    def _stix(self, one):
        return json.loads(self.platform.objects.stix_text(one))

    def _message(self, kind, one):
        word = {"create": "creates", "update": "updates", "delete": "deletes", "merge": "merges"}.get(kind, kind)
        return "%s a %s `%s`" % (word, kinds.entity_type(one.stix), objects.Node(self.platform.objects, one).main())

    def info(self):
        first, last = (self.log[0].id, self.log[-1].id) if self.log else ("0-0", "0-0")
        return {
            "lastEventId": last,
            "firstEventId": first,
            "firstEventDate": date_of(first),
            "lastEventDate": date_of(last),
            "streamSize": len(self.log),
        }

    def after(self, position):
        """The next page of events."""
        at = bisect.bisect_right(self.log, position, key=lambda event: event.order)
        return self.log[at : at + PAGE]

    # Rights

    def admit(self, user, id):
        """The collection that the user may listen to; None is all there is."""
        if id == LIVE:
            # Nobody is taken for the platform itself here, and then found not to be signed in.
            if user is None or not user.bypass:
                raise Unwelcome(401, FORBIDDEN if user else STRANGER)
            return None
        collection = self.collections.get(id)
        if collection is None:
            raise Unwelcome(401, FORBIDDEN)
        if not collection["stream_live"]:
            raise Unwelcome(410, "This live stream is stopped")
        if collection["stream_public"]:
            return collection
        if user is None:
            raise Unwelcome(401, STRANGER)
        members = collection["restricted_members"]
        if not user.may(["TAXIIAPI"]) or (members and not user.bypass and user.id not in members):
            raise Unwelcome(401, FORBIDDEN)
        return collection

    @staticmethod
    def admit_raw(user):
        if user is None:
            raise Unwelcome(401, STRANGER)
        if not user.bypass:
            raise Unwelcome(401, "Consume generic stream is only authorized for bypass user")

    def matches(self, collection, stix):
        if collection is None:
            return True
        accepts = lists.matcher(json.loads(collection["filters"]), objects.Node.value)
        return accepts(objects.Node(self.platform.objects, objects.Object(stix)))

    # What a channel is sent: (id, event, data), in order

    def told(self, channel, event):
        if event.raw is not None:
            yield event.raw
        elif channel.stream is None:
            yield event.id, event.kind, event.body
        elif not _inferred(event.body["data"]) or channel.with_inferences:
            yield from self._told(channel, event)

    def _told(self, channel, event):
        stix, cache = event.body["data"], channel.cache
        now = self.matches(channel.collection, stix)
        was = self.matches(channel.collection, event.previous) if event.previous else now
        relation = stix["type"] in ("relationship", "sighting")
        if event.kind == "update" and was and not now and channel.listen_delete:
            yield event.id, "delete", dict(event.body, data=event.previous, context={})
            cache.add(stix["id"])
        elif event.kind == "delete" and now:
            if channel.listen_delete:
                yield event.id, "delete", event.body
                cache.add(stix["id"])
        elif now:
            if (yield from self._dependencies(channel, event.id, stix)):
                entered = event.kind == "update" and not was
                yield event.id, *(("create", dict(event.body, context={})) if entered else (event.kind, event.body))
                cache.add(stix["id"])
        elif relation:
            if not channel.no_dependencies:
                yield from self._relation(channel, event)
        elif event.kind == "update" and self._contained(channel.collection, stix):
            yield from self._references(channel, event.id, stix)
            yield event.id, event.kind, event.body
            cache.add(stix["id"])

    def recovered(self, channel, since, until):
        """What is there, from one instant to another, as if it were made now."""
        found = [one for one in self.platform.objects.by_id.values() if since <= one.updated_at <= until]
        for one in sorted(found, key=lambda one: one.updated_at):
            stix, id = self._stix(one), "%d-0" % milliseconds(one.updated_at)
            if not self.matches(channel.collection, stix) or _inferred(stix) and not channel.with_inferences:
                continue
            valid = yield from self._dependencies(channel, id, stix)
            if valid and stix["id"] not in channel.cache:
                yield id, "create", self._found(one, stix, "init-create")
                channel.cache.add(stix["id"])

    def _found(self, one, stix, referer):
        return {"data": stix, "message": self._message("create", one), "origin": {"referer": referer}, "version": "4"}

    def _references(self, channel, id, stix):
        """What it refers to, the deepest first; the value says whether both ends of a relation are there."""
        layers, seen, refs = [], set(), _refs(stix)
        while refs:
            layer = [one for one in map(self.platform.objects.find, refs) if one and one.id not in seen]
            layer = [one for one in layer if one.id not in channel.cache]
            seen.update(one.id for one in layer)
            layers.insert(0, layer)
            refs = list(dict.fromkeys(ref for one in layer for ref in _refs(one.stix)))
        ends = [stix.get("source_ref"), stix.get("target_ref")]
        if stix["type"] == "sighting":
            ends = [stix.get("sighting_of_ref"), (stix.get("where_sighted_refs") or [None])[0]]
        if stix["type"] in ("relationship", "sighting") and not all(e in seen or e in channel.cache for e in ends):
            return False
        for one in (one for layer in layers for one in layer):
            yield id, "create", self._found(one, self._stix(one), "init-dependencies")
            channel.cache.add(one.id)
        return True

    def _dependencies(self, channel, id, stix):
        valid = yield from self._references(channel, id, stix)
        if valid and not channel.no_dependencies:
            for relation in self._relations(stix["id"]):
                if relation.id not in channel.cache and relation.id != stix["id"]:
                    yield from self._references(channel, id, relation.stix)
                    yield id, "create", self._found(relation, self._stix(relation), "init-dependencies")
                    channel.cache.add(relation.id)
        return valid

    def _relations(self, id):
        known = self.platform.objects
        both = [known.by_type.get(name, {}) for name in ("StixCoreRelationship", "StixSightingRelationship")]
        return [one for kind in both for one in list(kind.values()) if id in _ends(one.stix)]

    def _relation(self, channel, event):
        """A relation that the filter does not want, but one of its ends."""
        stix = event.body["data"]
        ends = [self.platform.objects.find(end) for end in _ends(stix)]
        if all(ends) and any(self.matches(channel.collection, self._stix(end)) for end in ends):
            yield from self._dependencies(channel, event.id, stix)
            body = {"data": stix, "message": event.body["message"], "origin": {"referer": "init-dependencies"}}
            yield event.id, event.kind, dict(body, version="4")

    def _contained(self, collection, stix):
        return any(
            stix["id"] in one.stix["object_refs"] and self.matches(collection, self._stix(one))
            for one in self.platform.objects.by_id.values()
            if "object_refs" in one.stix
        )

    # Controls

    def wake(self):
        for channel in list(self.channels.values()):
            channel.wake()

    def end(self, how):
        """Ends the open responses: `close` as a shutdown does, `cut` as a lost connection."""
        for channel in list(self.channels.values()):
            channel.ending = how
        self.wake()
        return {"ok": True}

    def hush(self, silent):
        self.silent = silent
        self.wake()
        return {"ok": True}

    def beat(self, seconds):
        self.heartbeat = seconds
        self.wake()
        return {"ok": True}

    def change(self, id, values):
        """Makes a collection, or changes one; null takes it away."""
        if values is None:
            self.collections.pop(id, None)
        else:
            new = collection(id, "Made by a test", False)
            if set(values) - set(new):
                raise ValueError("no such field of a collection")
            self.collections.setdefault(id, new).update(values)
        self.wake()
        return {"ok": True}

    def controls(self, words, query, body):
        return {
            ("GET", "stream", "events"): lambda: [event.about() for event in self.log],
            ("POST", "stream", "events"): lambda: {"ids": self.publish(body if isinstance(body, list) else [body])},
            ("POST", "stream", "fill"): lambda: {"last": self.fill(int(query["n"]), int(query.get("size", 0)))[-1]},
            ("POST", "stream", "trim"): lambda: self.trim(int(query["n"])),
            ("GET", "stream", "channels"): lambda: [channel.about() for channel in self.channels.values()],
            ("POST", "stream", "silence"): lambda: self.hush(True),
            ("POST", "stream", "resume"): lambda: self.hush(False),
            ("POST", "stream", "heartbeat"): lambda: self.beat(float(query["seconds"])),
            ("POST", "stream", "close"): lambda: self.end("close"),
            ("POST", "stream", "cut"): lambda: self.end("cut"),
            ("POST", "stream", "*", "collection"): lambda: self.change(words[1], body),
        }

    # GraphQL

    def operations(self):
        return {
            "streamCollection": lambda call, id: self.collections.get(id),
            "streamCollections": self.op_list,
            "redisStreamInfo": lambda call: self.info(),
        }

    def op_list(self, call, **args):
        seen = self.collections.values()
        seen = [s for s in seen if s["stream_public"] or (call.user and call.user.may(["TAXIIAPI"]))]
        return lists.page(seen, dict.get, args)


def collection(id, name, public):
    return {
        "id": id,
        "name": name,
        "description": None,
        "filters": EVERYTHING,
        "origin_filters": None,
        "stream_live": True,
        "stream_public": public,
        "restricted_members": [],
        "consumers": [],
    }


# Ids and dates. The platform takes `0`, `0-0`, anything with one dash in it, and dates; a bare number is no date to it.


def order(id):
    return tuple(int(part) for part in id.split("-"))


def date_of(id):
    return clock.text(datetime.datetime.fromtimestamp(int(id.split("-")[0]) / 1000, datetime.timezone.utc))


def milliseconds(date):
    then = datetime.datetime.fromisoformat(date.replace("Z", "+00:00"))
    return round(then.timestamp() * 1000)


def position(text):
    """The id of an event that a parameter names, or None."""
    if not text:
        return None
    if text in ("0", "0-0"):
        return "0-0"
    if text.count("-") == 1:
        if not ID.match(text):
            raise ValueError("Invalid time value")
        return text
    try:
        when = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) if "-" in text else None
    except ValueError:
        when = None
    if when is None:
        return None
    return "%d-0" % round((when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)).timestamp() * 1000)


# STIX


def _refs(stix):
    out = []
    for key, value in stix.items():
        if key.endswith("_ref") or key.endswith("_refs"):
            out += [value] if isinstance(value, str) else value
    return out


def _ends(stix):
    if stix["type"] == "sighting":
        return [stix["sighting_of_ref"], stix["where_sighted_refs"][0]]
    return [stix["source_ref"], stix["target_ref"]]


def _inferred(stix):
    return stix["extensions"][objects.EXTENSION]["is_inferred"]


def restricted(body):
    """Without what only those who may restrict knowledge to organizations are shown."""
    body = dict(body, data=copy.copy(body["data"]))
    body["data"]["extensions"] = copy.deepcopy(body["data"]["extensions"])
    body["data"]["extensions"][objects.EXTENSION].pop("granted_refs", None)
    return body


def changed(before, after):
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def patch(before, after):
    """A JSON Patch of whole properties, from one to the other."""
    out = []
    for key in sorted(changed(before, after)):
        path = "/" + key.replace("~", "~0").replace("/", "~1")
        if key not in after:
            out.append({"op": "remove", "path": path})
        else:
            out.append({"op": "replace" if key in before else "add", "path": path, "value": after[key]})
    return out
