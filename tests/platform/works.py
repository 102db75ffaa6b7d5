"""Works: their counters and when they are complete."""

import datetime

import clock
import lists
import users
from refusal import Refusal

ERRORS_KEPT = 100


class Works:
    def __init__(self, platform):
        self.platform = platform
        self.by_id = {}
        self.last_moment = {}

    def create(self, connector, name, user, received=None, multipart=False, source=None, draft=None):
        moment = datetime.datetime.now(datetime.timezone.utc)
        last = self.last_moment.get(connector["id"])
        if last and clock.text(moment) <= clock.text(last):
            moment = last + datetime.timedelta(milliseconds=1)
        self.last_moment[connector["id"]] = moment
        at = clock.text(moment)
        work = {
            "id": "work_%s_%s" % (connector["id"], at),
            "name": name,
            "user_id": user.id if user else None,
            "connector_id": connector["id"],
            "timestamp": at,
            "updated_at": at,
            "status": "progress" if received else "wait",
            "event_source_id": source,
            "received_time": received,
            "processed_time": None,
            "completed_time": None,
            "completed_number": 0,
            "import_expected_number": 0,
            "import_last_processed": None,
            "messages": [],
            "errors": [],
            "draft_context": draft,
            "is_multipart": multipart,
            "is_processed": False,
            "expected": None,
            "processed": None,
        }
        self.by_id[work["id"]] = work
        return work

    def alive(self, work_id):
        return work_id in self.by_id

    def drop(self, work_id):
        return self.by_id.pop(work_id, None) is not None

    def drop_of(self, connector_id):
        for work_id in [w["id"] for w in self.by_id.values() if w["connector_id"] == connector_id]:
            del self.by_id[work_id]

    def _find(self, work_id):
        """The work; a missing one is no error since release 7."""
        work = self.by_id.get(work_id)
        if work is None and not self.platform.at_least("7"):
            raise TypeError("Cannot read properties of undefined (reading '_index')")
        return work

    @staticmethod
    def _message(at, text, source=None):
        return {"timestamp": at, "message": text, "sequence": None, "source": source}

    @staticmethod
    def _counted(work):
        return (work["processed"] or 0) >= (work["expected"] or 0)

    def expect(self, work_id, number):
        work = self._find(work_id)
        if work:
            if number is None:
                raise TypeError("The increment of a work must be a number")
            work["expected"] = (work["expected"] or 0) + number
            work["import_expected_number"] += number
            work["updated_at"] = clock.now()
        return work_id

    def report(self, work_id, error=None):
        work = self._find(work_id)
        if work is None:
            return work_id
        at = clock.now()
        work["processed"] = (work["processed"] or 0) + 1
        work["import_last_processed"] = work["updated_at"] = at
        if self._counted(work) and (not work["is_multipart"] or work["is_processed"]):
            work["status"] = "complete"
            work["completed_number"] = work["processed"]
            work["completed_time"] = at
        if error and len(work["errors"]) < ERRORS_KEPT:
            work["errors"].append(self._message(at, error.get("error"), error.get("source")))
        return work_id

    def received(self, work_id, message=None):
        work = self._find(work_id)
        if work:
            at = clock.now()
            work["status"], work["received_time"] = "progress", at
            if message:
                work["messages"].append(self._message(at, message))
        return work_id

    def processed(self, work_id, message=None, in_error=False):
        work = self._find(work_id)
        if work is None:
            return work_id
        at = clock.now()
        work["processed_time"] = at
        if self._counted(work):
            number = work["processed"] or 1
            work["status"], work["completed_time"] = "complete", at
            work["completed_number"] = work["import_expected_number"] = number
        elif work["is_multipart"]:
            work["is_processed"] = True
        if message:
            work["errors" if in_error else "messages"].append(self._message(at, message))
        return work_id

    def view(self, work):
        complete = work["status"] == "complete"
        view = dict(work)
        view["user"] = users.creator(work["user_id"])
        view["connector"] = lambda call: self.platform.connectors.view(work["connector_id"])
        view["tracking"] = {
            "import_expected_number": work["import_expected_number"] if complete else work["expected"],
            "import_processed_number": work["completed_number"] if complete else work["processed"],
            "import_last_processed": work["import_last_processed"],
        }
        return view

    def newest(self, connector_id, number):
        mine = [w for w in self.by_id.values() if w["connector_id"] == connector_id]
        return [self.view(w) for w in sorted(mine, key=lambda w: w["timestamp"], reverse=True)[:number]]

    # GraphQL

    def operations(self):
        return {
            "workAdd": self.op_add,
            "workEdit": lambda call, id: Edit(self, call, id),
            "workDelete": self.op_delete,
            "work": lambda call, id: self.view(self.by_id[id]) if id in self.by_id else None,
            "works": self.op_list,
            "isWorkAlive": lambda call, id: self.alive(id),
        }

    def op_add(self, call, connectorId, friendlyName=None, isMultiPartWork=False):
        connector = self.platform.connectors.by_id.get(connectorId)
        if connector is None:
            raise TypeError("Cannot read properties of undefined (reading 'internal_id')")
        work = self.create(connector, friendlyName, call.user, clock.now(), isMultiPartWork is True, connectorId)
        return self.view(work)

    def op_delete(self, call, connectorId):
        if connectorId not in self.platform.connectors.by_id:
            raise Refusal("ALREADY_DELETED_ERROR", connectorId=connectorId)
        self.drop_of(connectorId)
        return True

    def op_list(self, call, **args):
        args.setdefault("orderBy", "timestamp")
        args.setdefault("orderMode", "desc")
        return lists.page([self.view(w) for w in self.by_id.values()], dict.get, args)


class Edit:
    """The sub-fields of workEdit(id)."""

    def __init__(self, works, call, work_id):
        self.works, self.id = works, work_id

    def field(self, name, call, args):
        works, id = self.works, self.id
        if name == "delete":
            if not works.drop(id) and not works.platform.at_least("7"):
                raise Refusal("ALREADY_DELETED_ERROR", id=id)
            return id
        if name == "ping":
            work = works.by_id.get(id)
            if work is None:
                raise TypeError("Cannot read properties of undefined (reading '_index')")
            work["updated_at"] = clock.now()
            return id
        if name == "reportExpectation":
            return works.report(id, args.get("error"))
        if name == "addExpectations":
            return works.expect(id, args.get("expectations"))
        if name == "addDraftContext":
            work = works._find(id)
            if work:
                work["draft_context"] = args.get("draftContext")
            return id
        if name == "toReceived":
            return works.received(id, args.get("message"))
        return works.processed(id, args.get("message"), args.get("inError") or False)
