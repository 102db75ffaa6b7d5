/* octi-listen [options] -- HANDLER [ARG ...]
 * Takes the connector's jobs, from its queue or as they are posted, and runs HANDLER on each. */
#include "attempt.h"
#include "clock.h"
#include "folder.h"
#include "inbox.h"
#include "input.h"
#include "journal.h"
#include "pool.h"
#include "port.h"
#include "print.h"
#include "program.h"

#include <math.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const double redelivery = 600; /* seconds in which a job that ended is known again */

enum { WAITING = 100 }; /* jobs of the journal, beside those that are worked on */

static void forget(void *ctx);
static void renewed(void *ctx);
static void deliver(void *ctx, const struct consume_message *message);
static void lost(void *ctx);
static bool keep(void *ctx, const struct buf *body);
static bool begin_job(void *ctx, struct pool_job *job);
static int work_on(void *ctx, const struct pool_job *held, bool last);
static void killed(void *ctx, const struct pool_job *job, int signal);
static bool settle(void *ctx, struct pool_job *job);

static struct agent agent = { .forget = forget, .renewed = renewed };
static struct inbox inbox = {
	.agent = &agent, .max_bytes = 512u << 20, .deliver = deliver, .lost = lost
};
static struct port port = { .agent = &agent, .take = keep };
static int lock = -1;  /* of the journal */
static bool said_full; /* it takes nothing */
static bool posted;    /* jobs come to the port, not to the inbox */
static struct pool pool = {
	.begin = begin_job, .work = work_on, .killed = killed, .settle = settle
};
static struct fail output; /* stdout takes no more */

static struct attempt_options trying = { .grace = 10,
	.queue = { .window = 256, .window_bytes = 8 << 20, .timeout = 300 } };
static const char *dead_letter, *journal, *replay, *max_tlp;
static uint64_t at_once = 1, max_tries = 5;
static double grace = 30;

/* Of jobs that were posted. */
static const size_t most_held = 10000, most_held_bytes = 256u << 20;

static const struct opt options[] = {
	{ 'j', "jobs", "N", "work on N jobs at a time (1)", OPT_NUMBER, &at_once },
	{ 0, "max-tries", "N", "tries of a job that asks for another one (5)", OPT_NUMBER,
		&max_tries },
	{ 0, "timeout", "SECONDS", "end a handler that runs longer", OPT_SECONDS,
		&trying.timeout },
	{ 0, "grace", "SECONDS", "after SIGTERM, wait so long for running jobs (30)",
		OPT_SECONDS, &grace },
	{ 0, "dead-letter", "DIR", "keep the jobs that failed in DIR, a file each", OPT_TEXT,
		&dead_letter },
	{ 0, "journal", "DIR", "keep jobs in DIR while they are worked on, not at the broker",
		OPT_TEXT, &journal },
	{ 0, "replay", "FILE", "work on the job in FILE, once; remove FILE when it is done",
		OPT_TEXT, &replay },
	{ 0, "fetch", NULL, "import: download the file first ($OCTI_FILE)", OPT_FLAG,
		&trying.fetch },
	{ 0, "entity", NULL, "enrichment: add enrichment_entity, as the API has it", OPT_FLAG,
		&trying.entity },
	{ 0, "max-tlp", "LEVEL", "enrichment: refuse what is marked above LEVEL", OPT_TEXT,
		&max_tlp },
	PLATFORM_OPTIONS(agent.platform, 'v'),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-listen",
	.synopsis = "[-v] [-c FILE] [-s NAME=VALUE] [-j N] [option ...] [-- HANDLER [ARG ...]]",
	.summary = "Take the connector's jobs from its queue and run HANDLER on each.",
	.options = options,
	.stop = true };

/* ---- the process of a job ---- */

/* What it says last, and its exit status. */
static int end_process(enum attempt_end end, const struct pool_job *held, const struct job *job,
	int handler_status, struct fail *fail)
{
	static const struct {
		int status;
		enum log_level level;
		enum metric metric;
	} ends[] = { [ATTEMPT_DONE] = { 0, LOG_INFO, METRIC_JOBS_DONE },
		[ATTEMPT_RETRY] = { POOL_AGAIN, LOG_WARNING, METRIC_JOBS_RETRIED },
		[ATTEMPT_AWAY] = { POOL_AWAY, LOG_WARNING, METRIC_JOBS_RETRIED },
		[ATTEMPT_FAILED] = { FAIL_NO, LOG_ERROR, METRIC_JOBS_FAILED } };
	const struct log_note notes[] = { { "work_id", buf_str(&job->work_id), 0 },
		{ "tries", NULL, held->tries },
		{ handler_status < 0 ? NULL : "status", NULL, handler_status },
		{ NULL, NULL, 0 } };
	agent_say(&agent, ends[end].level, notes, "%s", fail->kind ? fail_text(fail) : "done");
	metrics_add(agent.metrics, ends[end].metric, 1);
	metrics_add(agent.metrics, METRIC_RUNS, handler_status >= 0);
	return ends[end].status;
}

static int work_on(void *ctx, const struct pool_job *held, bool last)
{
	struct fail fail = { 0 };
	struct job job = { 0 };
	struct attempt_try this = {
		.again = held->again || held->delays, .last = last, .status = -1
	};
	enum attempt_end end;
	(void)ctx;
	if (!agent_child(&agent, &fail))
		end = ATTEMPT_AWAY;
	else if (!job_read(&job, buf_str(&held->body), held->body.len,
			 conf_text(agent.platform.conf, CONNECTOR_TYPE), &fail))
		end = fail.kind == FAIL_RETRY ? ATTEMPT_AWAY : ATTEMPT_FAILED;
	else if (held->tries > max_tries) /* it was killed each time */
		end = attempt_give_up(&agent.platform, &job, "every try was killed", &fail);
	else
		end = attempt_run(
			&agent.platform, &agent.registration, &job, &trying, &this, &fail);
	return end_process(end, held, &job, this.status, &fail);
}

/* ---- jobs ---- */

static void killed(void *ctx, const struct pool_job *job, int signal)
{
	const struct log_note notes[] = { { "tries", NULL, job->tries }, { NULL, NULL, 0 } };
	(void)ctx;
	agent_say(&agent, LOG_ERROR, notes,
		"the process of a job was killed by signal %d; trying again", signal);
	metrics_add(agent.metrics, METRIC_JOBS_RETRIED, 1);
}

/* Lets go of a job that has ended, as soon as all that keeps it can be told. */
static bool settle(void *ctx, struct pool_job *job)
{
	struct fail fail = { 0 };
	(void)ctx;
	if (job->status && dead_letter) {
		if (journal_write(dead_letter, &job->body, NULL, &fail))
			job->status = 0; /* it is written */
		else
			agent_say(&agent, LOG_ERROR, NULL, "dead letter: %s; the job stays",
				fail_text(&fail));
	}
	bool kept = !job->status || !dead_letter;
	if (kept && job->journal.len && !journal_remove(job->journal.data, &fail)) {
		agent_say(&agent, LOG_ERROR, NULL, "journal: %s; the job stays",
			fail_text(&fail));
		kept = false;
	}
	fail_clear(&fail);
	if (!kept || job->journal.len)
		return kept;
	if (!job->tag) /* the broker will deliver it again, and is to hear then that it is done */
		return clock_now() - job->ended > redelivery;
	inbox_ack(&inbox, job->tag);
	return true;
}

/* With --journal, the job moves from the broker to a file when it is begun. */
static bool begin_job(void *ctx, struct pool_job *job)
{
	struct fail fail = { 0 };
	(void)ctx;
	if (!journal || job->journal.len)
		return true;
	bool ok = journal_write(journal, &job->body, &job->journal, &fail);
	if (!ok && !said_full)
		agent_say(&agent, LOG_ERROR, NULL, "journal: %s; jobs wait", fail_text(&fail));
	said_full = !ok;
	if (!ok) {
		buf_clear(&job->journal);
	} else if (job->tag) {
		inbox_ack(&inbox, job->tag);
		job->tag = 0;
	}
	fail_clear(&fail);
	return ok;
}

/* Without a handler: prints the job. It may be let go of when its line is written. */
static bool print_job(const struct buf *body)
{
	struct buf line = { 0 };
	struct scan scan;
	struct span value;
	scan_init(&scan, buf_str(body), body->len);
	if (scan_value(&scan, &value) && scan_peek(&scan) == -1)
		print_line(&line, value);
	else
		print_string(&line, buf_str(body), body->len);
	buf_char(&line, '\n');
	scan_release(&scan);
	if (buf_ok(&line, &output) &&
		(fwrite(line.data, 1, line.len, stdout) != line.len || fflush(stdout)))
		fail_errno(&output, "stdout");
	buf_release(&line);
	return !output.kind;
}

static void deliver(void *ctx, const struct consume_message *message)
{
	struct fail fail = { 0 };
	(void)ctx;
	if (output.kind)
		return;
	if (message->too_large) {
		agent_say(&agent, LOG_ERROR, NULL,
			"a job of %llu bytes is too large; it is dropped",
			(unsigned long long)message->size);
		inbox_ack(&inbox, message->tag);
		return;
	}
	if (!trying.handler) {
		if (print_job(message->body))
			inbox_ack(&inbox, message->tag);
		return;
	}
	struct pool_job *known = message->redelivered ? pool_find(&pool, message->body) : NULL;
	if (known && known->journal.len) {
		inbox_ack(&inbox, message->tag);
	} else if (known) {
		known->tag = message->tag;
	} else if (!pool_add(&pool, message->body, NULL, message->tag, message->redelivered,
			   &fail)) {
		agent_say(
			&agent, LOG_WARNING, NULL, "a job is given back: %s", fail_text(&fail));
		inbox_requeue(&inbox, message->tag);
	}
	fail_clear(&fail);
}

/* Nobody but us keeps what was posted: the journal, and the memory for it, have an end. */
static bool has_room(size_t len, struct fail *fail)
{
	for (size_t i = 0; i < pool.count; i++)
		len += pool.jobs[i].body.len;
	if (pool.count < most_held && len <= most_held_bytes)
		return true;
	return fail_set(fail, FAIL_RETRY, "%zu jobs are waiting here", pool.count);
}

/* A job that was posted; true when it is safe. The same job again, while it is in hand, is one whose answer
 * did not arrive. */
static bool keep(void *ctx, const struct buf *body)
{
	struct fail fail = { 0 };
	struct buf copy = { 0 }, path = { 0 };
	(void)ctx;
	if (!trying.handler)
		return !output.kind && print_job(body);
	if (pool_find(&pool, body))
		return true;
	buf_add(&copy, body->data, body->len);
	bool ok = has_room(body->len, &fail) && buf_ok(&copy, &fail) &&
		journal_write(journal, body, &path, &fail);
	if (ok && !pool_add(&pool, &copy, path.data, 0, false, &fail)) {
		unlink(path.data);
		ok = false;
	}
	if (!ok)
		agent_say(&agent, LOG_WARNING, NULL, "a job is put off: %s", fail_text(&fail));
	fail_clear(&fail);
	buf_release(&copy);
	buf_release(&path);
	return ok;
}

/* ---- the rounds ---- */

static void lost(void *ctx)
{
	(void)ctx;
	pool_forget_tags(&pool);
}

static void renewed(void *ctx)
{
	struct fail fail = { 0 };
	bool now;
	(void)ctx;
	if (posted)
		port_renew(&port);
	else
		inbox_renew(&inbox);
	if (!port_wanted(agent.platform.conf, &now, &fail) || now != posted)
		agent_say(&agent, LOG_WARNING, NULL,
			"CONNECTOR_LISTEN_PROTOCOL has changed, which takes a new start");
	fail_clear(&fail);
}

static void forget(void *ctx)
{
	(void)ctx;
	inbox_forget(&inbox);
	port_forget(&port);
}

static double nearer(double a, double b)
{
	return a < b ? a : b;
}

/* Tells monitors and the service manager how it fares. */
static void tell_status(void)
{
	struct buf text = { 0 };
	size_t running = pool_running(&pool);
	buf_text(&text,
		agent.stopped                    ? "ending"
			: posted || agent.linked ? "listening"
						 : "waiting for the broker");
	if (pool.count)
		buf_format(&text, "; jobs in hand: %zu, running: %zu", pool.count, running);
	agent_status(&agent, running, buf_str(&text));
	metrics_set(agent.metrics, METRIC_JOBS_IN_HAND, (double)pool.count);
	metrics_set(agent.metrics, METRIC_JOBS_RUNNING, (double)running);
	buf_release(&text);
}

/* One round, of so many seconds at most. False: it cannot go on. */
static bool turn(double seconds, struct fail *fail)
{
	if (!agent.stopped) {
		if (!posted && !inbox_connect(&inbox, fail))
			return false;
		pool_start(&pool);
		seconds = nearer(seconds, pool_timeout(&pool));
	}
	tell_status();
	struct pollfd poll = { .fd = posted ? port_fd(&port) : inbox_fd(&inbox),
		.events = POLLIN };
	double due = posted ? port_timeout(&port) : inbox_timeout(&inbox);
	agent_wait(&agent, &poll, 1, nearer(seconds, due));
	pool_reap(&pool);
	if (posted)
		port_serve(&port);
	else
		inbox_serve(&inbox);
	*fail = output;
	output = (struct fail){ 0 };
	return !fail->kind;
}

static void wait_for_jobs(double seconds)
{
	struct fail fail = { 0 };
	double until = clock_now() + seconds, now;
	while (pool_running(&pool) && (now = clock_now()) < until && turn(until - now, &fail))
		;
	fail_clear(&fail);
}

/* No new job; those that run may end, for a while. */
static void finish(void)
{
	agent_stop(&agent);
	port_close(&port);
	if (inbox.consumer)
		inbox_finish(&inbox);
	wait_for_jobs(grace);
	pool_signal(&pool, SIGTERM);
	wait_for_jobs(grace + 5);
	for (size_t i = 0; i < pool.count; i++)
		if (pool.jobs[i].tag)
			inbox_requeue(&inbox, pool.jobs[i].tag);
}

static void listen_on(struct fail *fail)
{
	inbox.prefetch = (uint16_t)at_once;
	pool.size = (size_t)at_once;
	pool.max_tries = (unsigned)max_tries;
	pool.max_begun = journal ? (size_t)at_once + WAITING : 0;
	bool ok = (posted || inbox_open(&inbox, fail)) && agent_start(&agent, fail);
	if (ok && posted)
		agent_ready(&agent);
	while (ok && !agent_stopped(&agent))
		ok = turn(HUGE_VAL, fail);
	finish();
	inbox_close(&inbox);
}

static void replay_file(struct fail *fail)
{
	struct input input;
	struct job job = { 0 };
	struct attempt_try this = { .again = true };
	if (!input_open(&input, replay, fail))
		return;
	bool ok = job_read(&job, input.data, input.len,
			  conf_text(agent.platform.conf, CONNECTOR_TYPE), fail) &&
		attempt_run(&agent.platform, &agent.registration, &job, &trying, &this, fail) ==
			ATTEMPT_DONE;
	if (ok && unlink(replay))
		fail_errno(fail, "%s", replay);
	job_release(&job);
	input_close(&input);
}

/* What jobs are kept in is looked at before the first of them comes. */
static bool open_folders(struct fail *fail)
{
	if (journal &&
		!(journal_lock(journal, &lock, fail) && journal_load(journal, &pool, fail)))
		return false;
	return !dead_letter || journal_usable(dead_letter, fail);
}

/* Reads the configuration, and takes the port and the journal before the platform is told of us. */
static bool begin(struct fail *fail)
{
	agent.tool = &tool;
	if (!agent_load(&agent, fail) || !port_wanted(agent.platform.conf, &posted, fail))
		return false;
	agent.link = posted ? NULL : "broker";
	scratch_sweep(FOLDER_NAME);
	if (replay)
		return agent_open(&agent, fail);
	if (posted && trying.handler && !journal)
		return fail_set(fail, FAIL_USAGE,
			"CONNECTOR_LISTEN_PROTOCOL is API: a handler needs --journal DIR, for "
			"who posts a job is told that it is kept");
	return open_folders(fail) && (!posted || port_open(&port, fail)) &&
		agent_open(&agent, fail);
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	if (first < argc)
		trying.handler = argv + first;
	if (!at_once || at_once > 1000)
		tool_usage(&tool, "-j: not from 1 to 1000: %llu", (unsigned long long)at_once);
	if (max_tlp && (trying.max_tlp = tlp_named(max_tlp)) == TLP_NONE)
		tool_usage(&tool, "--max-tlp: no level of TLP: %s", max_tlp);
	if (replay && !trying.handler)
		tool_usage(&tool, "--replay needs a handler");
	if (journal && dead_letter && journal_same(journal, dead_letter))
		tool_usage(&tool, "--journal and --dead-letter: one directory: %s", journal);
	/* Else each job would fail by it, to the last one of the queue. */
	if (trying.handler && !program_look(trying.handler[0], &fail))
		return tool_end(&tool, &fail);
	clock_catch_signals();
	if (begin(&fail)) {
		trying.registration = agent.file.data;
		trying.grace = grace;
		if (replay)
			replay_file(&fail);
		else
			listen_on(&fail);
	}
	pool_release(&pool);
	if (lock >= 0)
		close(lock);
	port_close(&port);
	return agent_close(&agent, &fail);
}
