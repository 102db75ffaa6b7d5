#include "defaults.h"

#include "canonical.h"
#include "hashes.h"
#include "pattern.h"

#define MITRE_EXTENSION "extension-definition--322b8f77-262a-4cb8-a915-1e441e00329b"

/* Values that do not depend on the object. */
static const struct value {
	const char *type, *key, *json;
} values[] = {
	{ "grouping", "context", "\"unspecified\"" },
	{ "identity", "identity_class", "\"organization\"" },
	{ "malware", "is_family", "true" },
	{ "observed-data", "number_observed", "1" },
	{ "report", "report_types", "[\"threat-report\"]" },
};

/* Dates that are those of the creation. */
static const struct {
	const char *type, *key;
} dates[] = {
	{ "observed-data", "first_observed" },
	{ "observed-data", "last_observed" },
	{ "report", "published" },
};

static const struct {
	const char *type, *keys[4];
} required[] = {
	/* clang-format off */
	{ "attack-pattern", { "name" } }, { "campaign", { "name" } }, { "case-incident", { "name" } },
	{ "case-rfi", { "name" } }, { "case-rft", { "name" } }, { "channel", { "name" } },
	{ "course-of-action", { "name" } }, { "data-component", { "name" } },
	{ "data-source", { "name" } }, { "event", { "name" } }, { "feedback", { "name" } },
	{ "grouping", { "name", "context" } }, { "identity", { "name" } },
	{ "incident", { "name" } }, { "indicator", { "pattern", "pattern_type" } },
	{ "infrastructure", { "name" } }, { "intrusion-set", { "name" } },
	{ "language", { "name" } }, { "location", { "name" } }, { "malware", { "name" } },
	{ "malware-analysis", { "product", "result_name" } },
	{ "narrative", { "name" } }, { "note", { "content" } }, { "opinion", { "opinion" } },
	{ "observed-data", { "object_refs" } }, { "report", { "name", "published" } },
	{ "relationship", { "relationship_type", "source_ref", "target_ref" } },
	{ "security-coverage", { "name", "covered_ref" } },
	{ "sighting", { "sighting_of_ref", "where_sighted_refs" } }, { "task", { "name" } },
	{ "threat-actor", { "name" } }, { "tool", { "name" } }, { "vulnerability", { "name" } },
	/* clang-format on */
};

static bool put(struct draft *draft, const char *key, const char *json, struct fail *fail)
{
	return draft_has(draft, key) || draft_set_json(draft, key, json, fail);
}

/* Gives a key a value that is within the draft. */
static bool give(struct draft *draft, const char *key, struct span value, struct fail *fail)
{
	struct buf text = { 0 };
	buf_add(&text, value.text, value.len);
	bool ok = buf_ok(&text, fail) && draft_set_json(draft, key, buf_str(&text), fail);
	buf_release(&text);
	return ok;
}

/* Gives a key the value of another. */
static bool copy(struct draft *draft, const char *key, const char *from, struct fail *fail)
{
	struct span value;
	if (draft_has(draft, key) || !draft_get(draft, from, &value))
		return true;
	return give(draft, key, value, fail);
}

static bool put_date(struct draft *draft, const char *key, const struct date *date,
	void (*print)(const struct date *date, struct buf *to), struct fail *fail)
{
	if (draft_has(draft, key))
		return true;
	struct buf *to = draft_make(draft);
	buf_char(to, '"');
	print(date, to);
	buf_char(to, '"');
	return draft_set(draft, key, fail);
}

static bool put_created(struct draft *draft, const struct date *now, struct fail *fail)
{
	return copy(draft, "created", "modified", fail) &&
		put_date(draft, "created", now, date_print, fail) &&
		copy(draft, "modified", "created", fail);
}

/* The pattern, decoded; false when there is none. */
static bool get_pattern(const struct draft *draft, struct buf *pattern)
{
	struct span value;
	if (!draft_get(draft, "pattern", &value) || *value.text != '"')
		return false;
	span_decode(value, pattern);
	return true;
}

static bool fill_indicator(struct draft *draft, struct fail *fail)
{
	struct buf pattern = { 0 }, name = { 0 };
	struct span type;
	bool ok = true, is_stix = false;
	if (get_pattern(draft, &pattern))
		is_stix = pattern_type((struct span){ buf_str(&pattern), pattern.len }, &type);
	if (is_stix)
		ok = put(draft, "pattern_type", "\"stix\"", fail);
	if (ok && draft_is(draft, "pattern_type", "stix"))
		ok = put(draft, "pattern_version", "\"2.1\"", fail);
	ok = ok && copy(draft, "name", "pattern", fail);
	if (ok && is_stix && !draft_has(draft, "x_opencti_main_observable_type") &&
		stix_observable(type.text, type.len, &name))
		ok = draft_set_text(
			draft, "x_opencti_main_observable_type", buf_str(&name), fail);
	ok = ok && buf_ok(&pattern, fail) && buf_ok(&name, fail);
	buf_release(&pattern);
	buf_release(&name);
	return ok;
}

/* Gives a key the string at a path in the extensions. */
static bool copy_extension(
	struct draft *draft, const char *key, const char *path, struct fail *fail)
{
	struct span extensions, value;
	if (draft_has(draft, key) || !draft_get(draft, "extensions", &extensions) ||
		!span_find(extensions, path, &value) || *value.text != '"')
		return true;
	return give(draft, key, value, fail);
}

/* As pycti's importer sees it, so that the id is that of what it makes. */
static bool fill_location(struct draft *draft, struct fail *fail)
{
	static const struct {
		const char *key, *type;
	} kinds[] = { { "city", "City" }, { "country", "Country" }, { "region", "Region" } };
	enum { KINDS = sizeof kinds / sizeof *kinds };
	bool ok = copy_extension(
		draft, "x_opencti_location_type", STIX_OPENCTI_EXTENSION ".type", fail);
	for (int i = 0; ok && i < KINDS; i++) {
		if (!draft_has(draft, kinds[i].key))
			continue;
		ok = (draft_has(draft, "x_opencti_location_type") ||
			     draft_set_text(
				     draft, "x_opencti_location_type", kinds[i].type, fail)) &&
			copy(draft, "name", kinds[i].key, fail);
	}
	if (!ok || draft_has(draft, "x_opencti_location_type")) {
		for (int i = 0; ok && i < KINDS; i++)
			if (draft_is(draft, "x_opencti_location_type", kinds[i].type))
				ok = copy(draft, kinds[i].key, "name", fail);
		return ok;
	}
	return draft_set_text(draft, "x_opencti_location_type", "Position", fail);
}

/* Whether an external reference of that source has a number of MITRE, as pycti's importer sees it. */
static bool is_mitre(struct span source, bool attack_pattern)
{
	static const char *const sources[] = { "mitre-attack", "mitre-pre-attack",
		"mitre-mobile-attack", "amitt-attack" };
	if (attack_pattern)
		return source.len > 7 && !memcmp(source.text, "\"mitre-", 7);
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		if (span_is(source, sources[i]))
			return true;
	return false;
}

/* The number that MITRE gives it, which is the id's: of its extension, else of the last reference that
 * has one. */
static bool fill_mitre(struct draft *draft, bool attack_pattern, struct fail *fail)
{
	struct span references, reference, source, id, last = { 0 };
	if (attack_pattern && draft_has(draft, "x_opencti_external_id"))
		return true;
	if (!copy_extension(draft, "x_mitre_id", MITRE_EXTENSION ".id", fail))
		return false;
	if (draft_has(draft, "x_mitre_id") ||
		!draft_get(draft, "external_references", &references) ||
		*references.text != '[')
		return true;
	for (const char *at = references.text + 1; span_member(&at, NULL, &reference);)
		if (*reference.text == '{' && span_find(reference, "source_name", &source) &&
			*source.text == '"' && is_mitre(source, attack_pattern) &&
			span_find(reference, "external_id", &id) && *id.text == '"')
			last = id;
	if (!last.len)
		return true;
	struct buf text = { 0 };
	buf_add(&text, last.text, last.len);
	bool ok = buf_ok(&text, fail) &&
		draft_set_json(draft, "x_mitre_id", buf_str(&text), fail);
	buf_release(&text);
	return ok;
}

/* Algorithms under the names that python-stix2 and the platform know. */
static bool fill_hashes(struct draft *draft, struct fail *fail)
{
	static const struct {
		const char *key;
		void (*print)(struct buf *to, struct span value);
	} maps[] = { { "hashes", hashes_print }, { "extensions", hashes_print_extensions } };
	struct buf text = { 0 };
	struct span value;
	bool ok = true;
	for (size_t i = 0; ok && i < sizeof maps / sizeof *maps; i++) {
		if (!draft_get(draft, maps[i].key, &value) || *value.text != '{')
			continue;
		buf_clear(&text);
		maps[i].print(&text, value);
		ok = buf_ok(&text, fail) &&
			draft_set_json(draft, maps[i].key, buf_str(&text), fail);
	}
	if (ok && draft_get(draft, "hashes", &value) && value.len == 2)
		draft_drop(draft, "hashes");
	buf_release(&text);
	return ok;
}

static bool fill_type(struct draft *draft, const char *type, struct fail *fail)
{
	if (!strcmp(type, "indicator"))
		return fill_indicator(draft, fail);
	if (!strcmp(type, "location"))
		return fill_location(draft, fail);
	if (!strcmp(type, "attack-pattern") || !strcmp(type, "course-of-action"))
		return fill_mitre(draft, *type == 'a', fail);
	return true;
}

bool defaults_fill(
	struct draft *draft, enum stix_family family, const char *type, struct fail *fail)
{
	bool ok = put(draft, "spec_version", "\"2.1\"", fail);
	for (size_t i = 0; ok && i < sizeof values / sizeof *values; i++)
		if (!strcmp(type, values[i].type))
			ok = put(draft, values[i].key, values[i].json, fail);
	return ok && fill_type(draft, type, fail) &&
		(family != STIX_OBSERVABLE || fill_hashes(draft, fail));
}

/* An indicator is valid from its creation; python-stix2 writes that date short. */
static bool put_valid_from(struct draft *draft, struct fail *fail)
{
	struct span created;
	struct date date;
	if (!draft_get(draft, "created", &created) || *created.text != '"' ||
		!date_read(&date, created.text + 1, created.len - 2))
		return copy(draft, "valid_from", "created", fail);
	return put_date(draft, "valid_from", &date, date_print_short, fail);
}

bool defaults_date(struct draft *draft, enum stix_family family, const char *type,
	const struct date *now, struct fail *fail)
{
	bool ok = true;
	if (family == STIX_DOMAIN || family == STIX_LINK)
		ok = put_created(draft, now, fail);
	else if (!strcmp(type, "marking-definition"))
		ok = put_date(draft, "created", now, date_print, fail);
	for (size_t i = 0; ok && i < sizeof dates / sizeof *dates; i++)
		if (!strcmp(type, dates[i].type))
			ok = copy(draft, dates[i].key, "created", fail);
	return ok && (strcmp(type, "indicator") || put_valid_from(draft, fail));
}

void defaults_missing(const struct draft *draft, const char *type, struct buf *names)
{
	for (size_t i = 0; i < sizeof required / sizeof *required; i++) {
		if (strcmp(type, required[i].type) != 0)
			continue;
		for (const char *const *key = required[i].keys; *key; key++)
			if (!draft_has(draft, *key)) {
				buf_text(names, names->len ? ", " : "");
				buf_text(names, *key);
			}
	}
}
