#include "stixid.h"

#include "canonical.h"
#include "date.h"
#include "hashes.h"
#include "idrule.h"
#include "pattern.h"
#include "stix.h"
#include "tlp.h"
#include "uid.h"
#include "unicode.h"

#include <stdlib.h>

enum { GIVEN = 16, MADE = 2 };

/* The properties of an object that its rule names, some of them made from others. */
struct given {
	enum stixid_rules rules;
	struct span object;
	struct property {
		const char *name;
		struct span value; /* empty when it is absent or null */
	} all[GIVEN];
	size_t count;
	struct buf made[MADE]; /* values that the object does not have */
	struct buf text, value;
	struct fail *fail;
};

static struct span of_buf(const struct buf *buf)
{
	return (struct span){ buf_str(buf), buf->len };
}

static struct span static_string(const char *quoted)
{
	return (struct span){ quoted, strlen(quoted) };
}

static bool is_absent(struct span value)
{
	return !value.len || *value.text == 'n';
}

static struct property *property(struct given *given, const char *name)
{
	for (size_t i = 0; i < given->count; i++)
		if (!strcmp(given->all[i].name, name))
			return &given->all[i];
	struct property *added = &given->all[given->count++];
	*added = (struct property){ .name = name };
	return added;
}

static void replace(struct given *given, const char *name, struct span value)
{
	property(given, name)->value = value;
}

/* The value of any property of the object; empty when it is absent or null. */
static struct span look(const struct given *given, const char *path)
{
	struct span found = { 0 };
	if (scan_find(given->object, path, &found) && is_absent(found))
		found = (struct span){ 0 };
	return found;
}

static const struct idrule_way *const *ways_of(
	const struct idrule *rule, enum stixid_rules rules)
{
	return rules == STIXID_PYCTI ? rule->pycti : rule->platform;
}

static void collect(struct given *given, const struct idrule_way *const *ways)
{
	for (int i = 0; i < IDRULE_WAYS && ways[i]; i++)
		for (const struct idrule_part *part = ways[i]->parts; part->property; part++)
			property(given, part->property);
	const char *at = given->object.text + 1;
	struct span key, value;
	while (scan_member(&at, &key, &value)) {
		if (*value.text == 'n')
			value.len = 0;
		for (size_t i = 0; i < given->count; i++)
			if ((key.text[1] == *given->all[i].name || key.text[1] == '\\') &&
				scan_is(key, given->all[i].name))
				given->all[i].value = value;
	}
}

/* ---- what is not hashed as the object has it */

/* As pycti's importer: the type that is said, else the first key that says one. */
static struct span location_type(const struct given *given)
{
	static const struct {
		const char *path, *type;
	} kinds[] = { { "city", "\"City\"" }, { "country", "\"Country\"" },
		{ "region", "\"Region\"" } };
	struct span type = look(given, "x_opencti_location_type");
	if (is_absent(type))
		type = look(given, "extensions." STIX_OPENCTI_EXTENSION ".type");
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && is_absent(type); i++)
		if (!is_absent(look(given, kinds[i].path)))
			type = static_string(kinds[i].type);
	return is_absent(type) ? static_string("\"Position\"") : type;
}

static const struct idrule *location_rule(const struct given *given)
{
	struct span type = given->rules == STIXID_PLATFORM
		? location_type(given)
		: look(given, "x_opencti_location_type");
	const char *name = "location";
	if (!is_absent(type) && scan_is(type, "Position"))
		name = "location/Position";
	else if (!is_absent(type) && scan_is(type, "Administrative-Area"))
		name = "location/Administrative-Area";
	return idrule_of(name, strlen(name));
}

static void derive_location(struct given *given)
{
	static const char *const names[] = { "city", "country", "region" };
	if (given->rules == STIXID_PYCTI)
		return;
	replace(given, "x_opencti_location_type", location_type(given));
	for (int i = 0; i < 3 && is_absent(property(given, "name")->value); i++)
		replace(given, "name", look(given, names[i]));
}

static void derive_threat_actor(struct given *given)
{
	struct span type;
	if (scan_find(given->object, "x_opencti_type", &type))
		return;
	type = look(given, "extensions." STIX_OPENCTI_EXTENSION ".type");
	if (is_absent(type) && given->rules == STIXID_PLATFORM) {
		struct span level = look(given, "resource_level");
		if (!is_absent(level) && scan_is(level, "individual"))
			type = static_string("\"Threat-Actor-Individual\"");
	}
	replace(given, "x_opencti_type",
		is_absent(type) ? static_string("\"Threat-Actor-Group\"") : type);
}

static void derive_attack_pattern(struct given *given)
{
	if (is_absent(property(given, "x_mitre_id")->value))
		replace(given, "x_mitre_id", look(given, "x_opencti_external_id"));
}

static void derive_note(struct given *given)
{
	if (is_absent(property(given, "abstract")->value))
		replace(given, "abstract", look(given, "attribute_abstract"));
}

/* The platform has classes of its own; what is none of them is an organization. */
static void derive_identity(struct given *given)
{
	static const char *const classes[] = { "\"individual\"", "\"class\"", "\"system\"",
		"\"securityplatform\"" };
	if (given->rules == STIXID_PYCTI)
		return;
	struct span class = property(given, "identity_class")->value;
	const char *known = "\"organization\"";
	if (class.len && *class.text == '"' && scan_is_raw(class)) {
		struct span name = unicode_trim(
			(struct span){ class.text + 1, class.len - 2 }, UNICODE_JAVASCRIPT);
		buf_clear(&given->text);
		unicode_lower(&given->text, name.text, name.len);
		for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
			if (scan_equals(static_string(classes[i]), buf_str(&given->text)))
				known = classes[i];
	}
	replace(given, "identity_class", static_string(known));
}

static void derive_indicator(struct given *given)
{
	struct span pattern = property(given, "pattern")->value,
		    type = look(given, "pattern_type");
	if (given->rules == STIXID_PYCTI || is_absent(pattern) || *pattern.text != '"' ||
		!(is_absent(type) || scan_is(type, "stix") || scan_is(type, "STIX")))
		return;
	buf_clear(&given->text);
	scan_decode(pattern, &given->text);
	buf_clear(&given->value);
	pattern_clean(of_buf(&given->text), &given->value);
	canonical_string(&given->made[0], buf_str(&given->value), given->value.len);
	replace(given, "pattern", of_buf(&given->made[0]));
}

/* As pycti's importer: OpenCTI's own properties, else {"tlp": "red"} and TLP:RED as its name, else
 * what the definition has under its type, else what follows the colon in its name. */
static void derive_marking(struct given *given)
{
	struct span type = look(given, "x_opencti_definition_type"),
		    own = look(given, "x_opencti_definition");
	if (!is_absent(type) && !is_absent(own)) {
		replace(given, "definition_type", type);
		replace(given, "definition", own);
		return;
	}
	struct span definition = property(given, "definition")->value,
		    name = look(given, "name");
	type = property(given, "definition_type")->value;
	if (!is_absent(definition) && *definition.text != '{')
		return;
	struct span inner = { 0 };
	if (!is_absent(type) && *type.text == '"' && !is_absent(definition)) {
		buf_clear(&given->text);
		scan_decode(type, &given->text);
		const char *at = definition.text + 1;
		struct span key, value;
		while (scan_member(&at, &key, &value))
			if (scan_is(key, buf_str(&given->text)))
				inner = value;
	}
	bool tlp = !is_absent(type) && scan_is(type, "tlp");
	if (tlp && !is_absent(inner) && *inner.text == '"') {
		buf_clear(&given->text);
		scan_decode(inner, &given->text);
		buf_text(&given->made[0], "\"TLP:");
		unicode_upper(&given->made[0], buf_str(&given->text), given->text.len);
		buf_char(&given->made[0], '"');
		inner = of_buf(&given->made[0]);
		type = static_string("\"TLP\"");
	} else if (is_absent(inner) && !is_absent(name) && *name.text == '"') {
		inner = name;
		const char *colon = memchr(name.text, ':', name.len);
		if (tlp)
			type = static_string("\"TLP\"");
		if (is_absent(type) && colon) {
			buf_add(&given->made[1], name.text, (size_t)(colon - name.text));
			buf_char(&given->made[1], '"');
			type = of_buf(&given->made[1]);
		} else if (is_absent(type)) {
			type = static_string("\"statement\"");
		}
	}
	replace(given, "definition", inner);
	replace(given, "definition_type", type);
}

static void derive(struct given *given, const struct idrule *rule)
{
	static const struct {
		const char *type;
		void (*derive)(struct given *given);
	} special[] = {
		{ "attack-pattern", derive_attack_pattern },
		{ "course-of-action", derive_attack_pattern },
		{ "identity", derive_identity },
		{ "indicator", derive_indicator },
		{ "location", derive_location },
		{ "location/Administrative-Area", derive_location },
		{ "location/Position", derive_location },
		{ "marking-definition", derive_marking },
		{ "note", derive_note },
		{ "threat-actor", derive_threat_actor },
	};
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (!strcmp(rule->type, special[i].type))
			special[i].derive(given);
}

/* ---- one part */

static bool wrong(struct given *given, const struct idrule_part *part, const char *what)
{
	return fail_set(given->fail, FAIL_NO, "its %s is %s", part->property, what);
}

/* Adds the string as the part wants it. */
static bool add_text(struct given *given, const struct idrule_part *part, struct span value)
{
	struct buf *text = &given->text, *to = &given->value;
	enum unicode_space space = part->how == IDRULE_STRIP || part->how == IDRULE_LOWER_STRIP
		? UNICODE_PYTHON
		: UNICODE_JAVASCRIPT;
	struct buf mapped = { 0 };
	buf_clear(text);
	scan_decode(value, text);
	/* An unpaired surrogate is found in the string as it is. */
	if (memchr(buf_str(text), 0xed, text->len) &&
		!canonical_value(&mapped, value, given->fail)) {
		buf_release(&mapped);
		return fail_at(given->fail, "its %s", part->property);
	}
	buf_clear(&mapped);
	struct span result = of_buf(text);
	if (part->how == IDRULE_LOWER || part->how == IDRULE_LOWER_STRIP ||
		part->how == IDRULE_LOWER_TRIM) {
		unicode_lower(&mapped, result.text, result.len);
		result = of_buf(&mapped);
	} else if (part->how == IDRULE_UPPER) {
		unicode_upper(&mapped, result.text, result.len);
		result = of_buf(&mapped);
	}
	if (part->how != IDRULE_LOWER && part->how != IDRULE_UPPER)
		result = unicode_trim(result, space);
	canonical_string(to, result.text, result.len);
	bool ok = buf_ok(&mapped, given->fail);
	buf_release(&mapped);
	return ok;
}

static bool add_date(struct given *given, const struct idrule_part *part, struct span value)
{
	struct date date;
	if (*value.text != '"' || !date_read(&date, value.text + 1, value.len - 2))
		return wrong(given, part, "no date");
	buf_char(&given->value, '"');
	if (part->how == IDRULE_DATE)
		date_print(&date, &given->value);
	else
		date_print_short(&date, &given->value);
	buf_char(&given->value, '"');
	return true;
}

static bool add_hash(struct given *given, const struct idrule_part *part, struct span value)
{
	struct span name, hash;
	if (*value.text != '{')
		return wrong(given, part, "no object");
	buf_char(&given->value, '{');
	if (hashes_choose(value, part->how == IDRULE_UPPER_HASH, &name, &hash)) {
		if (!canonical_value(&given->value, name, given->fail))
			return false;
		buf_char(&given->value, ':');
		if (!canonical_value(&given->value, hash, given->fail))
			return false;
	}
	buf_char(&given->value, '}');
	return true;
}

static int by_text(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);
	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static bool add_sorted(struct given *given, const struct idrule_part *part, struct span value)
{
	if (*value.text != '[')
		return wrong(given, part, "no list");
	size_t count = 0;
	struct span element, *all = NULL;
	for (const char *at = value.text + 1; scan_member(&at, NULL, &element);)
		count++;
	if (count && !(all = malloc(count * sizeof *all)))
		return fail_memory(given->fail);
	size_t n = 0;
	for (const char *at = value.text + 1; scan_member(&at, NULL, &element);)
		all[n++] = element;
	if (n)
		qsort(all, n, sizeof *all, by_text);
	bool ok = true;
	buf_char(&given->value, '[');
	for (size_t i = 0; ok && i < n; i++) {
		if (i)
			buf_char(&given->value, ',');
		ok = canonical_value(&given->value, all[i], given->fail);
	}
	buf_char(&given->value, ']');
	free(all);
	return ok;
}

/* Adds the value as the part wants it. */
static bool add_value(struct given *given, const struct idrule_part *part, struct span value)
{
	bool is_text = *value.text == '"';
	switch (part->how) {
	case IDRULE_STRIP:
	case IDRULE_LOWER:
	case IDRULE_LOWER_STRIP:
	case IDRULE_LOWER_TRIM:
	case IDRULE_UPPER:
		return is_text ? add_text(given, part, value) : wrong(given, part, "no string");
	case IDRULE_TRIM:
		if (is_text)
			return add_text(given, part, value);
		break;
	case IDRULE_DATE:
	case IDRULE_SHORT_DATE:
		return add_date(given, part, value);
	case IDRULE_HASH:
	case IDRULE_UPPER_HASH:
		return add_hash(given, part, value);
	case IDRULE_SORTED:
		return add_sorted(given, part, value);
	case IDRULE_TYPE:
	case IDRULE_AS_IS:
		break;
	}
	return canonical_value(&given->value, value, given->fail) ||
		fail_at(given->fail, "its %s", part->property);
}

static bool is_empty(const struct buf *value)
{
	return value->len == 2 && strchr("\"[{", value->data[0]);
}

/* ---- one way */

enum outcome { WAY_TAKEN, WAY_NOTHING, WAY_MISSING, WAY_WRONG };

/* Adds what is hashed; *missing is the property that the way cannot do without. */
static enum outcome take(struct given *given, const struct idrule *rule,
	const struct idrule_way *way, struct buf *to, const char **missing)
{
	const char *comma = "{";
	buf_clear(to);
	for (const struct idrule_part *part = way->parts; part->property; part++) {
		struct span value = property(given, part->property)->value;
		bool needed = part->need == IDRULE_NEEDED || part->need == IDRULE_FILLED;
		buf_clear(&given->value);
		if (part->how == IDRULE_TYPE)
			buf_format(&given->value, "\"%s\"", rule->type);
		else if (!is_absent(value)) {
			if (!add_value(given, part, value))
				return WAY_WRONG;
		} else if (part->need == IDRULE_NULL)
			buf_text(&given->value, "null");
		bool filled = given->value.len;
		if (filled && is_empty(&given->value))
			filled = part->need == IDRULE_NEEDED || part->need == IDRULE_NULL ||
				(part->need == IDRULE_OPTIONAL && given->value.data[0] == '"');
		if (!filled && needed) {
			*missing = part->property;
			return WAY_MISSING;
		}
		if (!filled)
			continue;
		buf_format(to, "%s\"%s\":", comma, part->as);
		buf_add(to, given->value.data, given->value.len);
		comma = ",";
	}
	buf_char(to, '}');
	return to->len > 1 ? WAY_TAKEN : WAY_NOTHING;
}

/* Adds the string as it is, or in upper case. */
static void add_name(struct buf *to, struct span string, bool upper)
{
	struct buf text = { 0 };
	scan_decode(string, &text);
	if (upper)
		unicode_upper(to, buf_str(&text), text.len);
	else
		buf_add(to, buf_str(&text), text.len);
	buf_release(&text);
}

/* The Traffic Light Protocol has ids of its own; pycti knows it by its names to the letter. */
static const char *tlp_marking(struct given *given)
{
	struct span type = property(given, "definition_type")->value,
		    definition = property(given, "definition")->value;
	bool upper = given->rules == STIXID_PLATFORM;
	if (is_absent(type) || is_absent(definition) || *type.text != '"' ||
		*definition.text != '"')
		return NULL;
	buf_clear(&given->text);
	buf_clear(&given->value);
	add_name(&given->text, type, upper);
	add_name(&given->value, definition, upper);
	const char *name = buf_str(&given->value);
	enum tlp level = tlp_named(name);
	bool known = !strcmp(buf_str(&given->text), "TLP") &&
		(!strcmp(name, tlp_name(level)) || !strcmp(name, "TLP:WHITE"));
	return known ? tlp_id(level) : NULL;
}

static enum stixid_result make(
	struct given *given, const struct idrule *rule, struct buf *to, struct buf *id)
{
	const struct idrule_way *const *ways = ways_of(rule, given->rules);
	const char *missing = NULL;
	enum outcome outcome = WAY_NOTHING;
	const char *known =
		strcmp(rule->type, "marking-definition") ? NULL : tlp_marking(given);
	if (known) {
		buf_text(id, known);
		return buf_ok(id, given->fail) ? STIXID_MADE : STIXID_FAILED;
	}
	for (int i = 0; i < IDRULE_WAYS && ways[i]; i++) {
		outcome = take(given, rule, ways[i], to, &missing);
		if (outcome == WAY_TAKEN || outcome == WAY_WRONG)
			break;
	}
	if (outcome == WAY_WRONG)
		return STIXID_FAILED;
	/* Observables need no id of their contents. */
	if (outcome == WAY_NOTHING ||
		(outcome == WAY_MISSING &&
			stix_family(rule->type, strlen(rule->type)) == STIX_OBSERVABLE))
		return STIXID_RANDOM;
	if (outcome == WAY_MISSING) {
		fail_set(
			given->fail, FAIL_NO, "it has no %s, of which its id is made", missing);
		return STIXID_MISSING;
	}
	for (int i = 0; i < MADE; i++)
		if (!buf_ok(&given->made[i], given->fail))
			return STIXID_FAILED;
	if (!buf_ok(to, given->fail) || !buf_ok(&given->text, given->fail))
		return STIXID_FAILED;
	char uuid[UID_LEN + 1];
	uid_of(to->data, to->len, uuid);
	buf_format(id, "%.*s--%s", (int)strcspn(rule->type, "/"), rule->type, uuid);
	return buf_ok(id, given->fail) ? STIXID_MADE : STIXID_FAILED;
}

/* The rule for a type, also by the names that the platform exports some types under. */
static const struct idrule *rule_of(struct span type)
{
	static const char *const prefixes[] = { "x-opencti-", "x-mitre-" };
	const char *name = type.text + 1;
	size_t len = type.len - 2;
	for (int i = 0; i < 2; i++) {
		size_t n = strlen(prefixes[i]);
		if (len > n && !memcmp(name, prefixes[i], n)) {
			name += n;
			len -= n;
			break;
		}
	}
	return idrule_of(name, len);
}

enum stixid_result stixid_make(
	enum stixid_rules rules, struct span object, struct buf *id, struct fail *fail)
{
	struct given given = { .rules = rules, .object = object, .fail = fail };
	struct span type = look(&given, "type");
	if (is_absent(type) || *type.text != '"') {
		fail_set(fail, FAIL_NO, "it has no type");
		return STIXID_MISSING;
	}
	const struct idrule *rule = rule_of(type);
	if (!rule)
		return STIXID_RANDOM;
	if (!strcmp(rule->type, "location"))
		rule = location_rule(&given);
	struct buf hashed = { 0 };
	collect(&given, ways_of(rule, rules));
	derive(&given, rule);
	enum stixid_result result = make(&given, rule, &hashed, id);
	buf_release(&hashed);
	buf_release(&given.text);
	buf_release(&given.value);
	for (int i = 0; i < MADE; i++)
		buf_release(&given.made[i]);
	return result;
}

bool stixid_rules_named(const char *name, enum stixid_rules *rules)
{
	if (strcmp(name, "pycti") != 0 && strcmp(name, "platform") != 0)
		return false;
	*rules = strcmp(name, "pycti") ? STIXID_PLATFORM : STIXID_PYCTI;
	return true;
}
