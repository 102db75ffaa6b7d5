#include "rule.h"

#include "contents.h"
#include "links.h"
#include "naming.h"
#include "need.h"
#include "values.h"

static const struct rule rules[] = {
	/* clang-format off */
	{ "OC001", ERROR, "no id, or one that is not TYPE--UUID", "give it one (octi-stix does)", 0, KIND_NONE, contents_id },
	{ "OC002", ERROR, "no type", "give it its type", 0, KIND_NONE, contents_type },
	{ "OC003", ERROR, "a type that the platform does not have: the object is left out", "use one that it has, or leave it out", 0, KIND_NONE, contents_unknown_type },
	{ "OC004", ERROR, "the type is not that of the id", "make the id of the object's own type", 0, KIND_NONE, contents_other_type },
	{ "OC005", ERROR, "a property is missing that the platform needs", "add it", 0, KIND_NONE, need_property },
	{ "OC006", ERROR, "a text is blank or too short", "write it out", 0, KIND_NONE, need_length },
	{ "OC007", ERROR, "null where the importer walks a list", "leave the property out", 0, KIND_NONE, contents_null },
	{ "OC008", ERROR, "null for a reference of an observable", "leave the property out", FAMILY_OBSERVABLE, KIND_NONE, contents_null_ref },
	{ "OC009", ERROR, "references or labels that are no strings", "write ids, as strings", 0, KIND_NONE, contents_refs },
	{ "OC010", ERROR, "external references or kill chain phases that are no objects", "write objects", 0, KIND_NONE, contents_entries },
	{ "OC011", ERROR, "an external reference without source_name and description", "add source_name", 0, KIND_NONE, contents_source_name },
	{ "OC012", ERROR, "a kill chain phase without both of its names", "add kill_chain_name and phase_name", 0, KIND_NONE, contents_phases },
	{ "OC013", ERROR, "an opencti_operation that the platform does not have", "use one that it has", 0, KIND_NONE, contents_operation },
	{ "OC014", ERROR, "a date that is not RFC 3339 with time and zone", "write it as 2026-01-31T12:00:00.000Z", 0, KIND_NONE, values_date },
	{ "OC015", ERROR, "the end is before the beginning", "correct the dates; valid_until is after valid_from", 0, KIND_NONE, values_order },
	{ "OC016", ERROR, "not an integer of 32 bits", "leave it out when it is larger than 2147483647", 0, KIND_NONE, values_integer },
	{ "OC017", ERROR, "a score or confidence that is no integer from 0 to 100", "scale it", 0, KIND_NONE, values_score },
	{ "OC018", ERROR, "not a value for this type of observable", "correct it, or use another type", FAMILY_OBSERVABLE, KIND_NONE, values_syntax },
	{ "OC019", ERROR, "a hash that is none of its algorithm", "correct it, or leave it out", FAMILY_OBSERVABLE, KIND_NONE, values_hash },
	{ "OC020", ERROR, "a file that nothing identifies", "add MD5, SHA-1, SHA-256, SHA-512 or a name", FAMILY_OBSERVABLE, KIND_FILE, values_file },
	{ "OC021", ERROR, "an artifact without contents, or with two", "give it hashes, and payload_bin or a url", FAMILY_OBSERVABLE, KIND_ARTIFACT, values_artifact },
	{ "OC022", ERROR, "software that nothing identifies", "add a name", FAMILY_OBSERVABLE, KIND_SOFTWARE, values_software },
	{ "OC023", ERROR, "a pattern that is none of STIX", "correct it; keywords are in upper case", FAMILY_DOMAIN, KIND_INDICATOR, values_pattern },
	{ "OC024", ERROR, "a main observable type that the platform does not have", "use a name such as IPv4-Addr or StixFile", FAMILY_DOMAIN, KIND_INDICATOR, values_main_type },
	{ "OC025", ERROR, "a relationship or sighting without its ends", "add the ends, or leave it out", FAMILY_RELATIONSHIP | FAMILY_SIGHTING, KIND_NONE, links_ends },
	{ "OC026", ERROR, "a relationship of an object with itself", "leave it out", FAMILY_RELATIONSHIP, KIND_NONE, links_same_ends },
	{ "OC027", ERROR, "a relationship that the platform does not have", "use related-to", FAMILY_RELATIONSHIP, KIND_NONE, links_unknown },
	{ "OC028", ERROR, "a relationship that is not allowed between the two types", "use one that is, or related-to", FAMILY_RELATIONSHIP, KIND_NONE, links_matrix },
	{ "OC029", ERROR, "an end that is neither sent nor known", "send the object too, or name it with --known", 0, KIND_NONE, NULL },
	{ "OC030", ERROR, "a relationship behind the container that it is in and has as an end: it is lost", "put it before the container, or out of it", 0, KIND_NONE, links_container_first },
	{ "OC031", ERROR, "an author that is no identity", "refer to an identity", 0, KIND_NONE, links_author },
	{ "OC032", ERROR, "a text that is no string: the object is refused", "write it as a string", 0, KIND_NONE, need_string },
	{ "OC101", WARNING, "a reference to an object that is neither sent nor known: dropped after some tries", "send the object too, or name it with --known", 0, KIND_NONE, NULL },
	{ "OC102", WARNING, "an external reference that is dropped: no source_name, or neither url nor external_id", "add them", 0, KIND_NONE, contents_lost_reference },
	{ "OC103", WARNING, "the same url in two external references: the first is kept", "leave one out", 0, KIND_NONE, contents_same_reference },
	{ "OC104", WARNING, "a random id where the contents give one", "octi-stix --rewrite-ids", FAMILY_DOMAIN | FAMILY_OBSERVABLE | FAMILY_RELATIONSHIP | FAMILY_SIGHTING, KIND_NONE, naming_random },
	{ "OC105", WARNING, "an id that is not that of the contents", "octi-stix --rewrite-ids", FAMILY_DOMAIN | FAMILY_OBSERVABLE | FAMILY_RELATIONSHIP | FAMILY_SIGHTING, KIND_NONE, naming_mismatch },
	{ "OC106", WARNING, "an id of UUID version 1, which is never exported again", "octi-stix --rewrite-ids", 0, KIND_NONE, naming_version1 },
	{ "OC107", WARNING, "an id that the platform makes otherwise: dates with .000Z, clean patterns, ends with ids of their contents", "octi-stix --rewrite-ids --ids platform", FAMILY_DOMAIN | FAMILY_OBSERVABLE | FAMILY_RELATIONSHIP | FAMILY_SIGHTING, KIND_NONE, naming_other_rules },
	{ "OC108", WARNING, "upper case that the platform lowers", "write it in lower case, and make the id of that", FAMILY_OBSERVABLE, KIND_NONE, values_upper_case },
	{ "OC109", WARNING, "a name with blanks at its ends, which do not count", "trim it", FAMILY_DOMAIN, KIND_NONE, naming_blank },
	{ "OC110", WARNING, "an alias that is the object's own name: it is dropped", "leave it out", FAMILY_DOMAIN, KIND_NONE, naming_own_alias },
	{ "OC111", WARNING, "an alias that is another object's name: the two are merged", "leave it out", FAMILY_DOMAIN, KIND_NONE, naming_other_alias },
	{ "OC112", WARNING, "a word that the vocabulary does not have: it is added to it, or lost", "use one that it has", 0, KIND_NONE, values_word },
	{ "OC113", WARNING, "several markings of TLP: the highest is kept", "leave one", 0, KIND_NONE, links_markings },
	{ "OC114", WARNING, "a marking definition with the id of TLP that does not say so: it becomes a statement", "add x_opencti_definition_type and x_opencti_definition", FAMILY_META, KIND_MARKING_DEFINITION, links_definition },
	{ "OC115", WARNING, "a marking id of TLP 2.0 that the platform does not have", "use its own for the level", 0, KIND_NONE, links_tlp2 },
	{ "OC116", WARNING, "an indicator without main observable type: many stream connectors pass it over", "add x_opencti_main_observable_type", FAMILY_DOMAIN, KIND_INDICATOR, values_no_main_type },
	{ "OC117", WARNING, "an indicator without valid_until: decay rules set it", "add it when the source has one", FAMILY_DOMAIN, KIND_INDICATOR, values_no_valid_until },
	{ "OC118", WARNING, "an indicator without score: it gets 50", "add x_opencti_score", FAMILY_DOMAIN, KIND_INDICATOR, values_no_score },
	{ "OC119", WARNING, "a valid_until in the past: the indicator is revoked at once", "leave it out, or do not send the indicator", FAMILY_DOMAIN, KIND_INDICATOR, values_past },
	{ "OC120", WARNING, "markup that the platform changes", "write Markdown, and files as x_opencti_files", 0, KIND_NONE, values_markup },
	{ "OC121", WARNING, "an indicator to be made of an observable: named after its value, and its failures are only logged", "send the indicator too", FAMILY_OBSERVABLE, KIND_NONE, values_create_indicator },
	{ "OC122", WARNING, "a relationship without times and a reference with a date, which becomes its time", "add start_time and stop_time", FAMILY_RELATIONSHIP, KIND_NONE, links_no_times },
	{ "OC123", WARNING, "observed data with objects of its own, whose references are lost", "use object_refs", FAMILY_DOMAIN, KIND_OBSERVED_DATA, contents_old_objects },
	{ "OC124", WARNING, "a container behind a relationship that it holds and is an end of: it loses the reference", "put it out of the container", 0, KIND_NONE, links_relationship_first },
	{ "OC125", WARNING, "more references than the platform's objects_max_refs (--max-refs): the object is rejected", "split it, or send references as updates", 0, KIND_NONE, contents_many_refs },
	{ "OC126", WARNING, "a confidence above that of the user (--max-confidence): it is cut", "lower it", 0, KIND_NONE, values_confidence },
	{ "OC127", WARNING, "a hash whose algorithm is spelled otherwise: it identifies nothing", "write MD5, SHA-1, SHA-256, SHA-512", FAMILY_OBSERVABLE, KIND_NONE, values_hash_name },
	{ "OC128", WARNING, "an attached file without data, or not in plain base64: it is ignored", "add data, without line breaks", 0, KIND_NONE, contents_files },
	{ "OC129", WARNING, "a pattern that the platform writes otherwise", "write it as the platform does", FAMILY_DOMAIN, KIND_INDICATOR, values_pattern_form },
	{ "OC130", WARNING, "an inferred object, which the worker ignores", "leave it out", 0, KIND_NONE, contents_inferred },
	{ "OC131", WARNING, "a command and not data: opencti_operation", "make sure that it is meant", 0, KIND_NONE, contents_command },
	{ "OC132", WARNING, "a reference to a type that the platform does not have: it is dropped", "leave it out", 0, KIND_NONE, links_unknown_type },
	/* clang-format on */
};

enum { RULES = sizeof rules / sizeof *rules };
_Static_assert((int)RULES <= (int)EXAM_RULES, "more rules than fit");

const struct rule *rule_all(void)
{
	return rules;
}

size_t rule_count(void)
{
	return RULES;
}

const struct rule *rule_of(const char *code)
{
	for (size_t i = 0; i < RULES; i++)
		if (!strcmp(rules[i].code, code))
			return &rules[i];
	return NULL;
}

bool rule_ignore(const char *codes, bool ignored[EXAM_RULES], const char **unknown)
{
	for (const char *at = codes; *at;) {
		size_t n = strcspn(at, ","), i = 0;
		while (i < RULES &&
			(strlen(rules[i].code) != n || memcmp(rules[i].code, at, n)))
			i++;
		*unknown = at;
		if (i == RULES)
			return false;
		ignored[i] = true;
		at += n + (at[n] == ',');
	}
	return true;
}
