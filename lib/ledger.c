#include "ledger.h"

#include "array.h"
#include "canonical.h"

#include <stdlib.h>

bool ledger_has(const struct ledger *ledger, const char *id)
{
	uint32_t n = ids_find(&ledger->ids, id, strlen(id));
	return n != IDS_NONE && ledger->entries[n].there;
}

bool ledger_note(struct ledger *ledger, struct span id, struct span contents, bool held,
	bool once, bool *wanted, struct fail *fail)
{
	uint64_t hash = scan_hash(contents.text, contents.len);
	uint32_t known = ledger->ids.count, n = ids_keep(&ledger->ids, id.text, id.len);
	if (n == IDS_NONE)
		return fail_memory(fail);
	if (!ARRAY_RESERVE(ledger, entries, ledger->ids.count, fail) ||
		!ARRAY_RESERVE(ledger, news, ledger->news_count + 1, fail))
		return false;
	struct ledger_entry *entry = &ledger->entries[n];
	if (n == known)
		*entry = (struct ledger_entry){ 0 };
	*wanted = !entry->there || (!once && entry->contents != hash);
	if (!entry->there)
		ledger->news[ledger->news_count++] = n;
	if (*wanted)
		*entry = (struct ledger_entry){ hash, true, held };
	return true;
}

void ledger_begin(struct ledger *ledger)
{
	ledger->news_count = 0;
}

void ledger_undo(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->news_count; i++)
		ledger->entries[ledger->news[i]].there = false;
	ledger->news_count = 0;
}

bool ledger_print(const struct ledger *ledger, struct buf *to)
{
	const char *comma = "[";
	for (uint32_t n = 0; n < ledger->ids.count; n++) {
		if (!ledger->entries[n].there || !ledger->entries[n].held)
			continue;
		buf_text(to, comma);
		canonical_string(to, ledger->ids.all[n].text, ledger->ids.all[n].len);
		comma = ",";
	}
	if (*comma == ',')
		buf_char(to, ']');
	return *comma == ',';
}

void ledger_release(struct ledger *ledger)
{
	ids_release(&ledger->ids);
	free(ledger->entries);
	free(ledger->news);
}
