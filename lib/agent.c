#include "agent.h"

#include "clock.h"
#include "pages.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A round is no longer, for a signal that comes just before it. */
static const double round_seconds = 5;

void agent_say(struct agent *agent, enum log_level level, const struct log_note *notes,
	const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	log_vsay(&agent->platform.log, level, notes, format, ap);
	va_end(ap);
	if (level == LOG_ERROR)
		metrics_add(agent->metrics, METRIC_ERRORS, 1);
}

/* ---- processes ---- */

static int wake_fd = -1; /* what the signal handler writes to */

static void note_child(int signal)
{
	int error = errno;
	(void)signal;
	if (write(wake_fd, "", 1) < 0) /* full: it will wake up anyway */
		errno = error;
	errno = error;
}

static bool watch_children(struct agent *agent, struct fail *fail)
{
	struct sigaction action = { .sa_handler = note_child, .sa_flags = SA_NOCLDSTOP };
	if (pipe(agent->wake)) {
		agent->wake[0] = agent->wake[1] = -1;
		return fail_errno(fail, "pipe");
	}
	for (int i = 0; i < 2; i++) {
		fcntl(agent->wake[i], F_SETFL, O_NONBLOCK);
		fcntl(agent->wake[i], F_SETFD, FD_CLOEXEC);
	}
	wake_fd = agent->wake[1];
	sigemptyset(&action.sa_mask);
	sigaction(SIGCHLD, &action, NULL);
	return true;
}

static void close_platform(struct platform *platform)
{
	graphql_close(platform->graphql);
	platform->graphql = NULL;
}

void agent_fork(struct agent *agent)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigaction(SIGCHLD, &standard, NULL);
	clock_forget(SIGHUP); /* it was meant for the parent */
	monitor_forget(&agent->monitor);
	notify_close(&agent->notify);
	if (agent->forget)
		agent->forget(agent->ctx);
}

/* The platform is that of the agent, or a fresh one. */
static bool begin_process(void *ctx, struct platform *platform, struct fail *fail)
{
	struct agent *agent = ctx;
	agent_fork(agent);
	return platform_open(platform, agent->tool, fail);
}

bool agent_child(struct agent *agent, struct fail *fail)
{
	return begin_process(agent, &agent->platform, fail);
}

/* ---- registration ---- */

/* What can be said of a configuration without a network. */
static bool load(struct agent *agent, struct platform *platform, struct fail *fail)
{
	return platform_load(platform, agent->tool, fail) && platform_log(platform, fail) &&
		metrics_check(platform->conf, fail);
}

bool agent_load(struct agent *agent, struct fail *fail)
{
	agent->wake[0] = agent->wake[1] = -1;
	notify_open(&agent->notify);
	return load(agent, &agent->platform, fail);
}

bool agent_open(struct agent *agent, struct fail *fail)
{
	const char *type, *given = getenv("OCTI_REGISTRATION");
	bool registered = !given || !*given;
	if (!platform_open(&agent->platform, agent->tool, fail) ||
		!conf_need(agent->platform.conf, CONNECTOR_TYPE, &type, fail))
		return false;
	agent->info.run_and_terminate =
		conf_bool(agent->platform.conf, CONNECTOR_RUN_AND_TERMINATE);
	double now = clock_now();
	if (!registration_get(&agent->platform, &agent->registration, fail))
		return false;
	scratch_sweep(agent->tool->name);
	if (!scratch_open(&agent->scratch, agent->tool->name, fail))
		return false;
	scratch_file(&agent->scratch, "registration.json", &agent->file);
	scratch_file(&agent->scratch, "turn", &agent->turn);
	agent->platform.turn = agent->turn.data;
	agent->pinger = (struct pinger){ .file = agent->file.data,
		.begin = begin_process,
		.ctx = agent,
		.at = registered ? now + PINGER_PERIOD : 0, /* it counts as a ping */
		.heard = registered ? now : 0 };
	return buf_ok(&agent->file, fail) && buf_ok(&agent->turn, fail) &&
		pinger_share(&agent->pinger, &agent->registration, fail);
}

static void look(void *ctx, struct health *health)
{
	const struct agent *agent = ctx;
	double heard = agent->pinger.heard;
	*health = (struct health){ .ping_age = heard > 0 ? clock_now() - heard : HUGE_VAL,
		.link = agent->link,
		.linked = agent->linked };
}

/* /metrics and /health, as the configuration has them. */
static bool serve_monitors(struct agent *agent, struct fail *fail)
{
	uint16_t before = monitor_port(&agent->monitor);
	if (!monitor_open(&agent->monitor, agent->platform.conf, fail))
		return false;
	uint16_t port = monitor_port(&agent->monitor);
	if (port && port != before)
		agent_say(agent, LOG_INFO, NULL, "metrics and health are on port %u",
			(unsigned)port);
	return true;
}

bool agent_start(struct agent *agent, struct fail *fail)
{
	close_platform(&agent->platform);
	agent->metrics = metrics_new(fail);
	agent->platform.metrics = agent->metrics;
	agent->monitor =
		(struct monitor){ .metrics = agent->metrics, .look = look, .ctx = agent };
	bool ok = agent->metrics && serve_monitors(agent, fail) && watch_children(agent, fail);
	pages_return();
	return ok;
}

/* ---- reading the configuration again ---- */

/* Gives up the fresh configuration, or the old one after they changed places. */
static void drop_fresh(struct agent *agent)
{
	agent->fresh.set = (struct opt_list){ 0 }; /* it goes on with us */
	platform_close(&agent->fresh);
	agent->fresh = (struct platform){ 0 };
	agent->reloading = false;
}

static void end_reload(struct agent *agent)
{
	drop_fresh(agent);
	if (agent->ready)
		notify_ready(&agent->notify);
}

/* Until the platform has taken the new configuration all stays as it was. */
static void read_again(struct agent *agent)
{
	struct fail fail = { 0 };
	agent->hung_up = false;
	drop_fresh(agent);
	notify_reloading(&agent->notify);
	agent->fresh = (struct platform){ .config = agent->platform.config,
		.set = agent->platform.set,
		.verbose = agent->platform.verbose,
		.metrics = agent->metrics,
		.turn = agent->turn.data };
	agent->reloading = load(agent, &agent->fresh, &fail);
	if (!agent->reloading) {
		agent_say(agent, LOG_ERROR, NULL, "the configuration stays as it was: %s",
			fail_text(&fail));
		end_reload(agent);
	}
	fail_clear(&fail);
}

/* Takes the registration that a process has written, and the configuration that it belongs to. */
static void renew(struct agent *agent)
{
	struct fail fail = { 0 };
	struct registration fresh = { 0 };
	bool reloaded = agent->reloading && agent->pinger.registering;
	if (!registration_read(agent->file.data, &fresh, &fail)) {
		agent_say(agent, LOG_ERROR, NULL, "%s", fail_text(&fail));
		fail_clear(&fail);
		registration_release(&fresh);
		end_reload(agent);
		return;
	}
	struct registration old = agent->registration;
	agent->registration = fresh;
	if (reloaded) {
		struct platform before = agent->platform;
		agent->platform = agent->fresh;
		agent->fresh = before;
		agent->info.run_and_terminate =
			conf_bool(agent->platform.conf, CONNECTOR_RUN_AND_TERMINATE);
		agent_say(agent, LOG_INFO, NULL, "the configuration is read again");
		if (!serve_monitors(agent, &fail))
			agent_say(agent, LOG_ERROR, NULL, "%s; serving as before",
				fail_text(&fail));
		fail_clear(&fail);
	}
	if (agent->renewed)
		agent->renewed(agent->ctx);
	registration_release(&old);
	if (reloaded)
		end_reload(agent);
}

/* ---- rounds ---- */

bool agent_stopped(struct agent *agent)
{
	if (clock_stopped() == SIGHUP) {
		clock_forget(SIGHUP);
		agent->hung_up = true;
	}
	if (clock_stopped())
		agent_stop(agent);
	return agent->stopped;
}

void agent_stop(struct agent *agent)
{
	if (agent->stopped)
		return;
	agent->stopped = true;
	notify_stopping(&agent->notify);
}

void agent_ready(struct agent *agent)
{
	if (!agent->ready)
		notify_ready(&agent->notify);
	agent->ready = true;
}

void agent_status(struct agent *agent, bool running, const char *text)
{
	metrics_set(agent->metrics, METRIC_STATE,
		running                  ? METRIC_RUNNING
			: agent->stopped ? METRIC_STOPPED
					 : METRIC_IDLE);
	notify_status(&agent->notify, "%s", text);
}

void agent_ping(struct agent *agent)
{
	agent->pinger.at = 0;
}

void agent_state(struct agent *agent, const char *state)
{
	agent->pinger.state = state;
}

void agent_register(struct agent *agent)
{
	agent->hung_up = true;
}

static void start_processes(struct agent *agent)
{
	struct pinger *pinger = &agent->pinger;
	if (agent->hung_up && !(pinger->pid && pinger->registering))
		read_again(agent);
	if (agent->reloading && !pinger->pid)
		pinger_register(pinger, &agent->fresh);
	if (!pinger->pid && clock_now() >= pinger->at)
		pinger_start(pinger, &agent->platform, &agent->registration, &agent->info);
}

static void end_processes(struct agent *agent)
{
	char drained[256];
	while (read(agent->wake[0], drained, sizeof drained) > 0)
		;
	bool failing = agent->pinger.failing;
	enum pinger_end end = pinger_reap(&agent->pinger);
	if (failing && !agent->pinger.failing)
		agent_say(agent, LOG_INFO, NULL, "ping: back to normal");
	if (end == PINGER_REGISTERED)
		renew(agent);
	else if (end == PINGER_REFUSED)
		end_reload(agent);
	agent->reset = agent->reset || end == PINGER_RESET;
	if (end == PINGER_GOOD || end == PINGER_RESET)
		metrics_add(agent->metrics, METRIC_PINGS, 1);
	else if (end == PINGER_BAD)
		metrics_add(agent->metrics, METRIC_PING_ERRORS, 1);
}

static double nearer(double a, double b)
{
	return a < b ? a : b;
}

void agent_wait(struct agent *agent, struct pollfd *polls, size_t count, double seconds)
{
	struct pollfd all[AGENT_POLLS + 2];
	if (count > AGENT_POLLS)
		abort();
	bool ending = agent->stopped;
	if (!agent_stopped(agent))
		start_processes(agent);
	for (size_t i = 0; i < count; i++)
		all[i] = (struct pollfd){ .fd = polls[i].fd, .events = polls[i].events };
	all[count] = (struct pollfd){ .fd = agent->wake[0], .events = POLLIN };
	all[count + 1] = (struct pollfd){ .fd = monitor_fd(&agent->monitor), .events = POLLIN };
	seconds = nearer(nearer(seconds, round_seconds),
		nearer(monitor_timeout(&agent->monitor), notify_timeout(&agent->notify)));
	if (!agent->stopped && !agent->pinger.pid)
		seconds = nearer(seconds, agent->pinger.at - clock_now());
	if (ending || !agent_stopped(agent)) /* the owner is to know at once */
		poll(all, count + 2, clock_milliseconds(seconds));
	for (size_t i = 0; i < count; i++)
		polls[i].revents = all[i].revents;
	end_processes(agent);
	monitor_serve(&agent->monitor);
	notify_serve(&agent->notify);
}

/* A failure that is not of the call: the log has it. */
static int say_last(struct agent *agent, struct fail *fail)
{
	if ((fflush(stdout) || ferror(stdout)) && !fail->kind)
		fail_errno(fail, "stdout");
	int status = (int)fail->kind;
	if (status && status != FAIL_USAGE && agent->platform.conf) {
		agent_say(agent, LOG_ERROR, NULL, "%s", fail_text(fail));
		fail_clear(fail);
	}
	return status;
}

int agent_close(struct agent *agent, struct fail *fail)
{
	int status = say_last(agent, fail);
	pinger_stop(&agent->pinger);
	monitor_close(&agent->monitor);
	metrics_free(agent->metrics);
	notify_close(&agent->notify);
	scratch_remove(&agent->scratch);
	buf_release(&agent->file);
	buf_release(&agent->turn);
	registration_release(&agent->registration);
	drop_fresh(agent);
	platform_close(&agent->platform);
	if (fail->kind)
		tool_end(agent->tool, fail);
	return status;
}
