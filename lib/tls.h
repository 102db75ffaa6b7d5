/* tls: whom a TLS connection trusts, how it introduces itself, and why it failed. */
#ifndef OCTI_TLS_H
#define OCTI_TLS_H

#include "buf.h"

#include <time.h>

/* All text is borrowed for the time of a call. */
struct tls_options {
	const char *host; /* name or address that the other side's certificate is for */
	bool verify;      /* check that certificate and the host in it */
	const char *ca;   /* each a file (this one may be a directory), or PEM text; NULL: the
			 * system's authorities */
	const char *cert, *key; /* our certificate (and its chain), NULL: none; and its key,
				 * NULL: in the same file or text */
	const char *passphrase; /* of the key; NULL: none */
};

/*
 * Prepares a context: an SSL_CTX, which stays its owner's and has no connection yet. TLS 1.2 is the
 * least. *distrust becomes 0, and a code for tls_distrust as soon as a certificate is refused, until
 * tls_forget. FAIL_USAGE when a certificate or key cannot be read.
 */
bool tls_setup(
	void *context, const struct tls_options *options, long *distrust, struct fail *fail);

/*
 * For a server whose TLS is another library's: reads its certificate (with the chain) and its key
 * (NULL: in the same file or text), finds out whether they belong together, and adds both as PEM
 * text, the key without its passphrase (NULL: it has none). FAIL_USAGE when they cannot be used.
 */
bool tls_read_server(const char *cert, const char *key, const char *passphrase,
	struct buf *cert_text, struct buf *key_text, struct fail *fail);

/* Who answers, whether trusted or not. Zero-initialised; tls_peer_release at the end. */
struct tls_peer {
	struct buf subject,   /* of its certificate, "CN=..." */
		issuer,       /* likewise */
		names,        /* "a.example, 10.0.0.1": the hosts that it is for */
		distrust;     /* why it is not accepted; empty: it is */
	bool self_signed,     /* nobody else vouches for it */
		expired;      /* or not valid yet, or one that vouches for it is */
	bool misnamed;        /* it is for other hosts */
	time_t until;         /* when the first of its chain expires */
	const char *protocol; /* "TLSv1.3"; static */
};

/* Greets a server that speaks TLS through a connected socket, and looks at its certificate as tls_setup would
 * have it checked, whatever options->verify says. The connection is of no more use then. False: it does not
 * come to that until the deadline (of clock_now): FAIL_RETRY, FAIL_NO when it does not speak TLS; FAIL_USAGE,
 * and nothing has been said through the socket, when a certificate or key cannot be read. */
bool tls_look(int fd, const struct tls_options *options, double deadline, struct tls_peer *peer,
	struct fail *fail);
void tls_peer_release(struct tls_peer *peer);

/* From now on the context knows nothing of *distrust, which may go. */
void tls_forget(void *context);

/* Why a certificate was refused. Static text. */
const char *tls_distrust(long code);

/* What was wrong in the last TLS call of this thread that failed, when another try would go the same
 * way; NULL when the connection only broke off. Static text. */
const char *tls_error(void);

#endif
