#include "listing.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* ---- lists ---- */

/* The sorts of elements. toStix is asked without its argument, which 6.7 does not have. */
enum sort { STIX, CONTAINER, ANY, KNOWN, FILE_OF, STREAM, WORK, STATUS };

static const struct selections {
	const char *fields, *old, *id, *stix;
} selections[] = {
	[STIX] = { "id standard_id entity_type representative { main }",
		"id standard_id entity_type", "standard_id", "id toStix" },
	/* the interface of containers lacks toStix, each of its types has it */
	[CONTAINER] = { "id standard_id entity_type representative { main }",
		"id standard_id entity_type", "standard_id",
		"id ... on StixCoreObject { toStix }" },
	[ANY] = { "... on StixObject { id standard_id entity_type representative { main } }"
		  " ... on StixRelationship { id standard_id entity_type representative { main "
		  "} }",
		"... on StixObject { id standard_id entity_type }"
		" ... on StixRelationship { id standard_id entity_type }",
		"... on StixObject { standard_id } ... on StixRelationship { standard_id }",
		"... on StixCoreObject { id toStix } ... on StixRelationship { id toStix }"
		" ... on MarkingDefinition { id toStix } ... on Label { id toStix }" },
	[KNOWN] = { "id standard_id entity_type representative { main }",
		"id standard_id entity_type", "standard_id", NULL },
	[FILE_OF] = { "id entity_type name size lastModified",
		"id entity_type name size lastModified", "id", NULL },
	[STREAM] = { "id name description stream_live stream_public",
		"id name description stream_live stream_public", "id", NULL },
	[WORK] = { "id name status timestamp", "id name status timestamp", "id", NULL },
	[STATUS] = { "id type order", "id type order", "id", NULL },
};

static const struct list {
	const char *name;
	enum sort sort;
} lists[] = {
	{ "administrativeAreas", STIX },
	{ "attackPatterns", STIX },
	{ "campaigns", STIX },
	{ "caseIncidents", STIX },
	{ "caseRfis", STIX },
	{ "caseRfts", STIX },
	{ "cases", STIX },
	{ "channels", STIX },
	{ "cities", STIX },
	{ "containers", CONTAINER },
	{ "countries", STIX },
	{ "coursesOfAction", STIX },
	{ "dataComponents", STIX },
	{ "dataSources", STIX },
	{ "draftWorkspaces", KNOWN },
	{ "events", STIX },
	{ "externalReferences", KNOWN },
	{ "feedbacks", STIX },
	{ "globalSearch", STIX },
	{ "groupings", STIX },
	{ "groups", KNOWN },
	{ "identities", STIX },
	{ "importFiles", FILE_OF },
	{ "incidents", STIX },
	{ "indicators", STIX },
	{ "individuals", STIX },
	{ "infrastructures", STIX },
	{ "intrusionSets", STIX },
	{ "killChainPhases", KNOWN },
	{ "labels", STIX },
	{ "languages", STIX },
	{ "locations", STIX },
	{ "malwareAnalyses", STIX },
	{ "malwares", STIX },
	{ "markingDefinitions", STIX },
	{ "narratives", STIX },
	{ "notes", STIX },
	{ "observedDatas", STIX },
	{ "opinions", STIX },
	{ "organizations", STIX },
	{ "pendingFiles", FILE_OF },
	{ "positions", STIX },
	{ "regions", STIX },
	{ "reports", STIX },
	{ "sectors", STIX },
	{ "securityPlatforms", STIX },
	{ "statuses", STATUS },
	{ "stixCoreObjects", STIX },
	{ "stixCoreRelationships", STIX },
	{ "stixCyberObservables", STIX },
	{ "stixDomainObjects", STIX },
	{ "stixObjectOrStixRelationships", ANY },
	{ "stixSightingRelationships", STIX },
	{ "streamCollections", STREAM },
	{ "systems", STIX },
	{ "tasks", STIX },
	{ "threatActors", STIX },
	{ "threatActorsGroup", STIX },
	{ "threatActorsIndividuals", STIX },
	{ "tools", STIX },
	{ "users", KNOWN },
	{ "vocabularies", KNOWN },
	{ "vulnerabilities", STIX },
	{ "works", WORK },
};

/* ---- types ---- */

static const char observables[] = "stixCyberObservables", domain[] = "stixDomainObjects",
		  identities[] = "identities", locations[] = "locations";

/* A platform's type in lower case is the STIX type, but for those that come twice. */
static const struct type {
	const char *word, *list, *type;
} types[] = {
	{ "administrative-area", locations, "Administrative-Area" },
	{ "ai-prompt", observables, "AI-Prompt" },
	{ "artifact", observables, "Artifact" },
	{ "attack-pattern", "attackPatterns", NULL },
	{ "autonomous-system", observables, "Autonomous-System" },
	{ "bank-account", observables, "Bank-Account" },
	{ "campaign", "campaigns", NULL },
	{ "case", "cases", NULL },
	{ "case-incident", "caseIncidents", NULL },
	{ "case-rfi", "caseRfis", NULL },
	{ "case-rft", "caseRfts", NULL },
	{ "channel", "channels", NULL },
	{ "city", locations, "City" },
	{ "container", "containers", NULL },
	{ "country", locations, "Country" },
	{ "course-of-action", "coursesOfAction", NULL },
	{ "credential", observables, "Credential" },
	{ "cryptocurrency-wallet", observables, "Cryptocurrency-Wallet" },
	{ "cryptographic-key", observables, "Cryptographic-Key" },
	{ "data-component", "dataComponents", NULL },
	{ "data-source", "dataSources", NULL },
	{ "directory", observables, "Directory" },
	{ "domain-name", observables, "Domain-Name" },
	{ "email-addr", observables, "Email-Addr" },
	{ "email-message", observables, "Email-Message" },
	{ "email-mime-part-type", observables, "Email-Mime-Part-Type" },
	{ "event", "events", NULL },
	{ "external-reference", "externalReferences", NULL },
	{ "feedback", "feedbacks", NULL },
	{ "file", observables, "StixFile" },
	{ "grouping", "groupings", NULL },
	{ "hostname", observables, "Hostname" },
	{ "iccid", observables, "ICCID" },
	{ "identity", identities, NULL },
	{ "imei", observables, "IMEI" },
	{ "imsi", observables, "IMSI" },
	{ "incident", "incidents", NULL },
	{ "indicator", "indicators", NULL },
	{ "individual", identities, "Individual" },
	{ "infrastructure", "infrastructures", NULL },
	{ "intrusion-set", "intrusionSets", NULL },
	{ "ipv4-addr", observables, "IPv4-Addr" },
	{ "ipv6-addr", observables, "IPv6-Addr" },
	{ "kill-chain-phase", "killChainPhases", NULL },
	{ "label", "labels", NULL },
	{ "language", "languages", NULL },
	{ "location", locations, NULL },
	{ "mac-addr", observables, "Mac-Addr" },
	{ "malware", "malwares", NULL },
	/* its own list cannot be ordered by a date of the platform */
	{ "malware-analysis", domain, "Malware-Analysis" },
	{ "marking-definition", "markingDefinitions", NULL },
	{ "media-content", observables, "Media-Content" },
	{ "mutex", observables, "Mutex" },
	{ "narrative", "narratives", NULL },
	{ "network-traffic", observables, "Network-Traffic" },
	{ "note", "notes", NULL },
	{ "observed-data", "observedDatas", NULL },
	{ "opinion", "opinions", NULL },
	{ "organization", identities, "Organization" },
	{ "payment-card", observables, "Payment-Card" },
	{ "persona", observables, "Persona" },
	{ "phone-number", observables, "Phone-Number" },
	{ "position", locations, "Position" },
	{ "process", observables, "Process" },
	{ "region", locations, "Region" },
	{ "relationship", "stixCoreRelationships", NULL },
	{ "report", "reports", NULL },
	{ "sector", identities, "Sector" },
	{ "security-coverage", domain, "Security-Coverage" },
	{ "securityplatform", identities, "SecurityPlatform" },
	{ "sighting", "stixSightingRelationships", NULL },
	{ "software", observables, "Software" },
	{ "ssh-key", observables, "SSH-Key" },
	{ "stix-core-object", "stixCoreObjects", NULL },
	{ "stix-core-relationship", "stixCoreRelationships", NULL },
	{ "stix-cyber-observable", observables, NULL },
	{ "stix-domain-object", domain, NULL },
	{ "stix-sighting-relationship", "stixSightingRelationships", NULL },
	{ "stixfile", observables, "StixFile" },
	{ "system", identities, "System" },
	{ "task", "tasks", NULL },
	{ "text", observables, "Text" },
	{ "threat-actor", "threatActors", NULL },
	{ "threat-actor-group", "threatActorsGroup", NULL },
	{ "threat-actor-individual", "threatActorsIndividuals", NULL },
	{ "tool", "tools", NULL },
	{ "tracking-number", observables, "Tracking-Number" },
	{ "url", observables, "Url" },
	{ "user-account", observables, "User-Account" },
	{ "user-agent", observables, "User-Agent" },
	{ "vocabulary", "vocabularies", NULL },
	{ "vulnerability", "vulnerabilities", NULL },
	{ "windows-registry-key", observables, "Windows-Registry-Key" },
	{ "windows-registry-value-type", observables, "Windows-Registry-Value-Type" },
	{ "x-mitre-data-component", "dataComponents", NULL },
	{ "x-mitre-data-source", "dataSources", NULL },
	{ "x-opencti-case-incident", "caseIncidents", NULL },
	{ "x-opencti-case-rfi", "caseRfis", NULL },
	{ "x-opencti-case-rft", "caseRfts", NULL },
	{ "x-opencti-feedback", "feedbacks", NULL },
	{ "x-opencti-task", "tasks", NULL },
	{ "x509-certificate", observables, "X509-Certificate" },
};

static bool find_list(const char *name, struct listing *listing)
{
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		if (strcmp(lists[i].name, name) != 0)
			continue;
		const struct selections *shown = &selections[lists[i].sort];
		*listing = (struct listing){ lists[i].name, NULL, shown->fields, shown->old,
			shown->id, shown->stix };
		return true;
	}
	return false;
}

bool listing_find(const char *word, struct listing *listing)
{
	if (find_list(word, listing))
		return true;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcasecmp(types[i].word, word) != 0 || !find_list(types[i].list, listing))
			continue;
		listing->type = types[i].type;
		return true;
	}
	return false;
}

struct listing listing_any(void)
{
	struct listing listing = { 0 };
	find_list("stixObjectOrStixRelationships", &listing);
	return listing;
}
