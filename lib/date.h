/* date: moments as STIX writes them. */
#ifndef OCTI_DATE_H
#define OCTI_DATE_H

#include "buf.h"

/* A moment of the Gregorian calendar, UTC, from the year 0 to 9999. */
struct date {
	int64_t seconds; /* since 1970 */
	uint32_t nanoseconds;
};

/*
 * Reads RFC 3339 and what people write for it: a date alone (its midnight), a blank or t for the T,
 * no seconds, a fraction of any length (cut at nanoseconds), Z or z, +02:00, +0200, +02, or no
 * zone, which is UTC. False for anything else, such as the 30th of February.
 */
bool date_read(struct date *date, const char *text, size_t n);

struct date date_now(void);

/* Adds it as the platform does: to the millisecond, which is cut, not rounded: 2020-01-01T00:00:00.000Z. */
void date_print(const struct date *date, struct buf *to);

/* Adds it as python-stix2 does: to the microsecond, without zeros at the end: 2020-01-01T00:00:00Z. */
void date_print_short(const struct date *date, struct buf *to);

#endif
