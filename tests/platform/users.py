"""Users, their tokens and their capabilities."""

import dataclasses

CONNECTOR_ROLE = """
    CONNECTORAPI MODULES MODULES_MODMANAGE KNOWLEDGE KNOWLEDGE_KNPARTICIPATE KNOWLEDGE_KNUPDATE
    KNOWLEDGE_KNUPDATE_KNDELETE KNOWLEDGE_KNUPDATE_KNMERGE KNOWLEDGE_KNUPLOAD KNOWLEDGE_KNASKIMPORT KNOWLEDGE_KNGETEXPORT
    KNOWLEDGE_KNGETEXPORT_KNASKEXPORT KNOWLEDGE_KNENRICHMENT TAXIIAPI SETTINGS_SETLABELS SETTINGS_SETMARKINGS
    APIACCESS_USETOKEN
""".split()


@dataclasses.dataclass
class User:
    key: str
    id: str
    token: str
    name: str
    capabilities: list

    @property
    def bypass(self):
        return "BYPASS" in self.capabilities

    def may(self, any_of):
        # The platform compares by substring, so KNOWLEDGE is met by KNOWLEDGE_KNUPDATE.
        return self.bypass or not any_of or any(a in held for a in any_of for held in self.capabilities)

    @property
    def email(self):
        return self.key + "@example.org"


USERS = [
    User(
        "admin", "88ec0c6a-13ce-5e39-b486-354fe4a7084f", "0c7a9e2b-7d56-4f0a-9a63-5f0b8b2f1a01", "admin", ["BYPASS"]
    ),
    User(
        "connector",
        "3f1b2c8e-6a07-4c58-8a4e-0d3b7a5c9e02",
        "5b1f6c1e-2f0d-4e0b-b6a5-9c3d7e8f0a02",
        "[C] octi",
        CONNECTOR_ROLE,
    ),
    User(
        "reader",
        "7a90d6f4-1c35-4b7e-9d20-6e8f4b2a1c03",
        "d94e3f70-88a1-4c39-8e57-1b2c3d4e5f03",
        "reader",
        ["KNOWLEDGE", "APIACCESS_USETOKEN"],
    ),
    User(
        "analyst",
        "c2d84b1a-9e6f-4a03-b7d5-2f1e0c9b8a04",
        "f00dfeed-4b3a-4d2c-9b1a-0a9b8c7d6e04",
        "analyst",
        ["KNOWLEDGE", "KNOWLEDGE_KNUPDATE", "KNOWLEDGE_KNUPLOAD", "KNOWLEDGE_KNASKIMPORT", "APIACCESS_USETOKEN"],
    ),
]
BY_TOKEN = {user.token: user for user in USERS}
BY_ID = {user.id: user for user in USERS}
PREFIX = "Bearer "


def authenticate(headers):
    """The user a request acts for, or None: a wrong token is an anonymous request, not an error."""
    value = headers.get("Authorization", "")
    user = BY_TOKEN.get(value[len(PREFIX) :]) if value.startswith(PREFIX) else None
    if user is None:
        return None
    if headers.get("synchronized-upsert") == "true" and not user.bypass:
        return None
    applicant = headers.get("opencti-applicant-id")
    if applicant and user.bypass:
        return BY_ID.get(applicant)
    return user


def creator(user_id):
    user = BY_ID.get(user_id)
    if user is None:
        return None
    return {"id": user.id, "name": user.name, "entity_type": "User", "representative": {"main": user.name}}


def internal(user):
    return {
        "id": user.id,
        "standard_id": "user--" + user.id,
        "entity_type": "User",
        "parent_types": ["Basic-Object", "Internal-Object"],
        "representative": {"main": user.name},
        "name": user.name,
        "user_email": user.email,
        "account_status": "Active",
        "api_token": user.token,
        "api_tokens": [],
        "user_service_account": user.key == "connector",
        "created_at": "2024-01-01T00:00:00.000Z",
        "updated_at": "2024-01-01T00:00:00.000Z",
        "capabilities": [
            {
                "id": name,
                "standard_id": "capability--" + user.id,
                "entity_type": "Capability",
                "parent_types": ["Basic-Object", "Internal-Object"],
                "representative": {"main": name},
                "name": name,
                "created_at": "2024-01-01T00:00:00.000Z",
                "updated_at": "2024-01-01T00:00:00.000Z",
            }
            for name in user.capabilities
        ],
        "capabilitiesInDraft": [],
        "allowed_marking": [],
        "max_shareable_marking": [],
        "effective_confidence_level": {"max_confidence": 100},
        "user_confidence_level": {"max_confidence": 100},
    }


def tokens():
    out = {user.key: user.token for user in USERS}
    out["users"] = {user.key: user.id for user in USERS}
    return out
