/* registration: what the platform answers to a connector that registers. */
#ifndef OCTI_REGISTRATION_H
#define OCTI_REGISTRATION_H

#include "platform.h"
#include "span.h"

struct json;

/* Ids, queue names, and access to broker and store. Zero-initialised; registration_release at the
 * end, after which it is as zero-initialised. */
struct registration {
	struct buf text;   /* the answer, one JSON object on one line */
	struct json *json; /* the same, read */
};

/*
 * Registers with RegisterConnectorInput of the configuration. CONNECTOR_ID, _NAME and _TYPE are
 * needed; the type is one of octi-config(5) (else FAIL_USAGE). Registering keeps the state that is
 * stored, and makes queues that are missing. An older platform is asked again without the newer
 * fields, which is said with -v. The registration is empty before.
 */
bool registration_make(
	struct platform *platform, struct registration *registration, struct fail *fail);

/* Reads it from the file that $OCTI_REGISTRATION names, without a call; else registration_make. */
bool registration_get(
	struct platform *platform, struct registration *registration, struct fail *fail);

/* Reads it from a file. FAIL_USAGE when there is none; FAIL_NO, with the path, when it holds
 * something else. */
bool registration_read(const char *path, struct registration *registration, struct fail *fail);

/* Copies it from an object that the platform answered. FAIL_NO when a member is missing without which
 * nothing can be sent. */
bool registration_take(
	struct registration *registration, struct span answer, struct fail *fail);

/* The member at a path such as "config.push", borrowed; "" when it is absent or no string. */
const char *registration_text(const struct registration *registration, const char *path);

/* Adds it on one line; with `masked`, passwords and keys are "*****". */
void registration_print(const struct registration *registration, bool masked, struct buf *to);

void registration_release(struct registration *registration);

#endif
