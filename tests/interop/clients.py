"""The two clients: pycti's helper in this process, octi's programs beside it, and what each call is in the other."""

import contextlib
import json
import logging
import os
import subprocess
import sys

from pycti import OpenCTIConnectorHelper

# Arguments of send_stix2_bundle that are options with a value, or flags, of octi-send-bundle.
VALUES = {
    "work_id": "-w",
    "event_version": "--event-version",
    "draft_id": "--draft",
    "file_name": "--file-name",
    "entity_id": "--entity",
}
FLAGS = {"update": "-u", "no_split": "--no-split", "cleanup_inconsistent_bundle": "--cleanup"}


class Outcome:
    """What a call gave: a value, or that it failed."""

    def __init__(self, value=None, error=None):
        self.value, self.error = value, error


@contextlib.contextmanager
def environment(settings):
    before = dict(os.environ)
    os.environ.update(settings)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Pycti:
    name = "pycti"

    def __init__(self, settings):
        self.settings = settings

    def helper(self, extra=None, playbook_compatible=False):
        """A registered helper, which does not ping by itself."""
        settings = dict(self.settings, CONNECTOR_DURATION_PERIOD="PT0S", **(extra or {}))
        hook = sys.excepthook
        with environment(settings):
            helper = OpenCTIConnectorHelper({}, playbook_compatible)
        sys.excepthook = hook  # pycti's ends the process
        logging.disable(logging.CRITICAL)
        return helper

    def attempt(self, call):
        try:
            return Outcome(call())
        except Exception as error:
            return Outcome(error="%s: %s" % (type(error).__name__, error))

    def send(self, helper, text, arguments, attributes):
        before = {name: getattr(helper, name) for name in attributes}
        vars(helper).update(attributes)
        try:
            return self.attempt(lambda: helper.send_stix2_bundle(text, **arguments))
        finally:
            vars(helper).update(before)


class Octi:
    name = "octi"

    def __init__(self, build, settings):
        self.build, self.settings = build, settings
        self.surprises = []  # calls that ended with another status than 0 and 1

    def run(self, program, *arguments, text=None, extra=None):
        call = [os.path.join(self.build, program), *arguments]
        done = subprocess.run(
            call,
            input=(text or "").encode(),
            capture_output=True,
            env={**os.environ, **self.settings, **(extra or {})},
        )
        output = done.stdout.decode()
        errors = done.stderr.decode(errors="replace").strip()
        if done.returncode not in (0, 1):
            self.surprises.append("%s: status %d: %s" % (" ".join([program, *arguments]), done.returncode, errors))
        return Outcome(output, errors or "status %d" % done.returncode if done.returncode else None)

    def line(self, program, *arguments, **more):
        """The same, for programs that print one line of JSON."""
        outcome = self.run(program, *arguments, **more)
        outcome.value = json.loads(outcome.value) if outcome.value.strip() else None
        return outcome

    def send(self, registration, text, arguments, attributes):
        options = send_options(dict(arguments), dict(attributes))
        return self.line("octi-send-bundle", *options, text=text, extra={"OCTI_REGISTRATION": registration})


def send_options(arguments, attributes):
    """The command line that stands for a call of send_stix2_bundle."""
    options = []
    sinks = ["queue"] if arguments.pop("send_to_queue", True) else []
    if attributes.pop("queue_protocol", "amqp") == "api":
        sinks = ["api"]
    if arguments.pop("send_to_directory", False):
        sinks.append("dir:" + arguments.pop("send_to_directory_path"))
    if sinks != ["queue"]:
        options += [word for sink in sinks for word in ("--to", sink)]
    if arguments.pop("force_validation", False):
        options += ["--validate", arguments.pop("validation_mode", "draft")]
    if "entities_types" in arguments:
        options += ["-t", ",".join(arguments.pop("entities_types"))]
    if "applicant_id" in attributes:
        options += ["--applicant", attributes.pop("applicant_id")]
    if "enrichment_shared_organizations" in attributes:
        options += ["--shared-organizations", ",".join(attributes.pop("enrichment_shared_organizations"))]
    for name in [name for name in arguments if name in VALUES]:
        options += [VALUES[name], arguments.pop(name)]
    options += [FLAGS[name] for name in [name for name in arguments if name in FLAGS] if arguments.pop(name)]
    if arguments or attributes:
        raise ValueError("no option for %s" % sorted(list(arguments) + list(attributes)))
    return options
