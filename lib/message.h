/* message: what goes through the broker to the platform's workers. */
#ifndef OCTI_MESSAGE_H
#define OCTI_MESSAGE_H

#include "buf.h"

/* What all messages of one bundle have in common. Text is borrowed. */
struct message {
	const char *applicant_id;   /* the user on whose behalf the data is written */
	const char *entities_types; /* separated by commas; NULL: all. The worker filters. */
	const char *draft_id;       /* NULL; or a draft, "" for outside of any */
	const char *work_id;        /* NULL: none */
	bool update;                /* merge when an object matches several existing ones */
	bool no_split;              /* the worker imports the content as it is */
};

/*
 * Adds the message that carries `content` (a bundle's JSON text), byte for byte as pycti's
 * _send_bundle writes it (7.261026, opencti_connector_helper.py). sequence counts from 1.
 */
void message_print(const struct message *message, size_t sequence, const char *content,
	size_t n, struct buf *to);

#endif
