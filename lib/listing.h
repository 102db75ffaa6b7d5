/*
 * listing: what the platform's lists are called, what their elements show, and which of them has
 * a type.
 */
#ifndef OCTI_LISTING_H
#define OCTI_LISTING_H

#include <stdbool.h>

struct listing {
	const char *name;   /* of the list query */
	const char *type;   /* the one entity type that is asked of it; NULL: whatever it has */
	const char *fields; /* GraphQL selection of what an element shows by default */
	const char *old;    /* the same for platforms before 5.12, which have less to show */
	const char *id;     /* selection of its id: standard_id, or id */
	const char *stix;   /* selection of id and toStix; NULL when it has no STIX */
};

/*
 * The list of a name ("indicators"), of a STIX type ("ipv4-addr", "relationship") or of one of the
 * platform's own types ("IPv4-Addr", "Stix-Cyber-Observable"); types in any case. False when it is
 * not known; all texts are static. The lists are those of 7.260817 that take filters. Whatever is
 * found by a type and has STIX can be ordered by created_at.
 */
bool listing_find(const char *word, struct listing *listing);

/* What has any STIX at all: stixObjectOrStixRelationships, whose elements are a union. */
struct listing listing_any(void);

#endif
