"""A strict stand-in for the platform; see README.md."""

import argparse
import asyncio
import json
import os
import signal
import threading

from aiohttp import web

import bundles
import callbacks
import connectors
import drafts
import engine
import faults
import files
import jobs
import journal
import keys
import objects
import schema
import server
import streams
import users
import worker
import works
from broker import Broker


class Platform:
    def __init__(self, options):
        self.options = options
        self.lock = threading.RLock()
        self.url = None
        self.broker = Broker(options)
        self.keys = keys.Keys()
        self.faults = faults.Faults()
        self.journal = journal.Journal()
        self.objects = objects.Objects(self)
        self.works = works.Works(self)
        self.connectors = connectors.Connectors(self)
        self.files = files.Files(self)
        self.jobs = jobs.Jobs(self)
        self.drafts = drafts.Drafts()
        self.streams = streams.Streams(self)
        self.bundles = bundles.Bundles(self)
        self.worker = worker.Worker(self)
        self.callbacks = callbacks.Callbacks(self)
        self.engine = engine.Engine(self)

    def at_least(self, release):
        return schema.RELEASES.index(self.options.release) >= schema.RELEASES.index(release)


def parse():
    parser = argparse.ArgumentParser(prog="platform")
    parser.add_argument("--dir", required=True, help="where url, pid, tokens.json and uploads go")
    parser.add_argument("--amqp-port", type=int, required=True)
    parser.add_argument("--amqp-tls-port", type=int, help="answer this port, with use_ssl, to connectors")
    parser.add_argument("--broker-host", default="127.0.0.1", help="the host answered to connectors")
    parser.add_argument("--s3-port", type=int, default=9000, help="the port answered in config.s3")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--base-path", default="", help="such as /opencti")
    parser.add_argument("--release", choices=schema.RELEASES, default="7")
    parser.add_argument("--worker", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--worker-delay", type=float, default=0, help="seconds before each message")
    parser.add_argument(
        "--worker-retry", type=float, default=0.05, help="seconds between tries of a missing reference"
    )
    parser.add_argument(
        "--callback-retry", type=float, default=0.5, help="seconds before a refused job is offered again"
    )
    parser.add_argument("--heartbeat", type=float, default=5, help="seconds between heartbeats of a stream")
    parser.add_argument("--tls-cert")
    parser.add_argument("--tls-key")
    parser.add_argument("--tls-client-ca", help="demand a client certificate of this CA")
    parser.add_argument("--health-key", default=None)
    parser.add_argument("--strict-agent", action="store_true", help="refuse a User-Agent not of octi or pycti")
    return parser.parse_args()


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path + ".new", "w") as out:
        out.write(text)
    os.replace(path + ".new", path)


async def main():
    options = parse()
    os.makedirs(options.dir, exist_ok=True)
    platform = Platform(options)
    platform.worker.start()
    platform.callbacks.start()

    http = server.Server(platform)
    runner = web.AppRunner(http.application(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", options.port, ssl_context=http.tls())
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    platform.url = "%s://127.0.0.1:%d%s" % ("https" if options.tls_cert else "http", port, options.base_path)
    write(options.dir, "tokens.json", json.dumps(users.tokens(), indent=1) + "\n")
    write(options.dir, "pid", "%d\n" % os.getpid())
    write(options.dir, "url", platform.url + "\n")

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    platform.streams.end("close")
    await runner.cleanup()
    platform.callbacks.stopping = True
    platform.worker.stop()
    platform.broker.close()


asyncio.run(main())
