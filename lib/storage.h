/* storage: files that the platform keeps. */
#ifndef OCTI_STORAGE_H
#define OCTI_STORAGE_H

#include "platform.h"
#include "scan.h"

/* Where a file goes. Zero-initialised, among the global imports. */
struct storage_place {
	const char *entity_id; /* any id of an entity, NULL for none */
	const char *markings;  /* JSON list of ids of markings; NULL for none */
	bool pending;          /* among the workbenches, about the entity if there is one */
	bool no_trigger;       /* no import connector starts because of it */
};

/*
 * Writes a file to `to`. id: as the platform tells it ("import/global/a b.csv"), or the path of a job's
 * file_fetch ("/storage/get/import/global/a b.csv"); either may be percent-encoded once. A text that is
 * one and the other is taken as it is first, and decoded when there is no such file. The failures are
 * those of graphql_get, with the id before the text.
 */
bool storage_get(struct platform *platform, const char *id, FILE *to, struct fail *fail);

/*
 * Sends a file and adds what the platform says of it, a File, as JSON on one line. A file of that name
 * with the same contents is left alone by platforms of version 7, which tell of it.
 * FAIL_NO for entities and markings that are not known.
 */
bool storage_put(struct platform *platform, const struct storage_place *place,
	const struct upload *upload, struct buf *file, struct fail *fail);

/* Calls `each` for the files of the place (its entity, or the global imports; pending), all pages, one
 * JSON object each. False when `each` says so, with its failure. */
bool storage_list(struct platform *platform, const struct storage_place *place,
	bool (*each)(struct span file, void *ctx, struct fail *fail), void *ctx,
	struct fail *fail);

/* Deletes a file; id as for storage_get, not encoded. FAIL_NO when there is none. */
bool storage_delete(struct platform *platform, const char *id, struct fail *fail);

#endif
