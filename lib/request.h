/* request: an HTTP request, as its sender wants it. */
#ifndef OCTI_REQUEST_H
#define OCTI_REQUEST_H

#include "answer.h"

#include <stdio.h>

struct request_part { /* of a multipart/form-data body, sent in order */
	const char *name;
	const char *file_name; /* NULL: a plain field */
	const char *type;      /* NULL: left to the library */
	const void *data;
	uint64_t len;
	FILE *file; /* instead of data: a regular file, of which the first len bytes are sent */
};

struct request {
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
	const struct request_part *parts; /* instead of body */
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
	bool (*wanted)(const struct answer *answer);
	bool peek; /* only how the answer begins is of interest: the connection is ended with its body */
	/* Called many times a second: bytes received so far with `to`, else bytes sent; total 0 is
	 * not known. NULL: nobody is told. */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *progress_ctx;
};

/* Whether a file is sent or fetched, or a body read as it comes, which takes as long as it is large. */
bool request_moves_file(const struct request *request);

/* Whether the body of an answer goes to `to` or `take`; of its head, all is known. */
bool request_saves(const struct request *request, const struct answer *answer);

/* Takes bytes of the body to where they belong. False when there is no room in memory, which shows in the
 * answer's body; when `take` wants no more; and, with errno in *error, when `to` cannot be written. */
bool request_take(const struct request *request, struct answer *answer, const char *bytes,
	size_t len, int *error);

#endif
