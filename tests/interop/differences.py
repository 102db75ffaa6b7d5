"""What octi does unlike pycti, on purpose. Whatever else differs is a defect; so is an entry that is seen no more."""

import json
import re

from bundles import EXTENSION
from compare import MISSING, Intended


def granted(text):
    """The content with all lists of organizations sorted, each organization once."""
    content = json.loads(text) if isinstance(text, str) else text
    for one in content["objects"]:
        for holder, key in (
            (one, "x_opencti_granted_refs"),
            (one.get("extensions", {}).get(EXTENSION, {}), "granted_refs"),
        ):
            if holder.get(key):
                holder[key] = sorted(set(holder[key]))
    return content


def envelope(theirs, ours):
    """Nothing but the members around the objects differs."""
    theirs, ours = (json.loads(one) if isinstance(one, str) else one for one in (theirs, ours))
    return json.dumps(theirs["objects"]) == json.dumps(ours["objects"])


def inner(theirs, ours):
    """The same of a file around the bundle."""
    theirs, ours = json.loads(theirs), json.loads(ours)
    bundles = theirs.pop("bundle"), ours.pop("bundle")
    same = {k for k in theirs if theirs[k] == ours[k]} | {"applicant_id"}
    return set(theirs) == set(ours) == same and envelope(*bundles)


INTENDED = [
    # Everywhere
    Intended(
        ".*",
        "header user-agent",
        "each says what it is",
        lambda theirs, ours: theirs.startswith("pycti/") and re.fullmatch(r"octi/[\d.]+", ours),
    ),
    # Registration
    Intended(
        "registration: .*",
        "operation about: only pycti",
        "pycti asks for the version before it registers, for each of its two clients; a registration says as much",
    ),
    Intended(
        "registration: .*",
        "operation registerConnector: argument registerConnector input (version|slug)",
        "pycti reads them from a manifest in the images of OpenCTI's own connectors; platforms before 7.26 refuse them",
        lambda theirs, ours: theirs is None and ours == MISSING,
    ),
    Intended(
        "registration: broker of its own",
        "answer connection host",
        "octi-register prints what the platform said; MQ_HOST is looked at when the broker is",
    ),
    # Pings and state
    Intended(
        "ping: .*",
        "operation connector: only octi",
        "a process that has just begun does not know the state that it must send to leave it as it is",
    ),
    Intended(
        "ping: .*",
        "operation pingConnector: argument pingConnector connectorInfo queue_threshold",
        "the number as it is configured, without a fraction",
        lambda theirs, ours: theirs == ours,
    ),
    Intended(
        "state: .*",
        "operation connector: only octi",
        "octi-state reads the state before it changes it, and reads it back after",
    ),
    Intended(
        "state: .*",
        "operation pingConnector: argument pingConnector connectorInfo",
        "it is no run: what the connector last said of itself stays",
        lambda theirs, ours: ours is None,
    ),
    # Works
    Intended(
        "work: (received|expect|report|processed).*",
        "operation isWorkAlive: only octi",
        "the platform answers for a work that is gone as for one that is there; octi asks",
    ),
    Intended(
        "bundle: .*",
        "operation isWorkAlive: only octi",
        "the same, before anything is sent: workers drop what comes for a work that is gone",
    ),
    Intended(
        "work: list",
        "operation works: (selected|names of variables|argument works (after|orderBy|orderMode))",
        "octi follows the pages, in an order that it asks for; pycti reads the first 50",
    ),
    Intended(
        "work: list",
        "order",
        "octi prints the newest first, pycti sorts the oldest first",
        lambda theirs, ours: theirs == ours[::-1],
    ),
    Intended("work: delete", "operation workEdit.delete: names of variables", "the name of a variable has no meaning"),
    # Messages
    Intended(
        "bundle: no_split, work",
        "operation workEdit.addExpectations: argument workEdit addExpectations expectations",
        "the worker reports each object of an unsplit bundle; pycti expects one report, and the work ends too soon",
        lambda theirs, ours: theirs == 1 and ours == 6,
    ),
    Intended(
        "bundle: no_split, event_version",
        "content (as JSON|bytes)",
        "pycti drops the event version when it does not split",
        envelope,
    ),
    Intended(
        "bundle: no_split, white space",
        "content bytes",
        "octi reads any number of inputs in any layout and prints one bundle; pycti sends the text that it was given",
        lambda theirs, ours: json.dumps(json.loads(theirs)) == ours,
    ),
    Intended(
        "bundle: no_split, envelope with more",
        "content (as JSON|bytes)",
        "for the same reason the envelope is octi's own: type, id, spec_version, objects",
        envelope,
    ),
    Intended(
        "bundle: directory, envelope with more",
        "file (bundle (spec_version|x_more)|bytes)",
        "the same in files",
        lambda theirs, ours: MISSING in (theirs, ours) or ours == "2.1" or inner(theirs, ours),
    ),
    Intended(
        "bundle: shared, partly before",
        "content (as JSON|bytes)",
        "pycti makes a set of the organizations, in any order; octi appends those that are missing",
        lambda theirs, ours: json.dumps(granted(theirs)) == json.dumps(granted(ours)),
    ),
    Intended(
        "bundle: directory alone",
        "file (applicant_id|bytes)",
        "octi writes a file without asking the platform, and so does not know whose token it is",
        lambda theirs, ours: ours is None or inner(theirs, ours),
    ),
    Intended(
        "bundle: to the workbench.*",
        "operation uploadPending: argument uploadPending file_markings",
        "no markings is an empty list",
        lambda theirs, ours: theirs is None and ours == [],
    ),
    Intended(
        "bundle: API, (white space|escapes)",
        "operation stixBundlePush: argument stixBundlePush bundle",
        "one bundle, printed; pycti sends the text that it was given",
        lambda theirs, ours: json.dumps(json.loads(theirs)) == ours,
    ),
    Intended(
        "bundle: pycti raises, .*",
        "failed|number of messages",
        "pycti raises an exception where octi goes on: the recursion of Python, a relationship without an end",
    ),
    Intended(
        "no way to the queue",
        "failed",
        "octi publishes with `mandatory`, so that a message that reaches no queue is an error; with pycti it is lost",
        lambda theirs, ours: not theirs and ours,
    ),
]
