"""Draft workspaces."""

import uuid

import clock
import lists
import users
from refusal import Refusal


class Drafts:
    def __init__(self):
        self.by_id = {}

    def is_open(self, id):
        return id in self.by_id and self.by_id[id]["draft_status"] == "open"

    def check(self, user, headers):
        """Refuses a request whose header names a draft that cannot be worked in."""
        id = headers.get("opencti-draft-id")
        if not id:
            return None
        if user is None:
            raise Refusal("FUNCTIONAL_ERROR", "User cannot be found")
        if id not in self.by_id:
            raise Refusal("DRAFT_LOCKED", "Could not find draft workspace")
        if not self.is_open(id):
            raise Refusal("DRAFT_LOCKED", "Cannot execute request in a draft that is not in an open state")
        return id

    def operations(self):
        return {
            "draftWorkspaceAdd": self.op_add,
            "draftWorkspaceDelete": self.op_delete,
            "draftWorkspaceValidate": self.op_validate,
            "draftWorkspace": lambda call, id: self.by_id.get(id),
            "draftWorkspaces": lambda call, **args: lists.page(list(self.by_id.values()), dict.get, args),
        }

    def op_add(self, call, input):
        id = str(uuid.uuid4())
        self.by_id[id] = {
            "id": id,
            "standard_id": "draftworkspace--" + id,
            "entity_type": "DraftWorkspace",
            "parent_types": ["Basic-Object", "Internal-Object"],
            "representative": {"main": input["name"]},
            "name": input["name"],
            "entity_id": input.get("entity_id"),
            "description": input.get("description"),
            "draft_status": "open",
            "created_at": clock.now(),
            "creators": [users.creator(call.user.id)],
        }
        return self.by_id[id]

    def op_delete(self, call, id):
        if self.by_id.pop(id, None) is None:
            raise Refusal("FUNCTIONAL_ERROR", "Draft workspace %s cannot be found" % id, id=id)
        return id

    def op_validate(self, call, id):
        if not self.is_open(id):
            raise Refusal("DRAFT_LOCKED")
        self.by_id[id]["draft_status"] = "validated"
        return None
