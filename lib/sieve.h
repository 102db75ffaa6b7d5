/* sieve: which events of a stream are wanted. */
#ifndef OCTI_SIEVE_H
#define OCTI_SIEVE_H

#include "event.h"
#include "opt.h"

/* Lists of words with commas between, in any case; NULL: all. All texts are borrowed. */
struct sieve {
	const char *events; /* create, update, delete, merge */
	const char *types;  /* of the object: STIX's (ipv4-addr) or OpenCTI's (IPv4-Addr) */
	const char *pattern_types; /* of an indicator's pattern; what has none is not wanted */
	struct opt_list
		values; /* KEY=VALUE: what OpenCTI's extensions of the object say, all of them. In a
				 * list one is enough. KEY may be a path: a.b */
};

/* FAIL_USAGE for a value without "=". */
bool sieve_check(const struct sieve *sieve, struct fail *fail);

/* False only without memory: whether it passes is not known then. */
bool sieve_passes(
	const struct sieve *sieve, const struct event *event, bool *passes, struct fail *fail);

#endif
