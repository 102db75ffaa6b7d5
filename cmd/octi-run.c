/* octi-run [--every PERIOD | --cron EXPR | --once] [options] -- COMMAND [ARG ...]
 * Runs COMMAND on a schedule or once, and sends what it prints. */
#include "agent.h"
#include "clock.h"
#include "period.h"
#include "proc.h"
#include "runner.h"
#include "schedule.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void renewed(void *ctx);

static struct agent agent = { .renewed = renewed };
static struct run_options running = { .grace = 30,
	.queue = { .window = 256, .window_bytes = 8 << 20, .timeout = 300 } };
static struct runner runner = { .agent = &agent, .options = &running };
static const char *every, *cron, *jitter;
static bool once, fixed_delay, lock;
static uint64_t retries;

static const struct opt options[] = {
	{ 'e', "every", "PERIOD",
		"run every PERIOD: 90s, 15m, 6h, PT6H (CONNECTOR_DURATION_PERIOD)", OPT_TEXT,
		&every },
	{ 0, "cron", "EXPR", "run when crontab(5) would: five fields, or @daily", OPT_TEXT,
		&cron },
	{ '1', "once", NULL, "run once, and exit as COMMAND did (CONNECTOR_RUN_AND_TERMINATE)",
		OPT_FLAG, &once },
	{ 0, "fixed-delay", NULL, "count the period from the end of a run", OPT_FLAG,
		&fixed_delay },
	{ 0, "jitter", "PERIOD", "begin each run up to PERIOD later", OPT_TEXT, &jitter },
	{ 0, "retry", "N", "run again, up to N times, when a run fails (0)", OPT_NUMBER,
		&retries },
	{ 0, "timeout", "SECONDS", "end a COMMAND that runs longer", OPT_SECONDS,
		&running.timeout },
	{ 0, "grace", "SECONDS", "let COMMAND and what is sent end, after SIGTERM (30)",
		OPT_SECONDS, &running.grace },
	{ 0, "lock", NULL, "never run beside another copy, here or on another host", OPT_FLAG,
		&lock },
	{ 'b', "batch", "N", "send each N objects as they come", OPT_NUMBER, &running.batch },
	{ 0, "linger", "SECONDS", "send what has come after so many seconds", OPT_SECONDS,
		&running.linger },
	{ 0, "cleanup", NULL, "drop references to objects that are not in the bundle", OPT_FLAG,
		&running.cleanup },
	{ 0, "work", "NAME", "what works are called (after the connector and the time)",
		OPT_TEXT, &running.work },
	PLATFORM_OPTIONS(agent.platform, 'v'),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-run",
	.synopsis = "[-1v] [-c FILE] [-s NAME=VALUE] [-e PERIOD | --cron EXPR] [option ...] -- "
		    "COMMAND [ARG ...]",
	.summary = "Run COMMAND on a schedule or once, and send what it prints.",
	.options = options,
	.stop = true };

static const double first_delay = 1, last_delay = 300,
		    last_away = 60; /* seconds until a run is tried again */

/* What goes on. */
static struct schedule schedule;
static double spread; /* of --jitter, in seconds */
static double due,
	at; /* when the next run is due by the schedule, and with jitter and delays */
static unsigned tries, delays; /* of it, so far */

/* ---- the schedule ---- */

static bool is_only_run(void)
{
	return schedule.kind == SCHEDULE_ONCE;
}

static bool choose_schedule(struct fail *fail)
{
	const struct conf *conf = agent.platform.conf;
	const char *text = conf_text(conf, CONNECTOR_DURATION_PERIOD);
	bool given = once || every || cron;
	struct schedule chosen = { .kind = fixed_delay ? SCHEDULE_DELAY : SCHEDULE_RATE };
	bool ok = true;
	if (once || (!given && conf_bool(conf, CONNECTOR_RUN_AND_TERMINATE))) {
		chosen.kind = SCHEDULE_ONCE;
	} else if (cron) {
		chosen.kind = SCHEDULE_CRON;
		ok = cron_read(cron, &chosen.cron, fail) || fail_at(fail, "--cron");
	} else if (every) {
		ok = period_read(every, &chosen.period, fail) || fail_at(fail, "--every");
	} else if (text) {
		ok = period_read(text, &chosen.period, fail) ||
			fail_at(fail, "CONNECTOR_DURATION_PERIOD (%s)",
				conf_origin(conf, CONNECTOR_DURATION_PERIOD));
	} else {
		ok = fail_set(fail, FAIL_USAGE,
			"when to run: --every, --cron, --once, or CONNECTOR_DURATION_PERIOD");
	}
	if (ok && !cron && !(chosen.period > 0))
		chosen.kind = SCHEDULE_ONCE;
	if (ok && jitter)
		ok = period_read(jitter, &spread, fail) || fail_at(fail, "--jitter");
	if (ok)
		schedule = chosen;
	return ok;
}

static void plan(double next)
{
	due = next;
	at = next + spread * (clock_jitter(0.5) - 0.5);
	tries = delays = 0;
	agent.info.next_run = isfinite(at) && !is_only_run() ? (time_t)at : 0;
}

static void renewed(void *ctx)
{
	struct fail fail = { 0 };
	struct schedule before = schedule;
	(void)ctx;
	if (!choose_schedule(&fail))
		agent_say(&agent, LOG_ERROR, NULL, "the schedule stays as it was: %s",
			fail_text(&fail));
	fail_clear(&fail);
	agent.info.run_and_terminate = is_only_run();
	bool same = before.kind == schedule.kind && !(before.period < schedule.period) &&
		!(before.period > schedule.period);
	if (!same && !runner.pid)
		plan(schedule_first(&schedule, schedule_now()));
}

/* ---- rounds ---- */

static void put_off(double most)
{
	double delay = first_delay;
	for (unsigned i = 0; i < delays && delay < most; i++)
		delay *= 2;
	delays++;
	at = schedule_now() + (delay < most ? delay : most) * clock_jitter(0.1);
}

/* A platform or broker that is away costs no try, but for the only run there is, which has somebody else to
 * try it again. What is skipped waits for its next time. */
static void end_run(enum run_end end)
{
	int status = runner.report->status;
	bool counts = end == RUN_FAILED || (end == RUN_AWAY && is_only_run());
	if (status >= 0)
		agent.info.last_run = time(NULL);
	if (agent.stopped)
		return;
	if (counts && tries < retries && !proc_not_run(status)) {
		tries++;
		put_off(last_delay);
	} else if (end == RUN_AWAY && !is_only_run()) {
		put_off(last_away);
	} else {
		plan(schedule_next(&schedule, due, schedule_now()));
		agent_ping(&agent);
	}
}

/* Tells monitors and the service manager how it fares. */
static void tell_status(void)
{
	bool busy = runner.pid && !runner.sweeping;
	struct buf text = { 0 };
	buf_text(&text, agent.stopped ? "ending" : busy ? "running" : "waiting");
	if (busy && agent.info.buffering)
		buf_text(&text, ": the queue is full");
	if (!busy && !agent.stopped && isfinite(at)) {
		buf_text(&text, " for the run of ");
		clock_print_utc_of(&text, (time_t)at);
	}
	agent_status(&agent, busy, buf_str(&text));
	buf_release(&text);
}

static bool begin_run(double now)
{
	due = schedule_begun(&schedule, due, now);
	return runner_run(&runner);
}

static void turn(void)
{
	enum run_end end;
	double now = schedule_now(), wait = 1;
	at = schedule_sane(&schedule, at, spread, now);
	if (!agent.stopped && !runner.pid) {
		bool begun =
			now >= at ? begin_run(now) : !runner.sweep_due || runner_sweep(&runner);
		wait = begun && !runner.pid ? at - now : 1;
	}
	tell_status();
	agent_wait(&agent, NULL, 0, wait);
	if (runner_reap(&runner, &end))
		end_run(end);
}

/* The run that goes on ends its command. */
static void finish(void)
{
	double until = clock_now() + running.grace + 30;
	agent_stop(&agent);
	runner_signal(&runner, SIGTERM);
	while (runner.pid && clock_now() < until)
		turn();
	runner_signal(&runner, SIGKILL);
}

/* What came of the only run is told before the end. */
static void ping_last(void)
{
	double until = clock_now() + 10;
	bool pinged = false;
	while (!agent_stopped(&agent) && clock_now() < until && (!pinged || agent.pinger.pid)) {
		if (!agent.pinger.pid) {
			agent_ping(&agent);
			pinged = true;
		}
		agent_wait(&agent, NULL, 0, until - clock_now());
	}
}

static void go_on(void)
{
	scratch_sweep(RUN_SCRATCH);
	agent.info.run_and_terminate = is_only_run();
	plan(schedule_first(&schedule, schedule_now()));
	agent_ready(&agent);
	if (at > schedule_now()) /* when that is, is worth telling */
		agent_ping(&agent);
	while (!agent_stopped(&agent) && (isfinite(at) || runner.pid))
		turn();
	if (is_only_run())
		ping_last();
	finish();
}

/* Where copies of this connector on this machine meet. */
static bool name_lock(struct buf *path, struct fail *fail)
{
	const char *dir = getenv("TMPDIR");
	buf_format(path, "%s/octi-run.%s.lock", dir && *dir ? dir : "/tmp",
		registration_text(&agent.registration, "id"));
	running.lock = path->data;
	return buf_ok(path, fail);
}

static bool begin(struct buf *path, struct fail *fail)
{
	agent.tool = &tool;
	if (!agent_load(&agent, fail) || !choose_schedule(fail) || !agent_open(&agent, fail) ||
		(lock && !name_lock(path, fail)))
		return false;
	running.registration = agent.file.data;
	return runner_open(&runner, fail) && agent_start(&agent, fail);
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	struct buf path = { 0 };
	if (first == argc)
		tool_usage(&tool, "no COMMAND");
	if (once + !!every + !!cron > 1)
		tool_usage(&tool, "--once, --every and --cron exclude each other");
	running.command = argv + first;
	clock_catch_signals();
	bool ran = begin(&path, &fail);
	if (ran)
		go_on();
	buf_release(&path);
	int status = agent_close(&agent, &fail);
	return ran && !status && is_only_run() ? runner.report->exit_status : status;
}
