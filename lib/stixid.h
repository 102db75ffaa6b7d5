/* stixid: the ids that STIX objects get from their contents. */
#ifndef OCTI_STIXID_H
#define OCTI_STIXID_H

#include "scan.h"

/*
 * Who computes. Both hash some properties of the object as canonical JSON; what they differ in is
 * in the table of idrule.c.
 *
 * STIXID_PYCTI: generate_id of pycti 7 for domain objects and relationships, python-stix2 3.0 for
 * observables. Dates count as they are written.
 * STIXID_PLATFORM: standard_id of the platform (identifier.js and its modules). Dates count as
 * 2020-01-01T00:00:00.000Z, however they are written.
 */
enum stixid_rules { STIXID_PYCTI, STIXID_PLATFORM };

enum stixid_result {
	STIXID_MADE,
	STIXID_RANDOM, /* the type has no such id, or the object has nothing that its id is made of */
	STIXID_MISSING, /* it lacks what its id is made of; fail says what */
	STIXID_FAILED, /* what its id is made of has no canonical form or is of the wrong kind */
};

/*
 * Adds the id of the object, which is checked JSON and has a type, to `id`. Its own id is not
 * looked at; references count as they are. Without STIXID_MADE nothing is added; with STIXID_MISSING and
 * STIXID_FAILED fail is set: FAIL_NO, or FAIL_RETRY when memory ran out.
 *
 * A marking definition of the Traffic Light Protocol has the id that the platform knows it by.
 * A file with hashes has the first of MD5, SHA-1, SHA-256 and SHA-512 in its id.
 */
enum stixid_result stixid_make(
	enum stixid_rules rules, struct span object, struct buf *id, struct fail *fail);

/* "pycti" and "platform". False when it is neither. */
bool stixid_rules_named(const char *name, enum stixid_rules *rules);

#endif
