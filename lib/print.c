#include "print.h"

#include "ids.h"
#include "number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_unit(struct buf *buf, unsigned u)
{
	static const char names[] = "\"\\bfnrt", meanings[] = "\"\\\b\f\n\r\t";
	const char *name = u && u < 0x7f ? strchr(meanings, (int)u) : NULL;
	if (name) {
		char text[2] = { '\\', names[name - meanings] };
		buf_add(buf, text, 2);
	} else if (u >= 0x20 && u < 0x7f) {
		buf_char(buf, (char)u);
	} else {
		static const char digits[] = "0123456789abcdef";
		char text[6] = { '\\', 'u', digits[u >> 12], digits[u >> 8 & 15],
			digits[u >> 4 & 15], digits[u & 15] };
		buf_add(buf, text, 6);
	}
}

/* Prints the UTF-8 sequence at `at` and returns one past it. */
static const char *print_wide(struct buf *buf, const char *at)
{
	const unsigned char *s = (const unsigned char *)at;
	if (s[0] < 0xe0) {
		print_unit(buf, (s[0] & 31u) << 6 | (s[1] & 63u));
		return at + 2;
	}
	if (s[0] < 0xf0) {
		print_unit(buf, (s[0] & 15u) << 12 | (s[1] & 63u) << 6 | (s[2] & 63u));
		return at + 3;
	}
	unsigned c = (s[0] & 7u) << 18 | (s[1] & 63u) << 12 | (s[2] & 63u) << 6 | (s[3] & 63u);
	c -= 0x10000;
	print_unit(buf, 0xd800 + (c >> 10));
	print_unit(buf, 0xdc00 + (c & 0x3ff));
	return at + 4;
}

static bool is_surrogate(const char *at, const char *end)
{
	const unsigned char *s = (const unsigned char *)at;
	return end - at >= 3 && s[0] == 0xed && (s[1] & 0xe0) == 0xa0 && (s[2] & 0xc0) == 0x80;
}

static void print_bytes(struct buf *buf, const char *bytes, size_t n, bool surrogates)
{
	const char *at = bytes, *end = bytes + n;
	buf_char(buf, '"');
	while (at < end) {
		const char *run = at;
		at = scan_plain(at, end);
		buf_add(buf, run, (size_t)(at - run));
		if (at == end)
			break;
		if ((unsigned char)*at < 0x80)
			print_unit(buf, (unsigned char)*at++);
		else if (scan_utf8(at, end) || (surrogates && is_surrogate(at, end)))
			at = print_wide(buf, at);
		else
			print_unit(buf, (at++, 0xfffd));
	}
	buf_char(buf, '"');
}

void print_string(struct buf *buf, const char *bytes, size_t n)
{
	print_bytes(buf, bytes, n, true);
}

void print_text(struct buf *buf, const char *text)
{
	print_string(buf, text, strlen(text));
}

void print_clean(struct buf *buf, const char *text)
{
	print_bytes(buf, text, strlen(text), false);
}

void print_text_or_null(struct buf *buf, const char *text)
{
	if (text)
		print_text(buf, text);
	else
		buf_text(buf, "null");
}

void print_list(struct buf *buf, const char *list)
{
	const char *comma = "";
	buf_char(buf, '[');
	while (list && *list) {
		list += strspn(list, ", \t");
		size_t n = strcspn(list, ","), used = n;
		while (used && (list[used - 1] == ' ' || list[used - 1] == '\t'))
			used--;
		if (used) {
			buf_text(buf, comma);
			print_string(buf, list, used);
			comma = ", ";
		}
		list += n;
	}
	buf_char(buf, ']');
}

/* Prints the string that begins at `at` and returns one past it. */
static const char *print_token_string(struct buf *buf, const char *at, const char *end)
{
	const char *run = at++;
	for (;;) {
		at = scan_plain(at, end);
		unsigned char c = (unsigned char)*at;
		if (c == '"') {
			at++;
			buf_add(buf, run, (size_t)(at - run));
			return at;
		}
		/* The escapes that both sides write alike are part of the run. */
		if (c == '\\' && at[1] != 'u' && at[1] != '/') {
			at += 2;
			continue;
		}
		buf_add(buf, run, (size_t)(at - run));
		if (c == '\\' && at[1] == '/') {
			buf_char(buf, '/');
			at += 2;
		} else if (c == '\\') {
			char digits[5] = { at[2], at[3], at[4], at[5], '\0' };
			print_unit(buf, (unsigned)strtoul(digits, NULL, 16));
			at += 6;
		} else if (c == 0x7f) {
			print_unit(buf, c);
			at++;
		} else {
			at = print_wide(buf, at);
		}
		run = at;
	}
}

/* A double as Python's repr gives it: the fewest digits that read back the same. */
static void print_double(struct buf *buf, double number)
{
	if (isinf(number)) {
		buf_text(buf, number > 0 ? "Infinity" : "-Infinity");
		return;
	}
	if (signbit(number))
		buf_char(buf, '-');
	char digits[NUMBER_DIGITS];
	int point; /* digits before the point */
	size_t n = number_digits(fabs(number), digits, &point);
	if (point > 16 || point < -3) {
		buf_char(buf, digits[0]);
		if (n > 1) {
			buf_char(buf, '.');
			buf_add(buf, digits + 1, n - 1);
		}
		buf_format(buf, "e%c%02d", point > 0 ? '+' : '-', abs(point - 1));
		return;
	}
	if (point <= 0)
		buf_char(buf, '0');
	for (int i = 0; i < point; i++)
		buf_char(buf, (size_t)i < n ? digits[i] : '0');
	buf_char(buf, '.');
	for (int i = point; i < 0; i++)
		buf_char(buf, '0');
	size_t rest = point > 0 ? (size_t)point : 0;
	if (rest < n)
		buf_add(buf, digits + rest, n - rest);
	else
		buf_char(buf, '0');
}

static const char *print_token_number(struct buf *buf, const char *at, const char *end)
{
	const char *begin = at;
	bool whole = true;
	for (; at < end && strchr("+-.eE0123456789", *at) && *at; at++)
		if (*at == '.' || *at == 'e' || *at == 'E')
			whole = false;
	if (whole && at - begin == 2 && begin[0] == '-' && begin[1] == '0')
		buf_char(buf, '0'); /* Python's integers have no negative zero */
	else if (whole)
		buf_add(buf, begin, (size_t)(at - begin));
	else
		print_double(buf, strtod(begin, NULL));
	return at;
}

void print_range(struct buf *buf, const char *from, const char *to)
{
	while (from < to) {
		switch (*from) {
		case ' ':
		case '\n':
		case '\t':
		case '\r':
			from++;
			break;
		case '"':
			from = print_token_string(buf, from, to);
			break;
		case ',':
			buf_add(buf, ", ", 2);
			from++;
			break;
		case ':':
			buf_add(buf, ": ", 2);
			from++;
			break;
		case '-':
			if (from[1] == 'I') {
				buf_char(buf, *from++);
				break;
			}
			from = print_token_number(buf, from, to);
			break;
		default:
			if (*from >= '0' && *from <= '9')
				from = print_token_number(buf, from, to);
			else
				buf_char(buf,
					*from++); /* brackets, and words letter by letter */
			break;
		}
	}
}

void print_value(struct buf *buf, struct span value)
{
	print_range(buf, value.text, value.text + value.len);
}

void print_line(struct buf *buf, struct span value)
{
	const char *at = value.text, *end = at + value.len, *run = at;
	while (at < end) {
		if (*at == '"') {
			at = span_skip(at);
		} else if (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r') {
			buf_add(buf, run, (size_t)(at - run));
			while (at < end &&
				(*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
				at++;
			run = at;
		} else {
			at++;
		}
	}
	buf_add(buf, run, (size_t)(at - run));
}

/* The members of an object, of each key the last value, at its first place. */
static struct span *members(struct span object, struct ids *names, bool *ok)
{
	struct span *values = NULL, key, value;
	size_t cap = 0;
	const char *at = object.text + 1;
	while (span_member(&at, &key, &value)) {
		uint32_t n = ids_add_string(names, key);
		if (n == IDS_NONE) {
			*ok = false;
			break;
		}
		if (n >= cap) {
			cap = cap ? cap * 2 : 16;
			struct span *more = realloc(values, cap * sizeof *more);
			if (!more) {
				*ok = false;
				break;
			}
			values = more;
		}
		values[n] = value;
	}
	return values;
}

void print_merged(struct buf *buf, struct span value)
{
	if (*value.text == '[') {
		const char *at = value.text + 1;
		struct span element;
		bool first = true;
		buf_char(buf, '[');
		for (; span_member(&at, NULL, &element); first = false) {
			buf_text(buf, first ? "" : ", ");
			print_merged(buf, element);
		}
		buf_char(buf, ']');
		return;
	}
	if (*value.text != '{') {
		print_value(buf, value);
		return;
	}
	struct ids names = { 0 };
	bool ok = true;
	struct span *values = members(value, &names, &ok);
	buf_char(buf, '{');
	for (uint32_t i = 0; ok && i < names.count; i++) {
		buf_text(buf, i ? ", " : "");
		print_string(buf, names.all[i].text, names.all[i].len);
		buf_text(buf, ": ");
		print_merged(buf, values[i]);
	}
	buf_char(buf, '}');
	if (!ok)
		buf->state = BUF_NO_MEMORY;
	free(values);
	ids_release(&names);
}
