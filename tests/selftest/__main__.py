"""Proves that the stand-in is strict: python selftest [--amqp-port N] [unittest arguments]

Without --amqp-port it starts a broker of its own, and stops it at the end."""

import pathlib
import shutil
import sys
import tempfile
import unittest

from subject import Platform, Strict, shell
from test_connectors import Connectors  # noqa: F401
from test_faults import Faults  # noqa: F401
from test_files import Files  # noqa: F401
from test_graphql import GraphQL  # noqa: F401
from test_lists import Lists  # noqa: F401
from test_streams import Streams  # noqa: F401
from test_worker import Worker  # noqa: F401
from test_works import Works  # noqa: F401


def main(arguments):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="octi-selftest."))
    own = None
    started = []
    try:
        if "--amqp-port" in arguments:
            at = arguments.index("--amqp-port")
            port = int(arguments[at + 1])
            del arguments[at : at + 2]
        else:
            own = folder / "broker"
            shell("broker_start", own)
            shell("broker_wait", own)
            port = int((own / "port").read_text())
        started.append(Platform(folder / "seven", port, "--release", "7"))
        started.append(Platform(folder / "old", port, "--release", "6.7", "--no-worker"))
        Strict.p, Strict.old = started
        outcome = unittest.main(argv=["selftest"] + arguments, exit=False).result
    finally:
        for platform in started:
            platform.stop()
        if own:
            shell("broker_stop", own)
        shutil.rmtree(folder, ignore_errors=True)
    return not outcome.wasSuccessful()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
