/* observable: what a raw value is, as STIX and the platform know it. */
#ifndef OCTI_OBSERVABLE_H
#define OCTI_OBSERVABLE_H

#include "buf.h"

/* The first three are no types but what is looked for; a value is never of them. */
enum observable_kind {
	OBSERVABLE_ANY, /* what can be told by its looks: up to OBSERVABLE_WALLET */
	OBSERVABLE_IP,
	OBSERVABLE_HASH,
	OBSERVABLE_IPV4,
	OBSERVABLE_IPV6,
	OBSERVABLE_DOMAIN,
	OBSERVABLE_HOSTNAME,
	OBSERVABLE_URL,
	OBSERVABLE_EMAIL,
	OBSERVABLE_MD5,
	OBSERVABLE_SHA1,
	OBSERVABLE_SHA256,
	OBSERVABLE_SHA512,
	OBSERVABLE_CVE,
	OBSERVABLE_ASN,
	OBSERVABLE_MAC,
	OBSERVABLE_WALLET,
	OBSERVABLE_JA3,
	OBSERVABLE_USER_AGENT,
	OBSERVABLE_TEXT,
	OBSERVABLE_MUTEX,
	OBSERVABLE_FILE_NAME,
	OBSERVABLE_DIRECTORY,
	OBSERVABLE_PHONE,
	OBSERVABLE_KINDS
};

/* A value that is read; zero-initialised before the first, and used again for the next. */
struct observable {
	enum observable_kind kind;
	struct buf value; /* as the platform keeps it */
	struct buf text;  /* as it was meant; what value is made of */
	bool has_port;    /* a port stood behind the address or domain, and is not in value */
	bool is_private;  /* an address of no public network, or a URL on one */
	const char *why;  /* what is wrong, static, when it was not read */
};

/* By the name of octi-ioc -t ("ipv4", "user-agent") or of its STIX type ("ipv4-addr"). */
bool observable_named(const char *name, enum observable_kind *kind);

/* The names for octi-ioc -t, with commas between. */
void observable_names(struct buf *to);

/*
 * Reads a value as the kind, with what surrounds it taken away and its teeth given back (refang.h), unless
 * it is to be taken verbatim, but for blanks around it. Kinds above OBSERVABLE_WALLET are taken as they are, but for blanks around them. False with the
 * reason in `why`, or when memory runs out, which buf_ok of value and text tells.
 *
 * What is changed: domains, mail addresses, hashes and MAC addresses are in lower case, MAC addresses
 * have colons; a domain loses a dot at its end; CVE is in capitals. A URL is left alone, and so is IPv6, of which
 * the platform and pycti make ids as it is written. Where the platform would refuse the value (utils/syntax.js), so does this.
 */
bool observable_read(struct observable *observable, enum observable_kind kind, bool verbatim,
	const char *text, size_t len);

/* The STIX type of a kind ("ipv4-addr"; CVE is "vulnerability"), and how the platform calls it as
 * the main type of an indicator ("IPv4-Addr"). Static. */
const char *observable_type(enum observable_kind kind);
const char *observable_main_type(enum observable_kind kind);

/* Adds the value as members of a STIX object: "value":"1.2.3.4". */
void observable_print(const struct observable *observable, struct buf *to);

/* Adds what an indicator for it is called: the value, of an AS with AS before it. */
void observable_name(const struct observable *observable, struct buf *to);

/* Adds the STIX pattern that finds it, as the platform writes patterns: [ipv4-addr:value = '1.2.3.4'].
 * There is none for a CVE. */
void observable_pattern(const struct observable *observable, struct buf *to);

void observable_release(struct observable *observable);

#endif
