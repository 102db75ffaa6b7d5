"""STIX types: what the platform calls them, and what an import demands of each."""

import re

UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", re.I)

DOMAIN = {
    "attack-pattern": "Attack-Pattern",
    "campaign": "Campaign",
    "case-incident": "Case-Incident",
    "x-opencti-case-incident": "Case-Incident",
    "case-rfi": "Case-Rfi",
    "x-opencti-case-rfi": "Case-Rfi",
    "case-rft": "Case-Rft",
    "x-opencti-case-rft": "Case-Rft",
    "channel": "Channel",
    "course-of-action": "Course-Of-Action",
    "data-component": "Data-Component",
    "x-mitre-data-component": "Data-Component",
    "data-source": "Data-Source",
    "x-mitre-data-source": "Data-Source",
    "event": "Event",
    "feedback": "Feedback",
    "x-opencti-feedback": "Feedback",
    "grouping": "Grouping",
    "identity": "Individual",
    "incident": "Incident",
    "indicator": "Indicator",
    "infrastructure": "Infrastructure",
    "intrusion-set": "Intrusion-Set",
    "language": "Language",
    "location": "Region",
    "malware": "Malware",
    "malware-analysis": "Malware-Analysis",
    "narrative": "Narrative",
    "note": "Note",
    "observed-data": "Observed-Data",
    "opinion": "Opinion",
    "report": "Report",
    "task": "Task",
    "x-opencti-task": "Task",
    "threat-actor": "Threat-Actor-Group",
    "tool": "Tool",
    "vulnerability": "Vulnerability",
    "security-coverage": "Security-Coverage",
}
META = {
    "label": "Label",
    "vocabulary": "Vocabulary",
    "kill-chain-phase": "Kill-Chain-Phase",
    "external-reference": "External-Reference",
    "marking-definition": "Marking-Definition",
}
OBSERVABLE = {
    "autonomous-system": "Autonomous-System",
    "directory": "Directory",
    "domain-name": "Domain-Name",
    "email-addr": "Email-Addr",
    "email-message": "Email-Message",
    "email-mime-part-type": "Email-Mime-Part-Type",
    "artifact": "Artifact",
    "file": "StixFile",
    "x509-certificate": "X509-Certificate",
    "ipv4-addr": "IPv4-Addr",
    "ipv6-addr": "IPv6-Addr",
    "mac-addr": "Mac-Addr",
    "mutex": "Mutex",
    "network-traffic": "Network-Traffic",
    "process": "Process",
    "software": "Software",
    "url": "Url",
    "user-account": "User-Account",
    "windows-registry-key": "Windows-Registry-Key",
    "windows-registry-value-type": "Windows-Registry-Value-Type",
    "hostname": "Hostname",
    "cryptographic-key": "Cryptographic-Key",
    "cryptocurrency-wallet": "Cryptocurrency-Wallet",
    "text": "Text",
    "user-agent": "User-Agent",
    "bank-account": "Bank-Account",
    "phone-number": "Phone-Number",
    "credential": "Credential",
    "tracking-number": "Tracking-Number",
    "payment-card": "Payment-Card",
    "media-content": "Media-Content",
    "simple-observable": "Text",
    "persona": "Persona",
    "ssh-key": "SSH-Key",
    "ai-prompt": "AI-Prompt",
    "imei": "IMEI",
    "iccid": "ICCID",
    "imsi": "IMSI",
}
INTERNAL = set(
    """user group capability role settings notification work trash draftworkspace playbook deleteoperation workspace
    publicdashboard pir""".split()
)
RELATIONSHIP = {"relationship", "sighting"}
SUPPORTED = set(DOMAIN) | set(META) | set(OBSERVABLE) | INTERNAL | RELATIONSHIP

IDENTITY = {
    "individual": "Individual",
    "organization": "Organization",
    "class": "Sector",
    "system": "System",
    "securityplatform": "SecurityPlatform",
    "group": "Organization",
}
GRAPHQL = {
    "Case-Incident": "CaseIncident",
    "Course-Of-Action": "CourseOfAction",
    "IPv4-Addr": "IPv4Addr",
    "relationship": "StixCoreRelationship",
    "sighting": "StixSightingRelationship",
}
CONTAINERS = {"Report", "Grouping", "Note", "Opinion", "Observed-Data", "Task", "Feedback"}

# Objects without one of these are refused, or lost in silence; see Importer.
NAMED = set(
    """attack-pattern campaign case-incident case-rfi case-rft channel course-of-action data-component data-source event
    feedback identity incident infrastructure intrusion-set language malware narrative task threat-actor tool
    vulnerability x-opencti-case-incident x-opencti-case-rfi x-opencti-case-rft x-opencti-task x-opencti-feedback
    x-mitre-data-component x-mitre-data-source""".split()
)
REQUIRED = {
    "report": ["name", "published"],
    "grouping": ["name", "context"],
    "indicator": ["pattern", "pattern_type"],
    "note": ["content"],
    "opinion": ["opinion"],
    "observed-data": ["first_observed", "last_observed"],
    "malware-analysis": ["product", "result_name"],
    "security-coverage": ["name", "covered_ref"],
    "external-reference": ["source_name"],
    "kill-chain-phase": ["kill_chain_name", "phase_name"],
    "vocabulary": ["name", "category"],
    "label": ["value", "color"],
    "ipv4-addr": ["value"],
    "ipv6-addr": ["value"],
    "domain-name": ["value"],
    "url": ["value"],
    "hostname": ["value"],
    "email-addr": ["value"],
    "mac-addr": ["value"],
    "text": ["value"],
    "user-agent": ["value"],
    "autonomous-system": ["number"],
    "directory": ["path"],
    "process": ["command_line"],
    "payment-card": ["card_number"],
    "media-content": ["url"],
}
DATES = """created modified valid_from valid_until first_seen last_seen published start_time stop_time first_observed
    last_observed submitted analysis_started analysis_ended""".split()
TWO_LETTERS = NAMED - {"identity"} | {"report", "grouping"}


def prefix(id):
    return id.split("--", 1)[0]


def supported(id):
    return "--" not in id or prefix(id) in SUPPORTED


def entity_type(stix):
    kind = prefix(stix["id"])
    if kind == "identity":
        return IDENTITY.get(str(stix.get("identity_class", "")).lower(), "Individual")
    if kind == "location":
        declared = stix.get("x_opencti_location_type")
        if declared:
            return declared
        for key, name in (("city", "City"), ("administrative_area", "Administrative-Area"), ("country", "Country")):
            if stix.get(key):
                return name
        return "Region" if stix.get("region") else "Position"
    if kind == "threat-actor" and "individual" in str(stix.get("resource_level", "")).lower():
        return "Threat-Actor-Individual"
    if kind in RELATIONSHIP:
        return "stix-sighting-relationship" if kind == "sighting" else stix.get("relationship_type", kind)
    return DOMAIN.get(kind) or META.get(kind) or OBSERVABLE.get(kind) or kind


def graphql_type(stix):
    kind = prefix(stix["id"])
    if kind in RELATIONSHIP:
        return GRAPHQL[kind]
    return entity_type(stix).replace("-", "")


def parents(stix):
    kind = prefix(stix["id"])
    if kind == "relationship":
        return ["basic-relationship", "stix-relationship", "stix-core-relationship"]
    if kind == "sighting":
        return ["basic-relationship", "stix-relationship"]
    out = ["Basic-Object", "Stix-Object"]
    if kind in META:
        return out + ["Stix-Meta-Object"]
    out.append("Stix-Core-Object")
    if kind in OBSERVABLE:
        return out + ["Stix-Cyber-Observable"]
    out.append("Stix-Domain-Object")
    name = entity_type(stix)
    if kind == "identity":
        out.append("Identity")
    if kind == "location":
        out.append("Location")
    if kind == "threat-actor":
        out.append("Threat-Actor")
    if name in CONTAINERS or name.startswith("Case-"):
        out.append("Container")
    return out
