#include "refang.h"
#include "check.h"

static const char *refanged(const char *text)
{
	static struct buf is;
	buf_clear(&is);
	refang(text, strlen(text), &is);
	return buf_str(&is);
}

static const struct {
	const char *text, *is;
} cases[] = {
	{ "", "" },
	{ " \t\r\n", "" },
	{ "1.2.3.4", "1.2.3.4" },
	{ "1[.]2[.]3[.]4", "1.2.3.4" },
	{ "1(.)2{.}3[.]4", "1.2.3.4" },
	{ "1[. ]2[ .]3[ . ]4", "1.2.3.4" },
	{ "1\\.2.3.4", "1.2.3.4" },
	{ "1.2.3[.4", "1.2.3.4" },
	{ "1.2.3.]4", "1.2.3.4" },
	{ "a[dot]b(DOT)c{Dot}d[d0t]e", "a.b.c.d.e" },
	{ "a\xe3\x80\x82"
	  "b\xef\xbc\x8e"
	  "c\xef\xbd\xa1"
	  "d",
		"a.b.c.d" },
	{ "a[at]b", "a@b" },
	{ "a (at) b", "a @ b" },
	{ "a[@]b", "a@b" },
	{ "mailto:a@b.c", "a@b.c" },
	{ "MAILTO:a@b.c", "a@b.c" },
	{ "hxxp://a.b", "http://a.b" },
	{ "hXXpS://a.b", "https://a.b" },
	{ "htxp://a.b", "http://a.b" },
	{ "h**p://a.b", "http://a.b" },
	{ "h__ps://a.b", "https://a.b" },
	{ "meow://a.b", "http://a.b" },
	{ "fxp://a.b", "ftp://a.b" },
	{ "hxxp[:]//a.b", "http://a.b" },
	{ "hxxp[://]a.b", "http://a.b" },
	{ "http(:)//a.b", "http://a.b" },
	{ "http:[//]a.b", "http://a.b" },
	{ "http[:][/][/]a.b", "http://a.b" },
	{ "hxxp.com", "hxxp.com" },
	{ "hxxp", "hxxp" },
	{ "HTTP://A.B/C", "HTTP://A.B/C" },
	{ "http://a.b/c(.)d{.}e[.]f[dot]g", "http://a.b/c(.)d{.}e.f.g" },
	{ "http://a.b/[at]\\.x", "http://a.b/[at]\\.x" },
	{ "http://a[.]b?c=(at)", "http://a.b?c=(at)" },
	{ "http://[2001:db8::1]:80/x", "http://[2001:db8::1]:80/x" },
	{ "2001[:]db8[:][:]1", "2001:db8::1" },
	{ "[::1]", "::1" },
	{ "[2001:db8::1]:80", "[2001:db8::1]:80" },
	{ "\"a.b\"", "a.b" },
	{ "'a.b'", "a.b" },
	{ "<http://a.b/>", "http://a.b/" },
	{ "(a[.]b)", "a.b" },
	{ "(a(.)b)", "(a.b)" },
	{ "`a.b`,", "a.b" },
	{ "a.b,;", "a.b" },
	{ "a.b.", "a.b." },
	{ "\"a", "\"a" },
	{ "\"a\" \"b\"", "\"a\" \"b\"" },
	{ "\xef\xbb\xbf\xe2\x80\x8b a.b\xc2\xa0\xe3\x80\x80", "a.b" },
	{ "a[", "a[" },
	{ "[.", "." },
	{ "[", "[" },
	{ "a[]b", "a[]b" },
	{ "a[ ]b", "a[ ]b" },
};

int main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_TEXT(refanged(cases[i].text), cases[i].is);
	return check_end("refang");
}
