#define _DEFAULT_SOURCE /* for MAP_ANONYMOUS */
#include "runner.h"

#include "claim.h"

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

bool runner_open(struct runner *runner, struct fail *fail)
{
	runner->report = mmap(NULL, sizeof *runner->report, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (runner->report == MAP_FAILED)
		return fail_errno(fail, "shared memory");
	*runner->report = (struct run_report){
		.queue_megabytes = -1, .status = -1, .exit_status = FAIL_RETRY
	};
	runner->sweep_due = true;
	return true;
}

/* ---- in the process ---- */

static int run(struct runner *runner)
{
	static const enum log_level levels[] = { [RUN_DONE] = LOG_INFO,
		[RUN_SKIPPED] = LOG_WARNING,
		[RUN_AWAY] = LOG_WARNING,
		[RUN_FAILED] = LOG_ERROR };
	struct agent *agent = runner->agent;
	struct run_report *report = runner->report;
	struct fail fail = { 0 };
	enum run_end end = RUN_AWAY;
	if (agent_child(agent, &fail))
		end = run_carry_out(&agent->platform, &agent->registration, runner->options,
			&agent->info, report, &fail);
	const struct log_note notes[] = { { report->status < 0 ? NULL : "status", NULL,
						  report->status },
		{ NULL, NULL, 0 } };
	agent_say(agent, levels[end], notes, "%s", fail.kind ? fail_text(&fail) : "done");
	metrics_add(agent->metrics, METRIC_RUNS, report->status >= 0);
	return (int)end;
}

static int sweep(struct runner *runner)
{
	struct agent *agent = runner->agent;
	const struct claim claim = { .platform = &agent->platform,
		.connector_id = registration_text(&agent->registration, "id"),
		.work = runner->options->work,
		.lock = -1 };
	struct fail fail = { 0 };
	if (!agent_child(agent, &fail) || !claim_sweep(&claim, &fail))
		platform_warn(
			&agent->platform, "open works are not looked at: %s", fail_text(&fail));
	return (int)fail.kind;
}

static bool begin(struct runner *runner, bool sweeping)
{
	*runner->report =
		(struct run_report){ .queue_megabytes = runner->report->queue_megabytes,
			.status = -1,
			.exit_status = FAIL_RETRY };
	fflush(NULL);
	pid_t parent = getpid(), pid = fork();
	if (pid == 0) {
#ifdef __linux__
		prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
		setpgid(0, 0);
		if (getppid() != parent)
			_exit(RUN_AWAY);
		int status = sweeping ? sweep(runner) : run(runner);
		fflush(NULL);
		_exit(status);
	}
	if (pid < 0)
		return false;
	runner->pid = pid;
	runner->sweeping = sweeping;
	runner->sweep_due = false;
	return true;
}

/* ---- beside it ---- */

bool runner_run(struct runner *runner)
{
	return begin(runner, false);
}

bool runner_sweep(struct runner *runner)
{
	return begin(runner, true);
}

static void take_report(struct runner *runner)
{
	struct connector_info *info = &runner->agent->info;
	bool before = info->buffering;
	if (runner->report->queue_megabytes < 0)
		return;
	info->queue_megabytes = runner->report->queue_megabytes;
	info->buffering = runner->report->buffering;
	if (before != info->buffering)
		agent_ping(runner->agent);
}

bool runner_reap(struct runner *runner, enum run_end *end)
{
	int status;
	if (!runner->pid)
		return false;
	pid_t ended = waitpid(runner->pid, &status, WNOHANG);
	if (!runner->sweeping)
		take_report(runner);
	if (ended != runner->pid)
		return false;
	runner->pid = 0;
	if (WIFSIGNALED(status)) {
		runner->report->exit_status = FAIL_RETRY;
		runner->report->buffering = false;
		runner->sweep_due = true;
		agent_say(runner->agent, LOG_ERROR, NULL,
			"the process of a run was killed by signal %d", WTERMSIG(status));
	}
	*end = WIFEXITED(status) ? (enum run_end)WEXITSTATUS(status) : RUN_FAILED;
	return !runner->sweeping;
}

void runner_signal(const struct runner *runner, int signal)
{
	if (runner->pid)
		kill(signal == SIGKILL ? -runner->pid : runner->pid, signal);
}
