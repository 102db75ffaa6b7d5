/* arrival: a message from the broker, put together from its parts. */
#ifndef OCTI_ARRIVAL_H
#define OCTI_ARRIVAL_H

#include "wire.h"

/* Zero-initialised, nothing is on its way. */
struct arrival {
	struct buf body; /* what has come of it, with its memory from one message to the next */
	uint64_t size;   /* of the body in bytes, once it is known */
	uint64_t come;   /* and so many of them are here */
	bool begun;      /* it is not whole yet */
	bool sized;      /* size is known */
	size_t max_bytes; /* a larger body is not kept, and body stays empty; 0: no limit */
};

/* A message begins; one that is on its way is forgotten. */
void arrival_begin(struct arrival *arrival);

/* Takes a WIRE_SIZE or WIRE_BYTES; when nothing has begun, it is ignored. True: the message is there as
 * a whole, or (body.state tells) there was no memory for it. */
bool arrival_take(struct arrival *arrival, const struct wire_event *event);

/* Its size is above max_bytes. */
bool arrival_too_large(const struct arrival *arrival);

void arrival_release(struct arrival *arrival);

#endif
