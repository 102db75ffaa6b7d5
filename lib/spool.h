/* spool: bundles in files, for what has no way to the broker (pycti's directory and S3 modes). */
#ifndef OCTI_SPOOL_H
#define OCTI_SPOOL_H

#include "conf.h"
#include "parcel.h"

/* Adds a name for the connector's next file: NAME-20260131-120000-1769860800.1234567.json, of the
 * name in lower case (ASCII) with "_" for blanks and slashes; its prefix "NAME-" only when `prefix`. */
void spool_name(const char *connector_name, bool prefix, struct buf *to);

/* Whether a file's name is one that spool_name gives this connector. */
bool spool_is_own(const char *file_name, const char *connector_name);

/* What goes into the file beside the bundle. */
struct spool_label {
	const char *bundle_type;  /* DIRECTORY_BUNDLE or S3_BUNDLE */
	const char *applicant_id; /* NULL when it is not known */
	const char *entities_types;
	bool update;
};

/* Adds the file's contents, as pycti's _create_message_bundle makes them. The connector's part is from
 * the configuration. */
void spool_print(const struct spool_label *label, const struct conf *conf,
	const struct parcel *parcel, struct buf *to);

/* Writes a file into a directory, whole or not at all. The path is added to `path`. */
bool spool_write(const char *directory, const char *connector_name, const struct buf *contents,
	struct buf *path, struct fail *fail);

/* Deletes the connector's own files that are older than so many days; 0 deletes none. */
bool spool_clean(const char *directory, const char *connector_name, uint64_t days,
	size_t *deleted, struct fail *fail);

/* Such a file, read. Zero-initialised; spool_release at the end. */
struct spool_file {
	struct input input;
	struct span bundle;
	struct buf applicant_id; /* empty when there is none */
	struct buf entities_types;
	bool update;
};

/* FAIL_NO for a file that is none of these. */
bool spool_read(const char *path, struct spool_file *file, struct fail *fail);
void spool_release(struct spool_file *file);

/* Adds the paths of a directory's .json files, sorted by name, each ended by a NUL. */
bool spool_list(const char *directory, struct buf *paths, struct fail *fail);

#endif
