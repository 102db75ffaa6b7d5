#include "observable.h"

#include "address.h"
#include "netname.h"
#include "opt.h"
#include "print.h"
#include "refang.h"
#include "unicode.h"
#include "wallet.h"

#include <strings.h>

static const struct {
	const char *name, *type, *main_type;
	const char *path; /* in a pattern; NULL: it has none */
} kinds[OBSERVABLE_KINDS] = {
	[OBSERVABLE_ANY] = { NULL, NULL, NULL, NULL },
	[OBSERVABLE_IP] = { "ip", NULL, NULL, NULL },
	[OBSERVABLE_HASH] = { "hash", NULL, NULL, NULL },
	[OBSERVABLE_IPV4] = { "ipv4", "ipv4-addr", "IPv4-Addr", "value" },
	[OBSERVABLE_IPV6] = { "ipv6", "ipv6-addr", "IPv6-Addr", "value" },
	[OBSERVABLE_DOMAIN] = { "domain", "domain-name", "Domain-Name", "value" },
	[OBSERVABLE_HOSTNAME] = { "hostname", "hostname", "Hostname", "value" },
	[OBSERVABLE_URL] = { "url", "url", "Url", "value" },
	[OBSERVABLE_EMAIL] = { "email", "email-addr", "Email-Addr", "value" },
	[OBSERVABLE_MD5] = { "md5", "file", "StixFile", "hashes.MD5" },
	[OBSERVABLE_SHA1] = { "sha1", "file", "StixFile", "hashes.'SHA-1'" },
	[OBSERVABLE_SHA256] = { "sha256", "file", "StixFile", "hashes.'SHA-256'" },
	[OBSERVABLE_SHA512] = { "sha512", "file", "StixFile", "hashes.'SHA-512'" },
	[OBSERVABLE_CVE] = { "cve", "vulnerability", NULL, NULL },
	[OBSERVABLE_ASN] = { "asn", "autonomous-system", "Autonomous-System", "number" },
	[OBSERVABLE_MAC] = { "mac", "mac-addr", "Mac-Addr", "value" },
	[OBSERVABLE_WALLET] = { "wallet", "cryptocurrency-wallet", "Cryptocurrency-Wallet",
		"value" },
	[OBSERVABLE_JA3] = { "ja3", "text", "Text", "value" },
	[OBSERVABLE_USER_AGENT] = { "user-agent", "user-agent", "User-Agent", "value" },
	[OBSERVABLE_TEXT] = { "text", "text", "Text", "value" },
	[OBSERVABLE_MUTEX] = { "mutex", "mutex", "Mutex", "name" },
	[OBSERVABLE_FILE_NAME] = { "file-name", "file", "StixFile", "name" },
	[OBSERVABLE_DIRECTORY] = { "directory", "directory", "Directory", "path" },
	[OBSERVABLE_PHONE] = { "phone", "phone-number", "Phone-Number", "value" },
};

bool observable_named(const char *name, enum observable_kind *kind)
{
	for (int by_type = 0; by_type < 2; by_type++)
		for (int i = OBSERVABLE_IP; i < OBSERVABLE_KINDS; i++) {
			const char *known = by_type ? kinds[i].type : kinds[i].name;
			/* What several kinds share says nothing. */
			bool shared = by_type &&
				(i == OBSERVABLE_JA3 || (known && !strcmp(known, "file")));
			if (known && !shared && !strcasecmp(known, name)) {
				*kind = (enum observable_kind)i;
				return true;
			}
		}
	return false;
}

void observable_names(struct buf *to)
{
	for (int i = OBSERVABLE_IP; i < OBSERVABLE_KINDS; i++) {
		buf_text(to, i > OBSERVABLE_IP ? ", " : "");
		buf_text(to, kinds[i].name);
	}
}

const char *observable_type(enum observable_kind kind)
{
	return kinds[kind].type;
}

const char *observable_main_type(enum observable_kind kind)
{
	return kinds[kind].main_type;
}

/* ---- reading each kind: false when the text is none of it; `why` when it nearly is */

static bool is(struct observable *o, enum observable_kind kind)
{
	o->kind = kind;
	return true;
}

static bool not(struct observable * o, const char *why)
{
	o->why = why;
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_digit(text[i]) && !((text[i] | 32) >= 'a' && (text[i] | 32) <= 'f'))
			return false;
	return len;
}

static void add_lower(struct buf *to, const char *text, size_t len)
{
	bool wide = false;
	char *room = buf_room(to, len);
	for (size_t i = 0; room && i < len; i++) {
		room[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 32) : text[i];
		wide |= (unsigned char)text[i] >= 0x80;
	}
	if (wide) {
		unicode_lower(to, text, len);
	} else if (room) {
		to->len += len;
		room[len] = '\0';
	}
}

static bool read_address(struct observable *o, const char *text, size_t len)
{
	struct address address;
	if (!address_read(text, len, &address))
		return false;
	buf_add(&o->value, text, len);
	o->is_private = address_is_bogon(&address);
	return is(o, address.is_v6 ? OBSERVABLE_IPV6 : OBSERVABLE_IPV4);
}

/* Whether a domain name can be one, by its end. */
static bool is_public(const char *text, size_t len)
{
	return netname_has_top_level(text, len) && !netname_is_file(text, len);
}

static bool read_domain(struct observable *o, const char *text, size_t len, bool detect)
{
	len -= len && text[len - 1] == '.';
	if (!netname_is_domain(text, len) || !netname_has_top_level(text, len))
		return false;
	if (detect && netname_is_local(text, len) && netname_is_host(text, len)) {
		buf_add(&o->value, text, len);
		return is(o, OBSERVABLE_HOSTNAME);
	}
	if (detect && netname_is_file(text, len))
		return not(o, "ends like the name of a file; -t domain takes it");
	add_lower(&o->value, text, len);
	return is(o, OBSERVABLE_DOMAIN);
}

/* ADDRESS:PORT, [ADDRESS]:PORT or DOMAIN:PORT. */
static bool read_with_port(struct observable *o, const char *text, size_t len)
{
	size_t digits = 0;
	while (digits < len && is_digit(text[len - 1 - digits]))
		digits++;
	uint64_t port = 0;
	for (size_t i = len - digits; digits <= 5 && i < len; i++)
		port = port * 10 + (uint64_t)(text[i] - '0');
	size_t host = len - digits;
	if (!port || port > 65535 || !host || text[--host] != ':')
		return false;
	bool in_brackets = host > 2 && *text == '[' && text[host - 1] == ']';
	o->has_port = in_brackets ? read_address(o, text + 1, host - 2)
		: memchr(text, ':', host) || memchr(text, '/', host)
		? false
		: read_address(o, text, host) || read_domain(o, text, host, true);
	return o->has_port;
}

static bool is_path_of_digits(const char *at, const char *end)
{
	if (at == end || *at++ != '/')
		return false;
	while (at < end && is_digit(*at))
		at++;
	return at == end;
}

static bool read_url(struct observable *o, const char *text, size_t len)
{
	struct netname_url url;
	struct address address;
	if (!netname_url(text, len, &url) || !(url.has_scheme || url.has_path))
		return false;
	const char *host = url.host;
	size_t n = url.host_len - (url.host_len > 1 && host[url.host_len - 1] == '.');
	bool is_address = address_read(host, n, &address) && address.prefix < 0;
	/* With a scheme the host need not be one of the public network. */
	bool is_name = url.has_scheme ? (memchr(host, '.', n) ? netname_is_domain(host, n) &&
								netname_has_top_level(host, n)
							      : netname_is_host(host, n))
				      : netname_is_domain(host, n) && is_public(host, n);
	/* 1.2.3.4/33 was meant to be a network. */
	bool is_network =
		is_address && !url.has_scheme && is_path_of_digits(host + n, text + len);
	if ((!is_address && !is_name) || is_network)
		return false;
	buf_add(&o->value, text, len);
	o->is_private = is_address ? address_is_bogon(&address)
				   : !memchr(host, '.', n) || netname_is_local(host, n);
	return is(o, OBSERVABLE_URL);
}

static bool read_email(struct observable *o, const char *text, size_t len, bool detect)
{
	if (!netname_is_email(text, len))
		return false;
	const char *host = (const char *)memchr(text, '@', len) + 1;
	size_t n = (size_t)(text + len - host);
	/* example.com/a@b.org is no address, though the platform would take it. */
	if (detect &&
		(memchr(text, '/', len) || !netname_is_domain(host, n) || !is_public(host, n)))
		return false;
	add_lower(&o->value, text, len);
	return is(o, OBSERVABLE_EMAIL);
}

static bool read_hash(struct observable *o, const char *text, size_t len)
{
	enum observable_kind kind = len == 32 ? OBSERVABLE_MD5
		: len == 40                   ? OBSERVABLE_SHA1
		: len == 64                   ? OBSERVABLE_SHA256
		: len == 128                  ? OBSERVABLE_SHA512
					      : OBSERVABLE_ANY;
	if (kind == OBSERVABLE_ANY || !is_hex(text, len))
		return false;
	add_lower(&o->value, text, len);
	return is(o, kind);
}

static bool read_cve(struct observable *o, const char *text, size_t len)
{
	size_t digits = 0;
	if (len < 13 || strncasecmp(text, "CVE-", 4) || text[8] != '-')
		return false;
	for (size_t i = 4; i < len; i++)
		digits += is_digit(text[i]);
	if (digits != len - 5)
		return false;
	buf_text(&o->value, "CVE");
	buf_add(&o->value, text + 3, len - 3);
	return is(o, OBSERVABLE_CVE);
}

static bool read_asn(struct observable *o, const char *text, size_t len, bool bare)
{
	size_t prefix = len > 3 && !strncasecmp(text, "ASN", 3) ? 3
		: len > 2 && !strncasecmp(text, "AS", 2)        ? 2
								: 0;
	uint64_t number = 0;
	if ((!prefix && !bare) || prefix == len || len - prefix > 10)
		return false;
	for (size_t i = prefix; i < len; i++) {
		if (!is_digit(text[i]))
			return false;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	if (number > INT32_MAX)
		return not(o, "an AS number above 2147483647, which the platform refuses");
	buf_format(&o->value, "%llu", (unsigned long long)number);
	return is(o, OBSERVABLE_ASN);
}

static bool read_mac(struct observable *o, const char *text, size_t len, bool bare)
{
	/* 00:11:22:33:44:55, 00-11-22-33-44-55, 0011.2233.4455, 001122334455 */
	size_t group = len == 17 ? 2 : len == 14 ? 4 : len == 12 && bare ? 12 : 0;
	char separator = group == 2 ? text[2] : '.', digits[12];
	size_t n = 0;
	if (!group || (group == 2 && separator != ':' && separator != '-'))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (i % (group + 1) == group) {
			if (text[i] != separator)
				return false;
		} else if (is_hex(text + i, 1)) {
			digits[n++] = text[i];
		} else {
			return false;
		}
	}
	for (size_t i = 0; i < 12; i += 2) {
		buf_text(&o->value, i ? ":" : "");
		add_lower(&o->value, digits + i, 2);
	}
	return is(o, OBSERVABLE_MAC);
}

static bool read_wallet(struct observable *o, const char *text, size_t len)
{
	if (!wallet_currency(text, len))
		return false;
	buf_add(&o->value, text, len);
	return is(o, OBSERVABLE_WALLET);
}

/* What the text is by its looks. */
static bool detect(struct observable *o, const char *text, size_t len)
{
	return read_hash(o, text, len) || read_cve(o, text, len) ||
		read_asn(o, text, len, false) || read_mac(o, text, len, false) ||
		read_address(o, text, len) || read_with_port(o, text, len) ||
		read_email(o, text, len, true) || read_url(o, text, len) ||
		read_domain(o, text, len, true) || read_wallet(o, text, len);
}

/* Takes the text as it is. */
static bool take(struct observable *o, enum observable_kind kind, const char *text, size_t len)
{
	buf_add(&o->value, text, len);
	return is(o, kind);
}

static bool read_as(
	struct observable *o, enum observable_kind kind, const char *text, size_t len)
{
	switch (kind) {
	case OBSERVABLE_ANY:
		return detect(o, text, len);
	case OBSERVABLE_IP:
	case OBSERVABLE_IPV4:
	case OBSERVABLE_IPV6:
		return (read_address(o, text, len) || read_with_port(o, text, len)) &&
			(o->kind == OBSERVABLE_IPV4 || o->kind == OBSERVABLE_IPV6) &&
			(kind == OBSERVABLE_IP || kind == o->kind);
	case OBSERVABLE_HASH:
	case OBSERVABLE_MD5:
	case OBSERVABLE_SHA1:
	case OBSERVABLE_SHA256:
	case OBSERVABLE_SHA512:
		return read_hash(o, text, len) && (kind == OBSERVABLE_HASH || kind == o->kind);
	case OBSERVABLE_DOMAIN:
		return read_domain(o, text, len, false);
	case OBSERVABLE_HOSTNAME:
		return netname_is_host(text, len) && take(o, kind, text, len);
	case OBSERVABLE_EMAIL:
		return read_email(o, text, len, false);
	case OBSERVABLE_CVE:
		return read_cve(o, text, len);
	case OBSERVABLE_ASN:
		return read_asn(o, text, len, true);
	case OBSERVABLE_MAC:
		return read_mac(o, text, len, true);
	case OBSERVABLE_WALLET:
		return read_wallet(o, text, len);
	case OBSERVABLE_JA3:
		return read_hash(o, text, len) && o->kind == OBSERVABLE_MD5 && is(o, kind);
	case OBSERVABLE_URL:
		(void)(read_url(o, text, len) || take(o, kind, text, len));
		return true;
	default:
		return take(o, kind, text, len);
	}
}

static bool is_utf8(const char *at, size_t len)
{
	for (const char *end = at + len; at < end;) {
		size_t n = (unsigned char)*at < 0x80 ? 1 : scan_utf8(at, end);
		if (!n)
			return false;
		at += n;
	}
	return true;
}

bool observable_read(struct observable *observable, enum observable_kind kind, bool verbatim,
	const char *text, size_t len)
{
	struct observable *o = observable;
	buf_clear(&o->value);
	buf_clear(&o->text);
	o->kind = OBSERVABLE_ANY;
	o->has_port = o->is_private = false;
	o->why = NULL;
	if (verbatim || kind > OBSERVABLE_JA3) {
		struct span trimmed =
			unicode_trim((struct span){ text, len }, UNICODE_JAVASCRIPT);
		buf_add(&o->text, trimmed.text, trimmed.len);
	} else {
		refang(text, len, &o->text);
	}
	if (!o->text.len)
		return not(o, "no value");
	if (memchr(text, '\0', len))
		return not(o, "has a NUL byte");
	if (!is_utf8(o->text.data, o->text.len))
		return not(o, "not UTF-8");
	if (read_as(o, kind, o->text.data, o->text.len))
		return true;
	return o->why ? false : not(o, kind ? "not of the type" : "not recognised");
}

/* ---- writing */

void observable_print(const struct observable *observable, struct buf *to)
{
	const struct observable *o = observable;
	const char *path = kinds[o->kind].path;
	if (o->kind == OBSERVABLE_CVE)
		path = "name";
	if (o->kind == OBSERVABLE_ASN) {
		buf_text(to, "\"number\":");
		buf_add(to, o->value.data, o->value.len);
		return;
	}
	bool is_hash = o->kind >= OBSERVABLE_MD5 && o->kind <= OBSERVABLE_SHA512;
	if (is_hash) {
		static const char *const names[] = { "MD5", "SHA-1", "SHA-256", "SHA-512" };
		buf_text(to, "\"hashes\":{");
		path = names[o->kind - OBSERVABLE_MD5];
	}
	print_text(to, path);
	buf_char(to, ':');
	print_string(to, o->value.data, o->value.len);
	buf_text(to, is_hash ? "}" : "");
}

void observable_name(const struct observable *observable, struct buf *to)
{
	buf_text(to, observable->kind == OBSERVABLE_ASN ? "AS" : "");
	buf_add(to, observable->value.data, observable->value.len);
}

void observable_pattern(const struct observable *observable, struct buf *to)
{
	const struct observable *o = observable;
	bool bare = o->kind == OBSERVABLE_ASN;
	buf_char(to, '[');
	buf_text(to, kinds[o->kind].type);
	buf_char(to, ':');
	buf_text(to, kinds[o->kind].path);
	buf_text(to, bare ? " = " : " = '");
	for (const char *c = o->value.data, *end = c + o->value.len; c < end; c++) {
		if (*c == '\\' || *c == '\'')
			buf_char(to, '\\');
		buf_char(to, *c);
	}
	buf_text(to, bare ? "]" : "']");
}

void observable_release(struct observable *observable)
{
	buf_release(&observable->value);
	buf_release(&observable->text);
}
