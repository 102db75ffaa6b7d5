#include "canonical.h"

#include "array.h"
#include "number.h"

#include <math.h>
#include <stdlib.h>

/* The members of the objects that are open, those of an inner one after those of an outer one. */
struct work {
	struct member {
		struct span key; /* with quotes until it is decoded, then without */
		size_t order;
		char *copy; /* of a key that had to be decoded */
		struct span value;
	} * members;
	size_t count, members_cap;
	struct buf text; /* of a string that had to be decoded */
	struct fail *fail;
};

static bool has_surrogate(const char *text, size_t n)
{
	const char *end = text + n;
	while ((text = memchr(text, 0xed, (size_t)(end - text)))) {
		if (end - text >= 2 && (unsigned char)text[1] > 0x9f)
			return true;
		text++;
	}
	return false;
}

/* Adds the unpaired surrogate at `at`, which is three bytes, as an escape. */
static void print_surrogate(struct buf *to, const char *at)
{
	unsigned c = 0xd000u | ((unsigned char)at[1] & 63u) << 6 | ((unsigned char)at[2] & 63u);
	buf_format(to, "\\u%04x", c);
}

void canonical_string(struct buf *to, const char *text, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	const char *end = text + n, *run = text;
	buf_char(to, '"');
	for (; (text = scan_plain(text, end)) < end; text++) {
		unsigned char c = (unsigned char)*text;
		bool surrogate = c == 0xed && end - text >= 3 && (unsigned char)text[1] > 0x9f;
		if (c >= 0x20 && c != '"' && c != '\\' && !surrogate)
			continue;
		buf_add(to, run, (size_t)(text - run));
		const char *name = c ? strchr("\bb\tt\nn\ff\rr", c) : NULL;
		if (surrogate) {
			print_surrogate(to, text);
			text += 2;
		} else if (c >= 0x20) {
			buf_add(to, (char[]){ '\\', (char)c }, 2);
		} else if (name) {
			buf_add(to, (char[]){ '\\', name[1] }, 2);
		} else {
			buf_add(to, (char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] },
				6);
		}
		run = text + 1;
	}
	buf_add(to, run, (size_t)(end - run));
	buf_char(to, '"');
}

static bool print_string(struct work *work, struct buf *to, struct span string)
{
	/* Without escapes nothing in it needs one. */
	if (span_is_raw(string)) {
		buf_add(to, string.text, string.len);
		return true;
	}
	buf_clear(&work->text);
	span_decode(string, &work->text);
	if (!buf_ok(&work->text, work->fail))
		return false;
	if (has_surrogate(buf_str(&work->text), work->text.len))
		return fail_set(work->fail, FAIL_NO, "a surrogate without its other half");
	canonical_string(to, buf_str(&work->text), work->text.len);
	return true;
}

/* As Number::toString of ECMAScript. */
static bool print_number(struct work *work, struct buf *to, struct span value)
{
	double number = strtod(value.text, NULL);
	if (isinf(number) || isnan(number))
		return fail_set(work->fail, FAIL_NO, "%.*s is no number that can be hashed",
			(int)(value.len < 40 ? value.len : 40), value.text);
	if (number == 0) {
		buf_char(to, '0');
		return true;
	}
	if (number < 0)
		buf_char(to, '-');
	char digits[NUMBER_DIGITS];
	int point, n = (int)number_digits(fabs(number), digits, &point);
	if (point > 21 || point < -5) {
		buf_char(to, digits[0]);
		if (n > 1)
			buf_char(to, '.');
		buf_add(to, digits + 1, (size_t)(n - 1));
		buf_format(to, "e%c%d", point > 0 ? '+' : '-', abs(point - 1));
		return true;
	}
	if (point <= 0)
		buf_text(to, "0.");
	for (int i = point; i < 0; i++)
		buf_char(to, '0');
	for (int i = 0; i < n || i < point; i++) {
		if (i == point && i > 0)
			buf_char(to, '.');
		buf_char(to, i < n ? digits[i] : '0');
	}
	return true;
}

/* Where a byte of UTF-8 stands in the order of UTF-16: what lies beyond U+FFFF is written with
 * surrogates there, and so comes before U+E000 (0xee). */
static int rank(char byte)
{
	int c = (unsigned char)byte;
	return c == 0xee || c == 0xef ? c + 0x10 : c;
}

static int by_key(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	size_t n = x->key.len < y->key.len ? x->key.len : y->key.len;
	for (size_t i = 0; i < n; i++)
		if (x->key.text[i] != y->key.text[i])
			return rank(x->key.text[i]) - rank(y->key.text[i]);
	if (x->key.len != y->key.len)
		return x->key.len < y->key.len ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static bool add_member(struct work *work, struct span key, struct span value)
{
	if (!ARRAY_RESERVE(work, members, work->count + 1, work->fail))
		return false;
	struct member *member = &work->members[work->count];
	*member = (struct member){ .order = work->count, .value = value };
	if (span_is_raw(key)) {
		member->key = (struct span){ key.text + 1, key.len - 2 };
	} else {
		struct buf text = { 0 };
		span_decode(key, &text);
		size_t len = text.len;
		if (!(member->copy = buf_take(&text)))
			return fail_memory(work->fail);
		member->key = (struct span){ member->copy, len };
	}
	work->count++;
	return !has_surrogate(member->key.text, member->key.len) ||
		fail_set(work->fail, FAIL_NO, "a surrogate without its other half");
}

static bool print_value(struct work *work, struct buf *to, struct span value);

static bool print_object(struct work *work, struct buf *to, struct span value)
{
	size_t begin = work->count;
	struct span key, member;
	const char *at = value.text + 1;
	bool ok = true;
	while (ok && span_member(&at, &key, &member))
		ok = add_member(work, key, member);
	size_t end = work->count;
	if (end - begin > 1)
		qsort(work->members + begin, end - begin, sizeof *work->members, by_key);
	buf_char(to, '{');
	const char *comma = "";
	for (size_t i = begin; ok && i < end; i++) {
		struct span name = work->members[i].key;
		if (i + 1 < end && name.len == work->members[i + 1].key.len &&
			!memcmp(name.text, work->members[i + 1].key.text, name.len))
			continue;
		buf_text(to, comma);
		canonical_string(to, name.text, name.len);
		buf_char(to, ':');
		ok = print_value(work, to, work->members[i].value);
		comma = ",";
	}
	buf_char(to, '}');
	for (size_t i = begin; i < end; i++)
		free(work->members[i].copy);
	work->count = begin;
	return ok;
}

static bool print_value(struct work *work, struct buf *to, struct span value)
{
	struct span element;
	const char *at = value.text + 1, *comma = "";
	switch (*value.text) {
	case '"':
		return print_string(work, to, value);
	case '{':
		return print_object(work, to, value);
	case '[':
		buf_char(to, '[');
		for (; span_member(&at, NULL, &element); comma = ",") {
			buf_text(to, comma);
			if (!print_value(work, to, element))
				return false;
		}
		buf_char(to, ']');
		return true;
	case 't':
	case 'f':
	case 'n':
		buf_add(to, value.text, value.len);
		return true;
	default:
		return print_number(work, to, value);
	}
}

bool canonical_value(struct buf *to, struct span value, struct fail *fail)
{
	struct work work = { .fail = fail };
	bool ok = print_value(&work, to, value);
	buf_release(&work.text);
	free(work.members);
	return ok && buf_ok(to, fail);
}
