#include "scan.h"

#include <stdlib.h>
#include <string.h>

void scan_init(struct scan *scan, const char *text, size_t len)
{
	*scan = (struct scan){ .start = text, .at = text, .end = text + len };
}

void scan_release(struct scan *scan)
{
	free(scan->keys);
	scan->keys = NULL;
	scan->key_count = scan->key_cap = 0;
}

/* Notes the first error, and returns NULL. */
static const char *wrong(struct scan *scan, const char *at, const char *error)
{
	if (!scan->error) {
		scan->at = at;
		scan->error = error;
	}
	return NULL;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

int scan_peek(struct scan *scan)
{
	scan->at = skip_space(scan->at, scan->end);
	return scan->at < scan->end ? (unsigned char)*scan->at : -1;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Sixteen bytes that are compared at once; those from 0x80 on are negative. */
typedef signed char lanes __attribute__((vector_size(16)));

/* How many of sixteen bytes come before the first that is not plain. */
static inline size_t plain_lanes(const char *at)
{
	lanes x;
	uint64_t half[2];
	memcpy(&x, at, sizeof x);
	lanes special = (x < 0x20) | (x == '"') | (x == '\\') | (x == 0x7f);
	memcpy(half, &special, sizeof special);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	half[0] = __builtin_bswap64(half[0]);
	half[1] = __builtin_bswap64(half[1]);
#endif
	return half[0]    ? (size_t)__builtin_ctzll(half[0]) / 8
		: half[1] ? 8 + (size_t)__builtin_ctzll(half[1]) / 8
			  : 16;
}

static inline const char *skip_plain(const char *at, const char *end)
{
	size_t n = 16;
	while (n == 16 && end - at >= 16)
		at += n = plain_lanes(at);
	while (n == 16 && at < end && is_plain((unsigned char)*at))
		at++;
	return at;
}

const char *scan_plain(const char *at, const char *end)
{
	return skip_plain(at, end);
}

size_t scan_utf8(const char *at, const char *end)
{
	const unsigned char *s = (const unsigned char *)at;
	size_t left = (size_t)(end - at);
#define MORE(i) ((s[i] & 0xc0) == 0x80)
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return left >= 2 && MORE(1) ? 2 : 0;
	if (s[0] >= 0xe0 && s[0] <= 0xef) {
		if (left < 3 || !MORE(1) || !MORE(2))
			return 0;
		if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
			return 0;
		return 3;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4) {
		if (left < 4 || !MORE(1) || !MORE(2) || !MORE(3))
			return 0;
		if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
			return 0;
		return 4;
	}
#undef MORE
	return 0;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* ---- each takes the place where it begins, and returns one past its end, or NULL on an error ---- */

/* What is not plain, in the string that begins at `begin`. */
static const char *special(struct scan *scan, const char *begin, const char *at)
{
	unsigned char c = (unsigned char)*at;
	if (c == 0x7f)
		return at + 1;
	if (c == '\\') {
		scan->escaped = true;
		if (scan->end - at < 2)
			return wrong(scan, begin, "string without its closing quote");
		if (at[1] != 'u')
			return at[1] && strchr("\"\\/bfnrt", at[1])
				? at + 2
				: wrong(scan, at, "unknown escape in a string");
		for (int i = 2; i < 6; i++)
			if (scan->end - at <= i || hex(at[i]) < 0)
				return wrong(scan, at, "\\u needs four hexadecimal digits");
		return at + 6;
	}
	if (c < 0x20)
		return wrong(scan, at, c ? "control character in a string" : "NUL byte");
	size_t n = scan_utf8(at, scan->end);
	return n ? at + n : wrong(scan, at, "invalid UTF-8");
}

static const char *string(struct scan *scan, const char *begin)
{
	const char *at = begin + 1;
	scan->escaped = false;
	for (;;) {
		at = skip_plain(at, scan->end);
		if (at == scan->end)
			return wrong(scan, begin, "string without its closing quote");
		if (*at == '"')
			return at + 1;
		if (!(at = special(scan, begin, at)))
			return NULL;
	}
}

static const char *word(struct scan *scan, const char *at, const char *text)
{
	size_t n = strlen(text);
	return (size_t)(scan->end - at) >= n && !memcmp(at, text, n)
		? at + n
		: wrong(scan, at, "value expected");
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at;
}

static const char *number(struct scan *scan, const char *begin)
{
	const char *end = scan->end, *whole = begin + (*begin == '-');
	const char *at = skip_digits(whole, end), *part;
	if (at == whole)
		return *begin == '-' ? word(scan, begin, "-Infinity")
				     : wrong(scan, begin, "value expected");
	if (*whole == '0' && at - whole > 1)
		return wrong(scan, begin, "number with a leading zero");
	if (at < end && *at == '.') {
		part = at + 1;
		at = skip_digits(part, end);
		if (at == part)
			return wrong(scan, begin, "number without digits after its point");
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		part = at + 1;
		if (part < end && (*part == '+' || *part == '-'))
			part++;
		at = skip_digits(part, end);
		if (at == part)
			return wrong(scan, begin, "number without digits in its exponent");
	}
	return at;
}

uint64_t scan_hash(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint64_t h = 0x9e3779b97f4a7c15u ^ n;
	for (; n >= 8; n -= 8, p += 8) {
		uint64_t x;
		memcpy(&x, p, 8);
		h = (h ^ x) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	if (n) {
		uint64_t x = 0;
		memcpy(&x, p, n);
		h = (h ^ x) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	h *= 0xc4ceb9fe1a85ec53u;
	return h ^ h >> 29;
}

/* A number that equal keys share, and others hardly: up to 24 bytes all of them are in it. */
static uint64_t signature(const char *key, size_t n)
{
	uint64_t first, middle, last;
	if (n < 8 || n > 24)
		return scan_hash(key, n);
	memcpy(&first, key, 8);
	memcpy(&middle, key + (n - 8) / 2, 8);
	memcpy(&last, key + n - 8, 8);
	return (first ^ n) * 0x9e3779b97f4a7c15u + (middle ^ last * 0xff51afd7ed558ccdu);
}

/* Notes the key of an open object, to find keys that are repeated when it closes. False without memory. */
static bool note_key(struct scan *scan, struct span key)
{
	if (scan->key_count == scan->key_cap) {
		size_t cap = scan->key_cap ? scan->key_cap * 2 : 64;
		uint64_t *keys = realloc(scan->keys, cap * sizeof *keys);
		if (!keys)
			return false;
		scan->keys = keys;
		scan->key_cap = cap;
	}
	uint64_t *note = &scan->keys[scan->key_count++];
	if (!scan->escaped) {
		*note = signature(key.text + 1, key.len - 2);
		return true;
	}
	struct buf text = { 0 };
	span_decode(key, &text);
	*note = signature(buf_str(&text), text.len);
	bool fits = text.state == BUF_OK;
	buf_release(&text);
	return fits;
}

static int by_hash(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static bool has_repeats(uint64_t *keys, size_t n)
{
	if (n > 24) {
		qsort(keys, n, sizeof *keys, by_hash);
		for (size_t i = 1; i < n; i++)
			if (keys[i] == keys[i - 1])
				return true;
		return false;
	}
	for (size_t i = 1; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (keys[i] == keys[j])
				return true;
	return false;
}

static const char *open(struct scan *scan, struct scan_list *list, const char *at)
{
	*list = (struct scan_list){
		.close = *at == '{' ? '}' : ']', .first = true, .keys = scan->key_count
	};
	if (++scan->depth > SCAN_MAX_DEPTH)
		return wrong(scan, at, "nested too deeply");
	return at + 1;
}

static void close(struct scan *scan, struct scan_list *list)
{
	scan->depth--;
	list->ended = true;
	if (list->close == ']' || scan->careless)
		return;
	size_t n = scan->key_count - list->keys;
	if (n > 1 && has_repeats(scan->keys + list->keys, n))
		scan->repeated = true;
	scan->key_count = list->keys;
}

/* The key of a member, with its colon. */
static const char *key(struct scan *scan, struct scan_list *list, const char *begin)
{
	if (begin == scan->end || *begin != '"')
		return wrong(scan, begin, "expected a key in quotes");
	const char *at = string(scan, begin);
	if (!at)
		return NULL;
	list->key = (struct span){ begin, (size_t)(at - begin) };
	list->escaped = scan->escaped;
	if (!scan->careless && !note_key(scan, list->key))
		return wrong(scan, at, "out of memory");
	at = skip_space(at, scan->end);
	if (at == scan->end || *at != ':')
		return wrong(scan, at, "expected : after a key");
	return at + 1;
}

/* What comes before a member's value, or the closing bracket. */
static inline const char *next(struct scan *scan, struct scan_list *list, const char *at)
{
	at = skip_space(at, scan->end);
	if (at < scan->end && *at == list->close) {
		close(scan, list);
		return at + 1;
	}
	if (!list->first) {
		if (at == scan->end || *at != ',')
			return wrong(scan, at,
				list->close == '}' ? "expected , or }" : "expected , or ]");
		at = skip_space(at + 1, scan->end);
	}
	list->first = false;
	return list->close == ']' ? at : key(scan, list, at);
}

static const char *value(struct scan *scan, const char *at)
{
	struct scan_list list;
	if (at == scan->end)
		return wrong(scan, at, "the text ends too early");
	switch (*at) {
	case '\0':
		return wrong(scan, at, "NUL byte");
	case '"':
		return string(scan, at);
	case '{':
	case '[':
		at = open(scan, &list, at);
		while (at && (at = next(scan, &list, at)) && !list.ended)
			at = value(scan, skip_space(at, scan->end));
		return at;
	case 't':
		return word(scan, at, "true");
	case 'f':
		return word(scan, at, "false");
	case 'n':
		return word(scan, at, "null");
	case 'N':
		return word(scan, at, "NaN");
	case 'I':
		return word(scan, at, "Infinity");
	default:
		return number(scan, at);
	}
}

/* ---- the doors ---- */

void scan_open(struct scan *scan, struct scan_list *list)
{
	const char *at = open(scan, list, scan->at);
	if (at)
		scan->at = at;
}

bool scan_next(struct scan *scan, struct scan_list *list)
{
	const char *at = scan->error ? NULL : next(scan, list, scan->at);
	if (at)
		scan->at = at;
	return at && !list->ended;
}

bool scan_value(struct scan *scan, struct span *found)
{
	if (scan->error)
		return false;
	const char *begin = skip_space(scan->at, scan->end), *at = value(scan, begin);
	if (!at)
		return false;
	*found = (struct span){ begin, (size_t)(at - begin) };
	scan->at = at;
	return true;
}

size_t scan_line(const char *start, const char *at)
{
	size_t line = 1;
	while (start < at && (start = memchr(start, '\n', (size_t)(at - start)))) {
		line++;
		start++;
	}
	return line;
}

bool scan_fail(const struct scan *scan, const char *name, struct fail *fail)
{
	if (!strcmp(scan->error, "out of memory"))
		return fail_memory(fail);
	const char *line = scan->at;
	while (line > scan->start && line[-1] != '\n')
		line--;
	return fail_set(fail, FAIL_NO, "%s:%zu:%zu: not JSON: %s", name,
		scan->lines + scan_line(scan->start, scan->at), (size_t)(scan->at - line) + 1,
		scan->error);
}
