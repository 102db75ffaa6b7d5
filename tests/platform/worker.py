"""The worker: consumes the push queues and imports what they carry."""

import base64
import binascii
import collections
import json
import queue
import threading
import time

import pika

import broker
import kinds
import users
from refusal import Refusal

MISSING_TRIES = 4
SOURCE_CEILING = 50000


class Worker(threading.Thread):
    def __init__(self, platform):
        super().__init__(daemon=True, name="worker")
        self.platform, self.options = platform, platform.options
        self.queues = set()
        self.paused = not platform.options.worker
        self.orders = queue.Queue()
        self.connection = None
        self.stopping = False
        self.messages = []
        self.counters = collections.Counter()
        self.dropped = []
        self.sizes = {}
        self.in_flight = collections.Counter()

    # From other threads

    def discover(self, name):
        self.queues.add(name)
        self._order(("consume", name), wait=False)

    def set_paused(self, paused):
        self._order(("pause" if paused else "resume", None), wait=True)

    def stop(self):
        self.stopping = True
        self._order(("stop", None), wait=False)
        self.join(5)

    def _order(self, order, wait):
        done = threading.Event()
        self.orders.put(order + (done,))
        connection = self.connection
        if connection is not None:
            try:
                connection.add_callback_threadsafe(self._obey)
            except pika.exceptions.ConnectionWrongStateError:
                pass
        if wait:
            done.wait(5)

    def average(self, name):
        number, total = self.sizes.get(name, (0, 0))
        return total // number if number else 1024

    def status(self):
        return {
            "paused": self.paused,
            "connected": self.connection is not None,
            "queues": sorted(self.queues),
            "counters": dict(self.counters),
            "dropped": list(self.dropped),
        }

    # In this thread

    def run(self):
        while not self.stopping:
            try:
                self.connection = pika.BlockingConnection(self.platform.broker.parameters())
                # Here and not at start, because the broker may come up after the platform.
                self.platform.broker.declare(*broker.DEAD_LETTER_QUEUE)
                self.consuming = {}
                if not self.paused:
                    for name in list(self.queues):
                        self._consume(name)
                self._obey()
                while not self.stopping:
                    self.connection.process_data_events(time_limit=0.5)
                self.connection.close()
            except (Refusal, *broker.LOST):
                self.connection = None
                self.in_flight.clear()
                time.sleep(0.2)

    def _obey(self):
        while True:
            try:
                order, name, done = self.orders.get_nowait()
            except queue.Empty:
                return
            try:
                if order == "pause" and not self.paused:
                    self.paused = True
                    for channel in self.consuming.values():
                        if channel.is_open:
                            channel.close()
                    self.consuming = {}
                elif order == "resume" and self.paused:
                    self.paused = False
                    for each in list(self.queues):
                        self._consume(each)
                elif order == "consume" and not self.paused:
                    self._consume(name)
            finally:
                done.set()

    def _consume(self, name):
        channel = self.consuming.get(name)
        if self.paused or (channel is not None and channel.is_open and channel.consumer_tags):
            return
        channel = self.connection.channel()
        # The real one takes one at a time; more is only invisible while nothing slows the import down.
        channel.basic_qos(prefetch_count=1 if self.options.worker_delay else 200)
        try:
            channel.basic_consume(name, lambda *delivery: self._delivered(name, *delivery))
        except pika.exceptions.ChannelClosedByBroker:
            # Deleted meanwhile; registering or a ping announces it again.
            self.queues.discard(name)
            return
        channel.add_on_cancel_callback(lambda method: self._cancelled(name, channel))
        self.consuming[name] = channel

    def _cancelled(self, name, channel):
        # The queue was deleted. It may be back already, announced before this news of its end.
        if self.consuming.get(name) is channel:
            del self.consuming[name]
        self.connection.call_later(0.1, lambda: self._consume(name))

    def _delivered(self, name, channel, method, properties, body):
        if self.paused:
            channel.basic_nack(method.delivery_tag, requeue=True)
            return
        self.in_flight[name] += 1
        if self.options.worker_delay:
            self.connection.sleep(self.options.worker_delay)
            if not channel.is_open:
                self.in_flight[name] = 0
                return
        number, total = self.sizes.get(name, (0, 0))
        self.sizes[name] = (number + 1, total + len(body))
        with self.platform.lock:
            self._keep(method, properties, body)
            problem = self.handle(body, channel, method.routing_key)
            if problem:
                self.counters["dropped"] += 1
                self.dropped.append({"reason": problem, "routing_key": method.routing_key, "size": len(body)})
        self.in_flight[name] -= 1
        if problem:
            channel.basic_nack(method.delivery_tag, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag)

    def _keep(self, method, properties, body):
        given = {
            key: getattr(properties, key)
            for key in (
                "delivery_mode",
                "content_encoding",
                "content_type",
                "headers",
                "message_id",
                "priority",
                "correlation_id",
                "timestamp",
                "app_id",
                "user_id",
                "expiration",
                "type",
                "reply_to",
            )
            if getattr(properties, key) is not None
        }
        self.messages.append((method.exchange, method.routing_key, given, method.redelivered, body))

    def shown_messages(self):
        for exchange, routing_key, given, redelivered, body in list(self.messages):
            text = body.decode("utf-8", "replace")
            try:
                parsed = json.loads(body)
            except ValueError:
                parsed = None
            yield {
                "exchange": exchange,
                "routing_key": routing_key,
                "properties": given,
                "redelivered": redelivered,
                "body": parsed,
                "text": text,
            }

    def handle(self, body, channel, routing_key):
        """Returns None when the message is acknowledged, else why it is dropped."""
        self.counters["messages"] += 1
        try:
            data = json.loads(body)
            if not isinstance(data, dict):
                return "body is not a JSON object"
        except ValueError as error:
            return "body is not JSON: %s" % error
        try:
            # Stricter than the real one, which skips characters outside the alphabet.
            content = json.loads(base64.b64decode(data["content"], validate=True).decode())
            kind = data.get("type", "bundle")
            if kind == "event":
                return self._event(content, data)
            if kind != "bundle":
                return "unknown type %r" % kind
            objects = content.get("objects")
            if not isinstance(objects, list) or not objects:
                return "no objects"
            if len(objects) > 1 and not data.get("no_split", False):
                return self._split(content, data, channel, routing_key)
            if content.get("type") != "bundle":
                return "content is not a bundle"
            if len(objects) == 1:
                self._import_one(objects[0], data)
            else:
                for part in self.parts(content, data):
                    self._import_one(part["objects"][0], data)
            return None
        except KeyError as error:
            return "no %s" % error
        except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError) as error:
            return "%s: %s" % (type(error).__name__, error)

    def _event(self, content, data):
        kind = content["type"]
        stix = dict(content["data"])
        if kind not in ("create", "update"):
            stix["opencti_operation"] = kind
        self._import_one(stix, data)
        return None

    def parts(self, content, data=None):
        # Slow to load, and only wanted for bundles that come whole.
        from pycti.utils.opencti_stix2_splitter import OpenCTIStix2Splitter

        expected, refused, parts = OpenCTIStix2Splitter().split_bundle_with_expectations(
            content, False, content.get("x_opencti_event_version")
        )
        if data is not None:
            for stix in refused:
                self._report(data, "Incompatible element in bundle", stix)
        return parts

    def _split(self, content, data, channel, routing_key):
        self.counters["split"] += 1
        parts = self.parts(content)
        work_id = data.get("work_id")
        if work_id is not None:
            if not self.platform.works.alive(work_id) and self.platform.at_least("7"):
                return None
            self.platform.works.expect(work_id, len(parts))
        for part in parts:
            message = dict(data, content=base64.b64encode(json.dumps(part).encode()).decode())
            channel.basic_publish(
                broker.WORKER_EXCHANGE,
                routing_key,
                json.dumps(message),
                pika.BasicProperties(delivery_mode=2, content_encoding="utf-8"),
            )
        return None

    def _import_one(self, stix, data):
        self.counters["objects"] += 1
        work_id, applicant, draft = data.get("work_id"), data.get("applicant_id"), data.get("draft_id")
        if work_id is not None and not self.platform.works.alive(work_id) and self.platform.at_least("7"):
            self.counters["work_not_alive"] += 1
            return
        if draft and not self.platform.drafts.is_open(draft):
            self._report(data, "Draft is in a locked state", "Draft in read only")
            return
        if not self._compatible(stix):
            self._report(data, "Incompatible element in bundle", stix)
            return
        for attempt in range(1, MISSING_TRIES + 1):
            try:
                if applicant is not None and applicant not in users.BY_ID:
                    raise Refusal("AUTH_REQUIRED")
                stored = self.platform.objects.bring(
                    stix, applicant, draft or None, work_id, data.get("entities_types") or None
                )
                self.counters["stored" if stored else "passed_over"] += 1
                self._report(data)
                return
            except Refusal as refusal:
                if refusal.code == "MISSING_REFERENCE_ERROR" and attempt < MISSING_TRIES:
                    time.sleep(self.options.worker_retry)
                    continue
                self._report(data, json.dumps({"name": refusal.code, "error_message": refusal.message}), stix)
                return
            except (KeyError, ValueError, TypeError, AttributeError) as error:
                self._report(data, str(error), stix)
                return

    @staticmethod
    def _compatible(stix):
        if stix.get("type") == "relationship":
            return stix["source_ref"] is not None and stix["target_ref"] is not None
        if stix.get("type") == "sighting":
            return stix.get("sighting_of_ref") is not None and bool(stix.get("where_sighted_refs"))
        return kinds.supported(stix["id"])

    def _report(self, data, error=None, source=None):
        if error is not None:
            self.counters["errors"] += 1
            if not isinstance(source, str):
                source = json.dumps(source)
                source = source if len(source) < SOURCE_CEILING else "Bundle too large"
        work_id = data.get("work_id")
        if work_id is not None:
            self.platform.works.report(work_id, error and {"error": error, "source": source})
