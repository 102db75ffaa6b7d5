"""What was asked of the platform, for tests to compare with."""

import time

CEILING = 200000


class Journal:
    def __init__(self):
        self.entries = []
        self.count = 0

    def begin(self, request):
        self.count += 1
        headers = {key.lower(): value for key, value in request.headers.items()}
        if "authorization" in headers:
            headers["authorization"] = headers["authorization"].split(" ", 1)[0] + " ***"
        entry = {
            "number": self.count,
            "time": time.time(),
            "method": request.method,
            "path": request.raw_path,
            "operation": None,
            "fields": [],
            "query": None,
            "variables": None,
            "headers": headers,
            "user": None,
            "files": [],
            "parts": [],
            "status": None,
            "errors": [],
            "fault": False,
        }
        self.entries.append(entry)
        if len(self.entries) > CEILING:
            del self.entries[: CEILING // 10]
        return entry

    def clear(self):
        self.entries = []
