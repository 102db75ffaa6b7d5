#include "pinger.h"

#include "clock.h"
#include "file.h"
#include "lock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit statuses of a process that has registered the connector, or has found its state reset. */
enum { REGISTERED = 3, RESET = 4 };

bool pinger_share(
	const struct pinger *pinger, const struct registration *registration, struct fail *fail)
{
	struct buf line = { 0 };
	registration_print(registration, false, &line);
	buf_char(&line, '\n');
	bool ok = buf_ok(&line, fail) &&
		file_replace(pinger->file, line.data, line.len, 0600, fail);
	buf_release(&line);
	return ok;
}

/* A ping that stores our state, or else connector_beat, in turn with who stores a state. */
static bool beat(const struct pinger *pinger, struct platform *platform, const char *id,
	const struct connector_info *info, bool *reset, bool *unknown, struct fail *fail)
{
	struct buf answer = { 0 };
	int turn;
	bool ok = connector_turn(platform, &turn, fail);
	if (ok && pinger->state) {
		ok = connector_ping(platform, id, pinger->state, info, &answer, unknown, fail);
		*reset = ok && !connector_kept(&answer, pinger->state);
	} else if (ok) {
		ok = connector_beat(platform, id, info, &answer, reset, unknown, fail);
	}
	lock_drop(turn);
	buf_release(&answer);
	return ok;
}

static int ping(const struct pinger *pinger, struct platform *platform, const char *id,
	const struct connector_info *info)
{
	struct fail fail = { 0 };
	struct registration fresh = { 0 };
	bool reset = false, unknown = false, again = false;
	bool ok = pinger->begin(pinger->ctx, platform, &fail) &&
		beat(pinger, platform, id, info, &reset, &unknown, &fail);
	if (!ok && unknown) {
		platform_warn(platform,
			"the platform does not know the connector any more; registering again");
		fail_clear(&fail);
		again = registration_make(platform, &fresh, &fail) &&
			pinger_share(pinger, &fresh, &fail);
	} else if (!fail.kind && reset) {
		platform_say(platform, "the state was reset on the platform");
	}
	if (fail.kind)
		log_say(&platform->log, pinger->failing ? LOG_DEBUG : LOG_ERROR, NULL,
			"ping: %s; trying on", fail_text(&fail));
	return again ? REGISTERED : ok && reset ? RESET : (int)fail.kind;
}

static int enrol(const struct pinger *pinger, struct platform *platform)
{
	struct fail fail = { 0 };
	struct registration fresh = { 0 };
	if (pinger->begin(pinger->ctx, platform, &fail) &&
		registration_get(platform, &fresh, &fail) &&
		pinger_share(pinger, &fresh, &fail))
		return REGISTERED;
	log_say(&platform->log, LOG_ERROR, NULL, "the configuration stays as it was: %s",
		fail_text(&fail));
	return (int)fail.kind;
}

/* As fork; in the parent it is noted. */
static pid_t fork_off(struct pinger *pinger, bool registering)
{
	fflush(NULL);
	pid_t pid = fork();
	if (pid <= 0)
		return pid;
	pinger->pid = pid;
	pinger->began = clock_now();
	pinger->registering = registering;
	return pid;
}

void pinger_start(struct pinger *pinger, struct platform *platform,
	const struct registration *registration, const struct connector_info *info)
{
	pinger->at = clock_now() + PINGER_PERIOD * clock_jitter(0.1);
	if (!pinger->pid && fork_off(pinger, false) == 0)
		_exit(ping(pinger, platform, registration_text(registration, "id"), info));
}

bool pinger_register(struct pinger *pinger, struct platform *platform)
{
	if (pinger->pid)
		return false;
	pid_t pid = fork_off(pinger, true);
	if (pid == 0)
		_exit(enrol(pinger, platform));
	return pid > 0;
}

enum pinger_end pinger_reap(struct pinger *pinger)
{
	int status;
	if (!pinger->pid || waitpid(pinger->pid, &status, WNOHANG) != pinger->pid)
		return PINGER_NOTHING;
	pinger->pid = 0;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : FAIL_RETRY;
	bool heard = !code || code == REGISTERED || code == RESET;
	if (heard)
		pinger->heard = pinger->began;
	if (heard || !pinger->registering)
		pinger->failing = !heard;
	if (code == REGISTERED)
		return PINGER_REGISTERED;
	if (pinger->registering)
		return PINGER_REFUSED;
	if (code == RESET)
		return PINGER_RESET;
	return code ? PINGER_BAD : PINGER_GOOD;
}

void pinger_stop(struct pinger *pinger)
{
	if (!pinger->pid)
		return;
	kill(pinger->pid, SIGKILL);
	while (waitpid(pinger->pid, NULL, 0) < 0 && errno == EINTR)
		;
	pinger->pid = 0;
}
