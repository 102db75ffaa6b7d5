/*
 * scan: checks JSON text and walks it in place, without building a tree. What it has passed over is a
 * span.
 *
 * What is accepted is what Python's json.loads accepts, for that is what reads the platform's
 * queues: RFC 8259 plus NaN, Infinity and -Infinity, escaped lone surrogates included, raw
 * control characters and invalid UTF-8 not. Depth is limited, so that recursion is safe.
 */
#ifndef OCTI_SCAN_H
#define OCTI_SCAN_H

#include "span.h"

enum { SCAN_MAX_DEPTH = 1000 };

struct scan {
	const char *start, *at, *end;
	size_t lines; /* that came before `start`, for messages; 0 unless the caller says so */
	const char *error; /* what is wrong at `at`, static; NULL while all is well */
	bool repeated;     /* set when an object had a key twice; the caller may reset it */
	bool careless; /* set by the caller, to whom that does not matter: `repeated` is not */
	bool escaped;  /* the last string had escapes */
	unsigned depth;
	uint64_t *keys; /* of the objects that are open, hashed */
	size_t key_count, key_cap;
};

/* An array or object that is being walked. */
struct scan_list {
	struct span key; /* of the current member, with its quotes; empty in arrays */
	bool escaped; /* the key has escapes: span_is sees through them, span_equals does not */
	size_t keys;  /* where its keys begin */
	char close;
	bool first, ended;
};

void scan_init(struct scan *scan, const char *text, size_t len);
void scan_release(struct scan *scan);

/* The next byte that is no white space, -1 at the end. */
int scan_peek(struct scan *scan);

/* Checks one value and passes over it. False on an error. */
bool scan_value(struct scan *scan, struct span *value);

/*
 * Walks the members of an array or object ('[' or '{' must come next):
 *     for (scan_open(scan, &list); scan_next(scan, &list);)
 *             scan_value(scan, &value);
 * Each round must pass over one value (or walk into it). The loop ends after the closing bracket,
 * or on an error, which scan->error tells.
 */
void scan_open(struct scan *scan, struct scan_list *list);
bool scan_next(struct scan *scan, struct scan_list *list);

/* Fills fail with "NAME:LINE:COLUMN: error" (FAIL_NO; memory: FAIL_RETRY). Returns false. */
bool scan_fail(const struct scan *scan, const char *name, struct fail *fail);

/* Length of the character at `at`, which is before `end`, in UTF-8; 0 when it is none. */
size_t scan_utf8(const char *at, const char *end);

/* The line, from 1, in which `at` lies. */
size_t scan_line(const char *start, const char *at);

/* One past the run of bytes that JSON writes as they are and that are ASCII: no quote, backslash,
 * control character, DEL. */
const char *scan_plain(const char *at, const char *end);

/* Hash of bytes, for tables in memory. */
uint64_t scan_hash(const void *bytes, size_t n);

#endif
