/* reach: whether a server can be reached from here: its name, its port, its certificate. */
#ifndef OCTI_REACH_H
#define OCTI_REACH_H

#include "diagnosis.h"

/* All text is borrowed for the time of a call. */
struct reach {
	enum check dns, tcp, tls; /* what the three are called */
	const char *host, *shown; /* its name, and as lines show it */
	uint16_t port;
	bool use_tls;
	bool verify;            /* the certificate counts */
	const char *ca;         /* as in tls.h */
	const char *cert, *key; /* of ours, likewise */
	const char *passphrase;
	const char *unusable;    /* why TLS cannot be tried as it is configured; NULL: it can */
	const char *host_advice, /* what to do when the host is wrong, */
		*ca_advice,      /* when its authority is not known, */
		*tls_advice;     /* and when a file of ours cannot be used */
	const char *plain,       /* why there is no TLS */
		*plain_advice;   /* NULL: that is well */
	const char *unseen;      /* why TLS is not to be looked at from here; NULL: it is */
};

/* Looks at all three. */
void reach_check(struct diagnosis *diagnosis, const struct reach *reach);

#endif
