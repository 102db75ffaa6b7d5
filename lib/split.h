/*
 * split: cuts a bundle into bundles of one object each, dependencies first, with exactly the
 * result of pycti's OpenCTIStix2Splitter (7.261026, opencti_stix2_splitter.py), in time linear in
 * objects and references, at any depth of references, and with the objects kept as text.
 *
 * What pycti does, in short. The objects are walked depth first, in bundle order, along their
 * top-level *_ref and *_refs. A reference is dropped (from a list, or to null) when its type is
 * unknown to the platform, when it leads back to the object itself, to one on the way to it, or to
 * one that already refers to it, and, on request, when its target is not in the bundle. nb_deps
 * of an object is 1 plus that of all it refers to, once for each reference; it is added to the
 * object and orders the parts. An object can also be referred to by its aliases, x_opencti_id
 * and the id in OpenCTI's extension. External references and kill chain phases that repeat are
 * dropped, as are external references that have neither a url nor both a source name and an id.
 *
 * Where pycti raises an exception: a relationship without the key of an end and a sighting without
 * places are incompatible here, and unpaired surrogates are let through; the other cases are
 * failures that name the object.
 */
#ifndef OCTI_SPLIT_H
#define OCTI_SPLIT_H

#include "scan.h"

struct split;

/* NULL when memory runs out. split_free takes NULL. */
struct split *split_new(void);
void split_free(struct split *split);

/* Takes in the object where scan stands ('{'); its text must outlive the split. On false either
 * scan->error or fail (FAIL_NO) says why. Fits bundle_reader.object. */
bool split_add(void *split, struct scan *scan, struct fail *fail);

/* Does the work; once, after the last split_add. cleanup drops references to what is absent. */
bool split_run(struct split *split, bool cleanup, struct fail *fail);

/* Number of parts. */
size_t split_count(const struct split *split);

/*
 * Adds part `index` (from 0): a bundle on one line, as json.dumps writes it:
 * {"type": "bundle", "id": ID, "spec_version": "2.1", "x_opencti_seq": nb_deps, "objects": [...]}.
 * id: JSON text. event_version: NULL, or text that goes to x_opencti_event_version.
 */
void split_part(const struct split *split, size_t index, const char *id,
	const char *event_version, struct buf *to);

/* Adds the contents of the id of part `index`, as it is escaped in the input. */
void split_part_id(const struct split *split, size_t index, struct buf *to);

/* Objects that the platform would not take, in the order in which they were met. */
size_t split_incompatible_count(const struct split *split);
void split_incompatible(const struct split *split, size_t index, struct buf *to);
void split_incompatible_id(const struct split *split, size_t index, struct buf *to);
/* Static text. */
const char *split_incompatible_reason(const struct split *split, size_t index);

/* References, external references and kill chain phases that are in the input and not in the
 * parts. each: NULL, or called for one after the other (all text is JSON, borrowed). */
typedef void split_dropped_fn(void *ctx, struct span id, struct span key, struct span dropped);
size_t split_dropped(const struct split *split, split_dropped_fn *each, void *ctx);

/* Objects that another one of the same id, later in the input, replaces. */
size_t split_replaced(const struct split *split);

/* True when a count of dependencies passed 2^128 and stayed there: the order is still right, the
 * numbers are not pycti's. */
bool split_saturated(const struct split *split);

#endif
