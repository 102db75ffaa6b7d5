/*
 * ties: the ids that were met, and the references that wait for one. An id that was met takes a
 * few bytes (roll.h), one that is waited for 64, until it is met.
 */
#ifndef OCTI_TIES_H
#define OCTI_TIES_H

#include "ids.h"
#include "kind.h"
#include "roll.h"

/* An id in 17 bytes. */
struct tag {
	unsigned char
		kind; /* enum kind, whose type in STIX the id begins with; KIND_NONE: another id, */
	unsigned char bytes[16]; /* and this is its number in ties->odd; else the UUID */
};

/* Where an object is. */
struct place {
	const char *input; /* borrowed */
	uint64_t line;
	uint32_t number;
	struct tag id;
};

/* An id that was referred to and not met. */
struct absent {
	uint64_t hash;
	struct tag id;
	bool needed; /* by what first refers to it: an end of a relationship or sighting */
	struct place place; /* of the first object that needs it, or else refers to it */
	uint32_t count;     /* of references */
	uint32_t next;      /* of the free ones, + 1 */
};

/* A relationship of which not all was known when it came. */
struct later {
	struct place place;
	const char *relationship; /* static */
	uint64_t from, to;        /* hashes of the ids */
	unsigned char from_kind, to_kind;
};

/* Zero-initialised; ties_release at the end. */
struct ties {
	struct roll met; /* with their enum kind */
	struct ids odd;
	struct absent *absents;
	struct later *laters;
	uint32_t *slots; /* number + 1 in absents, 0 where free */
	size_t absents_cap, laters_cap, absent_count, later_count, slot_count, waiting;
	uint32_t free; /* the first of absents that is free, + 1 */
};

struct place ties_place(
	struct ties *ties, const char *input, size_t line, size_t number, struct span id);

/* Notes that an object of that id is there. False when memory runs out. */
bool ties_meet(struct ties *ties, struct span id, enum kind kind);

/* The kind of what has that id: as it was met, or as much as the id tells. */
enum kind ties_kind(const struct ties *ties, struct span id, bool *met);

/* Notes a reference. False when memory runs out. */
bool ties_refer(struct ties *ties, struct span id, bool needed, const struct place *place);

/* Notes a relationship that is to be looked at again when all is known. False when memory runs out. */
bool ties_postpone(struct ties *ties, struct span from, const char *relationship,
	struct span to, const struct place *place);

/* The kinds of a postponed relationship's ends, as they are known now. */
void ties_ends(
	const struct ties *ties, const struct later *later, enum kind *from, enum kind *to);

/* Puts what was not met in the order in which it was first referred to, into the first
 * `waiting` of absents. Nothing may be met or referred to after that. */
void ties_settle(struct ties *ties);

/* Adds an id. */
void ties_print(const struct ties *ties, const struct tag *id, struct buf *to);

void ties_release(struct ties *ties);

#endif
