/* http: requests over one kept connection. */
#ifndef OCTI_HTTP_H
#define OCTI_HTTP_H

#include "buf.h"

struct http;

/* All text is borrowed for the life of the handle. */
struct http_options {
	bool verify;    /* check the server's certificate and name */
	const char *ca; /* path (file or directory) or PEM text of the only authorities trusted;
				 * NULL: the system's */
	const char
		*extra_ca; /* path or PEM text of authorities trusted beside them; NULL: none */
	double timeout;    /* seconds for the whole request; 0 is no deadline */
	double connect_timeout; /* seconds, within the above; 0 leaves it to the library (300 s) */
	size_t max_answer; /* bytes of body accepted, after decompression; 0 is no ceiling */
};

struct http_part { /* of a multipart/form-data body, sent in order */
	const char *name;
	const char *file_name; /* NULL: a plain field */
	const char *type;      /* NULL: left to the library */
	const void *data;
	size_t len;
};

struct http_request {
	const char *method;
	const char *url;
	/* "Name: value" ("Name;" sends it empty), NULL-terminated; or NULL. User-Agent is octi/VERSION,
	 * Accept is anything, unless they are given here. A body needs its Content-Type. */
	const char *const *headers;
	const void *body; /* NULL: none */
	size_t len;
	const struct http_part *parts; /* instead of body */
	size_t part_count;
	/* AWS signature version 4, when set. S3 wants x-amz-content-sha256 among the headers too, and
	 * the names of the query sorted. */
	const char *sigv4;    /* "aws:amz:REGION:s3" */
	const char *user_pwd; /* "ACCESS:SECRET" */
};

struct http_answer { /* zero-initialised; reused from call to call; http_answer_release at the end */
	long status;
	char *type;         /* content type, owned; NULL when there is none */
	double retry_after; /* seconds; negative when the server did not say */
	struct buf body;
};

/*
 * NULL on failure: FAIL_USAGE when the authorities cannot be read. The system's authorities are
 * those of $REQUESTS_CA_BUNDLE, $CURL_CA_BUNDLE or $SSL_CERT_FILE, the first that is set, else the
 * library's. Proxies come from the environment too (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, in
 * either case).
 */
struct http *http_open(const struct http_options *options, struct fail *fail);
void http_close(struct http *http);

/*
 * True when a whole answer came, whatever its status. Else FAIL_RETRY (network, timeouts, half an
 * answer), FAIL_NO (a certificate that is not accepted, an answer above the ceiling), FAIL_USAGE (a
 * URL that is none, a header with a control character). Redirects are not followed. The text names
 * the host, never a header or a password.
 */
bool http_send(struct http *http, const struct http_request *request,
	struct http_answer *answer, struct fail *fail);

void http_answer_release(struct http_answer *answer);

#endif
