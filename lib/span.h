/*
 * span: the text of a JSON value, in place, that was checked (scan.h): nothing here looks for errors, and
 * nothing else may be given to it. After each value comes a byte that ends it.
 */
#ifndef OCTI_SPAN_H
#define OCTI_SPAN_H

#include "buf.h"

/* The text of one value (of a string with its quotes), borrowed from what is scanned. */
struct span {
	const char *text;
	size_t len;
};

/* One past the value that begins at `at`. */
const char *span_skip(const char *at);

/* The first byte that is no white space. */
const char *span_space(const char *at);

/* True when the string (with quotes) is this text. */
bool span_is(struct span string, const char *text);

/* The same for strings without escapes. In line, so that the length of a literal is known. */
static inline bool span_equals(struct span string, const char *text)
{
	size_t n = strlen(text);
	return string.len == n + 2 && !memcmp(string.text + 1, text, n);
}

/* True when the string (with quotes) has no escapes, so that its bytes are its contents. */
bool span_is_raw(struct span string);

/* Adds the contents of a string (with quotes), decoded to UTF-8; a lone surrogate gives the three
 * bytes that UTF-8 would give its code point. */
void span_decode(struct span string, struct buf *to);

/* Walks the members of a checked array or object: *at is one past its opening bracket to begin
 * with. False at the end. key may be NULL for arrays. */
bool span_member(const char **at, struct span *key, struct span *value);

/* The value at a path of keys such as "data.works.pageInfo" in a checked value; of a key that is
 * repeated, the last. */
bool span_find(struct span value, const char *path, struct span *found);

/* The same, of a path of n bytes. */
bool span_find_n(struct span value, const char *path, size_t n, struct span *found);

#endif
