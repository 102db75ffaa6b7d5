"""Comparing two traces, and telling the differences that are meant from the others."""

import difflib
import json
import re

MISSING = "(none)"


class Intended:
    """A difference that is meant: where it is found, why, and what it must look like."""

    def __init__(self, cases, where, reason, test=None):
        self.cases, self.where, self.reason, self.test = re.compile(cases), re.compile(where), reason, test
        self.seen = 0

    def covers(self, case, where, theirs, ours):
        return bool(
            self.cases.fullmatch(case)
            and self.where.fullmatch(where)
            and (self.test is None or self.test(theirs, ours))
        )


class Comparison:
    def __init__(self, intended):
        self.intended, self.case, self.checks, self.failures = intended, None, 0, []

    def same(self, where, theirs, ours):
        self.checks += 1
        # 1, 1.0 and true are the same to Python.
        if theirs != ours or json.dumps(theirs, sort_keys=True) != json.dumps(ours, sort_keys=True):
            self.differ(where, theirs, ours)

    def differ(self, where, theirs, ours):
        for one in self.intended:
            if one.covers(self.case, where, theirs, ours):
                one.seen += 1
                return
        self.failures.append((self.case, where, theirs, ours))

    def ok(self, passed, where, theirs=None, ours=None):
        self.checks += 1
        if not passed:
            self.differ(where, theirs, ours)

    def each(self, where, theirs, ours):
        """Two objects, member by member, to any depth."""
        for key in sorted(set(theirs) | set(ours)):
            one, other = theirs.get(key, MISSING), ours.get(key, MISSING)
            if isinstance(one, dict) and isinstance(other, dict):
                self.each("%s %s" % (where, key), one, other)
            else:
                self.same("%s %s" % (where, key), one, other)

    def unused(self, cases):
        return [one for one in self.intended if not one.seen and any(one.cases.fullmatch(name) for name in cases)]

    # Operations

    def operations(self, theirs, ours):
        titles = [[one["title"] for one in side] for side in (theirs, ours)]
        self.checks += 1
        for kind, a, b, c, d in difflib.SequenceMatcher(None, *titles, autojunk=False).get_opcodes():
            if kind == "equal":
                for one, other in zip(theirs[a:b], ours[c:d]):
                    self.operation(one, other)
                continue
            for one in theirs[a:b]:
                self.differ("operation %s: only pycti" % one["title"], one["variables"], MISSING)
            for other in ours[c:d]:
                self.differ("operation %s: only octi" % other["title"], MISSING, other["variables"])

    def operation(self, theirs, ours):
        where = "operation %s:" % theirs["title"]
        for part in ("kind", "name", "selected", "files", "parts", "errors"):
            self.same("%s %s" % (where, part), theirs[part], ours[part])
        self.same(where + " names of variables", *(sorted(one["variables"]) for one in (theirs, ours)))
        self.each(where + " argument", theirs["arguments"], ours["arguments"])
        self.each("header", theirs["headers"], ours["headers"])

    # Messages

    def messages(self, theirs, ours):
        self.same("number of messages", len(theirs), len(ours))
        for one, other in zip(theirs, ours):
            self.message(one, other)

    def message(self, theirs, ours):
        for part in ("exchange", "routing_key"):
            self.same("message " + part, theirs[part], ours[part])
        self.each("property", theirs["properties"], ours["properties"])
        self.each("message field", theirs["fields"], ours["fields"])
        self.same("message bytes around the content", theirs["frame"], ours["frame"])
        self.same("content as JSON", *(json.loads(one["content"]) for one in (theirs, ours)))
        self.same("content bytes", theirs["content"], ours["content"])
