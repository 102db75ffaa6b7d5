#include "unicode.h"

#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <unistr.h>

typedef uint8_t *mapping(const uint8_t *text, size_t n, const char *language,
	uninorm_t normalization, uint8_t *room, size_t *len);

static void map(struct buf *to, const char *text, size_t n, mapping *change)
{
	uint8_t room[512];
	size_t len = sizeof room;
	uint8_t *mapped = change((const uint8_t *)text, n, NULL, NULL, room, &len);
	if (mapped)
		buf_add(to, mapped, len);
	else
		to->state = BUF_NO_MEMORY;
	if (mapped != room)
		free(mapped);
}

static bool is_ascii(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

/* Whether a cased letter comes next on either side of a sigma, past all that has no case of its
 * own. Python and JavaScript pass over what is both, such as U+02B0; libunistring would not. */
static bool is_cased_before(const uint8_t *at, const uint8_t *start)
{
	ucs4_t c;
	while ((at = u8_prev(&c, at, start)))
		if (!uc_is_property_case_ignorable(c))
			return uc_is_property_cased(c);
	return false;
}

static bool is_cased_after(const uint8_t *at, const uint8_t *end)
{
	ucs4_t c;
	for (int n; at < end && (n = u8_mbtouc(&c, at, (size_t)(end - at))) > 0; at += n)
		if (!uc_is_property_case_ignorable(c))
			return uc_is_property_cased(c);
	return false;
}

static void lower_with_sigmas(struct buf *to, const char *text, size_t n)
{
	const char *at = text, *end = text + n, *run = text;
	while ((at = memchr(at, 0xce, (size_t)(end - at)))) {
		if (end - at < 2 || (unsigned char)at[1] != 0xa3) {
			at++;
			continue;
		}
		map(to, run, (size_t)(at - run), u8_tolower);
		run = at + 2;
		bool last = is_cased_before((const uint8_t *)at, (const uint8_t *)text) &&
			!is_cased_after((const uint8_t *)run, (const uint8_t *)end);
		buf_text(to, last ? "\xcf\x82" : "\xcf\x83");
		at = run;
	}
	map(to, run, (size_t)(end - run), u8_tolower);
}

void unicode_lower(struct buf *to, const char *text, size_t n)
{
	if (!is_ascii(text, n)) {
		lower_with_sigmas(to, text, n);
		return;
	}
	char *room = buf_room(to, n);
	if (!room)
		return;
	for (size_t i = 0; i < n; i++)
		room[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
	room[n] = '\0';
	to->len += n;
}

void unicode_upper(struct buf *to, const char *text, size_t n)
{
	map(to, text, n, u8_toupper);
}

static bool is_space(uint32_t c, enum unicode_space space)
{
	if ((c >= 0x1c && c <= 0x1f) || c == 0x85)
		return space == UNICODE_PYTHON;
	if (c == 0xfeff)
		return space == UNICODE_JAVASCRIPT;
	return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0xa0 || c == 0x1680 ||
		(c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
		c == 0x205f || c == 0x3000;
}

/* The code point of the n bytes at `at`; all white space has three bytes at most. */
static uint32_t code_point(const char *at, size_t n)
{
	const unsigned char *s = (const unsigned char *)at;
	if (n == 1)
		return s[0];
	if (n == 2)
		return (s[0] & 31u) << 6 | (s[1] & 63u);
	return n == 3 ? (s[0] & 15u) << 12 | (s[1] & 63u) << 6 | (s[2] & 63u) : 0;
}

struct span unicode_trim(struct span text, enum unicode_space space)
{
	const char *at = text.text, *end = at + text.len;
	while (at < end) {
		size_t n = scan_utf8(at, end);
		if (!n || !is_space(code_point(at, n), space))
			break;
		at += n;
	}
	while (end > at) {
		const char *last = end - 1;
		while (last > at && ((unsigned char)*last & 0xc0) == 0x80)
			last--;
		if (!is_space(code_point(last, (size_t)(end - last)), space))
			break;
		end = last;
	}
	return (struct span){ at, (size_t)(end - at) };
}

bool unicode_blank(const char *at, size_t n)
{
	uint32_t c = code_point(at, n);
	return is_space(c, UNICODE_JAVASCRIPT) || is_space(c, UNICODE_PYTHON) || c == 0x200b ||
		c == 0x2060;
}
