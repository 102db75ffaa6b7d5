/* fail: what went wrong, as an exit status and one line of text. */
#ifndef OCTI_FAIL_H
#define OCTI_FAIL_H

#include <stdbool.h>

/* The kinds are the exit statuses of octi(7). */
enum fail_kind {
	FAIL_NONE = 0,
	FAIL_NO = 1, /* the answer is no: refused, not found, an invalid item; do not retry */
	FAIL_USAGE = 2, /* called or configured wrongly; nothing was tried */
	FAIL_RETRY =
		75, /* network, timeout, 5xx, broker gone, no memory, disk full: try later */
	FAIL_NOT_RUN = 126,   /* a program that is to be run cannot be */
	FAIL_NOT_FOUND = 127, /* and one that is not there */
};

/* Zero-initialised, it says that nothing failed. */
struct fail {
	enum fail_kind kind;
	char *text; /* owned; NULL when even the text could not be allocated */
};

#if defined(__GNUC__)
#define FAIL_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define FAIL_PRINTF(f, a)
#endif

/*
 * Records a failure, replacing an earlier one, and returns false, so that a function can
 * `return fail_set(...)`. Control characters in the text (it may quote the network) become '?'.
 */
bool fail_set(struct fail *fail, enum fail_kind kind, const char *format, ...)
	FAIL_PRINTF(3, 4);

/* Puts "WHAT: " before the text. Returns false. Without a failure it does nothing. */
bool fail_at(struct fail *fail, const char *format, ...) FAIL_PRINTF(2, 3);

/* Records that memory ran out (FAIL_RETRY); needs no memory itself. Returns false. */
bool fail_memory(struct fail *fail);

/* Records `what: strerror(errno)`, as FAIL_RETRY when another try may go well (a full disk, no
 * memory, an interrupted or refused connection), else as FAIL_NO. Returns false. */
bool fail_errno(struct fail *fail, const char *format, ...) FAIL_PRINTF(2, 3);

/* The text, never NULL. Borrowed until the next call on the same failure. */
const char *fail_text(const struct fail *fail);

/* Back to "nothing failed". */
void fail_clear(struct fail *fail);

#endif
