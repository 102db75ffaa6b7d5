/* object: a STIX object that was read, by its members. */
#ifndef OCTI_OBJECT_H
#define OCTI_OBJECT_H

#include "scan.h"

struct member {
	struct span key, value; /* the key with its quotes */
};

/* Zero-initialised; read into again and again; object_release at the end. */
struct object {
	struct span text;
	struct member *all; /* in their order */
	size_t count, all_cap;
	struct span id,
		type;  /* without quotes; empty when they are no strings or have escapes */
	bool repeated; /* it, or an object in it, has a key twice */
	bool escaped;  /* a key of it has escapes */
};

/* Reads the object where scan stands ('{'), which has to stay. On false either scan->error or fail
 * (FAIL_RETRY) says why. */
bool object_read(struct object *object, struct scan *scan, struct fail *fail);
void object_release(struct object *object);

/* The member of that name, of several the last, NULL when there is none. object_get gives its value. */
const struct member *object_member(const struct object *object, const char *name);
const struct span *object_get(const struct object *object, const char *name);

/* The value of a member that is a string, without quotes, as it is written; false for others, and
 * for strings with escapes. */
bool object_text(const struct object *object, const char *name, struct span *text);

/* A literal as an element of a table of spans. */
#define TEXT(literal)                                                                          \
	{                                                                                      \
		literal, sizeof(literal) - 1                                                   \
	}

static inline bool text_same(struct span a, struct span b)
{
	return a.len == b.len && !memcmp(a.text, b.text, a.len);
}

/* Whether a span is this text. */
static inline bool text_is(struct span span, const char *text)
{
	size_t n = strlen(text);
	return span.len == n && !memcmp(span.text, text, n);
}

static inline bool text_begins(struct span span, const char *text)
{
	size_t n = strlen(text);
	return span.len >= n && !memcmp(span.text, text, n);
}

static inline bool text_ends(struct span span, const char *text)
{
	size_t n = strlen(text);
	return span.len >= n && !memcmp(span.text + span.len - n, text, n);
}

/* What is between the quotes of a string. */
static inline struct span text_inside(struct span string)
{
	return (struct span){ string.text + 1, string.len - 2 };
}

/* Whether a member's key (with quotes) names a reference (..._ref) or a list of them (..._refs). */
static inline bool member_is_ref(struct span key)
{
	return text_ends(key, "_ref\"");
}

static inline bool member_is_refs(struct span key)
{
	return text_ends(key, "_refs\"");
}

#endif
