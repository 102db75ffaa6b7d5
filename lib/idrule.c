#include "idrule.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */

#define WAY(name, ...) static const struct idrule_way name = { { __VA_ARGS__, { 0 } } }
#define P(property, how, need) { #property, #property, IDRULE_##how, IDRULE_##need }
#define AS(property, as, how, need) { #property, #as, IDRULE_##how, IDRULE_##need }

/* ---- pycti: generate_id of each entity; python-stix2: the id contributing properties */

WAY(name, P(name, LOWER_STRIP, NEEDED));
WAY(mitre, P(x_mitre_id, LOWER_STRIP, FILLED));
WAY(created_name, P(created, AS_IS, NULL), P(name, LOWER_STRIP, NEEDED));
WAY(external_id, P(external_id, AS_IS, NEEDED), P(source_name, AS_IS, NEEDED));
WAY(url, P(url, AS_IS, NEEDED));
WAY(grouping, P(context, LOWER_STRIP, NEEDED), P(created, AS_IS, OPTIONAL), P(name, LOWER_STRIP, NEEDED));
WAY(identity, P(identity_class, LOWER, NEEDED), P(name, LOWER_STRIP, NEEDED));
WAY(indicator, P(pattern, STRIP, NEEDED));
WAY(kill_chain, P(kill_chain_name, AS_IS, NULL), P(phase_name, AS_IS, NULL));
WAY(label, P(value, AS_IS, NEEDED));
WAY(location, P(name, LOWER_STRIP, NEEDED), P(x_opencti_location_type, AS_IS, NULL));
WAY(position, P(latitude, AS_IS, OPTIONAL), P(longitude, AS_IS, OPTIONAL));
WAY(malware_analysis, P(product, AS_IS, NULL), P(result_name, LOWER_STRIP, NEEDED),
	P(submitted, AS_IS, OPTIONAL));
WAY(marking, P(definition, AS_IS, NEEDED), P(definition_type, AS_IS, NEEDED));
WAY(note, AS(abstract, attribute_abstract, STRIP, NOT_EMPTY), P(content, STRIP, NEEDED),
	P(created, AS_IS, OPTIONAL));
WAY(observed_data, AS(object_refs, objects, AS_IS, NEEDED));
WAY(opinion, P(created, AS_IS, OPTIONAL), P(opinion, STRIP, NEEDED));
WAY(relationship_timed, P(relationship_type, AS_IS, NEEDED), P(source_ref, AS_IS, NEEDED),
	P(start_time, AS_IS, NEEDED), P(stop_time, AS_IS, OPTIONAL), P(target_ref, AS_IS, NEEDED));
WAY(relationship, P(relationship_type, AS_IS, NEEDED), P(source_ref, AS_IS, NEEDED),
	P(target_ref, AS_IS, NEEDED));
WAY(report, P(name, LOWER_STRIP, NEEDED), P(published, AS_IS, NULL));
WAY(coverage, P(covered_ref, LOWER_STRIP, NEEDED));
WAY(coverage_result, P(external_uri, STRIP, OPTIONAL), P(name, LOWER_STRIP, OPTIONAL),
	P(result_of_ref, STRIP, NEEDED));
WAY(sighting_timed, P(first_seen, AS_IS, NEEDED), P(last_seen, AS_IS, OPTIONAL),
	P(sighting_of_ref, AS_IS, NEEDED), P(type, TYPE, NULL), P(where_sighted_refs, AS_IS, NEEDED));
WAY(sighting, P(sighting_of_ref, AS_IS, NEEDED), P(type, TYPE, NULL),
	P(where_sighted_refs, AS_IS, NEEDED));
WAY(threat_actor, P(name, LOWER_STRIP, NEEDED), AS(x_opencti_type, opencti_type, AS_IS, NULL));
WAY(vocabulary, P(category, AS_IS, NULL), P(name, LOWER_STRIP, NEEDED));

WAY(value, P(value, TEXT, OPTIONAL));
WAY(number, P(number, INTEGER, OPTIONAL));
WAY(path, P(path, TEXT, OPTIONAL));
WAY(mutex, P(name, TEXT, OPTIONAL));
WAY(artifact, P(hashes, HASH, OPTIONAL), P(payload_bin, TEXT, OPTIONAL));
WAY(email_message, P(body, TEXT, OPTIONAL), P(from_ref, TEXT, OPTIONAL), P(subject, TEXT, OPTIONAL));
WAY(file, P(extensions, EXTENSIONS, OPTIONAL), P(hashes, HASH, OPTIONAL), P(name, TEXT, OPTIONAL),
	P(parent_directory_ref, TEXT, OPTIONAL));
WAY(network_traffic, P(dst_port, INTEGER, OPTIONAL), P(dst_ref, TEXT, OPTIONAL),
	P(end, SHORT_DATE, OPTIONAL), P(extensions, AS_IS, OPTIONAL), P(protocols, TEXTS, OPTIONAL),
	P(src_port, INTEGER, OPTIONAL), P(src_ref, TEXT, OPTIONAL), P(start, SHORT_DATE, OPTIONAL));
WAY(software, P(cpe, TEXT, OPTIONAL), P(name, TEXT, OPTIONAL), P(swid, TEXT, OPTIONAL),
	P(vendor, TEXT, OPTIONAL), P(version, TEXT, OPTIONAL));
WAY(user_account, P(account_login, TEXT, OPTIONAL), P(account_type, TEXT, OPTIONAL),
	P(user_id, TEXT, OPTIONAL));
WAY(registry_key, P(key, TEXT, OPTIONAL), P(values, AS_IS, OPTIONAL));
WAY(certificate, P(hashes, HASH, OPTIONAL), P(serial_number, TEXT, OPTIONAL));
WAY(card, P(card_number, TEXT, OPTIONAL));
WAY(iban, P(iban, TEXT, OPTIONAL));
WAY(media, P(url, TEXT, OPTIONAL));
WAY(persona, P(persona_name, TEXT, OPTIONAL), P(persona_type, TEXT, OPTIONAL));

/* ---- the platform: what is left empty is as if it were not there */

WAY(name_, P(name, LOWER_TRIM, FILLED));
WAY(mitre_, P(x_mitre_id, LOWER_TRIM, FILLED));
WAY(created_name_, P(created, DATE, NOT_EMPTY), P(name, LOWER_TRIM, FILLED));
WAY(external_id_, P(external_id, TRIM, FILLED), P(source_name, TRIM, FILLED));
WAY(url_, P(url, TRIM, FILLED));
WAY(grouping_, P(context, TRIM, NOT_EMPTY), P(created, DATE, NOT_EMPTY), P(name, LOWER_TRIM, FILLED));
WAY(identity_, P(identity_class, LOWER_TRIM, FILLED), P(name, LOWER_TRIM, FILLED));
WAY(indicator_, P(pattern, TRIM, FILLED));
WAY(kill_chain_, P(kill_chain_name, TRIM, NOT_EMPTY), P(phase_name, TRIM, FILLED));
WAY(label_, P(value, LOWER_TRIM, FILLED));
WAY(location_, P(name, LOWER_TRIM, FILLED), P(x_opencti_location_type, TRIM, FILLED));
WAY(position_, P(latitude, TRIM, NOT_EMPTY), P(longitude, TRIM, NOT_EMPTY));
WAY(malware_analysis_, P(product, TRIM, NOT_EMPTY), P(result_name, TRIM, NOT_EMPTY),
	P(submitted, DATE, NOT_EMPTY));
WAY(marking_, P(definition, UPPER, FILLED), P(definition_type, UPPER, FILLED));
WAY(note_, AS(abstract, attribute_abstract, TRIM, NOT_EMPTY), P(content, TRIM, FILLED),
	P(created, DATE, NOT_EMPTY));
WAY(observed_data_, AS(object_refs, objects, SORTED, FILLED));
WAY(opinion_, P(created, DATE, NOT_EMPTY), P(opinion, TRIM, FILLED));
WAY(relationship_, P(relationship_type, TRIM, FILLED), P(source_ref, AS_IS, FILLED),
	P(start_time, DATE, NOT_EMPTY), P(stop_time, DATE, NOT_EMPTY), P(target_ref, AS_IS, FILLED));
WAY(report_, P(name, LOWER_TRIM, FILLED), P(published, DATE, NOT_EMPTY));
WAY(coverage_, AS(covered_ref, objectCovered, AS_IS, FILLED));
WAY(sighting_, P(first_seen, DATE, NOT_EMPTY), P(last_seen, DATE, NOT_EMPTY),
	P(sighting_of_ref, AS_IS, FILLED), P(type, TYPE, NULL), P(where_sighted_refs, AS_IS, FILLED));
WAY(threat_actor_, P(name, LOWER_TRIM, FILLED), AS(x_opencti_type, opencti_type, TRIM, FILLED));
WAY(vocabulary_, P(category, TRIM, NOT_EMPTY), P(name, LOWER_TRIM, FILLED));

WAY(value_, P(value, TRIM, NOT_EMPTY));
WAY(value_lower_, P(value, LOWER_TRIM, NOT_EMPTY));
WAY(path_, P(path, TRIM, NOT_EMPTY));
WAY(raw_name_, P(name, AS_IS, NOT_EMPTY));
WAY(hashes_, P(hashes, UPPER_HASH, NOT_EMPTY));
WAY(subject_, P(subject, TRIM, FILLED));
WAY(serial_number_, P(serial_number, TRIM, FILLED));
WAY(email_message_, P(body, TRIM, NOT_EMPTY), P(from_ref, AS_IS, NOT_EMPTY), P(subject, TRIM, NOT_EMPTY));
WAY(mime_part_, P(body, TRIM, NOT_EMPTY), P(content_disposition, TRIM, NOT_EMPTY),
	P(content_type, TRIM, NOT_EMPTY));
WAY(network_traffic_, P(dst_port, AS_IS, NOT_EMPTY), P(dst_ref, AS_IS, NOT_EMPTY),
	P(end, DATE, NOT_EMPTY), P(protocols, AS_IS, NOT_EMPTY), P(src_port, AS_IS, NOT_EMPTY),
	P(src_ref, AS_IS, NOT_EMPTY), P(start, DATE, NOT_EMPTY));
WAY(process_, P(command_line, TRIM, FILLED), P(pid, AS_IS, NOT_EMPTY));
WAY(software_, P(cpe, TRIM, NOT_EMPTY), P(name, LOWER, NOT_EMPTY), P(swid, TRIM, NOT_EMPTY),
	P(vendor, TRIM, NOT_EMPTY), P(version, TRIM, NOT_EMPTY));
WAY(user_account_, P(account_login, TRIM, NOT_EMPTY), P(account_type, TRIM, NOT_EMPTY),
	P(user_id, TRIM, NOT_EMPTY));
WAY(registry_key_, AS(key, attribute_key, TRIM, NOT_EMPTY));
WAY(registry_value_, P(data, TRIM, NOT_EMPTY), P(data_type, TRIM, NOT_EMPTY), P(name, AS_IS, NOT_EMPTY));
WAY(card_, P(card_number, TRIM, NOT_EMPTY));
WAY(iban_, P(iban, TRIM, NOT_EMPTY));
WAY(persona_, P(persona_name, TRIM, NOT_EMPTY), P(persona_type, TRIM, NOT_EMPTY));
WAY(fingerprint_, P(fingerprint_sha256, TRIM, FILLED));
WAY(fingerprint_value_, AS(value, fingerprint_sha256, TRIM, NOT_EMPTY)); /* pycti's class has a value */

#undef P
#undef AS
#undef WAY

static const struct idrule rules[] = {
	/* sorted */
	{ "ai-prompt", { &value }, { &value_ } },
	{ "artifact", { &artifact }, { &hashes_, &url_ } },
	{ "attack-pattern", { &mitre, &name }, { &mitre_, &name_ } },
	{ "autonomous-system", { &number }, { &number } },
	{ "bank-account", { &iban }, { &iban_ } },
	{ "campaign", { &name }, { &name_ } },
	{ "case-incident", { &created_name }, { &created_name_ } },
	{ "case-rfi", { &created_name }, { &created_name_ } },
	{ "case-rft", { &created_name }, { &created_name_ } },
	{ "channel", { &name }, { &name_ } },
	{ "course-of-action", { &mitre, &name }, { &mitre_, &name_ } },
	{ "credential", { &value }, { &value_ } },
	{ "cryptocurrency-wallet", { &value }, { &value_ } },
	{ "cryptographic-key", { &value }, { &value_ } },
	{ "data-component", { &name }, { &name_ } },
	{ "data-source", { &name }, { &name_ } },
	{ "directory", { &path }, { &path_ } },
	{ "domain-name", { &value }, { &value_lower_ } },
	{ "email-addr", { &value }, { &value_lower_ } },
	{ "email-message", { &email_message }, { &email_message_ } },
	{ "email-mime-part-type", { NULL }, { &mime_part_ } },
	{ "event", { &name }, { &name_ } },
	{ "external-reference", { &url, &external_id }, { &url_, &external_id_ } },
	{ "feedback", { &name }, { &created_name_ } },
	{ "file", { &file }, { &hashes_, &raw_name_ } },
	{ "grouping", { &grouping }, { &grouping_ } },
	{ "hostname", { &value }, { &value_ } },
	{ "iccid", { &value }, { &value_ } },
	{ "identity", { &identity }, { &identity_ } },
	{ "imei", { &value }, { &value_ } },
	{ "imsi", { &value }, { &value_ } },
	{ "incident", { &created_name }, { &created_name_ } },
	{ "indicator", { &indicator }, { &indicator_ } },
	{ "infrastructure", { &name }, { &name_ } },
	{ "intrusion-set", { &name }, { &name_ } },
	{ "ipv4-addr", { &value }, { &value_ } },
	{ "ipv6-addr", { &value }, { &value_ } },
	{ "kill-chain-phase", { &kill_chain }, { &kill_chain_ } },
	{ "label", { &label }, { &label_ } },
	{ "language", { &name }, { &name_ } },
	{ "location", { &location }, { &location_ } },
	{ "location/Administrative-Area", { &location }, { &name_ } },
	{ "location/Position", { &position, &name }, { &position_, &name_ } },
	{ "mac-addr", { &value }, { &value_ } },
	{ "malware", { &name }, { &name_ } },
	{ "malware-analysis", { &malware_analysis }, { &malware_analysis_ } },
	{ "marking-definition", { &marking }, { &marking_ } },
	{ "media-content", { &media }, { &url_ } },
	{ "mutex", { &mutex }, { &raw_name_ } },
	{ "narrative", { &name }, { &name_ } },
	{ "network-traffic", { &network_traffic }, { &network_traffic_ } },
	{ "note", { &note }, { &note_ } },
	{ "observed-data", { &observed_data }, { &observed_data_ } },
	{ "opinion", { &opinion }, { &opinion_ } },
	{ "payment-card", { &card }, { &card_ } },
	{ "persona", { &persona }, { &persona_ } },
	{ "phone-number", { &value }, { &value_ } },
	{ "process", { NULL }, { &process_ } },
	{ "relationship", { &relationship_timed, &relationship }, { &relationship_ } },
	{ "report", { &report }, { &report_ } },
	{ "security-coverage", { &coverage }, { &coverage_ } },
	{ "security-coverage-result", { &coverage_result }, { &coverage_result } },
	{ "sighting", { &sighting_timed, &sighting }, { &sighting_ } },
	{ "software", { &software }, { &software_ } },
	{ "ssh-key", { &value }, { &fingerprint_, &fingerprint_value_ } },
	{ "task", { &created_name }, { &created_name_ } },
	{ "text", { &value }, { &value_ } },
	{ "threat-actor", { &threat_actor }, { &threat_actor_ } },
	{ "tool", { &name }, { &name_ } },
	{ "tracking-number", { &value }, { &value_ } },
	{ "url", { &value }, { &value_ } },
	{ "user-account", { &user_account }, { &user_account_ } },
	{ "user-agent", { &value }, { &value_ } },
	{ "vocabulary", { &vocabulary }, { &vocabulary_ } },
	{ "vulnerability", { &name }, { &name_ } },
	{ "windows-registry-key", { &registry_key }, { &registry_key_ } },
	{ "windows-registry-value-type", { NULL }, { &registry_value_ } },
	{ "x509-certificate", { &certificate }, { &hashes_, &serial_number_, &subject_ } },
};
/* clang-format on */

struct wanted {
	const char *text;
	size_t len;
};

static int compare(const void *key, const void *rule)
{
	const struct wanted *wanted = key;
	const char *type = ((const struct idrule *)rule)->type;
	int order = strncmp(wanted->text, type, wanted->len);
	return order ? order : -(type[wanted->len] != '\0');
}

const struct idrule *idrule_of(const char *type, size_t len)
{
	struct wanted wanted = { type, len };
	return bsearch(&wanted, rules, sizeof rules / sizeof *rules, sizeof *rules, compare);
}

static bool ways_have(const struct idrule_way *const *ways, const char *property, size_t len)
{
	for (int i = 0; i < IDRULE_WAYS && ways[i]; i++)
		for (const struct idrule_part *part = ways[i]->parts; part->property; part++)
			if (strlen(part->property) == len &&
				!memcmp(part->property, property, len))
				return true;
	return false;
}

bool idrule_has(const struct idrule *rule, const char *property, size_t len)
{
	return ways_have(rule->pycti, property, len) ||
		ways_have(rule->platform, property, len);
}

const struct idrule *idrule_at(size_t n)
{
	return n < sizeof rules / sizeof *rules ? &rules[n] : NULL;
}
