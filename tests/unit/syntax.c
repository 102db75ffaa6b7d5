#include "syntax.h"
#include "check.h"

static struct span span(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static bool is(enum kind kind, const char *text)
{
	const char *what;
	return syntax_value(kind, span(text), &what);
}

static bool is_date(const char *text)
{
	return syntax_date(span(text));
}

int main(void)
{
	CHECK(is(KIND_IPV4_ADDR, "0.0.0.0") && is(KIND_IPV4_ADDR, "255.255.255.255/32"));
	CHECK(!is(KIND_IPV4_ADDR, "256.1.1.1") && !is(KIND_IPV4_ADDR, "1.1.1.1/") &&
		!is(KIND_IPV4_ADDR, "1.1.1.1.1") && !is(KIND_IPV4_ADDR, "") &&
		!is(KIND_IPV4_ADDR, "1.1.1.1/01"));

	static const char *const six[] = { "::", "::1", "1::", "1:2:3:4:5:6:7:8",
		"1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "2001:DB8::1/0", "::1.2.3.4",
		"::ffff:1.2.3.4", "::ffff:0:1.2.3.4", "1:2:3:4::1.2.3.4", "fe80::1%eth0" };
	for (size_t i = 0; i < sizeof six / sizeof *six; i++)
		CHECK(is(KIND_IPV6_ADDR, six[i]));
	static const char *const not_six[] = { "", ":", ":::", "1", "1::2::3",
		"1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::", "1:2:3:4:5:6:7",
		"::1/129", "::1/", "1:2:3:4:5::1.2.3.4", "::1:1.2.3.4", "1.2.3.4", "::1%" };
	for (size_t i = 0; i < sizeof not_six / sizeof *not_six; i++)
		CHECK(!is(KIND_IPV6_ADDR, not_six[i]));

	CHECK(is(KIND_MAC_ADDR, "00:11-22:aA:bB:cc") && !is(KIND_MAC_ADDR, "00:11:22:33:44:5"));
	CHECK(is(KIND_DOMAIN_NAME, "a.bc") && is(KIND_DOMAIN_NAME, "xn--a.example") &&
		is(KIND_DOMAIN_NAME, "\xc3\xa9.\xc3\xa9\xc3\xa9"));
	CHECK(!is(KIND_DOMAIN_NAME, "a.b") && !is(KIND_DOMAIN_NAME, "a..bc") &&
		!is(KIND_DOMAIN_NAME, "a b.org") && !is(KIND_DOMAIN_NAME, ".org"));
	CHECK(is(KIND_HOSTNAME, "a") && is(KIND_HOSTNAME, "a_b.c-d") &&
		!is(KIND_HOSTNAME, "a.") && !is(KIND_HOSTNAME, "-a") && !is(KIND_HOSTNAME, ""));
	CHECK(is(KIND_EMAIL_ADDR, "a@b") && is(KIND_EMAIL_ADDR, "a!#+b@b-c.org"));
	CHECK(!is(KIND_EMAIL_ADDR, "@b") && !is(KIND_EMAIL_ADDR, "a@") &&
		!is(KIND_EMAIL_ADDR, "a b@c") && !is(KIND_EMAIL_ADDR, "a@b@c"));
	CHECK(is(KIND_URL, "") && is(KIND_NONE, "x"));

	CHECK(syntax_is_cpe(span("cpe:/a")) && !syntax_is_cpe(span("cpe:2.3:a")) &&
		!syntax_is_cpe(span("cpe:/")));
	CHECK(syntax_hash(span("MD5"), span("d41d8cd98f00b204e9800998ecf8427E")));
	CHECK(!syntax_hash(span("SHA-1"), span("d41d8cd98f00b204e9800998ecf8427e")));
	CHECK(syntax_hash(span("TLSH"), span("anything")));

	CHECK(is_date("2020-01-01T00:00:00Z") && is_date("2020-02-29t23:59:59.123456789012z") &&
		is_date("0000-12-31T00:00:00+23:59"));
	CHECK(!is_date("2019-02-29T00:00:00Z") && !is_date("2020-00-01T00:00:00Z") &&
		!is_date("2020-01-32T00:00:00Z") && !is_date("2020-01-01T24:00:00Z") &&
		!is_date("2020-01-01T00:00:60Z") && !is_date("2020-01-01T00:00:00") &&
		!is_date("2020-01-01T00:00:00.Z") && !is_date("2020-01-01T00:00:00+0200") &&
		!is_date(" 2020-01-01T00:00:00Z") && !is_date("2020-01-01T00:00:00Z ") &&
		!is_date("10000-01-01T00:00:00Z") && !is_date(""));

	struct span year = span("1999-12-31T23:59:59.9Z"), after = span("2000-01-01T00:00:00Z");
	CHECK(syntax_compare_dates(year, after) < 0 && syntax_compare_dates(after, year) > 0);
	CHECK(!syntax_compare_dates(after, span("2000-01-01T02:00:00.000+02:00")));
	CHECK(syntax_compare_dates(span("2000-02-29T00:00:00Z"), span("2000-03-01T00:00:00Z")) <
		0);
	CHECK(syntax_compare_dates(
		      span("2000-03-01T00:00:00.1Z"), span("2000-03-01T00:00:00.09Z")) > 0);
	return check_end("syntax");
}
