#include "given.h"

#include "canonical.h"
#include "pattern.h"
#include "stix.h"
#include "unicode.h"

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

static struct given_property *property(struct given *given, const char *name)
{
	for (size_t i = 0; i < given->count; i++)
		if (!strcmp(given->all[i].name, name))
			return &given->all[i];
	struct given_property *added = &given->all[given->count++];
	*added = (struct given_property){ .name = name };
	return added;
}

static void replace(struct given *given, const char *name, struct span value)
{
	if (is_absent(value))
		value.len = 0;
	property(given, name)->value = value;
}

/* The value of any property of the object; empty when it is absent or null. */
static struct span look(const struct given *given, const char *path)
{
	struct span found = { 0 };
	if (span_find(given->object, path, &found) && is_absent(found))
		found = (struct span){ 0 };
	return found;
}

static void collect(struct given *given, const struct idrule_way *const *ways)
{
	for (int i = 0; i < IDRULE_WAYS && ways[i]; i++)
		for (const struct idrule_part *part = ways[i]->parts; part->property; part++)
			property(given, part->property);
	const char *at = given->object.text + 1;
	struct span key, value;
	while (span_member(&at, &key, &value)) {
		if (*value.text == 'n')
			value.len = 0;
		for (size_t i = 0; i < given->count; i++)
			if ((key.text[1] == *given->all[i].name || key.text[1] == '\\') &&
				span_is(key, given->all[i].name))
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
	struct span type =
		given->platform ? location_type(given) : look(given, "x_opencti_location_type");
	const char *name = "location";
	if (!is_absent(type) && span_is(type, "Position"))
		name = "location/Position";
	else if (!is_absent(type) && span_is(type, "Administrative-Area"))
		name = "location/Administrative-Area";
	return idrule_of(name, strlen(name));
}

static void derive_location(struct given *given)
{
	static const char *const names[] = { "city", "country", "region" };
	if (!given->platform)
		return;
	replace(given, "x_opencti_location_type", location_type(given));
	for (int i = 0; i < 3 && is_absent(property(given, "name")->value); i++)
		replace(given, "name", look(given, names[i]));
}

static void derive_threat_actor(struct given *given)
{
	struct span type;
	if (span_find(given->object, "x_opencti_type", &type))
		return;
	type = look(given, "extensions." STIX_OPENCTI_EXTENSION ".type");
	if (is_absent(type) && given->platform) {
		struct span level = look(given, "resource_level");
		if (!is_absent(level) && span_is(level, "individual"))
			type = static_string("\"Threat-Actor-Individual\"");
	}
	replace(given, "x_opencti_type",
		is_absent(type) ? static_string("\"Threat-Actor-Group\"") : type);
}

/* As pycti's generate_id_from_data, which the courses of action have not; nor has the platform. */
static void derive_attack_pattern(struct given *given)
{
	struct span id = property(given, "x_mitre_id")->value;
	if (!given->platform && (is_absent(id) || span_is(id, "")))
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
	if (!given->platform)
		return;
	struct span class = property(given, "identity_class")->value;
	const char *known = "\"organization\"";
	if (class.len && *class.text == '"' && span_is_raw(class)) {
		struct span name = unicode_trim(
			(struct span){ class.text + 1, class.len - 2 }, UNICODE_JAVASCRIPT);
		buf_clear(&given->text);
		unicode_lower(&given->text, name.text, name.len);
		for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
			if (span_equals(static_string(classes[i]), buf_str(&given->text)))
				known = classes[i];
	}
	replace(given, "identity_class", static_string(known));
}

static void derive_indicator(struct given *given)
{
	struct span pattern = property(given, "pattern")->value,
		    type = look(given, "pattern_type");
	if (!given->platform || is_absent(pattern) || *pattern.text != '"' ||
		!(is_absent(type) || span_is(type, "stix") || span_is(type, "STIX")))
		return;
	buf_clear(&given->text);
	span_decode(pattern, &given->text);
	buf_clear(&given->other);
	pattern_clean(of_buf(&given->text), &given->other);
	canonical_string(&given->made[0], buf_str(&given->other), given->other.len);
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
		span_decode(type, &given->text);
		const char *at = definition.text + 1;
		struct span key, value;
		while (span_member(&at, &key, &value))
			if (span_is(key, buf_str(&given->text)))
				inner = value;
	}
	bool tlp = !is_absent(type) && span_is(type, "tlp");
	if (tlp && !is_absent(inner) && *inner.text == '"') {
		buf_clear(&given->text);
		span_decode(inner, &given->text);
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

const struct idrule *given_rule(const struct given *given, struct span type)
{
	const struct idrule *rule = rule_of(type);
	return rule && !strcmp(rule->type, "location") ? location_rule(given) : rule;
}

struct span given_value(const struct given *given, const char *name)
{
	for (size_t i = 0; i < given->count; i++)
		if (!strcmp(given->all[i].name, name))
			return given->all[i].value;
	return (struct span){ 0 };
}

bool given_collect(struct given *given, const struct idrule *rule,
	const struct idrule_way *const *ways, struct fail *fail)
{
	collect(given, ways);
	derive(given, rule);
	return buf_ok(&given->made[0], fail) && buf_ok(&given->made[1], fail) &&
		buf_ok(&given->text, fail) && buf_ok(&given->other, fail);
}

void given_release(struct given *given)
{
	buf_release(&given->made[0]);
	buf_release(&given->made[1]);
	buf_release(&given->text);
	buf_release(&given->other);
}
