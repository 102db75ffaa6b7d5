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

/* The value at KEY of an extension. */
static bool find_value(struct span object, const char *extension, const char *key, size_t len,
	struct span *value)
{
	struct buf path = { 0 };
	buf_format(&path, "extensions.%s.%.*s", extension, (int)len, key);
	bool found = path.state == BUF_OK && span_find(object, path.data, value);
	buf_release(&path);
	return found;
}

static bool list_has(const char *list, struct span object, const char *path)
{
	struct span value;
	struct buf word = { 0 };
	if (!object.len || !span_find(object, path, &value) || *value.text != '"')
		return false;
	span_decode(value, &word);
	bool has = has_word(list, buf_str(&word));
	buf_release(&word);
	return has;
}

static bool is_type(const struct sieve *sieve, struct span object)
{
	return list_has(sieve->types, object, "type") ||
		list_has(sieve->types, object,
			"extensions.extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba."
			"type");
}

/* A text is compared by what it says, a list by its members, the rest as it is written. */
static bool is_value(struct span value, const char *text)
{
	struct span member;
	if (*value.text == '[') {
		for (const char *at = value.text + 1; span_member(&at, NULL, &member);)
			if (is_value(member, text))
				return true;
		return false;
	}
	if (*value.text == '"')
		return span_is(value, text);
	return strlen(text) == value.len && !memcmp(value.text, text, value.len);
}

static bool has_value(struct span object, const char *pair)
{
	size_t key = strcspn(pair, "=");
	struct span value;
	bool has = false;
	for (size_t i = 0; object.len && !has && i < EXTENSIONS; i++)
		has = find_value(object, extensions[i], pair, key, &value) &&
			is_value(value, pair + key + 1);
	return has;
}

bool sieve_passes(const struct sieve *sieve, const struct event *event)
{
	bool passes = (!sieve->events || has_word(sieve->events, event->name)) &&
		(!sieve->types || is_type(sieve, event->object)) &&
		(!sieve->pattern_types ||
			list_has(sieve->pattern_types, event->object, "pattern_type"));
	for (size_t i = 0; passes && i < sieve->values.count; i++)
		passes = has_value(event->object, sieve->values.items[i]);
	return passes;
}
