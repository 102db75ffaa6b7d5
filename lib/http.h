/* http: requests over one kept connection. */
#ifndef OCTI_HTTP_H
#define OCTI_HTTP_H

#include "buf.h"

#include <poll.h>
#include <stdio.h>
#include <time.h>

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

struct http_part { /* of a multipart/form-data body, sent in order */
	const char *name;
	const char *file_name; /* NULL: a plain field */
	const char *type;      /* NULL: left to the library */
	const void *data;
	uint64_t len;
	FILE *file; /* instead of data: a regular file, of which the first len bytes are sent */
};

struct http_answer { /* zero-initialised; reused from call to call; http_answer_release at the end */
	long status;
	char *type;        /* content type, owned; NULL when there is none */
	bool attachment;   /* Content-Disposition says so: a file, not a page */
	struct buf reason; /* the words of the status line; empty over HTTP/2, which has none */
	double retry_after; /* seconds; negative when the server did not say */
	time_t date;        /* the server's clock; 0 when it did not say */
	struct buf body;    /* empty when it was saved */
	bool saved;         /* it went to the request's `to` or `take` */
	uint64_t saved_bytes;
};

struct http_request {
	const char *method;
	const char *url;
	/* "Name: value" ("Name;" sends it empty), NULL-terminated; or NULL. User-Agent is octi/VERSION,
	 * Accept is anything, unless they are given here. A body needs its Content-Type, here or
	 * below. */
	const char *const *headers;
	const char *type; /* Content-Type; NULL: none beside those of headers */
	const void *body; /* NULL: none */
	FILE *body_file; /* instead of body: a regular file, of which the first len bytes are sent */
	uint64_t len;
	const struct http_part *parts; /* instead of body */
	size_t part_count;
	/* It does something, which must not be done twice: when a connection that was kept breaks before
	 * an answer comes, it fails (FAIL_RETRY), for it may have been done; else it is sent again. */
	bool once;
	/* AWS signature version 4, when set. S3 wants x-amz-content-sha256 among the headers too, and
	 * the names of the query sorted. */
	const char *sigv4;    /* "aws:amz:REGION:s3" */
	const char *user_pwd; /* "ACCESS:SECRET" */
	/* Where the body of an answer of status 200 goes as it comes, when `wanted` (NULL: always) says
	 * so of its status, type and attachment. NULL, and all other bodies: into memory. After a
	 * failure a part of it may have been written. */
	FILE *to;
	/* Instead of `to`, a reader of the body. There is no deadline, for such a body may go on for ever, and
	 * it is not to be compressed; signals are the owner's matter. False ends it. */
	bool (*take)(void *ctx, const char *bytes, size_t len);
	void *take_ctx;
	bool (*wanted)(const struct http_answer *answer);
	bool peek; /* only how the answer begins is of interest: the connection is ended with its body */
	/* Called many times a second: bytes received so far with `to`, else bytes sent; total 0 is
	 * not known. NULL: nobody is told. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *progress_ctx;
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
bool http_send(struct http *http, const struct http_request *request,
	struct http_answer *answer, struct fail *fail);

/*
 * The same for who waits for other things too. http_begin ends what had begun before; `request`, all that it
 * points to, and `answer` are to stay until the end. http_go_on does what can be done without waiting. Not to
 * call it is to let the server wait.
 */
bool http_begin(struct http *http, const struct http_request *request,
	struct http_answer *answer, struct fail *fail);
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

void http_answer_release(struct http_answer *answer);

#endif
