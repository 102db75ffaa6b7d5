/* ledger: which objects were written already. */
#ifndef OCTI_LEDGER_H
#define OCTI_LEDGER_H

#include "ids.h"

/* Zero-initialised, it is empty. */
struct ledger {
	struct ids ids;
	struct ledger_entry {
		uint64_t contents; /* hash of what it was made of */
		bool there;
		bool held; /* by a report of all */
	} * entries;       /* by number of the id */
	size_t entries_cap;
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
