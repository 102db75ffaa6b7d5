/* kind: the entity types of OpenCTI, and which of them an object of STIX becomes. */
#ifndef OCTI_KIND_H
#define OCTI_KIND_H

#include "object.h"

/* Those that relationships are limited to come first, and are fewer than 64: see matrix.h. */
enum kind {
	KIND_ADMINISTRATIVE_AREA,
	KIND_AI_PROMPT,
	KIND_ANY_OBSERVABLE,
	KIND_ARTIFACT,
	KIND_ATTACK_PATTERN,
	KIND_AUTONOMOUS_SYSTEM,
	KIND_BANK_ACCOUNT,
	KIND_CAMPAIGN,
	KIND_CHANNEL,
	KIND_CITY,
	KIND_COUNTRY,
	KIND_COURSE_OF_ACTION,
	KIND_DATA_COMPONENT,
	KIND_DATA_SOURCE,
	KIND_DOMAIN_NAME,
	KIND_EVENT,
	KIND_FILE,
	KIND_GROUPING,
	KIND_HOSTNAME,
	KIND_ICCID,
	KIND_IMEI,
	KIND_IMSI,
	KIND_INCIDENT,
	KIND_INDICATOR,
	KIND_INDIVIDUAL,
	KIND_INFRASTRUCTURE,
	KIND_INTRUSION_SET,
	KIND_IPV4_ADDR,
	KIND_IPV6_ADDR,
	KIND_LANGUAGE,
	KIND_MAC_ADDR,
	KIND_MALWARE,
	KIND_MALWARE_ANALYSIS,
	KIND_MEDIA_CONTENT,
	KIND_NARRATIVE,
	KIND_OBSERVED_DATA,
	KIND_ORGANIZATION,
	KIND_PERSONA,
	KIND_PHONE_NUMBER,
	KIND_POSITION,
	KIND_REGION,
	KIND_SECTOR,
	KIND_SECURITY_COVERAGE,
	KIND_SECURITY_PLATFORM,
	KIND_SOFTWARE,
	KIND_SYSTEM,
	KIND_TARGETS,
	KIND_TEXT,
	KIND_THREAT_ACTOR,
	KIND_THREAT_ACTOR_GROUP,
	KIND_THREAT_ACTOR_INDIVIDUAL,
	KIND_TOOL,
	KIND_URL,
	KIND_USER_ACCOUNT,
	KIND_USES,
	KIND_VULNERABILITY,
	KIND_CASE_INCIDENT,
	KIND_CASE_RFI,
	KIND_CASE_RFT,
	KIND_FEEDBACK,
	KIND_IDENTITY,
	KIND_LOCATION,
	KIND_NOTE,
	KIND_OPINION,
	KIND_REPORT,
	KIND_TASK,
	KIND_CREDENTIAL,
	KIND_CRYPTOCURRENCY_WALLET,
	KIND_CRYPTOGRAPHIC_KEY,
	KIND_DIRECTORY,
	KIND_EMAIL_ADDR,
	KIND_EMAIL_MESSAGE,
	KIND_EMAIL_MIME_PART_TYPE,
	KIND_MUTEX,
	KIND_NETWORK_TRAFFIC,
	KIND_PAYMENT_CARD,
	KIND_PROCESS,
	KIND_SIMPLE_OBSERVABLE,
	KIND_SSH_KEY,
	KIND_TRACKING_NUMBER,
	KIND_USER_AGENT,
	KIND_WINDOWS_REGISTRY_KEY,
	KIND_WINDOWS_REGISTRY_VALUE_TYPE,
	KIND_X509_CERTIFICATE,
	KIND_RELATIONSHIP,
	KIND_SIGHTING,
	KIND_MARKING_DEFINITION,
	KIND_LABEL,
	KIND_VOCABULARY,
	KIND_KILL_CHAIN_PHASE,
	KIND_EXTERNAL_REFERENCE,
	KIND_COUNT,
	KIND_NONE = 255, /* the platform has no such type, or it cannot be told */
};

enum kind_family {
	FAMILY_DOMAIN = 1,
	FAMILY_CONTAINER = 2, /* with FAMILY_DOMAIN: has object_refs */
	FAMILY_OBSERVABLE = 4,
	FAMILY_RELATIONSHIP = 8,
	FAMILY_SIGHTING = 16,
	FAMILY_META = 32, /* markings, labels, ... */
};

/* "Threat-Actor-Group". Static. */
const char *kind_name(enum kind kind);

/* The type in STIX that it comes as: "threat-actor". NULL for KIND_NONE. Static. */
const char *kind_type(enum kind kind);

/* A set of enum kind_family; 0 for KIND_NONE. */
unsigned kind_family(enum kind kind);

/* The kind of a type in STIX, with or without the prefix that the platform exports it with
 * (x-opencti-, x-mitre-); of an identity, a location, a threat actor and a relationship only that
 * it is one. */
enum kind kind_of_type(struct span type);

/* The same of the type in an id. */
enum kind kind_of_id(struct span id);

/*
 * The kind that the platform makes of the object: of an identity by its class, of a location by
 * x_opencti_location_type or by which of city, country and region it has, of a threat actor by its
 * type, of a relationship by what it says (pycti, opencti_identity.py and others).
 */
enum kind kind_of_object(const struct object *object);

/* Whether an object of the kind `whole` may turn out to be of `part`. */
bool kind_can_be(enum kind whole, enum kind part);

/* Whether there are kinds that an object of this kind may turn out to be. */
bool kind_has_parts(enum kind kind);

/* The kind of that name ("StixFile"), KIND_NONE when there is none. */
enum kind kind_named(struct span name);

#endif
