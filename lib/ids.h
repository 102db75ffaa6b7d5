/* ids: texts, each kept once and known by its number, from 0 in order of arrival. */
#ifndef OCTI_IDS_H
#define OCTI_IDS_H

#include "scan.h"

#define IDS_NONE UINT32_MAX

struct id {
	const char *text; /* not ended by a NUL */
	uint32_t len, hash;
};

/* Zero-initialised, it is empty. */
struct ids {
	struct id *all;
	uint32_t count, cap;
	uint32_t *slots, slot_count; /* number + 1 of an id, 0 where free; slot_count is 2^n */
	char **copies;               /* of texts that had to be decoded, or to be kept */
	size_t copy_count;
};

/* The number of the text, which is added when it is new and then must outlive the table. IDS_NONE
 * when memory runs out (or after four billion). */
uint32_t ids_add(struct ids *ids, const char *text, size_t len);

/* The same, but the table keeps a copy of a text that is new. */
uint32_t ids_keep(struct ids *ids, const char *text, size_t len);

/* The number of the text, IDS_NONE when it is not there. */
uint32_t ids_find(const struct ids *ids, const char *text, size_t len);

/* The same for the contents of a checked JSON string (with quotes); a string with escapes is
 * decoded, and the table keeps the copy. */
uint32_t ids_add_string(struct ids *ids, struct span string);
/* False when memory runs out. */
bool ids_find_string(const struct ids *ids, struct span string, uint32_t *number);

void ids_release(struct ids *ids);

#endif
