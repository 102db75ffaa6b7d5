#include "kind.h"

static const struct {
	struct span type; /* empty for what is a part of another */
	const char *name;
	unsigned family;
	enum kind whole; /* what it comes as: itself, or what has it as a part */
} kinds[KIND_COUNT] = {
	/* clang-format off */
	[KIND_ADMINISTRATIVE_AREA] = { { NULL, 0 }, "Administrative-Area", FAMILY_DOMAIN, KIND_LOCATION },
	[KIND_AI_PROMPT] = { TEXT("ai-prompt"), "AI-Prompt", FAMILY_OBSERVABLE, KIND_AI_PROMPT },
	[KIND_ANY_OBSERVABLE] = { { NULL, 0 }, "Stix-Cyber-Observable", 0, KIND_ANY_OBSERVABLE },
	[KIND_ARTIFACT] = { TEXT("artifact"), "Artifact", FAMILY_OBSERVABLE, KIND_ARTIFACT },
	[KIND_ATTACK_PATTERN] = { TEXT("attack-pattern"), "Attack-Pattern", FAMILY_DOMAIN, KIND_ATTACK_PATTERN },
	[KIND_AUTONOMOUS_SYSTEM] = { TEXT("autonomous-system"), "Autonomous-System", FAMILY_OBSERVABLE, KIND_AUTONOMOUS_SYSTEM },
	[KIND_BANK_ACCOUNT] = { TEXT("bank-account"), "Bank-Account", FAMILY_OBSERVABLE, KIND_BANK_ACCOUNT },
	[KIND_CAMPAIGN] = { TEXT("campaign"), "Campaign", FAMILY_DOMAIN, KIND_CAMPAIGN },
	[KIND_CHANNEL] = { TEXT("channel"), "Channel", FAMILY_DOMAIN, KIND_CHANNEL },
	[KIND_CITY] = { { NULL, 0 }, "City", FAMILY_DOMAIN, KIND_LOCATION },
	[KIND_COUNTRY] = { { NULL, 0 }, "Country", FAMILY_DOMAIN, KIND_LOCATION },
	[KIND_COURSE_OF_ACTION] = { TEXT("course-of-action"), "Course-Of-Action", FAMILY_DOMAIN, KIND_COURSE_OF_ACTION },
	[KIND_DATA_COMPONENT] = { TEXT("data-component"), "Data-Component", FAMILY_DOMAIN, KIND_DATA_COMPONENT },
	[KIND_DATA_SOURCE] = { TEXT("data-source"), "Data-Source", FAMILY_DOMAIN, KIND_DATA_SOURCE },
	[KIND_DOMAIN_NAME] = { TEXT("domain-name"), "Domain-Name", FAMILY_OBSERVABLE, KIND_DOMAIN_NAME },
	[KIND_EVENT] = { TEXT("event"), "Event", FAMILY_DOMAIN, KIND_EVENT },
	[KIND_FILE] = { TEXT("file"), "StixFile", FAMILY_OBSERVABLE, KIND_FILE },
	[KIND_GROUPING] = { TEXT("grouping"), "Grouping", FAMILY_DOMAIN | FAMILY_CONTAINER, KIND_GROUPING },
	[KIND_HOSTNAME] = { TEXT("hostname"), "Hostname", FAMILY_OBSERVABLE, KIND_HOSTNAME },
	[KIND_ICCID] = { TEXT("iccid"), "ICCID", FAMILY_OBSERVABLE, KIND_ICCID },
	[KIND_IMEI] = { TEXT("imei"), "IMEI", FAMILY_OBSERVABLE, KIND_IMEI },
	[KIND_IMSI] = { TEXT("imsi"), "IMSI", FAMILY_OBSERVABLE, KIND_IMSI },
	[KIND_INCIDENT] = { TEXT("incident"), "Incident", FAMILY_DOMAIN, KIND_INCIDENT },
	[KIND_INDICATOR] = { TEXT("indicator"), "Indicator", FAMILY_DOMAIN, KIND_INDICATOR },
	[KIND_INDIVIDUAL] = { { NULL, 0 }, "Individual", FAMILY_DOMAIN, KIND_IDENTITY },
	[KIND_INFRASTRUCTURE] = { TEXT("infrastructure"), "Infrastructure", FAMILY_DOMAIN, KIND_INFRASTRUCTURE },
	[KIND_INTRUSION_SET] = { TEXT("intrusion-set"), "Intrusion-Set", FAMILY_DOMAIN, KIND_INTRUSION_SET },
	[KIND_IPV4_ADDR] = { TEXT("ipv4-addr"), "IPv4-Addr", FAMILY_OBSERVABLE, KIND_IPV4_ADDR },
	[KIND_IPV6_ADDR] = { TEXT("ipv6-addr"), "IPv6-Addr", FAMILY_OBSERVABLE, KIND_IPV6_ADDR },
	[KIND_LANGUAGE] = { TEXT("language"), "Language", FAMILY_DOMAIN, KIND_LANGUAGE },
	[KIND_MAC_ADDR] = { TEXT("mac-addr"), "Mac-Addr", FAMILY_OBSERVABLE, KIND_MAC_ADDR },
	[KIND_MALWARE] = { TEXT("malware"), "Malware", FAMILY_DOMAIN, KIND_MALWARE },
	[KIND_MALWARE_ANALYSIS] = { TEXT("malware-analysis"), "Malware-Analysis", FAMILY_DOMAIN, KIND_MALWARE_ANALYSIS },
	[KIND_MEDIA_CONTENT] = { TEXT("media-content"), "Media-Content", FAMILY_OBSERVABLE, KIND_MEDIA_CONTENT },
	[KIND_NARRATIVE] = { TEXT("narrative"), "Narrative", FAMILY_DOMAIN, KIND_NARRATIVE },
	[KIND_OBSERVED_DATA] = { TEXT("observed-data"), "Observed-Data", FAMILY_DOMAIN | FAMILY_CONTAINER, KIND_OBSERVED_DATA },
	[KIND_ORGANIZATION] = { { NULL, 0 }, "Organization", FAMILY_DOMAIN, KIND_IDENTITY },
	[KIND_PERSONA] = { TEXT("persona"), "Persona", FAMILY_OBSERVABLE, KIND_PERSONA },
	[KIND_PHONE_NUMBER] = { TEXT("phone-number"), "Phone-Number", FAMILY_OBSERVABLE, KIND_PHONE_NUMBER },
	[KIND_POSITION] = { { NULL, 0 }, "Position", FAMILY_DOMAIN, KIND_LOCATION },
	[KIND_REGION] = { { NULL, 0 }, "Region", FAMILY_DOMAIN, KIND_LOCATION },
	[KIND_SECTOR] = { { NULL, 0 }, "Sector", FAMILY_DOMAIN, KIND_IDENTITY },
	[KIND_SECURITY_COVERAGE] = { TEXT("security-coverage"), "Security-Coverage", FAMILY_DOMAIN, KIND_SECURITY_COVERAGE },
	[KIND_SECURITY_PLATFORM] = { { NULL, 0 }, "SecurityPlatform", FAMILY_DOMAIN, KIND_IDENTITY },
	[KIND_SOFTWARE] = { TEXT("software"), "Software", FAMILY_OBSERVABLE, KIND_SOFTWARE },
	[KIND_SYSTEM] = { { NULL, 0 }, "System", FAMILY_DOMAIN, KIND_IDENTITY },
	[KIND_TARGETS] = { { NULL, 0 }, "targets", FAMILY_RELATIONSHIP, KIND_RELATIONSHIP },
	[KIND_TEXT] = { TEXT("text"), "Text", FAMILY_OBSERVABLE, KIND_TEXT },
	[KIND_THREAT_ACTOR] = { TEXT("threat-actor"), "Threat-Actor", FAMILY_DOMAIN, KIND_THREAT_ACTOR },
	[KIND_THREAT_ACTOR_GROUP] = { { NULL, 0 }, "Threat-Actor-Group", FAMILY_DOMAIN, KIND_THREAT_ACTOR },
	[KIND_THREAT_ACTOR_INDIVIDUAL] = { { NULL, 0 }, "Threat-Actor-Individual", FAMILY_DOMAIN, KIND_THREAT_ACTOR },
	[KIND_TOOL] = { TEXT("tool"), "Tool", FAMILY_DOMAIN, KIND_TOOL },
	[KIND_URL] = { TEXT("url"), "Url", FAMILY_OBSERVABLE, KIND_URL },
	[KIND_USER_ACCOUNT] = { TEXT("user-account"), "User-Account", FAMILY_OBSERVABLE, KIND_USER_ACCOUNT },
	[KIND_USES] = { { NULL, 0 }, "uses", FAMILY_RELATIONSHIP, KIND_RELATIONSHIP },
	[KIND_VULNERABILITY] = { TEXT("vulnerability"), "Vulnerability", FAMILY_DOMAIN, KIND_VULNERABILITY },
	[KIND_CASE_INCIDENT] = { TEXT("case-incident"), "Case-Incident", FAMILY_DOMAIN | FAMILY_CONTAINER, KIND_CASE_INCIDENT },
	[KIND_CASE_RFI] = { TEXT("case-rfi"), "Case-Rfi", FAMILY_DOMAIN | FAMILY_CONTAINER, KIND_CASE_RFI },
	[KIND_CASE_RFT] = { TEXT("case-rft"), "Case-Rft", FAMILY_DOMAIN | FAMILY_CONTAINER, KIND_CASE_RFT },
	[KIND_FEEDBACK] = { TEXT("feedback"), "Feedback", FAMILY_DOMAIN | FAMILY_CONTAINER, KIND_FEEDBACK },
	[KIND_IDENTITY] = { TEXT("identity"), "Identity", FAMILY_DOMAIN, KIND_IDENTITY },
	[KIND_LOCATION] = { TEXT("location"), "Location", FAMILY_DOMAIN, KIND_LOCATION },
	[KIND_NOTE] = { TEXT("note"), "Note", FAMILY_DOMAIN | FAMILY_CONTAINER, KIND_NOTE },
	[KIND_OPINION] = { TEXT("opinion"), "Opinion", FAMILY_DOMAIN | FAMILY_CONTAINER, KIND_OPINION },
	[KIND_REPORT] = { TEXT("report"), "Report", FAMILY_DOMAIN | FAMILY_CONTAINER, KIND_REPORT },
	[KIND_TASK] = { TEXT("task"), "Task", FAMILY_DOMAIN | FAMILY_CONTAINER, KIND_TASK },
	[KIND_CREDENTIAL] = { TEXT("credential"), "Credential", FAMILY_OBSERVABLE, KIND_CREDENTIAL },
	[KIND_CRYPTOCURRENCY_WALLET] = { TEXT("cryptocurrency-wallet"), "Cryptocurrency-Wallet", FAMILY_OBSERVABLE, KIND_CRYPTOCURRENCY_WALLET },
	[KIND_CRYPTOGRAPHIC_KEY] = { TEXT("cryptographic-key"), "Cryptographic-Key", FAMILY_OBSERVABLE, KIND_CRYPTOGRAPHIC_KEY },
	[KIND_DIRECTORY] = { TEXT("directory"), "Directory", FAMILY_OBSERVABLE, KIND_DIRECTORY },
	[KIND_EMAIL_ADDR] = { TEXT("email-addr"), "Email-Addr", FAMILY_OBSERVABLE, KIND_EMAIL_ADDR },
	[KIND_EMAIL_MESSAGE] = { TEXT("email-message"), "Email-Message", FAMILY_OBSERVABLE, KIND_EMAIL_MESSAGE },
	[KIND_EMAIL_MIME_PART_TYPE] = { TEXT("email-mime-part-type"), "Email-Mime-Part-Type", FAMILY_OBSERVABLE, KIND_EMAIL_MIME_PART_TYPE },
	[KIND_MUTEX] = { TEXT("mutex"), "Mutex", FAMILY_OBSERVABLE, KIND_MUTEX },
	[KIND_NETWORK_TRAFFIC] = { TEXT("network-traffic"), "Network-Traffic", FAMILY_OBSERVABLE, KIND_NETWORK_TRAFFIC },
	[KIND_PAYMENT_CARD] = { TEXT("payment-card"), "Payment-Card", FAMILY_OBSERVABLE, KIND_PAYMENT_CARD },
	[KIND_PROCESS] = { TEXT("process"), "Process", FAMILY_OBSERVABLE, KIND_PROCESS },
	[KIND_SIMPLE_OBSERVABLE] = { TEXT("simple-observable"), "Simple-Observable", FAMILY_OBSERVABLE, KIND_SIMPLE_OBSERVABLE },
	[KIND_SSH_KEY] = { TEXT("ssh-key"), "SSH-Key", FAMILY_OBSERVABLE, KIND_SSH_KEY },
	[KIND_TRACKING_NUMBER] = { TEXT("tracking-number"), "Tracking-Number", FAMILY_OBSERVABLE, KIND_TRACKING_NUMBER },
	[KIND_USER_AGENT] = { TEXT("user-agent"), "User-Agent", FAMILY_OBSERVABLE, KIND_USER_AGENT },
	[KIND_WINDOWS_REGISTRY_KEY] = { TEXT("windows-registry-key"), "Windows-Registry-Key", FAMILY_OBSERVABLE, KIND_WINDOWS_REGISTRY_KEY },
	[KIND_WINDOWS_REGISTRY_VALUE_TYPE] = { TEXT("windows-registry-value-type"), "Windows-Registry-Value-Type", FAMILY_OBSERVABLE, KIND_WINDOWS_REGISTRY_VALUE_TYPE },
	[KIND_X509_CERTIFICATE] = { TEXT("x509-certificate"), "X509-Certificate", FAMILY_OBSERVABLE, KIND_X509_CERTIFICATE },
	[KIND_RELATIONSHIP] = { TEXT("relationship"), "relationship", FAMILY_RELATIONSHIP, KIND_RELATIONSHIP },
	[KIND_SIGHTING] = { TEXT("sighting"), "stix-sighting-relationship", FAMILY_SIGHTING, KIND_SIGHTING },
	[KIND_MARKING_DEFINITION] = { TEXT("marking-definition"), "Marking-Definition", FAMILY_META, KIND_MARKING_DEFINITION },
	[KIND_LABEL] = { TEXT("label"), "Label", FAMILY_META, KIND_LABEL },
	[KIND_VOCABULARY] = { TEXT("vocabulary"), "Vocabulary", FAMILY_META, KIND_VOCABULARY },
	[KIND_KILL_CHAIN_PHASE] = { TEXT("kill-chain-phase"), "Kill-Chain-Phase", FAMILY_META, KIND_KILL_CHAIN_PHASE },
	[KIND_EXTERNAL_REFERENCE] = { TEXT("external-reference"), "External-Reference", FAMILY_META, KIND_EXTERNAL_REFERENCE },
	/* clang-format on */
};

const char *kind_name(enum kind kind)
{
	return kind < KIND_COUNT ? kinds[kind].name : "unknown";
}

const char *kind_type(enum kind kind)
{
	return kind < KIND_COUNT ? kinds[kinds[kind].whole].type.text : NULL;
}

unsigned kind_family(enum kind kind)
{
	return kind < KIND_COUNT ? kinds[kind].family : 0;
}

static enum kind find(struct span type)
{
	if (!type.len)
		return KIND_NONE;
	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (text_same(type, kinds[kind].type))
			return (enum kind)kind;
	return KIND_NONE;
}

static struct span without(struct span type, const char *prefix)
{
	size_t n = strlen(prefix);
	return text_begins(type, prefix) ? (struct span){ type.text + n, type.len - n } : type;
}

enum kind kind_of_type(struct span type)
{
	return find(without(without(type, "x-opencti-"), "x-mitre-"));
}

enum kind kind_of_id(struct span id)
{
	for (const char *at = id.text, *end = id.text + id.len; end - at >= 2; at++)
		if (at[0] == '-' && at[1] == '-')
			return kind_of_type((struct span){ id.text, (size_t)(at - id.text) });
	return KIND_NONE;
}

static bool says(const struct object *object, const char *name, const char *text)
{
	struct span value;
	return object_text(object, name, &value) && text_is(value, text);
}

static bool has(const struct object *object, const char *name)
{
	return object_get(object, name) != NULL;
}

static bool in_extension(const struct object *object, const char *path, struct span *text)
{
	const struct span *extensions = object_get(object, "extensions");
	struct span value;
	if (!extensions || !span_find(*extensions, path, &value) || *value.text != '"')
		return false;
	*text = text_inside(value);
	return true;
}

/* pycti 7.260817, opencti_identity.py */
static enum kind of_identity(const struct object *object)
{
	struct span class;
	if (!object_text(object, "identity_class", &class))
		return KIND_ORGANIZATION;
	if (text_is(class, "individual"))
		return KIND_INDIVIDUAL;
	if (text_is(class, "class"))
		return KIND_SECTOR;
	if (text_is(class, "system"))
		return KIND_SYSTEM;
	if (text_is(class, "securityplatform"))
		return KIND_SECURITY_PLATFORM;
	return KIND_ORGANIZATION;
}

/* opencti_location.py */
static enum kind of_location(const struct object *object)
{
	struct span name;
	if (object_text(object, "x_opencti_location_type", &name) ||
		in_extension(object,
			"extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba.type",
			&name)) {
		enum kind kind = kind_named(name);
		return kind_can_be(KIND_LOCATION, kind) ? kind : KIND_LOCATION;
	}
	if (has(object, "city"))
		return KIND_CITY;
	if (has(object, "country"))
		return KIND_COUNTRY;
	return has(object, "region") ? KIND_REGION : KIND_POSITION;
}

/* opencti_threat_actor.py */
static enum kind of_threat_actor(const struct object *object)
{
	struct span name;
	if (object_text(object, "x_opencti_type", &name) ||
		in_extension(object,
			"extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba.type",
			&name))
		return text_is(name, "Threat-Actor-Individual") ? KIND_THREAT_ACTOR_INDIVIDUAL
								: KIND_THREAT_ACTOR_GROUP;
	return says(object, "resource_level", "individual") ? KIND_THREAT_ACTOR_INDIVIDUAL
							    : KIND_THREAT_ACTOR_GROUP;
}

static enum kind of_relationship(const struct object *object)
{
	if (says(object, "relationship_type", "targets"))
		return KIND_TARGETS;
	if (says(object, "relationship_type", "uses"))
		return KIND_USES;
	return KIND_RELATIONSHIP;
}

enum kind kind_of_object(const struct object *object)
{
	enum kind kind = kind_of_type(object->type);
	switch (kind) {
	case KIND_IDENTITY:
		return of_identity(object);
	case KIND_LOCATION:
		return of_location(object);
	case KIND_THREAT_ACTOR:
		return of_threat_actor(object);
	case KIND_RELATIONSHIP:
		return of_relationship(object);
	default:
		return kind;
	}
}

bool kind_can_be(enum kind whole, enum kind part)
{
	return whole == part || (part < KIND_COUNT && kinds[part].whole == whole);
}

bool kind_has_parts(enum kind kind)
{
	return kind == KIND_IDENTITY || kind == KIND_LOCATION || kind == KIND_THREAT_ACTOR ||
		kind == KIND_RELATIONSHIP;
}

enum kind kind_named(struct span name)
{
	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (text_is(name, kinds[kind].name))
			return (enum kind)kind;
	return KIND_NONE;
}
