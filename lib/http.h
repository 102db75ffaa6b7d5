/* http: requests over one kept connection. */
#ifndef OCTI_HTTP_H
#define OCTI_HTTP_H

#include "request.h"

#include <poll.h>

struct http;
struct trust;

/* All text is borrowed for the life of the handle. */
struct http_options {
	bool verify;    /* check the server's certificate and name */
	const char *ca; /* path (file or directory) or PEM text of the only authorities trusted;
				 * NULL: the system's */
	const char
		*extra_ca; /* path or PEM text of authorities trusted beside them; NULL: none */
	double timeout; /* seconds for the whole request; where a file is sent or fetched, for a
				 * time without any progress; 0 is no deadline */
	double connect_timeout; /* seconds, within the above; 0 leaves it to the library (300 s) */
	size_t max_answer; /* bytes of body accepted, after decompression; 0 is no ceiling */
};

/*
 * NULL on failure: FAIL_USAGE when the authorities cannot be read. The system's authorities are
 * those of $REQUESTS_CA_BUNDLE, $CURL_CA_BUNDLE or $SSL_CERT_FILE, the first that is set, else the
 * library's. Proxies come from the environment too (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, in
 * either case).
 */
struct http *http_open(const struct http_options *options, struct fail *fail);
void http_close(struct http *http);

/* Whom such a handle trusts: fills trust, which is zero-initialised. Fails as http_open does. */
bool http_trust(const struct http_options *options, struct trust *trust, struct fail *fail);

/* Where a URL leads; host is owned by the buffer that is given, and has no brackets. FAIL_USAGE for one that
 * does not begin with http:// or https://. */
struct http_place {
	const char *host;
	uint16_t port;
	bool tls;
};
bool http_place(const char *url, struct buf *text, struct http_place *place, struct fail *fail);

/*
 * True when a whole answer came, whatever its status. Else FAIL_RETRY (network, timeouts, half an
 * answer), FAIL_NO (a certificate that is not accepted, an answer above the ceiling), FAIL_USAGE (a
 * URL that is none, a header with a control character). Redirects are not followed. The text names
 * the host, never a header or a password. Where the caller has clock_catch_signals, a signal that
 * comes meanwhile ends it at once (FAIL_RETRY, "stopped by signal 15"); one that came before does
 * not, so that what is due at the end can still be sent.
 */
bool http_send(struct http *http, const struct request *request, struct answer *answer,
	struct fail *fail);

/*
 * The same for who waits for other things too. http_begin ends what had begun before; `request`, all that it
 * points to, and `answer` are to stay until the end. http_go_on does what can be done without waiting. Not to
 * call it is to let the server wait.
 */
bool http_begin(struct http *http, const struct request *request, struct answer *answer,
	struct fail *fail);
enum http_step {
	HTTP_GOES_ON,
	HTTP_WHOLE,
	HTTP_FAILED
} http_go_on(struct http *http, struct fail *fail);
void http_end(struct http *http);

enum { HTTP_POLLS = 2 };

/* What to wait for, and for how many seconds at most, before http_go_on. Returns how many there are. */
size_t http_polls(struct http *http, struct pollfd polls[HTTP_POLLS]);
double http_due(struct http *http);

/* From now on a request, or a time without progress, is over after so many seconds, if not before. */
void http_hurry(struct http *http, double seconds);

#endif
