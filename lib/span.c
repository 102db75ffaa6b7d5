#include "span.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

const char *span_space(const char *at)
{
	while (is_space(*at))
		at++;
	return at;
}

static const char *skip_string(const char *at)
{
	for (at++;; at++) {
		at = strchr(at, '"');
		const char *back = at;
		while (back[-1] == '\\')
			back--;
		if ((at - back) % 2 == 0)
			return at + 1;
	}
}

const char *span_skip(const char *at)
{
	if (*at == '"')
		return skip_string(at);
	if (*at != '{' && *at != '[')
		return at + strcspn(at, ",]} \n\t\r");
	for (size_t depth = 0;;) {
		switch (*at) {
		case '"':
			at = skip_string(at);
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			if (!--depth)
				return at + 1;
			break;
		default:
			break;
		}
		at++;
	}
}

bool span_is(struct span string, const char *text)
{
	size_t n = strlen(text);
	if (span_equals(string, text))
		return true;
	/* escapes only make it longer */
	if (string.len <= n + 2 || *string.text != '"' || span_is_raw(string))
		return false;
	struct buf decoded = { 0 };
	span_decode(string, &decoded);
	bool same = decoded.len == n && !memcmp(buf_str(&decoded), text, n);
	buf_release(&decoded);
	return same;
}

bool span_is_raw(struct span string)
{
	return !memchr(string.text, '\\', string.len);
}

static unsigned digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static unsigned unit(const char *digits4)
{
	unsigned u = 0;
	for (int i = 0; i < 4; i++)
		u = u << 4 | digit(digits4[i]);
	return u;
}

static void add_code_point(struct buf *to, unsigned c)
{
	char s[4];
	size_t n;
	if (c < 0x80) {
		s[0] = (char)c;
		n = 1;
	} else if (c < 0x800) {
		s[0] = (char)(0xc0 | c >> 6);
		s[1] = (char)(0x80 | (c & 63));
		n = 2;
	} else if (c < 0x10000) {
		s[0] = (char)(0xe0 | c >> 12);
		s[1] = (char)(0x80 | (c >> 6 & 63));
		s[2] = (char)(0x80 | (c & 63));
		n = 3;
	} else {
		s[0] = (char)(0xf0 | c >> 18);
		s[1] = (char)(0x80 | (c >> 12 & 63));
		s[2] = (char)(0x80 | (c >> 6 & 63));
		s[3] = (char)(0x80 | (c & 63));
		n = 4;
	}
	buf_add(to, s, n);
}

void span_decode(struct span string, struct buf *to)
{
	const char *at = string.text + 1, *end = string.text + string.len - 1;
	while (at < end) {
		const char *back = memchr(at, '\\', (size_t)(end - at));
		buf_add(to, at, (size_t)((back ? back : end) - at));
		if (!back)
			return;
		static const char names[] = "bfnrt", meanings[] = "\b\f\n\r\t";
		const char *name = strchr(names, back[1]);
		at = back + 2;
		if (back[1] == 'u') {
			unsigned c = unit(at);
			at += 4;
			if (c >= 0xd800 && c < 0xdc00 && end - at >= 6 && at[0] == '\\' &&
				at[1] == 'u') {
				unsigned low = unit(at + 2);
				if (low >= 0xdc00 && low < 0xe000) {
					c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
					at += 6;
				}
			}
			add_code_point(to, c);
		} else {
			buf_char(to, name ? meanings[name - names] : back[1]);
		}
	}
}

bool span_member(const char **at, struct span *key, struct span *value)
{
	const char *p = span_space(*at);
	if (*p == ',')
		p = span_space(p + 1);
	if (*p == '}' || *p == ']')
		return false;
	if (key) {
		const char *end = span_skip(p);
		*key = (struct span){ p, (size_t)(end - p) };
		p = span_space(span_space(end) + 1);
	}
	*at = span_skip(p);
	*value = (struct span){ p, (size_t)(*at - p) };
	return true;
}

/* Whether a key says what n bytes do; memory is needed for one with escapes only. */
static bool is_named(struct span key, const char *name, size_t n)
{
	if (span_is_raw(key))
		return key.len == n + 2 && !memcmp(key.text + 1, name, n);
	struct buf decoded = { 0 };
	span_decode(key, &decoded);
	bool same = decoded.len == n && !memcmp(buf_str(&decoded), name, n);
	buf_release(&decoded);
	return same;
}

bool span_find_n(struct span value, const char *path, size_t n, struct span *found)
{
	for (const char *end = path + n; path < end; path += n + (path + n < end)) {
		const char *dot = memchr(path, '.', (size_t)(end - path));
		n = (size_t)((dot ? dot : end) - path);
		if (!value.len || *value.text != '{')
			return false;
		const char *at = value.text + 1;
		struct span key, member;
		bool hit = false;
		while (span_member(&at, &key, &member)) {
			if (is_named(key, path, n)) {
				value = member;
				hit = true;
			}
		}
		if (!hit)
			return false;
	}
	*found = value;
	return true;
}

bool span_find(struct span value, const char *path, struct span *found)
{
	return span_find_n(value, path, strlen(path), found);
}
