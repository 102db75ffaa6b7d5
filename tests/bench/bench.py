"""octi beside pycti and beside a bare publisher, interleaved in one session. It prints tables and judges nothing: it
fails only when a result is wrong, such as a message that is missing."""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import listen  # noqa: E402
import services  # noqa: E402
import shapes  # noqa: E402
import stream  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.join(services.ROOT, "build")
CONNECTOR = "5d1b8a90-3c47-4e62-8f0d-7a96b2c4e815"
QUEUE = "push_" + CONNECTOR
WINDOW = 256
PAGES = 40
FEWER = 50  # values for the reference, of those for octi
PARTS = ["send", "split", "scale", "extremes", "start", "paging", "listen", "ioc", "stream"]
ATTRIBUTES = """id standard_id entity_type spec_version created_at updated_at revoked confidence created modified
    pattern_type name description pattern valid_from valid_until x_opencti_score x_opencti_detection
    createdBy { ... on Identity { id name } } objectMarking { id definition } objectLabel { id value }
    externalReferences { edges { node { id source_name url } } }"""
LIST = """query Indicators($first: Int, $after: ID) { indicators(first: $first, after: $after) {
    edges { node { %s } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage globalCount } } }"""


class Run:
    """One run of a program: seconds, CPU seconds, peak of memory in MB."""

    def __init__(self, wall, cpu, peak, output=b""):
        self.wall, self.cpu, self.peak, self.output = wall, cpu, peak, output


class Usage:
    """What a process held: MB, its share of what others hold too, and the CPU seconds that it took."""

    def __init__(self, resident, share, cpu):
        self.resident, self.share, self.cpu = resident, share, cpu


class Results:
    """The medians of what was run, under the names they were given."""

    def __init__(self):
        self.runs = {}

    def add(self, name, run):
        self.runs.setdefault(name, []).append(run)
        print(".", end="", file=sys.stderr, flush=True)

    def __contains__(self, name):
        return name in self.runs

    def median(self, name, part):
        return statistics.median(getattr(run, part) for run in self.runs[name])

    def spread(self, name):
        walls = [run.wall for run in self.runs[name]]
        return "%s-%s" % (seconds(min(walls)), seconds(max(walls)))


class Bench:
    def __init__(self, options, running, file):
        self.options, self.services, self.file = options, running, file
        self.results = Results()
        self.environment = dict(
            {k: v for k, v in os.environ.items() if not re.match("(OPENCTI|CONNECTOR|OCTI|MQ|S3)_", k)},
            OPENCTI_URL=running.url,
            OPENCTI_TOKEN=running.tokens["connector"],
            CONNECTOR_ID=CONNECTOR,
            CONNECTOR_NAME="Bench",
            CONNECTOR_TYPE="EXTERNAL_IMPORT",
            CONNECTOR_DURATION_PERIOD="PT0S",
            OCTI_CONFIG=os.devnull,
        )
        self.channel = running.channel()

    # Running and measuring

    def path(self, name):
        return os.path.join(self.services.scratch, name)

    def measure(self, *call, stdin=None, pipe=None, extra=None, number=1, keep=False):
        """Runs it; the standard input is a file, or a pipe from one, or nothing."""
        report, feeder = self.path("measured"), None
        if os.path.exists(report):
            os.unlink(report)
        source = open(stdin, "rb") if stdin else subprocess.DEVNULL
        if pipe:
            feeder = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
            source = feeder.stdout
        done = subprocess.run(
            [os.path.join(BUILD, "bench/measure"), report, str(number), *call],
            stdin=source,
            stdout=subprocess.PIPE if keep else subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=dict(self.environment, **(extra or {})),
        )
        if feeder:
            feeder.stdout.close()
            feeder.wait()
        elif stdin:
            source.close()
        rows = [[float(word) for word in line.split()] for line in services.read(report).splitlines()]
        if any(row[4] for row in rows) or not rows:
            raise SystemExit("%s: status %s: %s" % (" ".join(call), rows and rows[-1][4], done.stderr.decode()[-2000:]))
        wall, peak = statistics.median(row[0] for row in rows), max(row[3] for row in rows) * 1024 / 1e6
        return Run(wall, statistics.median(row[1] + row[2] for row in rows), peak, done.stdout)

    def octi(self, name, *arguments, **more):
        return self.measure(os.path.join(BUILD, name), *arguments, **more)

    def pycti(self, *arguments, extra=None):
        """(what comes after the imports, the whole process); the peak is that of the process."""
        whole = self.measure(sys.executable, os.path.join(HERE, "reference.py"), *arguments, keep=True, extra=extra)
        wall, cpu, count = (float(word) for word in whole.output.split())
        return Run(wall, cpu, whole.peak, b"%d" % count), whole

    # Sending

    def depth(self):
        return self.channel.queue_declare(QUEUE, passive=True).method.message_count

    def empty(self):
        self.channel.queue_purge(QUEUE)
        self.channel.connection.sleep(0.5)

    def expect(self, who, number):
        if self.depth() != number:
            raise SystemExit("%s: %d messages in the queue, %d expected" % (who, self.depth(), number))

    def bodies(self):
        """What octi sent, a message a line, for the bare publisher."""
        number = self.depth()
        with open(self.path("bodies"), "wb") as file:
            for _, _, body in self.channel.consume(QUEUE, auto_ack=True, inactivity_timeout=10):
                file.write(body + b"\n")
                number -= 1
                if not number:
                    break
        self.channel.cancel()

    def send(self):
        registration = self.path("registration")
        self.octi("octi-register", "-o", registration)
        extra = {"OCTI_REGISTRATION": registration}
        connection = ["127.0.0.1", str(self.services.port), "guest", "guest", "/"]
        route = ["amqp.worker.exchange", "push_routing_" + CONNECTOR, str(WINDOW)]
        self.octi("octi-send-bundle", self.file, extra=extra)
        self.messages = self.depth()
        self.bodies()
        for _ in range(self.options.repeat):
            self.empty()
            self.results.add("send", self.octi("octi-send-bundle", self.file, extra=extra))
            self.expect("octi-send-bundle", self.messages)
            self.empty()
            bare = os.path.join(BUILD, "bench/bare-publish")
            self.results.add("bare", self.measure(bare, *connection, *route, stdin=self.path("bodies")))
            self.expect("bare-publish", self.messages)
            self.results.add("dry", self.octi("octi-send-bundle", "-n", self.file))
            if self.options.pycti:
                self.empty()
                inside, whole = self.pycti("send", self.file)
                self.results.add("pycti send", inside)
                self.results.add("pycti send, process", whole)
                self.expect("pycti", self.messages)
        self.empty()

    # Splitting

    def split(self):
        for _ in range(self.options.repeat):
            self.results.add("split pipe", self.octi("octi-split", "-q", pipe=self.file))
            self.results.add("split file", self.octi("octi-split", "-q", stdin=self.file))
            if self.options.pycti:
                self.results.add("pycti split", self.pycti("split", self.file)[0])

    def scale(self):
        """The bundle many times over, beside itself once, made in the same way."""
        text = services.read(self.file)
        for number in (1, self.options.scale):
            with open(self.path("scaled"), "w", encoding="utf-8") as file:
                shapes.times(text, number, file)
            for _ in range(self.options.repeat):
                name = "x%d" % number
                self.results.add(name + " pipe", self.octi("octi-split", "-q", pipe=self.path("scaled")))
                self.results.add(name + " file", self.octi("octi-split", "-q", stdin=self.path("scaled")))
        os.unlink(self.path("scaled"))

    def extremes(self):
        for name, make, number, with_pycti in (
            ("report of 40,000", shapes.report, 40000, True),
            ("report of 1,000,000", shapes.report, 1000000, False),
            ("chain of 1,000,000", shapes.chain, 1000000, False),
        ):
            path = self.path("extreme")
            with open(path, "w") as file:
                make(number, file)
            parts = self.octi("octi-split", "-q", stdin=path, keep=True).output.count(b"\n")
            if parts != number + 1:
                raise SystemExit("%s: %d parts" % (name, parts))
            for _ in range(self.options.repeat):
                self.results.add(name, self.octi("octi-split", "-q", stdin=path))
                if with_pycti and self.options.pycti:
                    self.results.add("pycti, " + name, self.pycti("split", path)[0])
            os.unlink(path)

    # Starting

    def start(self):
        tiny = self.path("tiny")
        with open(tiny, "w") as file:
            file.write('{"type":"bundle","id":"bundle--1","objects":[{"type":"note","id":"note--1"}]}')
        for _ in range(self.options.repeat):
            self.results.add("version", self.octi("octi-split", "--version", number=40))
            self.results.add("tiny split", self.octi("octi-split", "-q", tiny, number=40))
            self.results.add("tiny send", self.octi("octi-send-bundle", "-n", tiny, number=40))
            self.results.add("python", self.measure(sys.executable, "-c", "pass", number=5))
            if self.options.pycti:
                self.results.add("import", self.measure(sys.executable, "-c", "import pycti", number=1))

    # Paging

    def record(self):
        """All pages of the stand-in, for replay.py."""
        import urllib.request

        after = None
        with open(self.path("pages"), "wb") as file:
            for _ in range(PAGES + 1):
                body = json.dumps({"query": LIST % ATTRIBUTES, "variables": {"first": 500, "after": after}}).encode()
                headers = {
                    "Content-Type": "application/json",
                    "Authorization": "Bearer " + self.services.tokens["connector"],
                }
                with urllib.request.urlopen(
                    urllib.request.Request(self.services.url + "/graphql", body, headers)
                ) as answer:
                    page = answer.read()
                file.write(page + b"\n")
                information = json.loads(page)["data"]["indicators"]["pageInfo"]
                after = information["endCursor"]
                if not information["hasNextPage"]:
                    return

    def paging(self):
        self.services.control("/objects/fill?n=%d&type=indicator" % (PAGES * 500), "POST")
        self.record()
        replay = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "replay.py"), self.path("pages")], stdout=subprocess.PIPE
        )
        try:
            replayed = {"OPENCTI_URL": "http://127.0.0.1:%d" % int(replay.stdout.readline())}
            for where, extra in (("stand-in", None), ("replayed", replayed)):
                for _ in range(self.options.repeat if extra else 1):
                    self.page(where, extra)
        finally:
            replay.terminate()
            replay.wait()

    def page(self, where, extra):
        call = ["-j", "first=500", LIST % ATTRIBUTES]
        if extra:
            lines = self.octi("octi-query", "--all", *call, extra=extra, keep=True).output.count(b"\n")
            if lines != PAGES * 500:
                raise SystemExit("octi-query --all: %d lines" % lines)
        self.results.add("all, " + where, self.octi("octi-query", "--all", *call, extra=extra))
        self.results.add("page, " + where, self.octi("octi-query", *call, extra=extra))
        if self.options.pycti:
            inside, _ = self.pycti("list", ATTRIBUTES, extra=extra)
            if int(inside.output) != PAGES * 500:
                raise SystemExit("pycti: a list of %s" % inside.output.decode())
            self.results.add("pycti list, " + where, inside)


    # Listening

    def listeners(self, text, **more):
        """(name, a connector that runs and makes that of each job)..., ours first."""
        yield "octi", listen.Listener(self, "octi", text, **more)
        if self.options.pycti:
            yield "pycti", listen.Listener(self, "pycti", text, **more)

    def listen(self):
        self.idle()
        self.services.control("/requests/clear", "POST")
        for _ in range(self.options.repeat):
            for name, arguments in (("octi -j 1", ("-j", "1")), ("octi -j 8", ("-j", "8")), ("pycti", None)):
                if arguments or self.options.pycti:
                    self.jobs(name, arguments)
        self.many()

    def idle(self):
        """All of them at the same time, for that long."""
        pairs = list(self.listeners("", pings=True))
        before = {name: one.usage() for name, one in pairs}
        self.channel.connection.sleep(self.options.idle)
        for name, one in pairs:
            usage = one.usage()
            self.results.add("idle " + name, Usage(usage.resident, usage.share, usage.cpu - before[name].cpu))
            one.stop()

    def jobs(self, name, arguments):
        one = listen.Listener(self, name.split()[0], json.dumps(listen.BUNDLE), arguments or ())
        one.work(10, True)
        before = one.usage()
        wall = one.work(self.options.jobs, True)
        usage = one.usage()
        self.results.add("jobs " + name, Run(wall, usage.cpu - before.cpu, usage.resident))
        one.stop()

    def many(self):
        """Jobs of no work that nothing is made of: what stays of them."""
        for name, one in self.listeners("", arguments=("-j", "8")):
            done = 0
            for number in (1000, self.options.many):
                one.work(number - done, False)
                done = number
                usage = one.usage()
                self.results.add("after %d %s" % (number, name), Usage(usage.resident, usage.share, usage.cpu))
            one.stop()


    # STIX from values

    def ioc(self):
        """A feed of addresses becomes the parts that are sent; the reference does a part of it."""
        feed, few, objects = self.path("feed"), self.path("few"), self.path("objects")
        shapes.addresses(self.options.values, feed)
        shapes.addresses(self.options.values // FEWER, few)
        tools = {name: os.path.join(BUILD, "octi-" + name) for name in ("ioc", "bundle", "split", "stix", "lint")}
        make = "%s -i --author Bench --tlp clear %s" % (tools["ioc"], feed)
        for _ in range(self.options.repeat):
            self.results.add("ioc", self.measure("sh", "-c", make))
            whole = "%s | %s | %s -q" % (make, tools["bundle"], tools["split"])
            self.results.add("ioc, parts", self.measure("sh", "-c", whole))
            if self.options.pycti:
                self.results.add("pycti ioc", self.pycti("ioc", few)[1])
        subprocess.run(["sh", "-c", "%s | head -n 500000 >%s" % (make, objects)], check=True)
        self.made = os.path.getsize(objects) / 1e6
        for _ in range(self.options.repeat):
            self.results.add("stix", self.octi("octi-stix", "-q", objects))
            self.results.add("lint", self.octi("octi-lint", "-q", objects))

    # Following

    def followers(self):
        """(name, number of events that it is given)..., ours first."""
        number = self.options.events
        names = [("octi lines", number), ("pycti lines", number // 20), ("octi one type", number)]
        names += [("pycti one type", number // 20), ("pycti", number // 20), ("curl", number)]
        return [one for one in names if self.options.pycti or "pycti" not in one[0]]

    def stream(self):
        for name in ("octi", "pycti", "octi-run") if self.options.pycti else ("octi", "octi-run"):
            one = stream.Runner(self) if name == "octi-run" else stream.Follower(self, name)
            self.channel.connection.sleep(min(self.options.idle, 10))
            usage = one.usage()
            self.results.add("waiting " + name, Usage(usage.resident, usage.share, usage.cpu))
            one.stop()
        for _ in range(self.options.repeat):
            for name, number in self.followers():
                one = stream.Follower(self, name, number)
                run = Run(*one.follow())
                self.results.add("stream " + name, run)
                self.results.add("each " + name, Run(run.wall / number, run.cpu / number, run.peak))
                one.stop()


# Tables


def seconds(value):
    return "%.2f" % value if value >= 1 else "%.3f" % value if value >= 0.1 else "%.4f" % value


class Report:
    def __init__(self, bench):
        self.results, self.bench = bench.results, bench
        self.size = os.path.getsize(bench.file) / 1e6

    def table(self, title, *rows):
        print("\n%s\n" % title)
        print("| what | seconds | from-to | CPU seconds | peak MB |")
        print("|---|---:|---:|---:|---:|")
        for what, name in rows:
            if name in self.results:
                get = self.results.median
                print(
                    "| %s | %s | %s | %s | %.1f |"
                    % (
                        what,
                        seconds(get(name, "wall")),
                        self.results.spread(name),
                        seconds(get(name, "cpu")),
                        get(name, "peak"),
                    )
                )

    def ratios(self, *rows):
        print("\n| ratio | here | wanted |\n|---|---:|---:|")
        for what, value, wanted in rows:
            if value is not None:
                print("| %s | %s | %s |" % (what, value if isinstance(value, str) else "%.2f" % value, wanted))

    def ratio(self, above, below, part="wall"):
        """The median of the ratios of neighbouring runs: the machine has slow and fast minutes."""
        if above not in self.results or below not in self.results:
            return None
        pairs = zip(self.results.runs[above], self.results.runs[below])
        return statistics.median(getattr(one, part) / getattr(other, part) for one, other in pairs)

    def of(self, name, part, form="%.1f"):
        return form % self.results.median(name, part) if name in self.results else None

    def send(self):
        messages = self.bench.messages
        self.table(
            "Sending: %d messages from a bundle of %.1f MB" % (messages, self.size),
            ("octi-send-bundle", "send"),
            ("the bare publisher, same bodies", "bare"),
            ("octi-send-bundle -n", "dry"),
            ("pycti, send_stix2_bundle alone", "pycti send"),
            ("pycti, the whole process", "pycti send, process"),
        )
        rate = {
            name: messages / self.results.median(name, "wall")
            for name in ("send", "bare", "pycti send")
            if name in self.results
        }
        self.ratios(
            ("messages a second: octi, bare, pycti", ", ".join("%.0f" % rate[name] for name in rate), ""),
            ("rate, octi to bare", self.ratio("bare", "send"), ">= 0.9"),
            ("the same, without the seconds that -n takes", self.published(), ""),
            ("rate, octi to pycti", self.ratio("pycti send", "send"), ">= 8"),
            ("CPU, pycti to octi", self.ratio("pycti send", "send", "cpu"), ">= 10"),
            ("peak, pycti to octi", self.ratio("pycti send", "send", "peak"), ""),
            ("peak MB of octi", self.of("send", "peak"), "<= %.1f (1.35 x input + 8 MB)" % (1.35 * self.size + 8)),
        )

    def published(self):
        runs = zip(*(self.results.runs[name] for name in ("bare", "send", "dry")))
        return statistics.median(bare.wall / (send.wall - dry.wall) for bare, send, dry in runs)

    def split(self):
        scale = self.bench.options.scale
        self.table(
            "Splitting the same bundle; x%d is the bundle %d times over, with other ids" % (scale, scale),
            ("octi-split from a pipe", "split pipe"),
            ("octi-split from a file", "split file"),
            ("pycti's splitter", "pycti split"),
            ("x1 from a pipe", "x1 pipe"),
            ("x%d from a pipe" % scale, "x%d pipe" % scale),
            ("x1 from a file", "x1 file"),
            ("x%d from a file" % scale, "x%d file" % scale),
            *(
                (start + name, start + name)
                for name in ("report of 40,000", "report of 1,000,000", "chain of 1,000,000")
                for start in ("", "pycti, ")
            ),
        )
        big = "x%d" % scale
        self.ratios(
            ("CPU, pycti to octi from a pipe", self.ratio("pycti split", "split pipe", "cpu"), ">= 8"),
            ("CPU, pycti to octi from a file", self.ratio("pycti split", "split file", "cpu"), "20"),
            (
                "CPU, x%d to x1 from a pipe" % scale,
                self.ratio(big + " pipe", "x1 pipe", "cpu"),
                "<= %.0f" % (1.2 * scale),
            ),
            (
                "CPU, x%d to x1 from a file" % scale,
                self.ratio(big + " file", "x1 file", "cpu"),
                "<= %.0f" % (1.2 * scale),
            ),
            (
                "peak MB from a pipe",
                self.of("split pipe", "peak"),
                "<= %.1f (1.35 x input + 8 MB)" % (1.35 * self.size + 8),
            ),
            ("peak MB, x%d from a pipe, to its input" % scale, self.peak(big + " pipe", scale), "<= 1.35"),
            ("seconds, report of 40,000", self.of("report of 40,000", "wall", "%.3f"), "<= 0.3"),
            ("pycti to octi, report of 40,000", self.ratio("pycti, report of 40,000", "report of 40,000"), ""),
        )

    def peak(self, name, times):
        if name not in self.results:
            return None
        return (self.results.median(name, "peak") - 8) / (self.size * times)

    def start(self):
        self.table(
            "Starting",
            ("octi-split --version", "version"),
            ("octi-split, one object", "tiny split"),
            ("octi-send-bundle -n, one object", "tiny send"),
            ("python -c pass", "python"),
            ("python -c 'import pycti'", "import"),
        )
        self.ratios(
            ("octi-split, ms", self.milli("tiny split"), "<= 6"),
            ("octi-send-bundle -n, ms", self.milli("tiny send"), "<= 25"),
            ("import pycti to octi-send-bundle -n", self.ratio("import", "tiny send"), ""),
        )

    def milli(self, name):
        return "%.1f" % (1000 * self.results.median(name, "wall"))

    def paging(self):
        self.table(
            "Reading %d pages of 500; replayed: the same answers from a server that needs no time for them" % PAGES,
            ("octi-query --all, the stand-in", "all, stand-in"),
            ("pycti's list with getAll, the stand-in", "pycti list, stand-in"),
            ("octi-query --all, replayed", "all, replayed"),
            ("octi-query, one page, replayed", "page, replayed"),
            ("pycti's list with getAll, replayed", "pycti list, replayed"),
        )
        grown = self.results.median("all, replayed", "peak") - self.results.median("page, replayed", "peak")
        self.ratios(
            ("pages a second, replayed, octi", PAGES / self.results.median("all, replayed", "wall"), ""),
            ("pages a second, octi to pycti, replayed", self.ratio("pycti list, replayed", "all, replayed"), ">= 5"),
            ("pages a second, octi to pycti, the stand-in", self.ratio("pycti list, stand-in", "all, stand-in"), ""),
            ("CPU, pycti to octi, replayed", self.ratio("pycti list, replayed", "all, replayed", "cpu"), ""),
            ("MB that all pages take more than one", grown, "0"),
        )


    def ioc(self):
        values = self.bench.options.values
        self.table(
            "%d addresses become %d parts; python-stix2 and pycti: a %dth of them" % (values, 3 * values + 2, FEWER),
            ("octi-ioc -i", "ioc"),
            ("octi-ioc -i | octi-bundle | octi-split; peak: of the largest", "ioc, parts"),
            ("python-stix2 and pycti's splitter, the whole process", "pycti ioc"),
            ("octi-stix, %.0f MB of complete objects" % self.made(), "stix"),
            ("octi-lint, the same", "lint"),
        )
        scaled = lambda part: FEWER * (self.ratio("pycti ioc", "ioc, parts", part) or 0) or None  # noqa: E731
        self.ratios(
            ("seconds, python-stix2 and pycti to octi, for as many values", scaled("wall"), ""),
            ("CPU, likewise", scaled("cpu"), ""),
            ("peak MB, likewise", scaled("peak"), ""),
            *(("MB/s, octi-" + name, self.made() / self.results.median(name, "wall"), "") for name in ("stix", "lint")),
        )

    def made(self):
        return self.bench.made

    def listen(self):
        many, options = self.bench.options.many, self.bench.options
        print("\nListening: idle for %g s, and after so many jobs that nothing is made of\n" % options.idle)
        print("| what | resident MB | its share, MB | CPU seconds |")
        print("|---|---:|---:|---:|")
        for what in ("idle", "after 1000", "after %d" % many):
            for who in ("octi", "pycti"):
                name = "%s %s" % (what, who)
                if name in self.results:
                    get = self.results.median
                    row = (who, what, get(name, "resident"), get(name, "share"), get(name, "cpu"))
                    print("| %s, %s | %.1f | %.1f | %.2f |" % row)
        title = "Listening: %d imports, each answered with one object; peak: resident at the end" % options.jobs
        rows = [(who, "jobs " + who) for who in ("octi -j 1", "octi -j 8", "pycti")]
        self.table(title, *rows)
        most, least = (self.results.median("after %d octi" % number, "resident") for number in (many, 1000))
        walls = [self.results.median(name, "wall") for _, name in rows if name in self.results]
        rate = ", ".join("%.0f" % (options.jobs / wall) for wall in walls)
        self.ratios(
            ("jobs a second: octi -j 1, octi -j 8, pycti", rate, ""),
            ("jobs a second, octi -j 1 to pycti", self.ratio("jobs pycti", "jobs octi -j 1"), ""),
            ("jobs a second, octi -j 8 to pycti", self.ratio("jobs pycti", "jobs octi -j 8"), ""),
            ("CPU, pycti to octi -j 1", self.ratio("jobs pycti", "jobs octi -j 1", "cpu"), ""),
            ("idle MB, octi", self.of("idle octi", "resident"), "< 8"),
            ("idle MB, pycti to octi", self.ratio("idle pycti", "idle octi", "resident"), ""),
            ("MB that %d jobs take more than 1000" % many, most - least, "0"),
        )

    def stream(self):
        number = self.bench.options.events
        self.table(
            "Following %d events of a kilobyte, pycti a twentieth of them; from the first to the last" % number,
            ("octi-stream, all of them as lines", "stream octi lines"),
            ("pycti's listen_stream, a callback that prints the same lines", "stream pycti lines"),
            ("octi-stream --type, that lets none but two through", "stream octi one type"),
            ("pycti's listen_stream, a callback that does the same", "stream pycti one type"),
            ("pycti's listen_stream, a callback that does nothing", "stream pycti"),
            ("bare curl -N, all as they come", "stream curl"),
        )
        names = [name for name, _ in self.bench.followers()]
        rates = ["%s %.0f" % (name, 1 / self.results.median("each " + name, "wall")) for name in names]
        self.ratios(
            ("events a second", ", ".join(rates), ""),
            ("events a second, octi to pycti: all as lines", self.ratio("each pycti lines", "each octi lines"), ">= 20"),
            ("the same, one type", self.ratio("each pycti one type", "each octi one type"), ">= 20"),
            ("the same, octi's lines to pycti that does nothing", self.ratio("each pycti", "each octi lines"), ""),
            ("events a second, octi to bare curl: all", self.ratio("each curl", "each octi lines"), ""),
            ("CPU of an event, pycti to octi: all as lines", self.ratio("each pycti lines", "each octi lines", "cpu"), ""),
            ("the same, one type", self.ratio("each pycti one type", "each octi one type", "cpu"), ""),
            ("waiting, resident MB: octi-stream", self.of("waiting octi", "resident"), "< 8"),
            ("waiting, resident MB: octi-run", self.of("waiting octi-run", "resident"), "< 8"),
            ("waiting, pycti to octi-stream", self.ratio("waiting pycti", "waiting octi", "resident"), ""),
        )


def facts():
    model, versions = "", []
    with open("/proc/cpuinfo") as file:
        model = next((line.split(": ")[1].strip() for line in file if line.startswith("model name")), "")
    for call, form in (
        ([os.path.join(BUILD, "octi-split"), "--version"], "%s"),
        (["cc", "-dumpfullversion"], "cc %s"),
        (["dpkg-query", "-f", "${Version}", "-W", "rabbitmq-server"], "RabbitMQ %s"),
        (["dpkg-query", "-f", "${Version}", "-W", "librabbitmq4"], "librabbitmq %s"),
    ):
        try:
            versions.append(form % subprocess.run(call, capture_output=True, text=True, check=True).stdout.strip())
        except (OSError, subprocess.CalledProcessError):
            pass
    import importlib.metadata as metadata

    versions += ["%s %s" % (name, metadata.version(name)) for name in ("pycti", "pika")]
    versions.append("Python " + platform.python_version())
    return "%d cores of %s, Linux %s; %s" % (os.cpu_count(), model, platform.release(), ", ".join(versions))


METHOD = """Medians of %d runs, interleaved (ours, the other, ours, ...), ratios of neighbouring runs, output to /dev/null.
Broker: private, on the same cores, one durable classic queue, persistent, confirms, emptied between runs. The bare
publisher sends our bodies with our window (%d). CPU: the client's. pycti's seconds and CPU begin after its imports."""


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("bundle", nargs="?", metavar="FILE.json", help="instead of a bundle made for it")
    parser.add_argument("-n", "--repeat", type=int, default=3, help="runs of each (3)")
    parser.add_argument("--scale", type=int, default=20, help="how many times over the large bundle is (20)")
    parser.add_argument("--idle", type=float, default=60, metavar="SECONDS", help="to listen for without a job (60)")
    parser.add_argument("--jobs", type=int, default=200, metavar="N", help="jobs to work on (200)")
    parser.add_argument("--many", type=int, default=10000, metavar="N", help="jobs to keep nothing of (10000)")
    parser.add_argument("--values", type=int, default=1000000, metavar="N", help="values of a feed (1000000)")
    parser.add_argument("--events", type=int, default=200000, metavar="N", help="to follow; pycti a twentieth (200000)")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--no-pycti", dest="pycti", action="store_false", help="only ours and the bare publisher")
    options = parser.parse_args()
    parts = options.only.split(",")
    if set(parts) - set(PARTS):
        parser.error("--only: not of %s: %s" % (", ".join(PARTS), options.only))
    subprocess.run(
        ["make", "-s", "-C", services.ROOT, "all", "build/bench/bare-publish", "build/bench/measure"], check=True
    )
    with services.Services("--no-worker") as running:
        file = options.bundle
        if file is None:
            file = os.path.join(running.scratch, "bundle.json")
            with open(file, "w", encoding="utf-8") as made:
                made.write(shapes.attack())
        bench = Bench(options, running, os.path.abspath(file))
        for part in parts:
            getattr(bench, part)()
        print(file=sys.stderr)
        print(facts())
        print(METHOD % (options.repeat, WINDOW))
        report = Report(bench)
        shown = {"scale": "split", "extremes": "split"}
        for part in dict.fromkeys(shown.get(part, part) for part in parts):
            getattr(report, part)()


if __name__ == "__main__":
    main()
