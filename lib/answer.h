/* answer: what came back of an HTTP request. */
#ifndef OCTI_ANSWER_H
#define OCTI_ANSWER_H

#include "buf.h"

#include <time.h>

/* Zero-initialised; reused from request to request; answer_release at the end. */
struct answer {
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

/* Forgets what came before. max: bytes of body that are accepted; 0 is no ceiling. */
void answer_clear(struct answer *answer, size_t max);

/* A line of its head, with its end: keeps the words of the status line, which the last one gives, for
 * the platform says there why it refuses a stream. Too little memory shows in `reason`. */
void answer_line(struct answer *answer, const char *line, size_t len);

void answer_release(struct answer *answer);

#endif
