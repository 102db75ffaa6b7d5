#include "run.h"

#include "clock.h"
#include "file.h"
#include "harvest.h"
#include "lock.h"
#include "owner.h"
#include "print.h"
#include "proc.h"
#include "scratch.h"
#include "state.h"
#include "variables.h"
#include "work.h"

#include <string.h>

enum { TAIL = 2000 }; /* bytes of the command's stderr that the work shows */

/* A run while it goes on. */
struct run {
	struct platform *platform;
	const struct registration *registration;
	const struct run_options *options;
	const struct connector_info *info;
	struct run_report *report;
	const char *id; /* the connector's */
	time_t began;
	struct claim claim;
	struct scratch scratch;
	struct buf state_file;
	struct connector_memory before;
	struct buf state; /* the object that the command got */
	struct dispatch dispatch;
	struct proc proc;
	struct harvest harvest;
	bool deleted; /* the work is there no more */
};

/* ---- may it run ---- */

static bool has_room(struct run *run, bool *skip, struct fail *fail)
{
	double bytes, most = run->dispatch.queue.max_bytes;
	if (!connector_queue_bytes(run->platform, run->id, &bytes, fail))
		return false;
	run->report->queue_megabytes = bytes / 1e6;
	*skip = run->report->buffering = bytes >= most;
	return !*skip ||
		fail_set(fail, FAIL_RETRY, "the connector's queue is full: %.1f MB of %.1f",
			bytes / 1e6, most / 1e6);
}

static void look(void *ctx, double bytes, bool full)
{
	struct run_report *report = ctx;
	report->queue_megabytes = bytes / 1e6;
	report->buffering = full;
}

/* ---- the state ---- */

/* A reset is taken note of before the run, so that another one can be told from it. */
static bool read_state(struct run *run, struct fail *fail)
{
	struct buf answer = { 0 };
	bool unknown, ok = connector_recall(run->platform, run->id, &run->before, fail);
	if (ok && run->before.reset) {
		int turn;
		ok = connector_turn(run->platform, &turn, fail) &&
			connector_ping(run->platform, run->id, "null", run->info, &answer,
				&unknown, fail) &&
			connector_recall(run->platform, run->id, &run->before, fail);
		lock_drop(turn);
		buf_release(&answer);
	}
	buf_text(&run->state, buf_str(&run->before.state));
	state_normalise(&run->state);
	scratch_file(&run->scratch, "state.json", &run->state_file);
	return ok && buf_ok(&run->state, fail) && buf_ok(&run->state_file, fail) &&
		file_replace(run->state_file.data, run->state.data, run->state.len, 0600, fail);
}

static bool same(const struct span *a, const struct span *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->text, b->text, a->len));
}

/* The state that the command left, with the time of this run as pycti's templates keep it, unless the command
 * set that itself. */
static bool next_state(struct run *run, struct buf *next, struct fail *fail)
{
	static const char key[] = "last_run";
	struct buf left = { 0 }, time = { 0 };
	struct span was = { 0 }, is = { 0 };
	if (!state_read_file(run->state_file.data, &left, fail)) {
		buf_release(&left);
		return false;
	}
	struct span before = { run->state.data, run->state.len },
		    after = { left.data, left.len };
	state_get(before, key, sizeof key - 1, &was);
	state_get(after, key, sizeof key - 1, &is);
	if (same(&was, &is)) {
		buf_char(&time, '"');
		clock_print_utc_plain(&time, run->began);
		buf_char(&time, '"');
		state_set(after, key, sizeof key - 1, (struct span){ buf_str(&time), time.len },
			next);
	} else {
		buf_add(next, left.data, left.len);
	}
	bool ok = buf_ok(&time, fail) && buf_ok(next, fail);
	buf_release(&left);
	buf_release(&time);
	return ok;
}

/* Before anything is sent: else it is sent again by the next run. */
static bool state_is_sound(const struct run *run, struct fail *fail)
{
	struct buf left = { 0 };
	bool ok = state_read_file(run->state_file.data, &left, fail);
	buf_release(&left);
	return ok;
}

/* What is sent for a work that was deleted is not imported. */
static bool work_is_there(struct run *run, struct fail *fail)
{
	bool alive = true;
	if (claim_work(&run->claim) && run->harvest.any &&
		!work_alive(run->platform, claim_work(&run->claim), &alive, fail))
		return false;
	run->deleted = !alive;
	return alive || fail_set(fail, FAIL_NO, "work %s was deleted", claim_work(&run->claim));
}

static bool store_state(struct run *run, struct fail *fail)
{
	struct buf next = { 0 };
	struct connector_info info = *run->info;
	bool kept = true, ok = next_state(run, &next, fail);
	info.last_run = time(NULL);
	info.buffering = run->report->buffering;
	info.queue_megabytes = run->report->queue_megabytes;
	ok = ok &&
		state_store(
			run->platform, run->id, &run->before, next.data, &info, &kept, fail);
	if (ok && !kept)
		platform_warn(run->platform,
			"the state was reset or changed on the platform during the run, and "
			"stays as it is there");
	buf_release(&next);
	return ok;
}

/* ---- the command ---- */

static void make_environment(const struct run *run, struct variables *to)
{
	variables_add(to, "OCTI_REGISTRATION", run->options->registration);
	variables_add(to, "OCTI_STATE", buf_str(&run->state_file));
	variables_add(to, "OCTI_APPLICANT_ID",
		registration_text(run->registration, "connector_user_id"));
	variables_add(to, "OCTI_WORK_ID", claim_work(&run->claim));
	/* of a job that we may be a part of */
	variables_add(to, "OCTI_JOB", NULL);
	variables_add(to, "OCTI_DRAFT_ID", NULL);
	variables_add(to, "OCTI_VALIDATION_MODE", NULL);
	variables_add(to, "OCTI_SHARED_ORGANIZATIONS", NULL);
	variables_add(to, "OCTI_PLAYBOOK", NULL);
}

/* What came of the command; *away: it is not to blame. */
static bool judge(struct run *run, bool *away, struct fail *fail)
{
	const struct proc *proc = &run->proc;
	if (run->harvest.failed.kind) {
		*fail = run->harvest.failed;
		run->harvest.failed = (struct fail){ 0 };
		*away = fail->kind == FAIL_RETRY;
		return false;
	}
	if (proc->timed_out)
		return fail_set(fail, FAIL_RETRY, "the command ran longer than %g s",
			run->options->timeout);
	if (!proc->status) {
		clock_forget(clock_stopped()); /* it has come to a good end */
		return true;
	}
	*away = proc->stopped;
	if (proc->stopped)
		return fail_set(fail, FAIL_RETRY, "stopped by signal %d", clock_stopped());
	if (proc->status > 128)
		return fail_set(fail, FAIL_NO, "the command was killed by signal %d",
			proc->status - 128);
	return fail_set(fail, proc->status == FAIL_RETRY ? FAIL_RETRY : FAIL_NO,
		"the command exited with status %d", proc->status);
}

static bool run_command(struct run *run, bool *away, struct fail *fail)
{
	struct variables variables = { 0 };
	make_environment(run, &variables);
	struct proc_options options = { .argv = run->options->command,
		.extra = variables_list(&variables),
		.timeout = run->options->timeout,
		.grace = run->options->grace,
		.tail = TAIL,
		.take = harvest_take,
		.tick = harvest_parts(&run->harvest) ? 0.1 : 0,
		.on_tick = harvest_tick,
		.ctx = &run->harvest };
	bool ok = variables_ok(&variables, fail) && proc_run(&options, &run->proc, fail);
	variables_release(&variables);
	*away = !ok;
	if (!ok)
		return false;
	run->report->status = run->proc.status;
	return judge(run, away, fail);
}

/* ---- all of it ---- */

/* Adds the command's last words: its stderr without white space at the end. */
static void add_words(const struct proc *proc, struct buf *text)
{
	size_t n = proc->tail.len;
	while (n && strchr(" \t\r\n", proc->tail.data[n - 1]))
		n--;
	buf_add(text, buf_str(&proc->tail), n);
	buf_text(text, n ? " -- " : "");
}

/* A work that is open when the command has printed nothing was there for the lock alone. */
static bool close_work(struct run *run, const struct fail *why, struct fail *fail)
{
	struct buf text = { 0 };
	if (!claim_work(&run->claim) || run->deleted)
		return true;
	if (!run->harvest.any)
		return work_delete(run->platform, claim_work(&run->claim), fail);
	if (why->kind) {
		add_words(&run->proc, &text);
		buf_text(&text, fail_text(why));
	} else {
		buf_format(&text, "%s connector successfully run, storing last_run as ",
			conf_text(run->platform->conf, CONNECTOR_NAME));
		clock_print_utc_plain(&text, run->began);
	}
	bool ok = buf_ok(&text, fail) &&
		owner_close(run->platform, claim_work(&run->claim), run->dispatch.reports,
			text.data, why->kind, fail);
	buf_release(&text);
	return ok;
}

static bool take_claim(struct run *run, bool *skip, struct fail *fail)
{
	run->claim.unseen = !dispatch_wants_work(&run->dispatch);
	return claim_take(&run->claim, run->began, skip, fail);
}

static bool prepare(struct run *run, bool *skip, struct fail *fail)
{
	return dispatch_open(&run->dispatch, fail) && has_room(run, skip, fail) &&
		take_claim(run, skip, fail) && scratch_open(&run->scratch, RUN_SCRATCH, fail) &&
		read_state(run, fail);
}

/* Failures show in the platform too, where objects were printed; telling it must not hide them. */
static void give_up(struct run *run, const struct fail *why)
{
	struct fail again = { 0 };
	bool ok = (!run->harvest.any || claim_open(&run->claim, run->began, &again)) &&
		close_work(run, why, &again);
	if (!ok && claim_work(&run->claim))
		platform_warn(run->platform, "work %s stays open: %s", claim_work(&run->claim),
			fail_text(&again));
	fail_clear(&again);
}

static enum run_end carry_out(struct run *run, struct fail *fail)
{
	bool skip = false, away = true;
	enum run_end end = RUN_DONE;
	if (!prepare(run, &skip, fail)) {
		end = skip ? RUN_SKIPPED : fail->kind == FAIL_RETRY ? RUN_AWAY : RUN_FAILED;
	} else if (!run_command(run, &away, fail)) {
		end = away ? RUN_AWAY : RUN_FAILED;
	} else if (!state_is_sound(run, fail) || !harvest_finish(&run->harvest, fail) ||
		!work_is_there(run, fail) || !store_state(run, fail) ||
		!close_work(run, fail, fail)) {
		end = fail->kind == FAIL_RETRY ? RUN_AWAY : RUN_FAILED;
	}
	if (end != RUN_DONE)
		give_up(run, fail);
	return end;
}

/* The command's own, where octi(7) has it too and it was not we who ended it. */
static int exit_status(const struct proc *proc, enum run_end end, const struct fail *fail)
{
	bool own = proc->status >= 126 || proc->status == FAIL_RETRY;
	if (end == RUN_DONE)
		return 0;
	return own && !proc->timed_out && !proc->unwanted ? proc->status : (int)fail->kind;
}

enum run_end run_carry_out(struct platform *platform, const struct registration *registration,
	const struct run_options *options, const struct connector_info *info,
	struct run_report *report, struct fail *fail)
{
	struct run run = { .platform = platform,
		.registration = registration,
		.options = options,
		.info = info,
		.report = report,
		.id = registration_text(registration, "id"),
		.began = time(NULL),
		.claim = { .platform = platform,
			.connector_id = registration_text(registration, "id"),
			.path = options->lock,
			.work = options->work,
			.lock = -1 },
		.dispatch = { .platform = platform,
			.registration = registration,
			.queue = options->queue,
			.reading = { .cleanup = options->cleanup } },
		.proc = { .output = -1 },
		.harvest = { .batch = options->batch, .linger = options->linger } };
	run.dispatch.queue.max_bytes =
		conf_decimal(platform->conf, CONNECTOR_QUEUE_THRESHOLD, 500) * 1e6;
	run.dispatch.queue.patience = options->grace;
	run.dispatch.queue.look = look;
	run.dispatch.queue.ctx = report;
	run.harvest.claim = &run.claim;
	run.harvest.began = run.began;
	run.harvest.dispatch = &run.dispatch;
	harvest_open(&run.harvest);
	report->status = -1;
	enum run_end end = carry_out(&run, fail);
	report->exit_status = exit_status(&run.proc, end, fail);
	proc_release(&run.proc);
	harvest_release(&run.harvest);
	dispatch_close(&run.dispatch);
	connector_forget(&run.before);
	buf_release(&run.state);
	buf_release(&run.state_file);
	scratch_remove(&run.scratch);
	claim_release(&run.claim);
	return end;
}
