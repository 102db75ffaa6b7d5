/* proc: another program, run on bytes, with what it prints kept. */
#ifndef OCTI_PROC_H
#define OCTI_PROC_H

#include "buf.h"

#include <sys/types.h>

struct proc_options {
	char *const *argv; /* the program and its arguments, NULL-terminated */
	const char *const
		*extra; /* for the environment, NULL-terminated, or NULL: "NAME=VALUE" is set,
			    * "NAME" taken out */
	const char *input; /* what it gets on stdin; it may leave it unread */
	size_t input_len;
	double timeout; /* seconds it may run; 0: any. It gets SIGTERM then, and SIGKILL after grace */
	double grace;
	size_t tail; /* bytes of the end of its stderr to keep */
	/* NULL, or gets what it prints, as it comes; until it returns, the child has to wait. False: it is
	 * not wanted any more, and the child is told to end, as after a timeout. */
	bool (*take)(void *ctx, const char *bytes, size_t n);
	double tick; /* seconds between two calls of on_tick; 0: none */
	void (*on_tick)(void *ctx);
	void *ctx;
};

/* Begins with output -1, the rest zero; proc_release at the end. */
struct proc {
	int status; /* as a shell's $?: the exit status; 128 + n when signal n killed it; 126 and 127
			 * when it could not be run or found */
	bool timed_out; /* and was therefore killed */
	bool stopped;   /* a signal to us came (clock.h), and was passed on */
	bool unwanted;  /* `take` returned false */
	int output; /* a file without a name that holds its stdout, at its beginning; -1: none */
	struct buf tail;
};

/*
 * Runs it to its end, in a process group of its own, which gets the signal that stops us. Its stdout
 * goes to a file in $TMPDIR, or to `take`; its stderr to ours, as fast as ours takes it. What it started and left
 * behind is not waited for, and gets SIGKILL when it was told to end.
 * False (FAIL_RETRY) when it could not be started at all, and when its output did not fit. To be
 * called where children are waited for (clock.h).
 */
bool proc_run(const struct proc_options *options, struct proc *proc, struct fail *fail);

/* Starts it and returns at once, in a process group of its own, with these as its stdin, stdout and stderr;
 * `extra` is as above. The caller waits for *pid. */
bool proc_start(char *const *argv, const char *const *extra, int in, int out, int err,
	pid_t *pid, struct fail *fail);

/* Whether such a status says that there was nothing to run: FAIL_NOT_RUN or FAIL_NOT_FOUND then. */
bool proc_not_run(int status);

void proc_release(struct proc *proc);

#endif
