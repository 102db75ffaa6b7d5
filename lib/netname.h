/* netname: the names of the network: domains, hosts, mail addresses, URLs. */
#ifndef OCTI_NETNAME_H
#define OCTI_NETNAME_H

#include <stdbool.h>
#include <stddef.h>

/*
 * All take a text without blanks around it, which need not end in a NUL.
 *
 * What the platform takes for a domain name (utils/syntax.js, domainChecker): labels of 1 to 63
 * bytes with dots between, two of them at least, 253 bytes in all, the last label two at least. Of
 * ASCII only letters, digits, - and _ are taken, which is stricter; other UTF-8 is (IDN).
 */
bool netname_is_domain(const char *text, size_t len);

/* Whether the last label of a domain name can be a top-level domain: no digits, - or _, unless it is
 * punycode. */
bool netname_has_top_level(const char *text, size_t len);

/* Whether a domain name ends as the names of files do (.exe, .pdf), and not as domains do too, such
 * as .zip and .sh. */
bool netname_is_file(const char *text, size_t len);

/* Whether a domain name is one of a local network: under .local, .lan, .internal, ... */
bool netname_is_local(const char *text, size_t len);

/* What the platform takes for a host name (hostnameChecker): labels of ASCII letters, digits, - and
 * _, one at least. */
bool netname_is_host(const char *text, size_t len);

/* What the platform takes for a mail address (emailChecker): ASCII. */
bool netname_is_email(const char *text, size_t len);

/* Where the host of a URL is. */
struct netname_url {
	const char *host;
	size_t host_len;
	bool has_scheme; /* SCHEME:// */
	bool has_path;   /* something after the host (and its port): /, ? or # */
};

/* Takes apart SCHEME://[USER@]HOST[:PORT][/...], without checking the host but for its presence; the
 * scheme may be absent. False when the text has blanks or control characters, or no host. */
bool netname_url(const char *text, size_t len, struct netname_url *url);

#endif
