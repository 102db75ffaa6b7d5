/*
 * exchange: a request that is under way, as the library (libcurl) is told of it and tells of it. For http,
 * which has its handle.
 */
#ifndef OCTI_EXCHANGE_H
#define OCTI_EXCHANGE_H

#include "request.h"

struct exchange;
struct trust;

/* What a handle gives to each exchange; all is borrowed until exchange_close. */
struct exchange_terms {
	void *easy;                      /* the library's handle, which keeps the connection */
	const struct trust *trust;       /* NULL: certificates are not checked */
	double timeout, connect_timeout; /* seconds, as in http.h */
};

/*
 * Has the handle know all of the request, so that it can be performed. request, all that it points to, and
 * answer, which is clear, stay until exchange_close. host: the address's, with its port when it names one,
 * for messages; borrowed. plain: it is one of http, not of https. NULL on failure: FAIL_USAGE for a header
 * with a control character, FAIL_RETRY (memory).
 */
struct exchange *exchange_open(const struct exchange_terms *terms,
	const struct request *request, struct answer *answer, const char *host, bool plain,
	struct fail *fail);

/* Completes the answer, or fails as http_send does. code: the library's last word (CURLcode). */
bool exchange_end(struct exchange *exchange, int code, struct fail *fail);

/* Has the handle forget it. NULL is allowed. */
void exchange_close(struct exchange *exchange);

#endif
