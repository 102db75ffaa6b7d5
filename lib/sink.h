/* sink: where a bundle can go beside the queue. */
#ifndef OCTI_SINK_H
#define OCTI_SINK_H

#include "message.h"
#include "parcel.h"
#include "registration.h"

struct sinks {
	bool queue, api, s3, out;
	const char **directories; /* borrowed paths */
	size_t directory_count;
};

/*
 * Reads the names given with --to: queue, api, dir:PATH, s3, stdout. Without any the configuration
 * says (CONNECTOR_SEND_TO_QUEUE, CONNECTOR_QUEUE_PROTOCOL, CONNECTOR_SEND_TO_DIRECTORY, ..._S3). parts:
 * stdout too. FAIL_USAGE when there is nowhere to send to.
 */
bool sink_choose(struct sinks *sinks, const struct opt_list *names, bool parts,
	const struct conf *conf, struct fail *fail);

/* FAIL_USAGE when a sink would lose what is asked for: the API has no way for types, update, drafts
 * and reviews in a draft, and what is not split is not cleaned up. */
bool sink_check(const struct sinks *sinks, const struct message *message, bool cleanup,
	bool to_draft, struct fail *fail);
void sinks_release(struct sinks *sinks);

/* Whether the unsplit bundle is needed. */
bool sinks_need_whole(const struct sinks *sinks);

/* Whether the configuration has all of S3's access, so that no registration is needed for it. */
bool sink_s3_configured(const struct conf *conf);

/*
 * Writes the bundle into the directories and the bucket, whole or not at all, after (directory) or
 * before (bucket) deleting our own files that are past their retention. registration may be empty
 * when sink_s3_configured, or without s3. *bytes becomes the size of the file.
 */
bool sink_files(const struct sinks *sinks, struct platform *platform,
	const struct registration *registration, const struct parcel *parcel,
	const struct message *message, uint64_t *bytes, struct fail *fail);

/* Gives the unsplit bundle to the platform, which splits it (stixBundlePush). */
bool sink_api(struct platform *platform, const struct registration *registration,
	const struct parcel *parcel, const struct message *message, uint64_t *bytes,
	struct fail *fail);

/* Prints the parts, one a line. */
bool sink_stdout(const struct parcel *parcel, uint64_t *bytes, struct fail *fail);

#endif
