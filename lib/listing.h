/* listing: what the platform's lists are called, what their elements show, and which of them has a type. */
#ifndef OCTI_LISTING_H
#define OCTI_LISTING_H

#include <stdbool.h>

struct listing {
	const char *name;   /* of the list query */
	const char *type;   /* the one entity type that is asked of it; NULL: whatever it has */
	const char *fields; /* GraphQL selection of what an element shows by default */
	const char *id;     /* selection of its id: standard_id, or id */
	const char *stix;   /* selection of its STIX as toStix; NULL when it has none */
};

/*
 * The list of a name ("indicators"), of a STIX type ("ipv4-addr", "relationship") or of one of the platform's own types
 * ("IPv4-Addr", "Stix-Cyber-Observable"); types in any case. False when it is not known; all texts are static.
 * The lists are those of platform 7.260817 that take filters; all but the smallest are in 6.7 too.
 */
bool listing_find(const char *word, struct listing *listing);

/* Selections on what may be anything that is STIX (StixObjectOrStixRelationship): its ids; its own id and its STIX.
 * toStix has no argument on platforms before 7, and needs none. */
extern const char listing_any_ids[], listing_any_stix[];

#endif
