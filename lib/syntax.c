#include "syntax.h"

#include "unicode.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_alphanumeric(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool all(struct span text, bool (*is)(char c))
{
	for (size_t i = 0; i < text.len; i++)
		if (!is(text.text[i]))
			return false;
	return true;
}

static bool digits(struct span text, size_t least, size_t most)
{
	return text.len >= least && text.len <= most && all(text, is_digit);
}

/* Takes what is before the separator off the text, or all of it. */
static struct span cut(struct span *text, char separator, bool *more)
{
	const char *at = text->len ? memchr(text->text, separator, text->len) : NULL;
	struct span part = { text->text, at ? (size_t)(at - text->text) : text->len };
	*more = at != NULL;
	text->text += part.len + *more;
	text->len -= part.len + *more;
	return part;
}

/* A decimal number without leading zeros. */
static bool is_number(struct span text, unsigned most)
{
	unsigned n = 0;
	if (!digits(text, 1, 3) || (text.len > 1 && *text.text == '0'))
		return false;
	for (size_t i = 0; i < text.len; i++)
		n = n * 10 + (unsigned)(text.text[i] - '0');
	return n <= most;
}

static bool is_quad(struct span text)
{
	bool more = true;
	for (int i = 0; i < 4; i++)
		if (!more || !is_number(cut(&text, '.', &more), 255))
			return false;
	return !more;
}

/* The address before a prefix length such as /24, which has to be right if there is one. */
static bool before_prefix(struct span *text, unsigned most)
{
	bool more;
	struct span address = cut(text, '/', &more), prefix = *text;
	*text = address;
	return !more || is_number(prefix, most);
}

static bool is_ipv4(struct span text)
{
	return before_prefix(&text, 32) && is_quad(text);
}

/* Counts the groups of four hexadecimal digits between colons; false for anything else. */
static bool count_groups(struct span text, size_t *count)
{
	bool more = text.len > 0;
	*count = 0;
	while (more) {
		struct span group = cut(&text, ':', &more);
		if (!group.len || group.len > 4 || !all(group, is_hex))
			return false;
		++*count;
	}
	return true;
}

/* What may follow the gap of an address that ends in an IPv4 address. */
static bool is_mapped(struct span tail, size_t before)
{
	bool more;
	if (is_quad(tail))
		return before <= 4;
	struct span group = cut(&tail, ':', &more);
	if (before || !text_is(group, "ffff") || !more)
		return false;
	if (is_quad(tail))
		return true;
	struct span zeros = cut(&tail, ':', &more);
	return zeros.len >= 1 && zeros.len <= 4 && !memcmp("0000", zeros.text, zeros.len) &&
		is_quad(tail);
}

static bool is_ipv6(struct span text)
{
	size_t before, behind;
	if (!before_prefix(&text, 128))
		return false;
	const char *zone = text.len ? memchr(text.text, '%', text.len) : NULL;
	if (zone && text_begins(text, "fe80::") && zone + 1 < text.text + text.len)
		text.len = (size_t)(zone - text.text);
	for (size_t i = 0; i + 1 < text.len; i++) {
		if (text.text[i] != ':' || text.text[i + 1] != ':')
			continue;
		struct span head = { text.text, i },
			    tail = { text.text + i + 2, text.len - i - 2 };
		if (!count_groups(head, &before))
			return false;
		return count_groups(tail, &behind) ? before + behind <= 7
						   : is_mapped(tail, before);
	}
	return count_groups(text, &before) && before == 8;
}

static bool is_mac(struct span text)
{
	if (text.len != 17)
		return false;
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? text.text[i] != ':' && text.text[i] != '-'
			       : !is_hex(text.text[i]))
			return false;
	return true;
}

/* How many characters, in UTF-8. */
static size_t characters(struct span text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.len; i++)
		n += ((unsigned char)text.text[i] & 0xc0) != 0x80;
	return n;
}

/* What \s is in JavaScript. */
static bool has_blank(struct span text)
{
	const char *end = text.text + text.len;
	for (const char *at = text.text; at < end;) {
		size_t n = scan_utf8(at, end);
		n = n ? n : 1;
		if (!unicode_trim((struct span){ at, n }, UNICODE_JAVASCRIPT).len)
			return true;
		at += n;
	}
	return false;
}

static bool is_domain(struct span text)
{
	bool more;
	size_t labels = 0, n = characters(text);
	if (!n || n > 253 || *text.text == '-' || has_blank(text))
		return false;
	do {
		struct span label = cut(&text, '.', &more);
		n = characters(label);
		labels++;
		if (!n || n > 63)
			return false;
	} while (more);
	return labels >= 2 && n >= 2;
}

static bool is_label(struct span label, const char *inside)
{
	if (!label.len || !is_alphanumeric(*label.text) ||
		!is_alphanumeric(label.text[label.len - 1]))
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!is_alphanumeric(label.text[i]) &&
			(!label.text[i] || !strchr(inside, label.text[i])))
			return false;
	return true;
}

static bool is_hostname(struct span text)
{
	bool more;
	do
		if (!is_label(cut(&text, '.', &more), "-_"))
			return false;
	while (more);
	return true;
}

static bool is_email(struct span text)
{
	bool more;
	struct span name = cut(&text, '@', &more);
	if (!name.len || !more)
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (!is_alphanumeric(name.text[i]) &&
			(!name.text[i] || !strchr(".!#$%&'*+/=?^_`{|}~-", name.text[i])))
			return false;
	do {
		struct span label = cut(&text, '.', &more);
		if (label.len > 63 || !is_label(label, "-"))
			return false;
	} while (more);
	return true;
}

bool syntax_value(enum kind kind, struct span value, const char **what)
{
	switch (kind) {
	case KIND_IPV4_ADDR:
		*what = "an IPv4 address";
		return is_ipv4(value);
	case KIND_IPV6_ADDR:
		*what = "an IPv6 address";
		return is_ipv6(value);
	case KIND_MAC_ADDR:
		*what = "a MAC address";
		return is_mac(value);
	case KIND_DOMAIN_NAME:
		*what = "a domain name";
		return is_domain(value);
	case KIND_HOSTNAME:
		*what = "a host name";
		return is_hostname(value);
	case KIND_EMAIL_ADDR:
		*what = "an email address";
		return is_email(value);
	case KIND_IMEI:
		*what = "15 or 16 digits";
		return digits(value, 15, 16);
	case KIND_ICCID:
		*what = "18 to 22 digits";
		return digits(value, 18, 22);
	case KIND_IMSI:
		*what = "14 or 15 digits";
		return digits(value, 14, 15);
	default:
		return true;
	}
}

bool syntax_is_cpe(struct span value)
{
	if (!text_begins(value, "cpe:/"))
		return false;
	struct span rest = { value.text + 5, value.len - 5 };
	return rest.len && (is_alphanumeric(*rest.text) || strchr("_./:-", *rest.text));
}

bool syntax_hash(struct span algorithm, struct span value)
{
	static const struct {
		const char *name;
		size_t digits;
	} hashes[] = { { "MD5", 32 }, { "SHA-1", 40 }, { "SHA-256", 64 }, { "SHA-512", 128 } };
	for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
		if (text_is(algorithm, hashes[i].name))
			return value.len == hashes[i].digits && all(value, is_hex);
	return true;
}

/* ---- dates ---- */

static int number_at(struct span text, size_t at, size_t n)
{
	int number = 0;
	for (size_t i = at; i < at + n; i++)
		number = number * 10 + text.text[i] - '0';
	return number;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

static bool has_shape(struct span text, size_t at, const char *shape)
{
	if (text.len < at + strlen(shape))
		return false;
	for (; *shape; shape++, at++) {
		char c = text.text[at];
		if (*shape == '0'               ? !is_digit(c)
				: *shape == 'T' ? c != 'T' && c != 't'
						: c != *shape)
			return false;
	}
	return true;
}

bool syntax_date(struct span date)
{
	if (!has_shape(date, 0, "0000-00-00T00:00:00"))
		return false;
	int month = number_at(date, 5, 2), day = number_at(date, 8, 2);
	if (month < 1 || month > 12 || day < 1 || day > days_in(number_at(date, 0, 4), month) ||
		number_at(date, 11, 2) > 23 || number_at(date, 14, 2) > 59 ||
		number_at(date, 17, 2) > 59)
		return false;
	size_t at = 19;
	if (at < date.len && date.text[at] == '.') {
		for (at++; at < date.len && is_digit(date.text[at]);)
			at++;
		if (at == 20)
			return false;
	}
	if (at + 1 == date.len)
		return date.text[at] == 'Z' || date.text[at] == 'z';
	return at + 6 == date.len && (date.text[at] == '+' || date.text[at] == '-') &&
		has_shape(date, at + 1, "00:00") && number_at(date, at + 1, 2) < 24 &&
		number_at(date, at + 4, 2) < 60;
}

/* Seconds since 1 March of the year 0. */
static long long seconds_of(struct span date)
{
	long long year = number_at(date, 0, 4), month = number_at(date, 5, 2);
	year -= month <= 2;
	month = (month + 9) % 12;
	long long days = year * 365 + (year + 400) / 4 - (year + 400) / 100 +
		(year + 400) / 400 + (month * 306 + 5) / 10 + number_at(date, 8, 2);
	long long seconds = days * 86400 + number_at(date, 11, 2) * 3600 +
		number_at(date, 14, 2) * 60 + number_at(date, 17, 2);
	const char *zone = date.text + date.len - 6;
	if (date.text[date.len - 1] == 'Z' || date.text[date.len - 1] == 'z')
		return seconds;
	int offset =
		number_at(date, date.len - 5, 2) * 3600 + number_at(date, date.len - 2, 2) * 60;
	return seconds + (*zone == '-' ? offset : -offset);
}

static int fraction_digit(struct span date, size_t at)
{
	size_t i = 20 + at;
	if (date.text[19] != '.')
		return 0;
	for (size_t j = 20; j <= i; j++)
		if (j >= date.len || !is_digit(date.text[j]))
			return 0;
	return date.text[i] - '0';
}

int syntax_compare_dates(struct span a, struct span b)
{
	long long x = seconds_of(a), y = seconds_of(b);
	if (x != y)
		return x < y ? -1 : 1;
	for (size_t i = 0; i < 9; i++)
		if (fraction_digit(a, i) != fraction_digit(b, i))
			return fraction_digit(a, i) - fraction_digit(b, i);
	return 0;
}
