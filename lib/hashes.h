/* hashes: the map of hashes that files, artifacts and certificates have. */
#ifndef OCTI_HASHES_H
#define OCTI_HASHES_H

#include "scan.h"

/* The name that STIX 2.1 has for an algorithm, with quotes, whatever the case and the hyphens of
 * the name given, which is a string with quotes: "sha256" is "SHA-256". NULL when it has none.
 * Static. */
const char *hashes_name(struct span name);

/*
 * The hash of a checked map that ids are made of, and its name, both with quotes. python-stix2
 * takes the first of MD5, SHA-1, SHA-256 and SHA-512, else the first of the map, and sees through
 * the spelling of the names; the platform (strict) takes the first of a longer list, in any case but with
 * its hyphens. Of names that come down to one the last counts. A hash that is null or
 * empty is none. False when there is none.
 */
bool hashes_choose(struct span map, bool strict, struct span *name, struct span *value);

/* Adds the checked map with the names that STIX has, without what is none, and each algorithm once. */
void hashes_print(struct buf *to, struct span map);

/* Adds the extensions of a file, a checked object, with the maps of hashes in those that STIX has (of
 * the headers and sections of a program, of streams) as hashes_print does. */
void hashes_print_extensions(struct buf *to, struct span extensions);

#endif
