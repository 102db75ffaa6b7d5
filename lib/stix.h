/* stix: what OpenCTI knows of STIX types. */
#ifndef OCTI_STIX_H
#define OCTI_STIX_H

#include "buf.h"

/* The extension in which OpenCTI keeps its own properties of an object. */
#define STIX_OPENCTI_EXTENSION "extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba"

/* Whether the platform ingests what has this id: the prefix before the first "--" is one of its
 * types, or there is no "--" (an internal id, which says nothing of a type). pycti 7.260817,
 * opencti_stix2_splitter.py and opencti_stix2_utils.py. */
bool stix_supported(const char *id, size_t len);

/* True for what can be the name of a type, of anybody's: letters, digits, '-' and '_'. */
bool stix_type(const char *type, size_t len);

/* True for an id as STIX has them: a type, two hyphens and a UUID. */
bool stix_id(const char *id, size_t len);

enum stix_family {
	STIX_DOMAIN,     /* malware, report, ...; what the platform does not know, too */
	STIX_LINK,       /* relationship, sighting */
	STIX_OBSERVABLE, /* ipv4-addr, file, ... */
	STIX_META,       /* marking-definition, label, ... */
};

enum stix_family stix_family(const char *type, size_t len);

/* Adds what the platform calls an observable of that type: IPv4-Addr, StixFile. False when it is none. */
bool stix_observable(const char *type, size_t len, struct buf *to);

#endif
