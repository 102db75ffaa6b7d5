"""Faults that a test orders: what goes wrong, on which requests, how often."""

import re


class Faults:
    def __init__(self):
        self.list = []

    def add(self, entries):
        for entry in entries:
            self.list.append(dict(entry, seen=0))

    def clear(self):
        self.list = []

    def find(self, path, names):
        """The fault for a request, used up by being found."""
        for fault in self.list:
            match = fault["match"]
            if match not in names and not ("/" in match and re.search(match, path)):
                continue
            fault["seen"] += 1
            skip, times = fault.get("skip", 0), fault.get("times")
            if fault["seen"] > skip and (times is None or fault["seen"] <= skip + times):
                return fault
        return None
