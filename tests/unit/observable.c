#include "observable.h"
#include "check.h"

/* What a text is read as, or why it is not: "ipv4-addr 1.2.3.4", "- not recognised". */
static const char *read_so(enum observable_kind kind, bool verbatim, const char *text)
{
	static struct observable o;
	static struct buf shown;
	struct fail fail = { 0 };
	buf_clear(&shown);
	if (observable_read(&o, kind, verbatim, text, strlen(text)))
		buf_format(&shown, "%s %s%s%s", observable_type(o.kind), buf_str(&o.value),
			o.has_port ? " (port)" : "", o.is_private ? " (private)" : "");
	else
		buf_format(&shown, "- %s", o.why);
	CHECK(buf_ok(&o.value, &fail) && buf_ok(&o.text, &fail));
	return buf_str(&shown);
}

static const char *read_as(enum observable_kind kind, const char *text)
{
	return read_so(kind, false, text);
}

static const struct {
	const char *text, *is;
} detected[] = {
	/* addresses */
	{ "1.2.3.4", "ipv4-addr 1.2.3.4" },
	{ "1[.]2[.]3[.]4", "ipv4-addr 1.2.3.4" },
	{ "1.2.3.4/24", "ipv4-addr 1.2.3.4/24" },
	{ "8.0.0.0/8", "ipv4-addr 8.0.0.0/8" },
	{ "1.2.3.4/32", "ipv4-addr 1.2.3.4/32" },
	{ "1.2.3.4/33", "- not recognised" },
	{ "1.2.3.4/", "- not recognised" },
	{ "1.2.3.4/024", "- not recognised" },
	{ "1.2.3.4.5", "- not recognised" },
	{ "1.2.3", "- not recognised" },
	{ "999.1.1.1", "- not recognised" },
	{ "256.0.0.1", "- not recognised" },
	{ "01.2.3.4", "- not recognised" },
	{ "1.2.3.4:80", "ipv4-addr 1.2.3.4 (port)" },
	{ "1.2.3.4[:]443", "ipv4-addr 1.2.3.4 (port)" },
	{ "1.2.3.4:0", "- not recognised" },
	{ "1.2.3.4:65536", "- not recognised" },
	{ "1.2.3.4:", "- not recognised" },
	{ "evil.\xef\xbb\xbf:60", "- not recognised" }, /* what shows nothing is in no name */
	{ "evil.\xe2\x80\x8b"
	  "example.com",
		"- not recognised" },
	{ "evil.example\xc2\xa0.com", "- not recognised" },
	{ "1.2.3.4,", "ipv4-addr 1.2.3.4" },
	{ "10.0.0.1", "ipv4-addr 10.0.0.1 (private)" },
	{ "2001:DB8::0:1", "ipv6-addr 2001:DB8::0:1 (private)" },
	{ "2606:4700:4700:0:0:0:0:1111", "ipv6-addr 2606:4700:4700:0:0:0:0:1111" },
	{ "[2606:4700::1]:443", "ipv6-addr 2606:4700::1 (port)" },
	{ "[2606:4700::1]", "ipv6-addr 2606:4700::1" },
	{ "2606:4700::/32", "ipv6-addr 2606:4700::/32" },
	{ "2606[:]4700[:][:]1", "ipv6-addr 2606:4700::1" },
	{ "::ffff:8.8.8.8", "ipv6-addr ::ffff:8.8.8.8" },
	{ "::1", "ipv6-addr ::1 (private)" },
	{ "fe80::1%eth0", "- not recognised" },
	{ "2606:4700::1::2", "- not recognised" },
	{ "2606:4700::12345", "- not recognised" },
	{ "1:2:3:4:5:6:7:8:9", "- not recognised" },
	{ "12:30", "- not recognised" },

	/* domains */
	{ "example.com", "domain-name example.com" },
	{ "Evil.Example.COM", "domain-name evil.example.com" },
	{ "evil[.]com", "domain-name evil.com" },
	{ "evil(dot)com", "domain-name evil.com" },
	{ "evil.com.", "domain-name evil.com" },
	{ "evil.com..", "- not recognised" },
	{ "evil.com:8080", "domain-name evil.com (port)" },
	{ "_dmarc.evil.com", "domain-name _dmarc.evil.com" },
	{ "xn--mnchen-3ya.de", "domain-name xn--mnchen-3ya.de" },
	{ "xn--e1afmkfd.xn--p1ai", "domain-name xn--e1afmkfd.xn--p1ai" },
	{ "M\xc3\x9cnchen.de", "domain-name m\xc3\xbcnchen.de" },
	{ "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.\xd1\x80\xd1\x84",
		"domain-name "
		"\xd0\xbf\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.\xd1\x80\xd1\x84" },
	{ "evil\xe3\x80\x82"
	  "com",
		"domain-name evil.com" },
	{ "facebookcorewwwi.onion", "domain-name facebookcorewwwi.onion" },
	{ "payload.zip", "domain-name payload.zip" },
	{ "run.sh", "domain-name run.sh" },
	{ "printer.local", "hostname printer.local" },
	{ "file.exe", "- ends like the name of a file; -t domain takes it" },
	{ "Invoice.PDF", "- ends like the name of a file; -t domain takes it" },
	{ "localhost", "- not recognised" },
	{ "word", "- not recognised" },
	{ "v1.2.3", "- not recognised" },
	{ "2.0.1-beta", "- not recognised" },
	{ "1.2.3-rc.1", "- not recognised" },
	{ "e.g.", "- not recognised" },
	{ "*.evil.com", "- not recognised" },
	{ "-evil.com", "- not recognised" },
	{ ".evil.com", "- not recognised" },
	{ "evil..com", "- not recognised" },
	{ "evil com", "- not recognised" },
	{ "a.b", "- not recognised" },
	{ "two words.com", "- not recognised" },

	/* URLs */
	{ "http://evil.com/a.exe", "url http://evil.com/a.exe" },
	{ "hxxp://evil[.]com/a[.]exe", "url http://evil.com/a.exe" },
	{ "hXXps[://]evil[.]com", "url https://evil.com" },
	{ "HTTP://EVIL.com/Path?Q=1#F", "url HTTP://EVIL.com/Path?Q=1#F" },
	{ "http://1.2.3.4/x", "url http://1.2.3.4/x" },
	{ "http://1.2.3.4:8080/x", "url http://1.2.3.4:8080/x" },
	{ "http://192.168.1.1/x", "url http://192.168.1.1/x (private)" },
	{ "http://[2606:4700::1]:80/x", "url http://[2606:4700::1]:80/x" },
	{ "http://localhost/x", "url http://localhost/x (private)" },
	{ "ftp://user:pw@evil.com/x", "url ftp://user:pw@evil.com/x" },
	{ "http://evil.com/a(1).exe", "url http://evil.com/a(1).exe" },
	{ "http://3232235777/x", "url http://3232235777/x (private)" },
	{ "http://evil.com/a.", "url http://evil.com/a." },
	{ "http://evil.com/?a='b'", "url http://evil.com/?a='b'" },
	{ "http://m\xc3\xbcnchen.de/\xc3\xbc", "url http://m\xc3\xbcnchen.de/\xc3\xbc" },
	{ "evil.com/path", "url evil.com/path" },
	{ "1.2.3.4/a.exe", "url 1.2.3.4/a.exe" },
	{ "and/or", "- not recognised" },
	{ "a.txt/b", "- not recognised" },
	{ "http://", "- not recognised" },
	{ "http:///x", "- not recognised" },
	{ "http://1.2.3.400/x", "- not recognised" },
	{ "http://evil.com/a b", "- not recognised" },
	{ "<http://evil.com/x>", "url http://evil.com/x" },
	{ "\"http://evil.com/x\"", "url http://evil.com/x" },

	/* mail addresses */
	{ "User@Evil.COM", "email-addr user@evil.com" },
	{ "user[at]evil[.]com", "email-addr user@evil.com" },
	{ "user(at)evil(dot)com", "email-addr user@evil.com" },
	{ "mailto:user@evil.com", "email-addr user@evil.com" },
	{ "user@localhost", "- not recognised" },
	{ "user@", "- not recognised" },
	{ "@user", "- not recognised" },
	{ "a@b@evil.com", "- not recognised" },
	{ "\xc3\xbcser@evil.com", "- not recognised" },

	/* hashes */
	{ "D41D8CD98F00B204E9800998ECF8427E", "file d41d8cd98f00b204e9800998ecf8427e" },
	{ "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"file da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"file e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	  "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
		"file cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
		"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e" },
	{ "d41d8cd98f00b204e9800998ecf8427", "- not recognised" },
	{ "g41d8cd98f00b204e9800998ecf8427e", "- not recognised" },

	/* others */
	{ "CVE-2021-44228", "vulnerability CVE-2021-44228" },
	{ "cve-2021-44228", "vulnerability CVE-2021-44228" },
	{ "CVE-2021-442", "- not recognised" },
	{ "CVE-21-44228", "- not recognised" },
	{ "CVE-2021-44228a", "- not recognised" },
	{ "AS15169", "autonomous-system 15169" },
	{ "asn64500", "autonomous-system 64500" },
	{ "AS4200000000", "- an AS number above 2147483647, which the platform refuses" },
	{ "AS", "- not recognised" },
	{ "15169", "- not recognised" },
	{ "00-1A-2B-3C-4D-5E", "mac-addr 00:1a:2b:3c:4d:5e" },
	{ "00:1A:2B:3C:4D:5E", "mac-addr 00:1a:2b:3c:4d:5e" },
	{ "001A.2B3C.4D5E", "mac-addr 00:1a:2b:3c:4d:5e" },
	{ "00:1A:2B-3C:4D:5E", "- not recognised" },
	{ "001A2B3C4D5E", "- not recognised" },
	{ "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
		"cryptocurrency-wallet 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa" },
	{ "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "- not recognised" },

	/* nothing */
	{ "", "- no value" },
	{ "  \t", "- no value" },
	{ "\"\"", "- no value" },
	{ "-", "- not recognised" },
	{ "evil\xff.com", "- not UTF-8" },
};

static const struct {
	enum observable_kind kind;
	const char *text, *is;
} given[] = {
	{ OBSERVABLE_DOMAIN, "file.exe", "domain-name file.exe" },
	{ OBSERVABLE_DOMAIN, "localhost", "- not of the type" },
	{ OBSERVABLE_DOMAIN, "10.20.30.40", "- not of the type" },
	{ OBSERVABLE_HOSTNAME, "LOCALHOST", "hostname LOCALHOST" },
	{ OBSERVABLE_HOSTNAME, "a_b.lan", "hostname a_b.lan" },
	{ OBSERVABLE_HOSTNAME, "a..b", "- not of the type" },
	{ OBSERVABLE_HOSTNAME, "-a", "- not of the type" },
	{ OBSERVABLE_IP, "1.2.3.4", "ipv4-addr 1.2.3.4" },
	{ OBSERVABLE_IP, "2606:4700::1", "ipv6-addr 2606:4700::1" },
	{ OBSERVABLE_IP, "evil.com:80", "- not of the type" },
	{ OBSERVABLE_IPV4, "2606:4700::1", "- not of the type" },
	{ OBSERVABLE_HASH, "d41d8cd98f00b204e9800998ecf8427e",
		"file d41d8cd98f00b204e9800998ecf8427e" },
	{ OBSERVABLE_SHA1, "d41d8cd98f00b204e9800998ecf8427e", "- not of the type" },
	{ OBSERVABLE_JA3, "D41D8CD98F00B204E9800998ECF8427E",
		"text d41d8cd98f00b204e9800998ecf8427e" },
	{ OBSERVABLE_EMAIL, "root@localhost", "email-addr root@localhost" },
	{ OBSERVABLE_ASN, "15169", "autonomous-system 15169" },
	{ OBSERVABLE_MAC, "001A2B3C4D5E", "mac-addr 00:1a:2b:3c:4d:5e" },
	{ OBSERVABLE_URL, "evil", "url evil" },
	{ OBSERVABLE_USER_AGENT, " Mozilla/5.0 (X11) [.]", "user-agent Mozilla/5.0 (X11) [.]" },
	{ OBSERVABLE_MUTEX, "Global\\x", "mutex Global\\x" },
	{ OBSERVABLE_TEXT, "", "- no value" },
};

static void check_names(void)
{
	enum observable_kind kind = OBSERVABLE_ANY;
	struct buf names = { 0 };
	CHECK(observable_named("ipv4", &kind) && kind == OBSERVABLE_IPV4);
	CHECK(observable_named("ipv4-addr", &kind) && kind == OBSERVABLE_IPV4);
	CHECK(observable_named("Text", &kind) && kind == OBSERVABLE_TEXT);
	CHECK(observable_named("user-agent", &kind) && kind == OBSERVABLE_USER_AGENT);
	CHECK(observable_named("vulnerability", &kind) && kind == OBSERVABLE_CVE);
	CHECK(!observable_named("file", &kind) && !observable_named("", &kind));
	observable_names(&names);
	CHECK(strstr(buf_str(&names), "ip, hash, ipv4, ipv6, domain, ") == buf_str(&names));
	buf_release(&names);
}

static void check_written(enum observable_kind kind, const char *text, const char *type,
	const char *members, const char *pattern)
{
	struct observable o = { 0 };
	struct buf is = { 0 };
	CHECK(observable_read(&o, kind, false, text, strlen(text)));
	CHECK_TEXT(observable_main_type(o.kind), type);
	observable_print(&o, &is);
	CHECK_TEXT(buf_str(&is), members);
	buf_clear(&is);
	if (pattern) {
		observable_pattern(&o, &is);
		CHECK_TEXT(buf_str(&is), pattern);
	}
	buf_release(&is);
	observable_release(&o);
}

int main(void)
{
	for (size_t i = 0; i < sizeof detected / sizeof *detected; i++)
		CHECK_TEXT(read_as(OBSERVABLE_ANY, detected[i].text), detected[i].is);
	for (size_t i = 0; i < sizeof given / sizeof *given; i++)
		CHECK_TEXT(read_as(given[i].kind, given[i].text), given[i].is);
	CHECK_TEXT(
		read_so(OBSERVABLE_URL, true, " http://a.org/[.];"), "url http://a.org/[.];");
	CHECK_TEXT(read_so(OBSERVABLE_URL, true, "hxxp://a.org/"), "url hxxp://a.org/");
	CHECK_TEXT(read_so(OBSERVABLE_ANY, true, "1[.]2.3.4"), "- not recognised");
	CHECK_TEXT(read_so(OBSERVABLE_ANY, true, "\t1.2.3.4 "), "ipv4-addr 1.2.3.4");
	check_names();
	check_written(OBSERVABLE_ANY, "1.2.3.4", "IPv4-Addr", "\"value\":\"1.2.3.4\"",
		"[ipv4-addr:value = '1.2.3.4']");
	check_written(OBSERVABLE_ANY, "http://a.org/'\\\"", "Url",
		"\"value\":\"http://a.org/'\\\\\\\"\"",
		"[url:value = 'http://a.org/\\'\\\\\"']");
	check_written(OBSERVABLE_ANY, "d41d8cd98f00b204e9800998ecf8427e", "StixFile",
		"\"hashes\":{\"MD5\":\"d41d8cd98f00b204e9800998ecf8427e\"}",
		"[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']");
	check_written(OBSERVABLE_ANY, "da39a3ee5e6b4b0d3255bfef95601890afd80709", "StixFile",
		"\"hashes\":{\"SHA-1\":\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}",
		"[file:hashes.'SHA-1' = 'da39a3ee5e6b4b0d3255bfef95601890afd80709']");
	check_written(OBSERVABLE_ANY, "AS15169", "Autonomous-System", "\"number\":15169",
		"[autonomous-system:number = 15169]");
	check_written(OBSERVABLE_MUTEX, "Global\\x", "Mutex", "\"name\":\"Global\\\\x\"",
		"[mutex:name = 'Global\\\\x']");
	check_written(
		OBSERVABLE_ANY, "CVE-2021-44228", NULL, "\"name\":\"CVE-2021-44228\"", NULL);
	check_written(OBSERVABLE_FILE_NAME, "a.exe", "StixFile", "\"name\":\"a.exe\"",
		"[file:name = 'a.exe']");
	return check_end("observable");
}
