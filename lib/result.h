/* result: the files that jobs for exports and analyses ask for, handed in. */
#ifndef OCTI_RESULT_H
#define OCTI_RESULT_H

#include "platform.h"
#include "scan.h"

/* What an export is of. Zero-initialised; result_release_export at the end. Texts; empty ones are absent. */
struct result_export {
	struct buf scope;     /* "single", else a list: "selection", "query" */
	struct buf entity_id; /* of the one entity; of the one that a list is shown at */
	struct buf entity_type;
	struct buf markings; /* JSON list of the file's markings */
	struct buf filters;  /* of a list: what it was asked with */
	struct buf name;     /* of the file */
	struct buf type;     /* of its contents */
};

/* Adds what the event of a job says, a checked JSON object; what is there already
 * stays. */
bool result_read_export(struct result_export *export, struct span event, struct fail *fail);
void result_release_export(struct result_export *export);

/*
 * Hands in the file with the mutation for its scope and type. The upload's name and
 * type may be NULL: the export's. FAIL_USAGE when there is no name, no id of a single entity, or no
 * type of a list.
 */
bool result_push_export(struct platform *platform, const struct result_export *export,
	const struct upload *upload, struct fail *fail);

/* The same for the result of an analysis, which is JSON. */
struct result_analysis {
	struct buf entity_id;
	struct buf content_source,
		content_type; /* as in the job; the type is "file" or "fields" */
	struct buf name;      /* of the file */
	struct buf type;      /* of the analysis; "mapping_analysis" when empty */
};

bool result_read_analysis(
	struct result_analysis *analysis, struct span event, struct fail *fail);
void result_release_analysis(struct result_analysis *analysis);

/* Adds what the platform says of the file, as JSON on one line. */
bool result_push_analysis(struct platform *platform, const struct result_analysis *analysis,
	const struct upload *upload, struct buf *file, struct fail *fail);

#endif
