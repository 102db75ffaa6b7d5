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

static bool wrong(struct scan *scan, const char *at, const char *error)
{
	if (!scan->error) {
		scan->at = at;
		scan->error = error;
	}
	return false;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

int scan_peek(struct scan *scan)
{
	while (scan->at < scan->end && is_space(*scan->at))
		scan->at++;
	return scan->at < scan->end ? (unsigned char)*scan->at : -1;
}

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* The place of the first byte whose high bit is set in a word that was read from memory. */
static int first_high(uint64_t word)
{
#if defined(__GNUC__) && defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	return __builtin_ctzll(word) / 8;
#else
	unsigned char bytes[8];
	int i = 0;
	memcpy(bytes, &word, 8);
	while (!(bytes[i] & 0x80))
		i++;
	return i;
#endif
}

const char *scan_plain(const char *at, const char *end)
{
	/* Eight bytes at a time. A byte that is plain is marked only after (in the order of the
	 * word's value) one that is special; on big-endian machines that can be too early, so the
	 * mark is looked at again byte by byte. */
	const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
	while (end - at >= 8) {
		uint64_t x;
		memcpy(&x, at, 8);
		uint64_t quote = x ^ ones * '"', back = x ^ ones * '\\', del = x ^ ones * 0x7f;
		uint64_t special = (((x - ones * 0x20) & ~x) | x | ((quote - ones) & ~quote) |
					   ((back - ones) & ~back) | ((del - ones) & ~del)) &
			highs;
		if (special) {
			at += first_high(special);
			break;
		}
		at += 8;
	}
	while (at < end && is_plain((unsigned char)*at))
		at++;
	return at;
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

static bool string(struct scan *scan, struct span *value)
{
	const char *begin = scan->at, *at = begin + 1, *end = scan->end;
	scan->escaped = false;
	for (;;) {
		at = scan_plain(at, end);
		if (at == end)
			return wrong(scan, begin, "string without its closing quote");
		unsigned char c = (unsigned char)*at;
		if (c == '"')
			break;
		if (c == 0x7f) {
			at++;
		} else if (c == '\\') {
			scan->escaped = true;
			if (end - at < 2)
				return wrong(scan, begin, "string without its closing quote");
			if (at[1] == 'u') {
				for (int i = 2; i < 6; i++)
					if (end - at <= i || hex(at[i]) < 0)
						return wrong(scan, at,
							"\\u needs four hexadecimal digits");
				at += 6;
			} else if (!at[1] || !strchr("\"\\/bfnrt", at[1])) {
				return wrong(scan, at, "unknown escape in a string");
			} else {
				at += 2;
			}
		} else if (c < 0x20) {
			return wrong(
				scan, at, c ? "control character in a string" : "NUL byte");
		} else {
			size_t n = scan_utf8(at, end);
			if (!n)
				return wrong(scan, at, "invalid UTF-8");
			at += n;
		}
	}
	scan->at = at + 1;
	*value = (struct span){ begin, (size_t)(scan->at - begin) };
	return true;
}

static bool word(struct scan *scan, const char *text)
{
	size_t n = strlen(text);
	if ((size_t)(scan->end - scan->at) < n || memcmp(scan->at, text, n) != 0)
		return false;
	scan->at += n;
	return true;
}

static bool digits(const char **at, const char *end)
{
	const char *begin = *at;
	while (*at < end && **at >= '0' && **at <= '9')
		++*at;
	return *at > begin;
}

static bool number(struct scan *scan)
{
	const char *begin = scan->at, *at = begin, *end = scan->end;
	if (at < end && *at == '-')
		at++;
	const char *whole = at;
	if (!digits(&at, end))
		return wrong(scan, begin, "value expected");
	if (*whole == '0' && at - whole > 1)
		return wrong(scan, begin, "number with a leading zero");
	if (at < end && *at == '.' && (at++, !digits(&at, end)))
		return wrong(scan, begin, "number without digits after its point");
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		if (!digits(&at, end))
			return wrong(scan, begin, "number without digits in its exponent");
	}
	scan->at = at;
	return true;
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

/* Notes the key of an open object, to find keys that are repeated when it closes. */
static bool note_key(struct scan *scan, struct span key)
{
	if (scan->key_count == scan->key_cap) {
		size_t cap = scan->key_cap ? scan->key_cap * 2 : 64;
		uint64_t *keys = realloc(scan->keys, cap * sizeof *keys);
		if (!keys)
			return wrong(scan, scan->at, "out of memory");
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
	return fits || wrong(scan, scan->at, "out of memory");
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

void scan_open(struct scan *scan, struct scan_list *list)
{
	list->close = *scan->at == '{' ? '}' : ']';
	list->first = true;
	list->key = (struct span){ NULL, 0 };
	list->keys = scan->key_count;
	if (++scan->depth > SCAN_MAX_DEPTH)
		wrong(scan, scan->at, "nested too deeply");
	else
		scan->at++;
}

bool scan_next(struct scan *scan, struct scan_list *list)
{
	if (scan->error)
		return false;
	int c = scan_peek(scan);
	if (c == list->close) {
		scan->at++;
		scan->depth--;
		if (list->close == '}') {
			size_t n = scan->key_count - list->keys;
			if (n > 1 && has_repeats(scan->keys + list->keys, n))
				scan->repeated = true;
			scan->key_count = list->keys;
		}
		return false;
	}
	if (!list->first) {
		if (c != ',')
			return wrong(scan, scan->at,
				list->close == '}' ? "expected , or }" : "expected , or ]");
		scan->at++;
		c = scan_peek(scan);
	}
	list->first = false;
	if (list->close == ']')
		return true;
	if (c != '"')
		return wrong(scan, scan->at, "expected a key in quotes");
	if (!string(scan, &list->key) || (!scan->careless && !note_key(scan, list->key)))
		return false;
	list->escaped = scan->escaped;
	if (scan_peek(scan) != ':')
		return wrong(scan, scan->at, "expected : after a key");
	scan->at++;
	return true;
}

bool scan_value(struct scan *scan, struct span *value)
{
	int c = scan_peek(scan);
	const char *begin = scan->at;
	struct scan_list list;
	struct span inner;
	bool ok = false;
	if (scan->error)
		return false;
	switch (c) {
	case -1:
		return wrong(scan, begin, "the text ends too early");
	case '\0':
		return wrong(scan, begin, "NUL byte");
	case '"':
		return string(scan, value);
	case '{':
	case '[':
		for (scan_open(scan, &list); scan_next(scan, &list);)
			if (!scan_value(scan, &inner))
				return false;
		ok = !scan->error;
		break;
	case 't':
		ok = word(scan, "true");
		break;
	case 'f':
		ok = word(scan, "false");
		break;
	case 'n':
		ok = word(scan, "null");
		break;
	case 'N':
		ok = word(scan, "NaN");
		break;
	case 'I':
		ok = word(scan, "Infinity");
		break;
	default:
		ok = (c == '-' && word(scan, "-Infinity")) || number(scan);
		break;
	}
	if (!ok)
		return wrong(scan, begin, "value expected");
	*value = (struct span){ begin, (size_t)(scan->at - begin) };
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
