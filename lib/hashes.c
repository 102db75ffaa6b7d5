#include "hashes.h"

/* In the order of preference. */
static const char *const names[] = { "\"MD5\"", "\"SHA-1\"", "\"SHA-256\"", "\"SHA-512\"",
	"\"SHA3-256\"", "\"SHA3-512\"", "\"SSDEEP\"", "\"SDHASH\"", "\"TLSH\"", "\"LZJD\"" };
enum { NAMES = sizeof names / sizeof *names, PREFERRED = 4 };

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* Compares without case and, unless it is strict, without hyphens. */
static bool is_named(struct span given, const char *name, bool strict)
{
	const char *at = given.text, *end = at + given.len;
	for (;; at++, name++) {
		while (!strict && at < end && *at == '-')
			at++;
		while (!strict && *name == '-')
			name++;
		if (at == end || !*name)
			return at == end && !*name;
		if (upper(*at) != *name)
			return false;
	}
}

const char *hashes_name(struct span name)
{
	for (int i = 0; i < NAMES; i++)
		if (is_named(name, names[i], false) && i != 7 && i != 9)
			return names[i];
	return NULL;
}

static bool find(struct span map, const char *wanted, bool strict, struct span *value)
{
	const char *at = map.text + 1;
	struct span key, member;
	bool found = false;
	while (span_member(&at, &key, &member))
		if (is_named(key, wanted, strict)) {
			*value = member;
			found = true;
		}
	return found;
}

bool hashes_choose(struct span map, bool strict, struct span *name, struct span *value)
{
	if (*map.text != '{')
		return false;
	for (int i = 0; i < (strict ? NAMES : PREFERRED); i++)
		if (find(map, names[i], strict, value)) {
			*name = (struct span){ names[i], strlen(names[i]) };
			return true;
		}
	const char *at = map.text + 1;
	if (strict || !span_member(&at, name, value))
		return false;
	const char *known = hashes_name(*name);
	if (known) {
		*name = (struct span){ known, strlen(known) };
		find(map, known, false, value);
	}
	return true;
}
