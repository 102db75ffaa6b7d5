/* mishap: what it means that a request has no whole answer, and how it is told. */
#ifndef OCTI_MISHAP_H
#define OCTI_MISHAP_H

#include "fail.h"

enum mishap_kind {
	MISHAP_OTHER,       /* FAIL_RETRY */
	MISHAP_MEMORY,      /* FAIL_RETRY */
	MISHAP_HEADER,      /* that, or a line of the header is too long: FAIL_RETRY */
	MISHAP_ADDRESS,     /* not an address: FAIL_USAGE */
	MISHAP_PROTOCOL,    /* what answers does not speak HTTP: FAIL_USAGE */
	MISHAP_PLAIN,       /* what answers does not speak TLS: FAIL_USAGE */
	MISHAP_CONNECT,     /* no connection, to the host or its proxy: FAIL_RETRY */
	MISHAP_CERTIFICATE, /* not accepted: FAIL_NO */
	MISHAP_AUTHORITIES, /* whom to trust cannot be read: FAIL_USAGE */
	MISHAP_TLS,         /* no common language: FAIL_RETRY */
	MISHAP_CLOSED,      /* a connection without an answer: FAIL_RETRY */
	MISHAP_ONCE,        /* the same, of what must not be sent twice: FAIL_RETRY */
	MISHAP_TIMEOUT,     /* FAIL_RETRY */
	MISHAP_CUT,         /* the answer ended early: FAIL_RETRY */
};

/* All text is borrowed. */
struct mishap {
	enum mishap_kind kind;
	const char *host; /* "host" or "host:port" */
	const char *text; /* what the library says of it */
	bool connected;   /* the request was on its way */
	bool moves_file;  /* of a timeout: the limit is one without progress (request.h) */
	double limit;     /* seconds, of a timeout */
	long long got;    /* bytes of the body that came */
	long long whole;  /* bytes that were promised; negative: not known */
};

/* Fills fail; the text names the host. */
void mishap_tell(const struct mishap *mishap, struct fail *fail);

#endif
