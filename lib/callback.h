/*
 * callback: jobs that a worker of the platform posts (CONNECTOR_LISTEN_PROTOCOL=API), as routes of a
 * server (web.h) take them.
 *
 * What a worker is told, it acts on: 202 (or 200) makes it acknowledge the job at the broker, so it is
 * said only of a job that is safe; anything else, or five minutes without an answer, makes it put the job
 * back and post it again after 10 to 30 seconds.
 */
#ifndef OCTI_CALLBACK_H
#define OCTI_CALLBACK_H

#include "bearer.h"
#include "web.h"

/* RabbitMQ takes no larger message unless it is told to, so there is none to post. */
enum { CALLBACK_MAX_BODY = 128 << 20 };

struct callback {
	const char *jwks; /* as bearer_check takes them */
	const char *token;
	/* Keeps a job, a JSON object; what it returns true for must outlive this process. */
	bool (*take)(void *ctx, const struct buf *job);
	void *take_ctx;
	/* Somebody was refused. */
	void (*refuse)(void *ctx, enum bearer why);
	void *refuse_ctx;
};

/* For a web_route whose ctx is a struct callback: 401 without a good token, before the body is read;
 * 400 for what is no JSON object; 503 when the job cannot be kept now; 202. The bodies are pycti's. */
bool callback_admit(
	void *callback, const struct web_request *request, struct web_answer *answer);
void callback_answer(
	void *callback, const struct web_request *request, struct web_answer *answer);

#endif
