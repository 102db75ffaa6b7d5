/* proxy: what the environment puts between here and a server, read as libcurl reads it. */
#ifndef OCTI_PROXY_H
#define OCTI_PROXY_H

#include "buf.h"

/* Zero-initialised; proxy_release at the end. */
struct proxy {
	const char *name; /* of the variable that names it; NULL: there is none. Static */
	struct buf host;  /* without brackets */
	uint16_t port;
};

/*
 * The proxy for requests to a host (of a URL, without brackets), over TLS or not: $https_proxy or $http_proxy,
 * the same in upper case, $all_proxy, $ALL_PROXY, the first that is not empty, unless $no_proxy (else
 * $NO_PROXY) excepts the host. That has names and addresses between commas or blanks: a name, with a dot before
 * it or not, stands for itself and what is below it, an address may have a /PREFIX, and "*" alone is all.
 * FAIL_USAGE for a proxy without a host or whose port is none.
 */
bool proxy_find(struct proxy *proxy, const char *host, bool tls, struct fail *fail);
void proxy_release(struct proxy *proxy);

#endif
