/* given: the properties of an object that its id is made of, some of them made from others. */
#ifndef OCTI_GIVEN_H
#define OCTI_GIVEN_H

#include "idrule.h"
#include "scan.h"

enum { GIVEN_MOST = 16 };

/* Zero-initialised but for the first two. */
struct given {
	bool platform; /* by the platform's rules rather than pycti's */
	struct span object;
	struct given_property {
		const char *name;
		struct span value; /* empty when it is absent or null */
	} all[GIVEN_MOST];
	size_t count;
	struct buf made[2];     /* values that the object does not have */
	struct buf text, other; /* in passing */
};

/* The rule for the object; NULL when its type has none. type: a string with quotes. Some types have a
 * rule for each of their kinds, and others two names. */
const struct idrule *given_rule(const struct given *given, struct span type);

/* Finds what the ways of the rule need, and makes what is not hashed as the object has it. False when memory
 * runs out. */
bool given_collect(struct given *given, const struct idrule *rule,
	const struct idrule_way *const *ways, struct fail *fail);

/* Empty when it is absent or null. */
struct span given_value(const struct given *given, const char *name);

void given_release(struct given *given);

#endif
