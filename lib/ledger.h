/* ledger: which objects were written already. */
#ifndef OCTI_LEDGER_H
#define OCTI_LEDGER_H

#include "ids.h"

/* Zero-initialised, it is empty. 32 bytes for an object, and as little again for finding it. */
struct ledger {
	struct ledger_entry {
		unsigned char uuid[16];
		uint64_t contents; /* hash of what it was made of */
		uint32_t type;     /* its number in `types` */
		bool there;
		bool held; /* by a report of all */
	} * entries;       /* in order of arrival */
	size_t count, entries_cap;
	uint32_t *slots,
		slot_count; /* number + 1 of an entry, 0 where free; slot_count is 2^n */
	struct ids
		types;  /* what stands before UUIDs; and whole ids, whose UUID is in capitals */
	uint32_t *news; /* noted since ledger_begin */
	size_t news_count, news_cap;
};

bool ledger_has(const struct ledger *ledger, const char *id);

/* Notes an object. *wanted tells whether it is to be written: it is new, or, unless once is true, its
 * contents are. */
bool ledger_note(struct ledger *ledger, struct span id, struct span contents, bool held,
	bool once, bool *wanted, struct fail *fail);

/* What is noted after ledger_begin is new again after ledger_undo. */
void ledger_begin(struct ledger *ledger);
void ledger_undo(struct ledger *ledger);

/* Adds the ids of all that are held, as a list; false when there are none. */
bool ledger_print(const struct ledger *ledger, struct buf *to);

void ledger_release(struct ledger *ledger);

#endif
