/* patch: text that is written with changes in some places, and to the byte in all others. */
#ifndef OCTI_PATCH_H
#define OCTI_PATCH_H

#include "buf.h"

#include <stdio.h>

/* Zero-initialised but for `at`; patch_release at the end. */
struct patch {
	const char *at; /* what is before it has been written */
	/* Private: */
	struct patch_edit {
		const char *from, *to;
		size_t text, len; /* in texts */
		size_t number;
	} * edits;
	size_t count, edits_cap;
	struct buf texts;
};

/* From..to becomes the text; from == to puts it in between. Not before `at`; in any order. False
 * when memory runs out. */
bool patch_replace(struct patch *patch, const char *from, const char *to, const char *text,
	size_t len, struct fail *fail);

/* Writes all up to `end`, with what was changed of it, and forgets the changes. Of two that overlap
 * the first that was made counts; *lost (NULL is allowed) tells how many did not. Whether writing
 * went well is to be asked of the stream. */
bool patch_write(
	struct patch *patch, const char *end, FILE *to, size_t *lost, struct fail *fail);

void patch_release(struct patch *patch);

/*
 * Elements taken out of a list, with the commas that go with them. Zero-initialised before the
 * first; each is either kept or dropped, in order.
 */
struct patch_list {
	const char *end; /* of the element before */
	bool kept;       /* one before was kept */
};

void patch_keep(struct patch_list *list, const char *end);

/* Drops one: from..to is what has to go. next: where the element after it begins, NULL when it is
 * the last. */
void patch_drop(struct patch_list *list, const char *begin, const char *end, const char *next,
	const char **from, const char **to);

#endif
