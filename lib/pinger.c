#include "pinger.h"

#include "clock.h"
#include "file.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Exit status of a process that has registered the connector again. */
enum { REGISTERED = 3 };

/* The platform counts a connector as dead after five minutes. */
static const double period = 40;

bool pinger_share(const struct pinger *pinger, struct fail *fail)
{
	struct buf line = { 0 };
	connector_print(pinger->registration, false, &line);
	buf_char(&line, '\n');
	bool ok = buf_ok(&line, fail) &&
		file_replace(pinger->file, line.data, line.len, 0600, fail);
	buf_release(&line);
	return ok;
}

static int ping(struct pinger *pinger)
{
	const struct tool *tool = pinger->platform->tool;
	const char *id = connector_text(pinger->registration, "id");
	struct fail fail = { 0 };
	struct buf answer = { 0 };
	bool reset = false, unknown = false, again = false;
	if (pinger->begin(&fail) &&
		!connector_beat(pinger->platform, id, &answer, &reset, &unknown, &fail) &&
		unknown) {
		tool_say(tool,
			"the platform does not know the connector any more; registering again");
		fail_clear(&fail);
		connector_release(pinger->registration);
		again = connector_register(pinger->platform, pinger->registration, &fail) &&
			pinger_share(pinger, &fail);
	} else if (!fail.kind && reset) {
		tool_say(tool, "the state was reset on the platform");
	}
	if (fail.kind && !pinger->failing)
		tool_say(tool, "%s", fail_text(&fail));
	return again ? REGISTERED : (int)fail.kind;
}

void pinger_start(struct pinger *pinger)
{
	pinger->at = clock_now() + period * clock_jitter(0.1);
	if (pinger->pid)
		return;
	fflush(NULL);
	pid_t pid = fork();
	if (pid == 0)
		_exit(ping(pinger));
	if (pid > 0)
		pinger->pid = pid;
}

/* Takes the registration that a process of ours has written. */
static bool take(struct pinger *pinger)
{
	struct fail fail = { 0 };
	struct registration fresh = { 0 };
	bool ok = connector_read(pinger->file, &fresh, &fail);
	if (ok) {
		connector_release(pinger->registration);
		*pinger->registration = fresh;
	} else {
		tool_say(pinger->platform->tool, "%s", fail_text(&fail));
		connector_release(&fresh);
	}
	fail_clear(&fail);
	return ok;
}

bool pinger_reap(struct pinger *pinger)
{
	int status;
	if (!pinger->pid || waitpid(pinger->pid, &status, WNOHANG) != pinger->pid)
		return false;
	pinger->pid = 0;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : FAIL_RETRY;
	if ((!code || code == REGISTERED) && pinger->failing)
		tool_say(pinger->platform->tool, "ping: back to normal");
	pinger->failing = code && code != REGISTERED;
	return code == REGISTERED && take(pinger);
}
