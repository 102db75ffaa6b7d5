/* pool: jobs in hand, each worked on by a process of its own, and tried again later when it asks. */
#ifndef OCTI_POOL_H
#define OCTI_POOL_H

#include "buf.h"

#include <sys/types.h>

/* Exit statuses of a job's process beside 0: done, and others: failed. */
enum {
	POOL_AWAY = 74,  /* again later; what it needs is away, and the try does not count */
	POOL_AGAIN = 75, /* again later */
};

/* A job in hand. It is being worked on, or waits until `due`: to be, or to be settled. */
struct pool_job {
	struct buf body;
	struct buf journal; /* path of the file that keeps it; empty: the broker does */
	uint64_t tag;       /* at the broker; 0: none, or void since the connection was lost */
	unsigned tries;     /* begun so far, of those that count */
	unsigned delays;    /* so far */
	double due;         /* when the next one may begin (clock.h) */
	bool again;         /* it may have been begun before it came into this hand */
	bool begun;         /* `begin` has had it, or a file keeps it */
	pid_t pid;          /* 0: it waits */
	double ended;       /* when its work ended for good (clock.h); 0: it has not */
	int status;         /* and how */
};

struct pool {
	struct pool_job *jobs;
	size_t count, jobs_cap;
	size_t size;        /* processes at a time */
	unsigned max_tries; /* of a job */
	size_t max_begun; /* while so many are begun and not done, no other is begun; 0: any */
	/* Called before a job's first try; false puts it off. NULL: nothing to do. */
	bool (*begin)(void *ctx, struct pool_job *job);
	/* What a process does with its job; returns its exit status. */
	int (*work)(void *ctx, const struct pool_job *job, bool last);
	/* A job's process was killed by a signal; it is as if it had exited with POOL_AGAIN. NULL:
	 * nobody minds. */
	void (*killed)(void *ctx, const struct pool_job *job, int signal);
	/* What becomes of a job: job->status 0 is done, else it has failed. It is forgotten
	 * afterwards; false: not yet, and settle is called again half a minute later, or when the
	 * job is found. */
	bool (*settle)(void *ctx, struct pool_job *job);
	void *ctx;
};

/* Takes a job into hand; the body is moved out of `body`, the path is copied (NULL: none). FAIL_RETRY when
 * there is no memory: the body is where it was. */
bool pool_add(struct pool *pool, struct buf *body, const char *journal, uint64_t tag,
	bool again, struct fail *fail);

/* The job whose body is this and that has no tag: one that was in hand when the connection was lost, or
 * that a file keeps, and is now delivered again. NULL when there is none. */
struct pool_job *pool_find(struct pool *pool, const struct buf *body);

/* All tags are void. */
void pool_forget_tags(struct pool *pool);

/* Starts processes for jobs that are due, while fewer than `size` run; each in a process group of its
 * own, so that a signal to ours leaves it time. Where the system can, it gets SIGTERM when we die. */
void pool_start(struct pool *pool);

/* Looks which processes have ended (after SIGCHLD), and settles their jobs, or puts them off: by a
 * second at first, up to five minutes (half a minute when what they need is away). */
void pool_reap(struct pool *pool);

size_t pool_running(const struct pool *pool);

/* Seconds until something is due; HUGE_VAL when nothing is, or nothing could start. */
double pool_timeout(const struct pool *pool);

/* Sends it to the process of every job that is being worked on, and to no other of its group. */
void pool_signal(const struct pool *pool, int signal);

/* Forgets all jobs; processes that run go on. */
void pool_release(struct pool *pool);

#endif
