#include "sieve.h"

#include "stix.h"

#include <string.h>
#include <strings.h>

/* Where OpenCTI keeps what STIX has no place for: of all objects, of observables, of SDOs. */
static const char *const extensions[] = {
	STIX_OPENCTI_EXTENSION,
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

static bool has_word(const char *list, const char *word, size_t n)
{
	while (*list) {
		list += strspn(list, ", ");
		size_t len = strcspn(list, ", ");
		if (len == n && len && !strncasecmp(list, word, n))
			return true;
		list += len;
	}
	return false;
}

/* The value at a path of n bytes in one of the object's extensions. */
static bool find_value(const struct event *event, const char *extension, const char *path,
	size_t n, struct span *value)
{
	return span_find(event->extensions, extension, value) &&
		span_find_n(*value, path, n, value);
}

/* A string, decoded behind what is in `text`, which so remembers that there was no memory. */
static const char *decode(struct buf *text, struct span string)
{
	size_t begin = text->len;
	span_decode(string, text);
	return buf_str(text) + begin;
}

static bool list_has(const char *list, struct buf *text, struct span value)
{
	if (!value.len || *value.text != '"')
		return false;
	if (span_is_raw(value))
		return has_word(list, value.text + 1, value.len - 2);
	const char *word = decode(text, value);
	return has_word(list, word, strlen(word));
}

/* A text is compared by what it says, a list by its members, the rest as it is written. */
static bool is_value(const char *wanted, struct buf *text, struct span value)
{
	struct span member;
	if (*value.text == '[') {
		for (const char *at = value.text + 1; span_member(&at, NULL, &member);)
			if (is_value(wanted, text, member))
				return true;
		return false;
	}
	if (*value.text == '"')
		return !strcmp(decode(text, value), wanted);
	return strlen(wanted) == value.len && !memcmp(value.text, wanted, value.len);
}

static bool has_value(const char *pair, const struct event *event, struct buf *text)
{
	size_t key = strcspn(pair, "=");
	struct span value;
	bool has = false;
	for (size_t i = 0; !has && i < EXTENSIONS; i++)
		has = find_value(event, extensions[i], pair, key, &value) &&
			is_value(pair + key + 1, text, value);
	return has;
}

bool sieve_passes(
	const struct sieve *sieve, const struct event *event, bool *passes, struct fail *fail)
{
	struct buf text = { 0 }; /* what was compared */
	*passes =
		(!sieve->events || has_word(sieve->events, event->name, strlen(event->name))) &&
		(!sieve->types || list_has(sieve->types, &text, event->type) ||
			list_has(sieve->types, &text, event->entity_type)) &&
		(!sieve->pattern_types ||
			list_has(sieve->pattern_types, &text, event->pattern_type));
	for (size_t i = 0; *passes && i < sieve->values.count; i++)
		*passes = has_value(sieve->values.items[i], event, &text);
	bool ok = buf_ok(&text, fail);
	buf_release(&text);
	return ok;
}
