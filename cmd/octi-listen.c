/* octi-listen [options] -- HANDLER [ARG ...]
 * Takes the connector's jobs from its queue and runs HANDLER on each. */
#include "attempt.h"
#include "clock.h"
#include "consume.h"
#include "input.h"
#include "journal.h"
#include "pinger.h"
#include "pool.h"
#include "print.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double redelivery = 600; /* seconds in which a job that ended is known again */
static const double lost_first = 0.5,
		    lost_last = 10; /* seconds until the broker is tried again */

enum { WAITING = 100 }; /* jobs of the journal, beside those that are worked on */

static struct platform platform;
static struct attempt_options trying = { .grace = 10,
	.queue = { .window = 256, .window_bytes = 8 << 20, .timeout = 300 } };
static const char *dead_letter, *journal, *replay, *max_tlp;
static uint64_t at_once = 1, max_tries = 5;
static double grace = 30;

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
	PLATFORM_OPTIONS(platform, 'v'),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-listen",
	.synopsis = "[-v] [-c FILE] [-s NAME=VALUE] [-j N] [option ...] [-- HANDLER [ARG ...]]",
	.summary = "Take the connector's jobs from its queue and run HANDLER on each.",
	.options = options,
	.stop = true };

/* What goes on. */
static struct listener {
	struct registration registration;
	struct buf directory, file; /* of the registration, for handlers */
	struct consumer *consumer;
	struct pinger pinger;
	struct pool pool;
	bool connected, was_connected, said_lost, said_full, ending;
	double connect_at, lost_delay;
	int wake[2];        /* a pipe that SIGCHLD writes to */
	int lock;           /* of the journal */
	struct fail output; /* stdout takes no more */
} listener = { .wake = { -1, -1 }, .lock = -1 };

/* ---- processes ---- */

static void note_child(int signal)
{
	int error = errno;
	(void)signal;
	if (write(listener.wake[1], "", 1) < 0) /* full: it will wake up anyway */
		errno = error;
	errno = error;
}

static bool watch_children(struct fail *fail)
{
	struct sigaction action = { .sa_handler = note_child, .sa_flags = SA_NOCLDSTOP };
	if (pipe(listener.wake))
		return fail_errno(fail, "pipe");
	for (int i = 0; i < 2; i++) {
		fcntl(listener.wake[i], F_SETFL, O_NONBLOCK);
		fcntl(listener.wake[i], F_SETFD, FD_CLOEXEC);
	}
	sigemptyset(&action.sa_mask);
	sigaction(SIGCHLD, &action, NULL);
	return true;
}

/* What a process of ours does first: what belongs to its parent is not to be touched. */
static bool begin_process(struct fail *fail)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigaction(SIGCHLD, &standard, NULL);
	if (consume_fd(listener.consumer) >= 0)
		close(consume_fd(listener.consumer));
	return platform_open(&platform, &tool, fail);
}

/* What the process of a job says, and its exit status. */
static int end_process(enum attempt_end end, const struct job *job, struct fail *fail)
{
	static const int statuses[] = { [ATTEMPT_DONE] = 0,
		[ATTEMPT_RETRY] = POOL_AGAIN,
		[ATTEMPT_AWAY] = POOL_AWAY,
		[ATTEMPT_FAILED] = FAIL_NO };
	if (fail->kind && job->work_id.len)
		fail_at(fail, "%s", job->work_id.data);
	if (fail->kind)
		tool_say(&tool, "%s", fail_text(fail));
	return statuses[end];
}

static int work_on(void *ctx, const struct pool_job *held, bool last)
{
	struct fail fail = { 0 };
	struct job job = { 0 };
	(void)ctx;
	if (!begin_process(&fail))
		return end_process(ATTEMPT_AWAY, &job, &fail);
	if (!job_read(&job, buf_str(&held->body), held->body.len,
		    conf_text(platform.conf, CONNECTOR_TYPE), &fail))
		return end_process(
			fail.kind == FAIL_RETRY ? ATTEMPT_AWAY : ATTEMPT_FAILED, &job, &fail);
	if (held->tries > max_tries) /* it was killed each time */
		return end_process(
			attempt_give_up(&platform, &job, "every try was killed", &fail), &job,
			&fail);
	trying.registration = listener.file.data;
	trying.grace = grace;
	return end_process(attempt_run(&platform, &listener.registration, &job, &trying,
				   held->again || held->delays, last, &fail),
		&job, &fail);
}

/* ---- jobs ---- */

/* Lets go of a job that has ended, as soon as all that keeps it can be told. */
static bool settle(void *ctx, struct pool_job *job)
{
	struct fail fail = { 0 };
	(void)ctx;
	if (job->status && dead_letter) {
		if (journal_write(dead_letter, &job->body, NULL, &fail))
			job->status = 0; /* it is written */
		else
			tool_say(&tool, "dead letter: %s; the job stays", fail_text(&fail));
	}
	bool kept = !job->status || !dead_letter;
	if (kept && job->journal.len && !journal_remove(job->journal.data, &fail)) {
		tool_say(&tool, "journal: %s; the job stays", fail_text(&fail));
		kept = false;
	}
	fail_clear(&fail);
	if (!kept || job->journal.len)
		return kept;
	if (!job->tag) /* the broker will deliver it again, and is to hear then that it is done */
		return clock_now() - job->ended > redelivery;
	consume_ack(listener.consumer, job->tag);
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
	if (!ok && !listener.said_full)
		tool_say(&tool, "journal: %s; jobs wait", fail_text(&fail));
	listener.said_full = !ok;
	if (!ok) {
		buf_clear(&job->journal);
	} else if (job->tag) {
		consume_ack(listener.consumer, job->tag);
		job->tag = 0;
	}
	fail_clear(&fail);
	return ok;
}

/* Without a handler: prints the job and lets go of it. */
static void print_job(const struct consume_message *message)
{
	struct buf line = { 0 };
	struct scan scan;
	struct span value;
	scan_init(&scan, buf_str(message->body), message->body->len);
	if (scan_value(&scan, &value) && scan_peek(&scan) == -1)
		print_line(&line, value);
	else
		print_string(&line, buf_str(message->body), message->body->len);
	buf_char(&line, '\n');
	scan_release(&scan);
	if (buf_ok(&line, &listener.output) &&
		(fwrite(line.data, 1, line.len, stdout) != line.len || fflush(stdout)))
		fail_errno(&listener.output, "stdout");
	if (!listener.output.kind)
		consume_ack(listener.consumer, message->tag);
	buf_release(&line);
}

static void deliver(void *ctx, const struct consume_message *message)
{
	struct fail fail = { 0 };
	(void)ctx;
	if (listener.output.kind)
		return;
	if (message->too_large) {
		tool_say(&tool, "a job of %llu bytes is too large; it is dropped",
			(unsigned long long)message->size);
		consume_ack(listener.consumer, message->tag);
		return;
	}
	if (!trying.handler) {
		print_job(message);
		return;
	}
	struct pool_job *known =
		message->redelivered ? pool_find(&listener.pool, message->body) : NULL;
	if (known && known->journal.len) {
		consume_ack(listener.consumer, message->tag);
	} else if (known) {
		known->tag = message->tag;
	} else if (!pool_add(&listener.pool, message->body, NULL, message->tag,
			   message->redelivered, &fail)) {
		tool_say(&tool, "a job is given back: %s", fail_text(&fail));
		consume_requeue(listener.consumer, message->tag);
	}
	fail_clear(&fail);
}

/* ---- the broker ---- */

static void lose(const struct fail *fail)
{
	enum consume_end end = consume_end(listener.consumer);
	if (!listener.said_lost)
		tool_say(&tool, "%s; trying again%s", fail_text(fail),
			end == CONSUME_TOO_LATE ? " (a handler may run longer than the "
						  "broker's consumer_timeout "
						  "with --journal)"
						: "");
	listener.said_lost = true;
	listener.connected = false;
	pool_forget_tags(&listener.pool);
	listener.connect_at = clock_now() + listener.lost_delay * clock_jitter(0.3);
	listener.lost_delay =
		listener.lost_delay * 2 < lost_last ? listener.lost_delay * 2 : lost_last;
	if (end == CONSUME_NO_QUEUE || end == CONSUME_CANCELLED)
		pinger_start(&listener.pinger); /* it registers anew, or makes the queues */
}

static bool connect_broker(struct fail *fail)
{
	struct consume_options consume = { .queue = connector_text(
						   &listener.registration, "config.listen"),
		.prefetch = (uint16_t)at_once,
		.max_bytes = 512u << 20,
		.deliver = deliver };
	if (!connector_broker(&listener.registration, platform.conf, &consume.broker, fail))
		return false;
	if (consume_open(listener.consumer, &consume, fail)) {
		if (listener.said_lost)
			tool_say(&tool, "listening again");
		listener.connected = listener.was_connected = true;
		listener.said_lost = false;
		listener.lost_delay = lost_first;
		return true;
	}
	/* A broker that has taken us may refuse us while it starts. */
	if (consume_end(listener.consumer) == CONSUME_REFUSED && !listener.was_connected)
		return false;
	lose(fail);
	fail_clear(fail);
	return true;
}

static double nearer(double a, double b)
{
	return a < b ? a : b;
}

static double seconds_to_wait(double until, double now)
{
	double wait = until - now;
	if (!listener.ending)
		wait = nearer(
			wait, nearer(listener.pinger.at - now, pool_timeout(&listener.pool)));
	if (listener.connected)
		wait = nearer(wait, consume_timeout(listener.consumer));
	else if (!listener.ending)
		wait = nearer(wait, listener.connect_at - now);
	return wait < 0 ? 0 : nearer(wait, 5);
}

/* One round. False: it cannot go on. */
static bool turn(double until, struct fail *fail)
{
	double now = clock_now();
	if (!listener.ending) {
		if (!listener.connected && now >= listener.connect_at && !connect_broker(fail))
			return false;
		if (now >= listener.pinger.at)
			pinger_start(&listener.pinger);
		pool_start(&listener.pool);
	}
	struct pollfd polls[] = { { .fd = listener.wake[0], .events = POLLIN },
		{ .fd = listener.connected ? consume_fd(listener.consumer) : -1,
			.events = POLLIN } };
	double wait = seconds_to_wait(until, now);
	if (listener.ending || !clock_stopped())
		poll(polls, 2, clock_milliseconds(wait));
	char drained[256];
	while (read(listener.wake[0], drained, sizeof drained) > 0)
		;
	pool_reap(&listener.pool);
	if (pinger_reap(&listener.pinger))
		listener.connect_at = 0;
	if (listener.connected && !consume_serve(listener.consumer, fail)) {
		lose(fail);
		fail_clear(fail);
	}
	if (listener.output.kind) {
		*fail = listener.output;
		listener.output = (struct fail){ 0 };
		return false;
	}
	return true;
}

static void wait_for_jobs(double seconds)
{
	struct fail fail = { 0 };
	double until = clock_now() + seconds;
	while (pool_running(&listener.pool) && clock_now() < until && turn(until, &fail))
		;
	fail_clear(&fail);
}

/* No new job; those that run may end, for a while. */
static void finish(void)
{
	listener.ending = true;
	consume_cancel(listener.consumer);
	wait_for_jobs(grace);
	pool_signal(&listener.pool, SIGTERM);
	wait_for_jobs(grace + 5);
	for (size_t i = 0; i < listener.pool.count; i++)
		if (listener.pool.jobs[i].tag)
			consume_requeue(listener.consumer, listener.pool.jobs[i].tag);
}

/* Reads the configuration again, after SIGHUP; without a platform that takes it all stays as it was. */
static void reload(void)
{
	struct fail fail = { 0 };
	struct registration registration = { 0 };
	struct platform fresh = {
		.config = platform.config, .set = platform.set, .verbose = platform.verbose
	};
	clock_forget();
	bool ok = platform_open(&fresh, &tool, &fail) &&
		connector_registration(&fresh, &registration, &fail);
	if (ok) {
		struct platform old = platform;
		struct registration before = listener.registration;
		platform = fresh;
		listener.registration = registration;
		fresh = old;
		registration = before;
		ok = pinger_share(&listener.pinger, &fail);
	}
	if (!ok)
		tool_say(&tool, "the configuration stays as it was: %s", fail_text(&fail));
	fail_clear(&fail);
	fresh.set = (struct opt_list){ 0 }; /* it goes on with us */
	platform_close(&fresh);
	connector_release(&registration);
	graphql_close(platform.graphql); /* processes of ours make their own */
	platform.graphql = NULL;
	if (!ok)
		return;
	platform_say(&platform, "the configuration is read again");
	consume_close(listener.consumer);
	listener.connected = false;
	listener.connect_at = 0;
	pool_forget_tags(&listener.pool);
}

static bool listen_on(struct fail *fail)
{
	listener.pool = (struct pool){ .size = (size_t)at_once,
		.max_tries = (unsigned)max_tries,
		.max_begun = journal ? (size_t)at_once + WAITING : 0,
		.begin = begin_job,
		.work = work_on,
		.settle = settle };
	listener.lost_delay = lost_first;
	listener.pinger.at = clock_now() + 40;
	listener.consumer = consume_new(fail);
	bool ok = listener.consumer && watch_children(fail) &&
		(!journal ||
			(journal_lock(journal, &listener.lock, fail) &&
				journal_load(journal, &listener.pool, fail)));
	while (ok && (!clock_stopped() || clock_stopped() == SIGHUP)) {
		if (clock_stopped())
			reload();
		ok = turn(HUGE_VAL, fail);
	}
	if (listener.consumer) {
		finish();
		consume_close(listener.consumer);
	}
	consume_free(listener.consumer);
	pool_release(&listener.pool);
	if (listener.lock >= 0)
		close(listener.lock);
	return ok;
}

static bool replay_file(struct fail *fail)
{
	struct input input;
	struct job job = { 0 };
	if (!input_open(&input, replay, fail))
		return false;
	trying.registration = listener.file.data;
	trying.grace = grace;
	bool ok = job_read(&job, input.data, input.len,
			  conf_text(platform.conf, CONNECTOR_TYPE), fail) &&
		attempt_run(&platform, &listener.registration, &job, &trying, true, false,
			fail) == ATTEMPT_DONE;
	if (ok && unlink(replay))
		ok = fail_errno(fail, "%s", replay);
	job_release(&job);
	input_close(&input);
	return ok;
}

static bool begin(struct fail *fail)
{
	const char *dir = getenv("TMPDIR"), *type;
	if (!platform_open(&platform, &tool, fail) ||
		!conf_need(platform.conf, CONNECTOR_TYPE, &type, fail) ||
		!connector_registration(&platform, &listener.registration, fail))
		return false;
	buf_format(&listener.directory, "%s/octi-listen.XXXXXX", dir && *dir ? dir : "/tmp");
	if (!buf_ok(&listener.directory, fail))
		return false;
	if (!mkdtemp(listener.directory.data)) {
		fail_errno(fail, "%s", listener.directory.data);
		buf_release(&listener.directory);
		return false;
	}
	buf_format(&listener.file, "%s/registration.json", listener.directory.data);
	listener.pinger = (struct pinger){ .platform = &platform,
		.registration = &listener.registration,
		.file = listener.file.data,
		.begin = begin_process };
	return buf_ok(&listener.file, fail) && pinger_share(&listener.pinger, fail);
}

static void end(void)
{
	if (listener.file.len)
		unlink(listener.file.data);
	if (listener.directory.len)
		rmdir(listener.directory.data);
	buf_release(&listener.file);
	buf_release(&listener.directory);
	connector_release(&listener.registration);
	platform_close(&platform);
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
	clock_catch_signals();
	if (begin(&fail)) {
		if (replay) {
			replay_file(&fail);
		} else {
			graphql_close(platform.graphql); /* processes of ours make their own */
			platform.graphql = NULL;
			listen_on(&fail);
		}
	}
	end();
	return tool_end(&tool, &fail);
}
