#include "ledger.h"

#include "array.h"
#include "canonical.h"
#include "uid.h"

#include <stdlib.h>

/* What an id is kept as: its UUID, and a text that is the rest, or all of it. */
struct key {
	unsigned char uuid[16];
	struct span text;
};

static struct key key_of(struct span id)
{
	struct key key = { { 0 }, id };
	if (id.len > UID_LEN && uid_read(id.text + id.len - UID_LEN, UID_LEN, key.uuid))
		key.text.len -= UID_LEN;
	else
		memset(key.uuid, 0, sizeof key.uuid);
	return key;
}

/* Where the entry is, or would be. */
static uint32_t *slot_of(
	const struct ledger *ledger, const unsigned char uuid[16], uint32_t type)
{
	/* Of all of it: UUIDs that follow one another in time begin or end alike. */
	uint32_t hash = (uint32_t)scan_hash((const char *)uuid, 16);
	uint32_t mask = ledger->slot_count - 1;
	for (uint32_t i = (hash ^ type) & mask;; i = (i + 1) & mask) {
		uint32_t *slot = &ledger->slots[i];
		if (!*slot)
			return slot;
		const struct ledger_entry *entry = &ledger->entries[*slot - 1];
		if (entry->type == type && !memcmp(entry->uuid, uuid, 16))
			return slot;
	}
}

static bool grow(struct ledger *ledger, struct fail *fail)
{
	uint32_t count = ledger->slot_count ? ledger->slot_count * 2 : 16;
	uint32_t *slots = count ? calloc(count, sizeof *slots) : NULL;
	if (!slots)
		return fail_memory(fail);
	free(ledger->slots);
	ledger->slots = slots;
	ledger->slot_count = count;
	for (size_t n = 0; n < ledger->count; n++)
		*slot_of(ledger, ledger->entries[n].uuid, ledger->entries[n].type) =
			(uint32_t)n + 1;
	return true;
}

static struct ledger_entry *find(const struct ledger *ledger, const struct key *key)
{
	uint32_t type = ids_find(&ledger->types, key->text.text, key->text.len);
	uint32_t number =
		type == IDS_NONE || !ledger->slot_count ? 0 : *slot_of(ledger, key->uuid, type);
	return number ? &ledger->entries[number - 1] : NULL;
}

/* The entry, a new one if need be. NULL on failure. */
static struct ledger_entry *keep(struct ledger *ledger, struct span id, struct fail *fail)
{
	struct key key = key_of(id);
	struct ledger_entry *entry = find(ledger, &key);
	if (entry)
		return entry;
	uint32_t type = ids_keep(&ledger->types, key.text.text, key.text.len);
	if (type == IDS_NONE)
		return fail_memory(fail), NULL;
	if ((ledger->count >= ledger->slot_count / 4 * 3 && !grow(ledger, fail)) ||
		!ARRAY_RESERVE(ledger, entries, ledger->count + 1, fail))
		return NULL;
	entry = &ledger->entries[ledger->count++];
	*entry = (struct ledger_entry){ .type = type };
	memcpy(entry->uuid, key.uuid, 16);
	*slot_of(ledger, key.uuid, type) = (uint32_t)ledger->count;
	return entry;
}

bool ledger_has(const struct ledger *ledger, const char *id)
{
	struct key key = key_of((struct span){ id, strlen(id) });
	const struct ledger_entry *entry = find(ledger, &key);
	return entry && entry->there;
}

bool ledger_note(struct ledger *ledger, struct span id, struct span contents, bool held,
	bool once, bool *wanted, struct fail *fail)
{
	uint64_t hash = scan_hash(contents.text, contents.len);
	if (!ARRAY_RESERVE(ledger, news, ledger->news_count + 1, fail))
		return false;
	struct ledger_entry *entry = keep(ledger, id, fail);
	if (!entry)
		return false;
	*wanted = !entry->there || (!once && entry->contents != hash);
	if (!entry->there)
		ledger->news[ledger->news_count++] = (uint32_t)(entry - ledger->entries);
	if (*wanted) {
		entry->contents = hash;
		entry->there = true;
		entry->held = held;
	}
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
	struct buf id = { 0 };
	for (size_t n = 0; n < ledger->count; n++) {
		const struct ledger_entry *entry = &ledger->entries[n];
		const struct id *type = &ledger->types.all[entry->type];
		char uuid[UID_LEN + 1];
		if (!entry->there || !entry->held)
			continue;
		buf_clear(&id);
		buf_add(&id, type->text, type->len);
		if (type->text[type->len - 1] == '-') {
			uid_print(entry->uuid, uuid);
			buf_add(&id, uuid, UID_LEN);
		}
		buf_text(to, comma);
		canonical_string(to, buf_str(&id), id.len);
		if (id.state != BUF_OK)
			to->state = id.state;
		comma = ",";
	}
	buf_release(&id);
	if (*comma == ',')
		buf_char(to, ']');
	return *comma == ',';
}

void ledger_release(struct ledger *ledger)
{
	ids_release(&ledger->types);
	free(ledger->entries);
	free(ledger->slots);
	free(ledger->news);
}
