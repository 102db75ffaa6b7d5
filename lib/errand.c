#include "errand.h"

#include "clock.h"
#include "proc.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

/* ---- in a process of its own ---- */

/* What the handler printed, once it is done. */
static bool pass_on(int from, struct fail *fail)
{
	char bytes[1 << 16];
	ssize_t n;
	while ((n = read(from, bytes, sizeof bytes)) > 0)
		for (ssize_t at = 0; at < n;) {
			ssize_t m = write(STDOUT_FILENO, bytes + at, (size_t)(n - at));
			if (m < 0 && errno != EINTR)
				return fail_errno(fail, "stdout");
			at += m > 0 ? m : 0;
		}
	return n == 0 || fail_errno(fail, "the handler's output");
}

/* The process's own exit status: FAIL_NO when the batch has failed, the handler's when that cannot be run. */
static int judge(const struct errand *errand, const struct proc *proc, bool last,
	const struct pool_job *job)
{
	struct agent *agent = errand->outlet->agent;
	const struct log_note notes[] = { { "events", NULL, (long long)errand->count },
		{ "tries", NULL, job->tries }, { "status", NULL, proc->status },
		{ NULL, NULL, 0 } };
	bool cannot = proc_not_run(proc->status);
	if (proc->stopped)
		return POOL_AWAY;
	agent_say(agent, cannot || last ? LOG_ERROR : LOG_WARNING, notes, "the handler %s",
		proc->timed_out              ? "took too long"
			: proc->status > 128 ? "was killed"
			: cannot             ? "cannot be run"
					     : "failed");
	return cannot ? proc->status : last ? FAIL_NO : POOL_AGAIN;
}

static int work(void *ctx, const struct pool_job *job, bool last)
{
	const struct errand *errand = ctx;
	const struct outlet *outlet = errand->outlet;
	struct agent *agent = outlet->agent;
	struct fail fail = { 0 };
	struct proc proc = { .output = -1 };
	struct variables variables = { 0 };
	if (job->tries > outlet->max_tries) /* it was killed each time */
		return FAIL_NO;
	outlet_environment(outlet, &variables);
	bool ok = variables_ok(&variables, &fail);
	const struct proc_options options = { .argv = outlet->handler,
		.extra = variables_list(&variables),
		.input = buf_str(&job->body),
		.input_len = job->body.len,
		.timeout = errand->timeout,
		.grace = outlet->grace };
	int status = POOL_AWAY;
	agent_fork(agent);
	ok = ok && proc_run(&options, &proc, &fail);
	metrics_add(agent->metrics, METRIC_RUNS, ok);
	if (ok && proc.status)
		status = judge(errand, &proc, last, job);
	else if (ok && pass_on(proc.output, &fail))
		status = 0;
	if (fail.kind)
		agent_say(agent, LOG_ERROR, NULL, "%s; trying again", fail_text(&fail));
	return status;
}

/* ---- in ours ---- */

static void killed(void *ctx, const struct pool_job *job, int signal)
{
	struct errand *errand = ctx;
	const struct log_note notes[] = { { "tries", NULL, job->tries }, { NULL, NULL, 0 } };
	agent_say(errand->outlet->agent, LOG_ERROR, notes,
		"the process of a batch was killed by signal %d; trying again", signal);
}

/* A batch has failed: its events are tried each by itself; one that has failed is given up. */
static bool fail_batch(struct errand *errand)
{
	struct outlet *outlet = errand->outlet;
	if (errand->count > 1) {
		errand->alone = errand->count;
		return true;
	}
	backlog_at(&outlet->backlog, 0)->tries = outlet->max_tries;
	bool ok = outlet_give_up(outlet, "the handler failed", &errand->end);
	if (!ok && errand->end.kind == FAIL_RETRY) { /* it cannot be kept now */
		agent_say(outlet->agent, LOG_ERROR, NULL, "%s; the event waits",
			fail_text(&errand->end));
		fail_clear(&errand->end);
		return false;
	}
	return true;
}

static bool settle(void *ctx, struct pool_job *job)
{
	struct errand *errand = ctx;
	struct outlet *outlet = errand->outlet;
	bool settled = true;
	if (proc_not_run(job->status))
		fail_set(&errand->end, (enum fail_kind)job->status,
			"the handler cannot be run: %s", outlet->handler[0]);
	else if (job->status)
		settled = fail_batch(errand);
	else
		outlet_done(outlet, errand->count, &errand->end);
	if (settled && errand->count == 1 && errand->alone)
		errand->alone--;
	return settled;
}

void errand_open(struct errand *errand)
{
	errand->pool = (struct pool){ .size = 1,
		.max_tries = errand->outlet->max_tries,
		.work = work,
		.killed = killed,
		.settle = settle,
		.ctx = errand };
}

/* Events of the next batch, of which there is one, and seconds until it may start. */
static size_t next_batch(const struct errand *errand, double *due)
{
	const struct outlet *outlet = errand->outlet;
	const struct backlog *backlog = &outlet->backlog;
	size_t most = errand->alone ? 1 : errand->batch;
	if (outlet->pace.limit && most > outlet->pace.limit)
		most = outlet->pace.limit;
	size_t count = backlog->count < most ? backlog->count : most;
	double waits = backlog_at(backlog, 0)->came + errand->linger - clock_now();
	*due = pace_due(&outlet->pace, count);
	if (count < most && waits > *due)
		*due = waits;
	return count;
}

static void start(struct errand *errand, size_t count, struct fail *fail)
{
	struct outlet *outlet = errand->outlet;
	struct buf body = { 0 };
	for (size_t i = 0; i < count; i++) {
		struct span line = backlog_line(&outlet->backlog, i);
		buf_add(&body, line.text, line.len);
	}
	bool ok = buf_ok(&body, fail) && pool_add(&errand->pool, &body, NULL, 0, false, fail);
	buf_release(&body);
	if (ok) {
		errand->count = count;
		pace_note(&outlet->pace, count);
	}
}

bool errand_serve(struct errand *errand, bool starting, struct fail *fail)
{
	double due;
	pool_reap(&errand->pool);
	starting = starting && !errand->end.kind;
	if (starting && !errand->pool.count && errand->outlet->backlog.count) {
		size_t count = next_batch(errand, &due);
		if (due <= 0)
			start(errand, count, &errand->end);
	}
	if (starting)
		pool_start(&errand->pool);
	*fail = errand->end;
	errand->end = (struct fail){ 0 };
	return !fail->kind;
}

double errand_due(const struct errand *errand)
{
	double due = pool_timeout(&errand->pool);
	if (!errand->pool.count && errand->outlet->backlog.count)
		next_batch(errand, &due);
	return due;
}

void errand_release(struct errand *errand)
{
	pool_release(&errand->pool);
	fail_clear(&errand->end);
}
