/* s3: objects in a bucket of an S3 store, by path-style addresses and signature version 4. */
#ifndef OCTI_S3_H
#define OCTI_S3_H

#include "fail.h"

#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct s3;

/* All text is borrowed for the life of the handle. */
struct s3_options {
	const char *endpoint; /* host name or address, without scheme */
	uint16_t port;        /* 0: the scheme's own */
	bool use_ssl;
	bool verify; /* check the server's certificate and name */
	const char
		*ca; /* path or PEM text of the only authorities trusted; NULL: the system's */
	const char
		*extra_ca; /* path or PEM text of authorities trusted beside them; NULL: none */
	const char *region; /* NULL or "": us-east-1 */
	const char *access_key, *secret_key;
	const char *bucket;
	double timeout;         /* seconds for one request; 0 is no deadline */
	double connect_timeout; /* seconds */
};

/* Touches no network. NULL on failure; FAIL_USAGE names the option that is missing. */
struct s3 *s3_open(const struct s3_options *options, struct fail *fail);
void s3_close(struct s3 *s3);

/*
 * The calls fail with FAIL_NO when the store refuses, its <Code> and <Message> in the text, and with
 * FAIL_RETRY when it is not there, says 5xx or 429, or asks to slow down. Keys are bytes; they are
 * percent-encoded here, "/" apart.
 */

/* Writes an object, whole or not at all. type: its content type. */
bool s3_put(struct s3 *s3, const char *key, const void *bytes, size_t len, const char *type,
	struct fail *fail);

/*
 * Calls `each` for every object whose key begins with the prefix, page after page; it may call
 * s3_delete. The key is borrowed for the call. A false of `each` ends the listing, and is its result;
 * it fills fail then.
 */
bool s3_list(struct s3 *s3, const char *prefix,
	bool (*each)(void *ctx, const char *key, time_t modified, struct fail *fail), void *ctx,
	struct fail *fail);

/* True also when there was no such object. */
bool s3_delete(struct s3 *s3, const char *key, struct fail *fail);

#endif
