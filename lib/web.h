/*
 * web: a small HTTP server, for what the platform's workers post and for what monitors ask.
 *
 * It has no thread: whoever owns it waits for its descriptor, for so long as it says at most, and
 * lets it serve. Each client has a time for a whole request and its answer, however it spends it;
 * its headers are 16 KB at most. HEAD is answered like GET, without the body.
 */
#ifndef OCTI_WEB_H
#define OCTI_WEB_H

#include "buf.h"

struct web;

/* All text is borrowed for the time of a call. */
struct web_request {
	const char *method, *path;
	const char *authorization; /* the header of this name; NULL: none */
	const char *type;          /* Content-Type; NULL: none */
	const struct buf *body;    /* never NULL; empty while the request is being admitted */
};

/* Status 0 to begin with, the rest zero. */
struct web_answer {
	unsigned status;
	const char *type;     /* Content-Type: static text; NULL: none */
	unsigned retry_after; /* seconds; 0: none */
	struct buf body;      /* taken over */
};

struct web_route {
	const char *method; /* "GET" (and HEAD with it) or "POST"; any other is answered 405 */
	const char *path;   /* compared exactly, without the query; any other is answered 404 */
	/* Looks at the headers, before anything of the body is kept. False: the answer is made, the
	 * body is thrown away. NULL: everybody is let in. */
	bool (*admit)(void *ctx, const struct web_request *request, struct web_answer *answer);
	/* Makes the answer; without a status it becomes 500, and so does one whose body failed. */
	void (*answer)(void *ctx, const struct web_request *request, struct web_answer *answer);
	void *ctx;
};

struct web_options {
	const char *address; /* a numeric one; NULL: all interfaces */
	uint16_t port;       /* 0: any that is free, see web_port */
	/* Each a file, or PEM text; NULL: plain HTTP. The certificate (with its chain), its key (NULL: in
	 * the same file or text), and the key's passphrase (NULL: none). */
	const char *certificate, *key, *passphrase;
	size_t max_body; /* bytes; a longer one is answered 413, at once when it is announced */
	double timeout;  /* seconds a client may take for a request and its answer */
	unsigned connections;           /* at a time; others wait until one ends */
	const struct web_route *routes; /* borrowed until web_close */
	size_t route_count;
};

/* Listens from now on. NULL with FAIL_USAGE for a certificate or key that cannot be used or an
 * address that is none, FAIL_RETRY for a port that is in use. SIGPIPE has to be ignored. */
struct web *web_open(const struct web_options *options, struct fail *fail);

/* Goes on with other options: gives what takes its place, and closes it, which cuts requests that are
 * under way; a port that stays the same stays open. NULL on failure: all stays as it was. */
struct web *web_renew(struct web *web, const struct web_options *options, struct fail *fail);

/* To wait for until it can be read; the library's, borrowed. */
int web_fd(const struct web *web);

/* Seconds until web_serve is due although nothing can be read; HUGE_VAL: never. */
double web_timeout(const struct web *web);

/* Takes connections, reads, calls routes, answers, and cuts who took too long. Never blocks on a
 * client. */
void web_serve(struct web *web);

/* The port that it listens on, also when any was asked for. */
uint16_t web_port(const struct web *web);

/* In a child made by fork: closes what it has of the sockets, which the parent's clients do not
 * notice. Only web_close may follow, and does nothing more to them. NULL is allowed. */
void web_forget(struct web *web);

/* Cuts every connection. NULL is allowed. */
void web_close(struct web *web);

#endif
