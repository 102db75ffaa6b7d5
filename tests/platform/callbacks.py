"""Jobs for connectors that listen by HTTP: the platform's side drains their queue and calls them."""

import ssl
import threading
import time
import urllib.error
import urllib.request

import pika

import broker
import users

PATIENCE = 300
# The worker checks certificates only when it is told to.
TRUSTING = ssl._create_unverified_context()


class Callbacks(threading.Thread):
    def __init__(self, platform):
        super().__init__(daemon=True, name="callbacks")
        self.platform = platform
        self.stopping = False
        self.calls = []

    def _wanted(self):
        with self.platform.lock:
            return [
                (c["id"], c["listen_callback_uri"], c["connector_user_id"])
                for c in self.platform.connectors.by_id.values()
                if c["listen_callback_uri"]
            ]

    def run(self):
        link = None
        while not self.stopping:
            time.sleep(0.05)
            wanted = self._wanted() if not self.platform.worker.paused else []
            if not wanted:
                continue
            try:
                if link is None or not link.is_open:
                    link = pika.BlockingConnection(self.platform.broker.parameters())
                for id, uri, user in wanted:
                    self._drain(link, id, uri, user)
            except broker.LOST:
                link = None

    def _drain(self, link, id, uri, user):
        channel = link.channel()
        method, _, body = channel.basic_get("listen_" + id)
        if method is not None:
            if self._call(id, uri, user, body):
                channel.basic_ack(method.delivery_tag)
            else:
                # The real one waits 10 to 30 s first.
                time.sleep(self.platform.options.callback_retry)
                channel.basic_nack(method.delivery_tag, requeue=True)
        channel.close()

    def _call(self, id, uri, user, body):
        new = self.platform.at_least("7")
        token = self.platform.keys.token() if new else users.BY_ID[user].token
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + token}
        status = None
        try:
            request = urllib.request.Request(uri, body, headers, method="POST")
            with urllib.request.urlopen(request, timeout=PATIENCE, context=TRUSTING) as response:
                status = response.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError:
            pass
        self.calls.append({"connector_id": id, "uri": uri, "status": status})
        return status == 202 or (status == 200 and new)
