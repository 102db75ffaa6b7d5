#include "hashes.h"

/* In the order of preference. The platform knows all of them, STIX not every one. */
static const char *const names[] = { "\"MD5\"", "\"SHA-1\"", "\"SHA-256\"", "\"SHA-512\"",
	"\"SHA3-256\"", "\"SHA3-512\"", "\"SSDEEP\"", "\"SDHASH\"", "\"TLSH\"", "\"LZJD\"" };
enum { NAMES = sizeof names / sizeof *names, PREFERRED = 4, SDHASH = 7, LZJD = 9 };

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
		if (is_named(name, names[i], false) && i != SDHASH && i != LZJD)
			return names[i];
	return NULL;
}

/* null and "" are no hashes. */
static bool is_hash(struct span value)
{
	return *value.text != 'n' && !(*value.text == '"' && value.len == 2);
}

static bool find(struct span map, const char *wanted, bool strict, struct span *value)
{
	const char *at = map.text + 1;
	struct span key, member;
	bool found = false;
	while (span_member(&at, &key, &member))
		if (is_hash(member) && is_named(key, wanted, strict)) {
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
	do
		if (strict || !span_member(&at, name, value))
			return false;
	while (!is_hash(*value));
	const char *known = hashes_name(*name);
	if (known) {
		*name = (struct span){ known, strlen(known) };
		find(map, known, false, value);
	}
	return true;
}

/* Whether the algorithm comes again, with a hash, from `at` on. */
static bool comes_again(const char *at, const char *name)
{
	struct span key, value;
	while (span_member(&at, &key, &value))
		if (is_hash(value) && is_named(key, name, false))
			return true;
	return false;
}

void hashes_print(struct buf *to, struct span map)
{
	const char *comma = "";
	struct span key, value;
	buf_char(to, '{');
	for (const char *at = map.text + 1; span_member(&at, &key, &value);) {
		const char *name = hashes_name(key);
		if (!is_hash(value) || (name && comes_again(at, name)))
			continue;
		buf_text(to, comma);
		if (name)
			buf_text(to, name);
		else
			buf_add(to, key.text, key.len);
		buf_char(to, ':');
		buf_add(to, value.text, value.len);
		comma = ",";
	}
	buf_char(to, '}');
}

static void print_member(struct buf *to, struct span key, struct span value, int levels);

/* Adds the value with the maps of hashes in it, so many levels down. */
static void print_inside(struct buf *to, struct span value, int levels)
{
	bool object = *value.text == '{';
	if (!levels || (!object && *value.text != '[')) {
		buf_add(to, value.text, value.len);
		return;
	}
	const char *comma = "";
	struct span key, member;
	buf_char(to, *value.text);
	for (const char *at = value.text + 1; span_member(&at, object ? &key : NULL, &member);
		comma = ",") {
		buf_text(to, comma);
		if (object)
			print_member(to, key, member, levels - 1);
		else
			print_inside(to, member, levels - 1);
	}
	buf_char(to, object ? '}' : ']');
}

static void print_member(struct buf *to, struct span key, struct span value, int levels)
{
	buf_add(to, key.text, key.len);
	buf_char(to, ':');
	if (*value.text == '{' &&
		(span_is(key, "hashes") || span_is(key, "file_header_hashes")))
		hashes_print(to, value);
	else
		print_inside(to, value, levels);
}

void hashes_print_extensions(struct buf *to, struct span extensions)
{
	enum { LEVELS = 3 }; /* sections, one of them, its hashes */
	const char *comma = "";
	struct span key, value;
	buf_char(to, '{');
	for (const char *at = extensions.text + 1; span_member(&at, &key, &value);
		comma = ",") {
		bool known = span_is(key, "windows-pebinary-ext") || span_is(key, "ntfs-ext");
		buf_text(to, comma);
		buf_add(to, key.text, key.len);
		buf_char(to, ':');
		print_inside(to, value, known ? LEVELS : 0);
	}
	buf_char(to, '}');
}
