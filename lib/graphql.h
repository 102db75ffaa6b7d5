/* graphql: operations on the platform's API, and what its errors mean. */
#ifndef OCTI_GRAPHQL_H
#define OCTI_GRAPHQL_H

#include "buf.h"
#include "conf.h"
#include "span.h"
#include "upload.h"

#include <time.h>

struct http;
struct graphql; /* a client of one platform */
struct json;

/* Needs OPENCTI_URL and OPENCTI_TOKEN ("ChangeMe" is refused); touches no network. The configuration
 * is borrowed until graphql_close. OPENCTI_CUSTOM_HEADERS replace headers of ours of the same name.
 * NULL on failure. */
struct graphql *graphql_open(const struct conf *conf, struct fail *fail);
void graphql_close(struct graphql *graphql);

/* Sends the calls that follow on behalf of a user (needs BYPASS; the platform ignores it
 * otherwise). NULL: as ourselves. The text is copied, here and below. */
bool graphql_applicant(struct graphql *graphql, const char *user_id, struct fail *fail);

/* NULL: no header, the user's own draft applies; "": explicitly outside of any draft. */
bool graphql_draft(struct graphql *graphql, const char *draft_id, struct fail *fail);

/*
 * Runs an operation. document: valid UTF-8; variables: the text of a JSON object, NULL for none.
 * Returns the value of `data` as a document that the caller frees, NULL on failure. An answer with
 * errors is a failure even when it has data too. The failure's text is "OPERATION: CODE: message"
 * with the details that help, or "OPERATION: HTTP STATUS: reason"; OPERATION is the name in the
 * document, "query" or "mutation" when it has none. Its kind:
 *   FAIL_NO     AUTH_*, FORBIDDEN_ACCESS and whatever else the platform refuses; DATABASE_ERROR,
 *               UNKNOWN_ERROR, INTERNAL_SERVER_ERROR and their like unless the text or the cause
 *               names one that passes (a timeout, a refused connection, a back end that is down:
 *               the platform's own broker, search engine, Redis or object store); 401, 403, 413
 *               and other 4xx; a 500 that is about the request;
 *   FAIL_USAGE  the document or its variables do not fit the schema; OPENCTI_URL leads elsewhere: a
 *               web page, no JSON, 3xx, 404, 405;
 *   FAIL_RETRY  LOCK_ERROR, MISSING_REFERENCE_ERROR, 429, 5xx without errors, no or half an answer.
 */
struct json *graphql_call(struct graphql *graphql, const char *document, const char *variables,
	struct fail *fail);

/* The same, but `data` is left as the bytes that came: *data and *len point into the client's
 * answer and hold until its next call. */
bool graphql_fetch(struct graphql *graphql, const char *document, const char *variables,
	const char **data, size_t *len, struct fail *fail);

/* The two for a document with one variable, which is a text. `data` as above. */
struct json *graphql_call_with(struct graphql *graphql, const char *document, const char *name,
	const char *text, struct fail *fail);
bool graphql_fetch_with(struct graphql *graphql, const char *document, const char *name,
	const char *text, struct span *data, struct fail *fail);

/* The same as graphql_fetch, with a file, from memory or disk, as the variable called `variable`, which
 * `variables` does not have (GraphQL multipart request). It goes out as it is read; a deadline counts from when bytes last
 * moved. The platform goes by the file's name, not by its type. */
bool graphql_send(struct graphql *graphql, const char *document, const char *variables,
	const char *variable, const struct upload *upload, const char **data, size_t *len,
	struct fail *fail);

/*
 * Writes a file that the platform keeps to `to`. path: as the platform tells it, such as
 * "/storage/get/import/global/a b.csv"; it is percent-encoded here. The failures are those of
 * reply_file and of the network (FAIL_RETRY); part of the file may have been written then.
 */
bool graphql_get(struct graphql *graphql, const char *path, FILE *to, struct fail *fail);

/* What a request beside the API needs, borrowed: the connection, the platform's address without a slash at its
 * end, the headers (NULL-terminated). graphql_header sets one of them from now on; NULL takes it away. */
struct http *graphql_http(const struct graphql *graphql);
const char *graphql_base(const struct graphql *graphql);
const char *const *graphql_headers(const struct graphql *graphql);
bool graphql_header(
	struct graphql *graphql, const char *name, const char *value, struct fail *fail);

/* How the answer to a GET begins, whatever may follow: its status and type ("" for none; *type is borrowed
 * until the next call). path: as above. */
bool graphql_peek(struct graphql *graphql, const char *path, long *status, const char **type,
	struct fail *fail);

/* Who is told, many times a second, how many bytes of a file have been sent or received, and of how
 * many (0 is not known); NULL for nobody. */
void graphql_progress(struct graphql *graphql,
	void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx);

/* The code of the last call's first error, such as "LOCK_ERROR"; "" when there was none. Borrowed
 * until the next call. */
const char *graphql_code(const struct graphql *graphql);

/* True when the last call failed because the platform's schema lacks a field, an argument, a type or
 * a value of it: what an older platform says of a newer document (GRAPHQL_VALIDATION_FAILED or
 * BAD_USER_INPUT with a message of that sort, not with one about values or limits). */
bool graphql_outdated(const struct graphql *graphql);

/* What the server's clock showed when it answered last (Date); 0 when it did not say. */
time_t graphql_date(const struct graphql *graphql);

/* Seconds the server asked to wait with its last answer (Retry-After), negative when it did not. */
double graphql_retry_after(const struct graphql *graphql);

#endif
