/* draft: an object while it is made: its members, in order, each key once. */
#ifndef OCTI_DRAFT_H
#define OCTI_DRAFT_H

#include "scan.h"

/* Zero-initialised, it is empty. */
struct draft {
	struct draft_field {
		size_t key, key_len; /* in `made` */
		const char *text;    /* the value, borrowed; NULL: in `made`, at `at` */
		size_t at, len;      /* 0 long: it is taken out */
	} * fields;
	size_t count, fields_cap;
	struct buf made;
	size_t mark; /* where the value that is being made begins */
};

/* Begins with the members of a checked object, whose text must stay. Of a key that is repeated the
 * last value counts; null is as if it were not there. */
bool draft_read(struct draft *draft, struct span object, struct fail *fail);

/* The value under the key, a view until the draft changes; false when there is none. */
bool draft_get(const struct draft *draft, const char *key, struct span *value);
bool draft_has(const struct draft *draft, const char *key);

/* True when the value under the key is this string. */
bool draft_is(const struct draft *draft, const char *key, const char *text);

/* The n-th of `count` fields; an empty value: it was taken out. Keys are without quotes. */
void draft_at(const struct draft *draft, size_t n, struct span *key, struct span *value);

/* Takes a value out; renames a key, whose new name the draft must not have. */
void draft_drop(struct draft *draft, const char *key);
bool draft_rename(struct draft *draft, size_t n, const char *key, struct fail *fail);

/* To give a key a value: print it to what draft_make returns, then draft_set. Views end with the
 * first, but for those of the text that was read. */
struct buf *draft_make(struct draft *draft);
bool draft_set(struct draft *draft, const char *key, struct fail *fail);

/* The same for a text that is JSON already, and for a string, which is UTF-8. */
bool draft_set_json(struct draft *draft, const char *key, const char *json, struct fail *fail);
bool draft_set_text(struct draft *draft, const char *key, const char *text, struct fail *fail);

/* Adds to the list under the key those elements of another, which is no view of this draft, that it did
 * not have; and a string. */
bool draft_extend(
	struct draft *draft, const char *key, struct span elements, struct fail *fail);
bool draft_extend_text(
	struct draft *draft, const char *key, const char *text, struct fail *fail);

/* Adds the object on one line: what is in `first` in its order, then the rest as it came. */
void draft_print(const struct draft *draft, const char *const *first, struct buf *to);

void draft_release(struct draft *draft);

#endif
