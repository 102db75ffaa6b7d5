"""What octi does unlike pycti, on purpose. Whatever else differs is a defect; so is an entry that is seen no more."""

import json
import re

from bundles import DRAFT, EXTENSION
from compare import MISSING, Intended
from jobs import INDICATOR, NOTE


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


def named(objects):
    return sorted(one["id"] for one in objects)


def ended(theirs, ours):
    """The text of an error, or the list of it, with the status after it."""
    if isinstance(theirs, list):
        return len(theirs) == len(ours) == 1 and ended(theirs[0]["message"], ours[0]["message"])
    return ours == theirs + " -- the handler exited with status 1"


def fuller(theirs, ours):
    """A list with more in it."""
    return set(theirs) < set(ours)


def kept_back(theirs, ours):
    """Something less, and of what the entries before cover."""
    return ours == MISSING or set(theirs) > set(theirs) & set(ours) >= set(ours) - {INDICATOR, NOTE}


def outside(theirs, ours):
    """What is told outside of drafts: pycti names the job's, or an empty one."""
    return theirs in (DRAFT, "") and ours == MISSING


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
        "bundle: to the workbench.*|import: .*workbench.*",
        "operation uploadPending: selected",
        "octi hears of a file of its own what it tells of every file that it uploads",
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
    # Jobs
    Intended(
        "enrichment: .*|playbook: .*",
        "operation (stixCyberObservable|malware|tool|stixCoreObject|stixNestedRefRelationships): only pycti",
        "pycti reads the entity in GraphQL, each type in a query of its own, and writes STIX from it",
    ),
    Intended(
        "enrichment: .*",
        "operation stix: only octi",
        "octi asks for the STIX that the platform itself writes, of the entity and what is embedded in it",
    ),
    Intended(
        "enrichment: .*",
        "event stix_entity (extensions|x_opencti_id|x_opencti_type|revoked)",
        "the same: the platform puts what is its own in an extension, pycti in members, with what is not set",
        lambda theirs, ours: MISSING in (theirs, ours),
    ),
    Intended(
        "enrichment: .*",
        "event stix_objects",
        "the same; the entity comes first, then all that it refers to, with the organizations that it is shared with",
        lambda theirs, ours: set(named(theirs)) <= set(named(ours)),
    ),
    Intended(
        "enrichment: .*|playbook: .*|import: .*|export: .*|analysis: .*",
        "operation connector: only octi",
        "the state that the handler finds, as it is now: others may set it",
    ),
    Intended(
        "enrichment: .*|import: .*|export: .*|analysis: .*",
        "operation isWorkAlive: only octi",
        "the platform answers for a work that is gone as for one that is there; octi asks",
    ),
    Intended(
        "enrichment: .*|import: .*|export: .*|analysis: .*",
        "header opencti-draft-id",
        "a draft that is closed refuses every call; of the work octi tells what it has to tell outside of it",
        outside,
    ),
    Intended(
        "(enrichment|import|export|analysis): fails",
        "work errors|operation workEdit.toProcessed: argument workEdit toProcessed message",
        "the end of the handler's stderr, and the status that it ended with",
        ended,
    ),
    Intended(
        "enrichment: (not there|of nothing)",
        "work errors|operation workEdit.toProcessed: argument workEdit toProcessed message",
        "octi names the entity",
    ),
    Intended(
        "enrichment: (not there|of nothing)",
        "operation workEdit.toReceived: only octi|work (messages|received_time)",
        "octi says first that the job is received, pycti reads the entity first",
    ),
    Intended(
        "import: .*",
        "event configuration",
        "no configuration is none, not null",
        lambda theirs, ours: theirs is None and ours == MISSING,
    ),
    Intended(
        "playbook: an answer",
        "operation playbookStepExecution: argument playbookStepExecution execution_start",
        "the time in UTC, written with Z",
        lambda theirs, ours: theirs.endswith("+00:00") and ours.endswith("Z"),
    ),
    Intended(
        "playbook: nothing printed",
        "operation playbookStepExecution: only octi",
        "a step that nobody answers ends the playbook; octi answers with what came",
    ),
    Intended(
        "export: list of stix-core-relationship",
        "operation stix(DomainObjects|CoreRelationships)ExportPush: only (pycti|octi)",
        "pycti's export connectors push lists of relationships as lists of domain objects",
    ),
    Intended(
        "export: list of IPv4-Addr",
        "operation stix(DomainObjects|CyberObservables)ExportPush: only (pycti|octi)",
        "and lists of one type of observable",
    ),
    Intended(
        "analysis: .*",
        "operation stixCoreObjectEdit.analysisPush: files",
        "an analysis is JSON; pycti says that it is text",
        lambda theirs, ours: theirs[0]["sha256"] == ours[0]["sha256"] and ours[0]["content_type"] == "application/json",
    ),
    # Exports as STIX: what differs is that octi takes the objects as the platform writes them
    Intended(
        "STIX: .*",
        r"[\w-]+ (extensions|x_opencti_(id|type|negative|color|definition|order)|revoked|count)",
        "the platform puts what is its own in an extension, pycti in members, with what is not set",
        lambda theirs, ours: MISSING in (theirs, ours) and theirs in (MISSING, False, 1) or isinstance(theirs, str),
    ),
    Intended(
        "STIX: .*",
        "marking-definition definition_type",
        "the same: as the platform writes it",
        lambda theirs, ours: theirs == ours.lower(),
    ),
    Intended(
        "STIX: .*",
        "report object_refs",
        "pycti leaves notes, opinions and reports out of what a report holds",
        fuller,
    ),
    Intended(
        "STIX: .*",
        "identity object_marking_refs",
        "pycti writes an author without its markings",
        lambda theirs, ours: theirs == MISSING,
    ),
    Intended(
        "STIX: .* Note, .*|STIX: .*, full",
        "objects",
        "so the markings of authors are there; and the ends of the relationships that a report holds",
        fuller,
    ),
    Intended(
        "STIX: .*, red kept back",
        r"objects|[\w-]+ (created_by_ref|object_refs)",
        "what is kept back is not in the file (pycti: an author), nor named in it; no relationship is without an end",
        kept_back,
    ),
    # Runs
    Intended("run: .*", "operation about: only pycti", "as for a registration"),
    Intended(
        "run: .*",
        "operation registerConnector: argument registerConnector input (version|slug)",
        "as for a registration",
        lambda theirs, ours: theirs is None and ours == MISSING,
    ),
    Intended(
        "run: .*", "operation connector: (name|selected)", "octi asks for the size of the queue, and for nothing else"
    ),
    Intended(
        "run: .*",
        "operation connector: only octi",
        "the state is read when the run begins, before it is stored and after, so that a reset or an edit on the platform"
        " counts; the queue is looked at while sending; pycti knows the state of its registration alone",
    ),
    Intended("run: .*", "operation works: only octi", "works that a killed run left open are closed"),
    Intended(
        "run: .*",
        "operation pingConnector: argument pingConnector connectorInfo queue_threshold",
        "the number as it is configured, without a fraction",
        lambda theirs, ours: theirs == ours,
    ),
    Intended(
        "run: .*",
        "operation pingConnector: only (pycti|octi)",
        "octi stores the state at once, and pings at the end; pycti pings twice at the end",
    ),
    Intended(
        "run: (the first|another)",
        "operation workAdd: argument workAdd isMultiPartWork",
        "a work ends when it is closed, not when the workers are faster than the sender",
        lambda theirs, ours: not theirs and ours,
    ),
    Intended(
        "run: (the first|another)",
        "operation workEdit.toReceived: only octi|work messages",
        "the work says which process is to close it, for the case that it is killed",
        lambda theirs, ours: theirs == MISSING or theirs == ours[1:],
    ),
    Intended("run: (the first|another)", "operation isWorkAlive: only octi", "a work that is gone is told"),
    Intended(
        "run: (nothing new|fails)",
        "operation workAdd: only pycti|operation workEdit.toProcessed: only pycti|number of works",
        "octi opens a work for what is there to send; pycti's template opens it first, and leaves it open when it fails",
    ),
    Intended(
        "run: the queue is full",
        "info|operation pingConnector: argument pingConnector connectorInfo last_run_datetime",
        "a run that was skipped is none",
        lambda theirs, ours: ours is None or ours == dict(theirs, last_run_datetime=None),
    ),
]
