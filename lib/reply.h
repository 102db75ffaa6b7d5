/* reply: what an answer of the platform means. */
#ifndef OCTI_REPLY_H
#define OCTI_REPLY_H

#include "http.h"
#include "scan.h"

/* Zero-initialised; used for one answer after another; reply_release at the end. */
struct reply {
	struct span data; /* the value of `data`, borrowed from the answer */
	struct buf
		code;  /* of the first error, such as "LOCK_ERROR"; empty when there was none */
	bool outdated; /* the platform's schema lacks what was asked for, see graphql_outdated */
};

/* Reads the answer to a GraphQL operation of that name. True when it has data and no errors; the
 * failures are those of graphql_call. */
bool reply_read(struct reply *reply, const char *operation, const struct answer *answer,
	struct fail *fail);

/* Forgets the last answer, as when there is none to a new request. */
void reply_clear(struct reply *reply);
void reply_release(struct reply *reply);

/*
 * The same for a file that was asked for. True when its body was saved. FAIL_NO: a
 * token that is not accepted (403), a file that is unknown or restricted (503 with an error in JSON,
 * unless it names a passing cause), a web page. FAIL_RETRY: other 5xx, 429. FAIL_USAGE: a redirect.
 */
bool reply_file(const struct answer *answer, struct fail *fail);

/* False for a web page, which is what the platform answers where it has no file: the answer does
 * not call itself an attachment. Fits request.wanted. */
bool reply_is_file(const struct answer *answer);

#endif
