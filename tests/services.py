"""The private services of services.sh, for programs in Python: a broker and the stand-in platform in a directory."""

import json
import os
import shutil
import subprocess
import tempfile
import urllib.request

import pika

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def shell(command, *arguments):
    """Runs a command with the functions of services.sh at hand; "$1" and so on are the arguments."""
    script = '. "$0"/tests/services.sh; ' + command
    done = subprocess.run(["bash", "-c", script, ROOT, *arguments], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode:
        raise SystemExit("%s: %s" % (command, done.stderr.decode(errors="replace").strip()))


class Services:
    """
    A broker and a platform, started on entry and ended on exit. What is named is used, and left alone: the broker's
    port; the platform's url, with its tokens.
    """

    def __init__(self, *arguments, url=None, amqp_port=None, tokens=None):
        self.arguments, self.url, self.port, self.tokens = arguments, url, amqp_port, tokens
        self.own_broker, self.own_platform = amqp_port is None, url is None

    def __enter__(self):
        self.scratch = tempfile.mkdtemp(prefix="octi.")
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        broker, platform = self.scratch + "/broker", self.scratch + "/platform"
        if self.own_broker:
            shell('broker_start "$1" && broker_wait "$1"', broker)
            self.port = int(read(broker + "/port"))
        if not self.own_platform:
            return
        shell('platform_start "$@"', platform, "--amqp-port", str(self.port), *self.arguments)
        self.url = read(platform + "/url").strip()
        self.tokens = json.loads(read(platform + "/tokens.json"))

    def __exit__(self, *_):
        shell('platform_stop "$1/platform"; broker_stop "$1/broker"', self.scratch)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def control(self, path, method="GET", body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + "/_test" + path, data, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())

    def channel(self):
        """A channel of a new connection to the broker."""
        credentials = pika.PlainCredentials("guest", "guest")
        parameters = pika.ConnectionParameters("127.0.0.1", self.port, "/", credentials, heartbeat=0)
        return pika.BlockingConnection(parameters).channel()


def read(path):
    with open(path) as file:
        return file.read()
