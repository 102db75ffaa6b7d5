#include "sieve.h"

#include <string.h>
#include <strings.h>

/* Where OpenCTI keeps what STIX has no place for: of all objects, of observables, of SDOs. */
static const char *const extensions[] = {
	"extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba",
	"extension-definition--f93e2c80-4231-4f9a-af8b-95c9bd566a82",
	"extension-definition--322b8f77-262a-4cb8-a915-1e441e00329b",
};
enum { EXTENSIONS = sizeof extensions / sizeof *extensions };

bool sieve_check(const struct sieve *sieve, struct fail *fail)
{
	for (size_t i = 0; i < sieve->values.count; i++)
		if (!strchr(sieve->values.items[i], '='))
			return fail_set(fail, FAIL_USAGE, "--where: not KEY=VALUE: %s",
				sieve->values.items[i]);
	return true;
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);
	while (*list) {
		list += strspn(list, ", ");
		size_t len = strcspn(list, ", ");
		if (len == n && len && !strncasecmp(list, word, n))
			return true;
		list += len;
	}
	return false;
}

/* What of an object may be asked for; each is empty when there is none. */
struct traits {
	struct span type, pattern_type, extensions;
	struct buf text; /* of what is being compared */
	bool broken;     /* no memory for that: what is said then says nothing */
};

static void read_traits(struct span object, struct traits *traits)
{
	struct span key, value;
	if (!object.len)
		return;
	for (const char *at = object.text + 1; span_member(&at, &key, &value);) {
		if (span_equals(key, "type"))
			traits->type = value;
		else if (span_equals(key, "pattern_type"))
			traits->pattern_type = value;
		else if (span_equals(key, "extensions"))
			traits->extensions = value;
	}
}

/* The text that was put together. */
static const char *text_of(struct traits *traits)
{
	traits->broken = traits->broken || traits->text.state != BUF_OK;
	return buf_str(&traits->text);
}

/* The value at KEY of an extension. */
static bool find_value(struct traits *traits, const char *extension, const char *key,
	size_t len, struct span *value)
{
	buf_clear(&traits->text);
	buf_format(&traits->text, "%s.%.*s", extension, (int)len, key);
	return span_find(traits->extensions, text_of(traits), value);
}

static const char *decode(struct traits *traits, struct span string)
{
	buf_clear(&traits->text);
	span_decode(string, &traits->text);
	return text_of(traits);
}

static bool list_has(const char *list, struct traits *traits, struct span value)
{
	return value.len && *value.text == '"' && has_word(list, decode(traits, value));
}

static bool is_type(const struct sieve *sieve, struct traits *traits)
{
	struct span value;
	return list_has(sieve->types, traits, traits->type) ||
		(find_value(traits, extensions[0], "type", 4, &value) &&
			list_has(sieve->types, traits, value));
}

/* A text is compared by what it says, a list by its members, the rest as it is written. */
static bool is_value(struct traits *traits, struct span value, const char *text)
{
	struct span member;
	if (*value.text == '[') {
		for (const char *at = value.text + 1; span_member(&at, NULL, &member);)
			if (is_value(traits, member, text))
				return true;
		return false;
	}
	if (*value.text == '"')
		return !strcmp(decode(traits, value), text);
	return strlen(text) == value.len && !memcmp(value.text, text, value.len);
}

static bool has_value(struct traits *traits, const char *pair)
{
	size_t key = strcspn(pair, "=");
	struct span value;
	bool has = false;
	for (size_t i = 0; !has && i < EXTENSIONS; i++)
		has = find_value(traits, extensions[i], pair, key, &value) &&
			is_value(traits, value, pair + key + 1);
	return has;
}

bool sieve_passes(
	const struct sieve *sieve, const struct event *event, bool *passes, struct fail *fail)
{
	struct traits traits = { 0 };
	*passes = !sieve->events || has_word(sieve->events, event->name);
	if (!*passes || (!sieve->types && !sieve->pattern_types && !sieve->values.count))
		return true;
	read_traits(event->object, &traits);
	*passes = (!sieve->types || is_type(sieve, &traits)) &&
		(!sieve->pattern_types ||
			list_has(sieve->pattern_types, &traits, traits.pattern_type));
	for (size_t i = 0; *passes && i < sieve->values.count; i++)
		*passes = has_value(&traits, sieve->values.items[i]);
	buf_release(&traits.text);
	return !traits.broken || fail_memory(fail);
}
