/* exam: an object that is looked at, what is known of those before it, and how a rule says what it
 * finds. */
#ifndef OCTI_EXAM_H
#define OCTI_EXAM_H

#include "patch.h"
#include "set.h"
#include "ties.h"

enum { EXAM_RULES = 96 }; /* the table has no more */

enum severity { ERROR, WARNING };

struct exam;

/* What is asked of objects: see rule.h. */
struct rule {
	const char *code; /* "OC001"; never given to another rule */
	enum severity severity;
	const char *text; /* what is wrong when it is broken */
	const char *fix;  /* what to do about it */
	unsigned family;  /* of the objects that are asked; 0: all, also those of no kind */
	enum kind kind;   /* unless KIND_NONE: only these */
	void (*ask)(struct exam *exam); /* NULL: it is found elsewhere */
};

/* What a rule has found. */
struct finding {
	const struct rule *rule;
	const char *input; /* where the object is: the name of the input, */
	size_t line;       /* the line, */
	size_t number;     /* and which of all objects that were read it is, from 1 */
	struct span id, type;
	const char *reason;
	bool fixed; /* the change was made */
};

/* Zero-initialised but for what is up to the caller; exam_release at the end. */
struct exam {
	/* Of the caller: */
	bool ignored[EXAM_RULES]; /* rules that are not asked, by their number in the table */
	uint64_t max_refs;        /* the platform's objects_max_refs; 0: none */
	uint64_t max_confidence;  /* of the user who imports; 0: not known */
	bool fix;
	const char *now; /* "2026-01-31T12:00:00Z" */
	bool (*found)(void *ctx, const struct finding *finding, struct fail *fail);
	void *ctx;

	/* The object: */
	struct object object;
	enum kind kind;
	unsigned family;
	const char *input;
	size_t line, number;
	struct buf pycti_id, platform_id; /* those of its contents; empty when there is none */

	/* What is known of those before it: */
	struct ties ties;
	struct set names;   /* of objects, by kind, and */
	struct set aliases; /* what else they are called */
	struct set
		inside; /* pairs of a container, and a relationship in it that has it as an end */

	/* What is said: */
	const struct rule *rule; /* the present one */
	struct patch patch;      /* changes, with `fix` */
	size_t errors, warnings; /* that were not fixed */
	size_t fixed;
	struct fail *fail; /* where to say that memory ran out */
	struct buf text, reason;
};

/* The present rule is broken, for this reason. */
void exam_report(struct exam *exam, const char *format, ...) FAIL_PRINTF(2, 3);

/* The same, and from..to should be the text instead; it will be, with `fix`. */
void exam_fix(struct exam *exam, const char *from, const char *to, struct span text,
	const char *format, ...) FAIL_PRINTF(5, 6);

/* A finding whose reason is in exam->reason. */
void exam_tell(struct exam *exam, const struct finding *finding);

/* The contents of a member that is a string, decoded; false when it is none. Until the next call. */
bool exam_text(struct exam *exam, const char *name, struct span *text);

/* The same for any value. */
bool exam_decode(struct exam *exam, struct span value, struct span *text);

/* The value of a member, a list; false when it is absent or none. */
bool exam_list(const struct exam *exam, const char *name, struct span *list);

void exam_release(struct exam *exam);

#endif
