#include "attempt.h"

#include "clock.h"
#include "enrichment.h"
#include "folder.h"
#include "json.h"
#include "parcel.h"
#include "playbook.h"
#include "print.h"
#include "proc.h"
#include "review.h"
#include "result.h"
#include "sink.h"
#include "state.h"
#include "storage.h"
#include "upload.h"
#include "variables.h"
#include "work.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAIL = 2000 };                  /* bytes of the handler's stderr that the work shows */
static const double work_period = 300; /* seconds between two pings of a work, as pycti */

/* A try while it goes on. */
struct attempt {
	struct platform *platform;
	const struct registration *registration;
	const struct job *job;
	const struct attempt_options *options;
	struct folder folder;
	struct enrichment enrichment;
	struct buf fetched;
	struct buf event;
	struct proc proc;
	struct buf why; /* what the work is told of a handler that failed, with its lines */
	struct attempt_try *this;
	bool counts; /* if it fails now for the moment, the job may be to blame */
};

static const char *work_of(const struct job *job)
{
	return job->work_id.len ? job->work_id.data : NULL;
}

/* NULL: whatever the user's draft is; "": outside of any. */
static const char *draft_of(const struct job *job)
{
	return job->in_draft_context ? buf_str(&job->draft_id) : NULL;
}

/* ---- what the handler is given ---- */

/* Downloads the file of an import, beside the job. */
static bool fetch_file(struct attempt *attempt, struct fail *fail)
{
	struct buf from = { 0 };
	job_text(attempt->job, "file_fetch", &from);
	if (!from.len)
		job_text(attempt->job, "file_id", &from);
	FILE *to = buf_ok(&from, fail)
		? folder_open(&attempt->folder, "file", &attempt->fetched, fail)
		: NULL;
	bool ok = to && storage_get(attempt->platform, buf_str(&from), to, fail);
	if (to && fclose(to) && ok)
		ok = fail_errno(fail, "%s", attempt->fetched.data);
	buf_release(&from);
	return ok;
}

static bool prepare(struct attempt *attempt, struct buf *state, struct fail *fail)
{
	const struct job *job = attempt->job;
	struct span none = { 0 };
	bool ok = graphql_draft(attempt->platform->graphql, draft_of(job), fail) &&
		folder_make(&attempt->folder, fail) &&
		folder_write(&attempt->folder, "job.json", job->body.data, job->body.len, fail);
	if (ok && (job->kind == JOB_ENRICHMENT || job->kind == JOB_PLAYBOOK))
		ok = enrichment_read(&attempt->enrichment, fail);
	if (ok && job->kind == JOB_IMPORT && attempt->options->fetch)
		ok = fetch_file(attempt, fail);
	ok = ok && state_read(attempt->platform, attempt->platform->tool, state, fail) &&
		folder_write(&attempt->folder, "state.json", state->data, state->len, fail);
	if (ok) {
		const struct enrichment *known = &attempt->enrichment;
		struct span entity = { buf_str(&known->entity), known->entity.len };
		struct span objects = { buf_str(&known->objects), known->objects.len };
		struct span enrichment = { buf_str(&known->api_entity), known->api_entity.len };
		job_print_event(job, entity.len ? entity : none, objects.len ? objects : none,
			enrichment, &attempt->event);
		buf_char(&attempt->event, '\n');
		ok = buf_ok(&attempt->event, fail);
	}
	return ok;
}

/* ---- the handler ---- */

static const char *applicant_of(const struct attempt *attempt)
{
	return attempt->job->applicant_id.len
		? attempt->job->applicant_id.data
		: registration_text(attempt->registration, "connector_user_id");
}

static void make_environment(const struct attempt *attempt, struct variables *to)
{
	const struct job *job = attempt->job;
	const char *folder = buf_str(&attempt->folder.scratch.path);
	bool fetched = attempt->fetched.len;
	struct buf name = { 0 }, mime = { 0 };
	variables_add(to, "OCTI_REGISTRATION", attempt->options->registration);
	variables_add_path(to, "OCTI_JOB", folder, "job.json");
	variables_add_path(to, "OCTI_STATE", folder, "state.json");
	variables_add(to, "OCTI_APPLICANT_ID", applicant_of(attempt));
	variables_add(to, "OCTI_WORK_ID", buf_str(&job->work_id));
	variables_add(to, "OCTI_VALIDATION_MODE", buf_str(&job->validation_mode));
	variables_add(
		to, "OCTI_SHARED_ORGANIZATIONS", buf_str(&attempt->enrichment.organizations));
	variables_add(to, "OCTI_DRAFT_ID", draft_of(job));
	variables_add(to, "OCTI_PLAYBOOK", job->kind == JOB_PLAYBOOK ? "1" : NULL);
	job_text(job, "file_id", &name);
	job_text(job, "file_mime", &mime);
	const char *slash = strrchr(buf_str(&name), '/');
	const char *base = slash ? slash + 1 : buf_str(&name);
	variables_add(to, "OCTI_FILE", fetched ? attempt->fetched.data : NULL);
	variables_add(to, "OCTI_FILE_NAME", fetched ? base : NULL);
	variables_add(to, "OCTI_FILE_MIME", fetched ? buf_str(&mime) : NULL);
	if (name.state != BUF_OK || mime.state != BUF_OK)
		to->failed = true;
	buf_release(&name);
	buf_release(&mime);
}

static void ping_work(void *ctx)
{
	struct attempt *attempt = ctx;
	struct fail ignored = { 0 };
	if (work_of(attempt->job))
		work_ping(attempt->platform, work_of(attempt->job), &ignored);
	fail_clear(&ignored);
}

/* The handler's last words, for people: its stderr without white space at the end. */
static const char *last_words(struct proc *proc)
{
	while (proc->tail.len && strchr(" \t\r\n", proc->tail.data[proc->tail.len - 1]))
		proc->tail.data[--proc->tail.len] = '\0';
	return buf_str(&proc->tail);
}

static bool run_handler(struct attempt *attempt, struct fail *fail)
{
	struct variables variables = { 0 };
	make_environment(attempt, &variables);
	struct proc_options options = { .argv = attempt->options->handler,
		.extra = variables_list(&variables),
		.input = attempt->event.data,
		.input_len = attempt->event.len,
		.timeout = attempt->options->timeout,
		.grace = attempt->options->grace,
		.tail = TAIL,
		.tick = work_period,
		.on_tick = ping_work,
		.ctx = attempt };
	bool ok = variables_ok(&variables, fail) && proc_run(&options, &attempt->proc, fail);
	variables_release(&variables);
	if (!ok)
		return false;
	attempt->counts = true;
	attempt->this->status = attempt->proc.status;
	const struct proc *proc = &attempt->proc;
	const char *words = last_words(&attempt->proc);
	if (proc->stopped)
		return fail_set(fail, FAIL_RETRY, "stopped by signal %d", clock_stopped());
	if (!proc->timed_out && !proc->status)
		return true;
	buf_format(&attempt->why, "%s%s", words, *words ? " -- " : "");
	if (proc->timed_out)
		buf_format(&attempt->why, "the handler ran longer than %g s",
			attempt->options->timeout);
	else if (proc->status > 128)
		buf_format(&attempt->why, "the handler was killed by signal %d",
			proc->status - 128);
	else
		buf_format(&attempt->why, "the handler exited with status %d", proc->status);
	bool later = !proc->timed_out && proc->status == FAIL_RETRY;
	return buf_ok(&attempt->why, fail) &&
		fail_set(fail, later ? FAIL_RETRY : FAIL_NO, "%s", attempt->why.data);
}

/* ---- what it printed ---- */

static bool must_review(const struct attempt *attempt)
{
	return attempt->job->work_id.len && !attempt->job->bypass_validation &&
		(attempt->job->force_validation ||
			conf_bool(attempt->platform->conf, CONNECTOR_VALIDATE_BEFORE_IMPORT));
}

/* As a draft or a workbench, when the job is to be looked at first. *done: nothing is left to send. */
static bool send_to_review(struct attempt *attempt, const struct parcel *parcel,
	struct message *message, struct buf *draft, bool *done, struct fail *fail)
{
	const struct job *job = attempt->job;
	struct buf markings = { 0 };
	bool ok = true;
	*done = false;
	if (!must_review(attempt))
		return true;
	job_list(job, "file_markings", &markings); /* of the file that is imported */
	struct review review = { .work_id = job->work_id.data,
		.entity_id = job->entity_id.len ? job->entity_id.data : NULL,
		.markings = markings.data,
		.again = attempt->this->again };
	if (!buf_ok(&markings, fail)) {
		ok = false;
	} else if (!strcmp(buf_str(&job->validation_mode), "workbench")) {
		*done = true;
		ok = review_workbench(attempt->platform, &review, parcel, fail);
	} else if (!message->draft_id || !*message->draft_id) {
		ok = review_draft(attempt->platform, &review, draft, fail);
		message->draft_id = draft->data;
	}
	buf_release(&markings);
	return ok;
}

static bool send_parcel(struct attempt *attempt, const struct parcel *parcel, struct fail *fail)
{
	const struct job *job = attempt->job;
	const char *protocol = conf_text(attempt->platform->conf, CONNECTOR_QUEUE_PROTOCOL);
	struct message message = { .applicant_id = applicant_of(attempt),
		.draft_id = draft_of(job),
		.work_id = work_of(job) };
	struct queue_options options = attempt->options->queue;
	struct queue_result result;
	struct buf draft = { 0 };
	uint64_t bytes;
	bool done;
	options.owned = true;
	bool ok = send_to_review(attempt, parcel, &message, &draft, &done, fail);
	if (ok && !done && protocol && !strcmp(protocol, "api")) {
		ok = sink_api(attempt->platform, attempt->registration, parcel, &message,
			&bytes, fail);
	} else if (ok && !done) {
		ok = queue_send(attempt->platform, attempt->registration, parcel, &message,
			&options, &result, fail);
		attempt->counts = ok; /* the broker is there for all jobs, or for none */
		struct fail ignored = { 0 };
		if (!ok && result.unsent && message.work_id) /* another try adds them again */
			work_expect(attempt->platform, message.work_id,
				-(long long)result.unsent, &ignored);
		fail_clear(&ignored);
	}
	buf_release(&draft);
	return ok;
}

static bool send_stix(struct attempt *attempt, struct input *output, struct fail *fail)
{
	const char *protocol = conf_text(attempt->platform->conf, CONNECTOR_QUEUE_PROTOCOL);
	bool playbook = attempt->job->kind == JOB_PLAYBOOK;
	struct parcel_options reading = { .organizations = attempt->enrichment.organizations.len
			? attempt->enrichment.organizations.data
			: NULL,
		.whole = playbook || must_review(attempt) ||
			(protocol && !strcmp(protocol, "api")) };
	struct parcel parcel = { 0 };
	struct span bytes = { output->data, output->len };
	size_t blank = 0;
	while (blank < bytes.len && strchr(" \t\r\n", bytes.text[blank]) && bytes.text[blank])
		blank++;
	if (blank == bytes.len)
		return !playbook ||
			playbook_answer(attempt->platform, attempt->job, NULL, fail);
	bool ok = parcel_take(&parcel, &reading, "the handler's output", bytes, fail);
	if (ok)
		ok = playbook ? playbook_answer(attempt->platform, attempt->job, &parcel, fail)
			      : send_parcel(attempt, &parcel, fail);
	parcel_release(&parcel);
	return ok;
}

/* What the handler printed is the file that was asked for. */
static bool push_file(struct attempt *attempt, struct fail *fail)
{
	struct upload upload = { 0 };
	struct result_export export = { 0 };
	struct result_analysis analysis = { 0 };
	struct buf file = { 0 };
	struct stat st;
	int fd = dup(attempt->proc.output);
	bool ok = fd >= 0 && !fstat(fd, &st) && (upload.file = fdopen(fd, "r"));
	if (!ok) {
		fail_errno(fail, "the handler's output");
		if (fd >= 0)
			close(fd);
		return false;
	}
	upload.len = (uint64_t)st.st_size;
	upload.ours = true;
	if (attempt->job->kind == JOB_EXPORT)
		ok = result_read_export(&export, attempt->job->event, fail) &&
			result_push_export(attempt->platform, &export, &upload, fail);
	else
		ok = result_read_analysis(&analysis, attempt->job->event, fail) &&
			result_push_analysis(
				attempt->platform, &analysis, &upload, &file, fail);
	result_release_export(&export);
	result_release_analysis(&analysis);
	upload_close(&upload);
	buf_release(&file);
	return ok;
}

static bool send_output(struct attempt *attempt, struct fail *fail)
{
	struct input output;
	if (attempt->enrichment.passed)
		return playbook_answer(attempt->platform, attempt->job, NULL, fail);
	if (attempt->job->kind == JOB_EXPORT || attempt->job->kind == JOB_ANALYSIS)
		return push_file(attempt, fail);
	if (!input_open_fd(&output, attempt->proc.output, "the handler's output", fail))
		return false;
	bool ok = send_stix(attempt, &output, fail);
	input_close(&output);
	return ok;
}

/* The state that the handler left. */
static bool read_state(const struct attempt *attempt, struct buf *state, struct fail *fail)
{
	struct buf path = { 0 };
	bool ok = folder_file(&attempt->folder, "state.json", &path, fail) &&
		(state_read_file(path.data, state, fail) ||
			fail_at(fail, "the state that the handler left"));
	buf_release(&path);
	return ok;
}

enum attempt_end attempt_give_up(
	struct platform *platform, const struct job *job, const char *why, struct fail *fail)
{
	struct fail again = { 0 };
	bool told = graphql_draft(platform->graphql, NULL, &again) &&
		(!work_of(job) || work_processed(platform, work_of(job), why, true, &again));
	bool away = !told && again.kind == FAIL_RETRY;
	fail_set(fail, away ? FAIL_RETRY : FAIL_NO, "%s%s%s", why, told ? "" : "; ",
		told ? "" : fail_text(&again));
	fail_clear(&again);
	return away ? ATTEMPT_AWAY : ATTEMPT_FAILED;
}

/* An earlier try that died between announcing its messages and sending them would keep the work open
 * for ever. What it did send and nobody has processed yet is counted too; then the work says "complete"
 * a little early. */
static bool take_back(struct attempt *attempt, const char *work, struct fail *fail)
{
	double expected = 0, processed = 0;
	struct json *json = work_show(attempt->platform, work, NULL, fail);
	if (!json)
		return false;
	if (!json_number(json, "tracking.import_expected_number", &expected))
		expected = 0;
	if (!json_number(json, "tracking.import_processed_number", &processed))
		processed = 0;
	json_free(json);
	return expected <= processed ||
		work_expect(attempt->platform, work, -(long long)(expected - processed), fail);
}

/* All of it, up to the closed work. */
static bool carry_out(struct attempt *attempt, struct fail *fail)
{
	const char *work = work_of(attempt->job);
	struct buf state = { 0 }, left = { 0 };
	bool ok = (!work ||
			  work_received(attempt->platform, work,
				  "Connector ready to process the operation", fail)) &&
		(!work || !attempt->this->again || take_back(attempt, work, fail)) &&
		prepare(attempt, &state, fail) &&
		(attempt->enrichment.passed || run_handler(attempt, fail)) &&
		read_state(attempt, &left, fail) && send_output(attempt, fail);
	if (ok) {
		attempt->counts = false;
		ok = (!strcmp(buf_str(&left), buf_str(&state)) ||
			     state_write(attempt->platform, attempt->platform->tool, left.data,
				     fail)) &&
			(!work || work_processed(attempt->platform, work, "done", false, fail));
	}
	buf_release(&state);
	buf_release(&left);
	return ok;
}

/* A platform that does not take what was printed may be away, or mind it: then it answers something else. */
static bool is_away(struct attempt *attempt)
{
	struct buf state = { 0 };
	struct fail fail = { 0 };
	state_read(attempt->platform, attempt->platform->tool, &state, &fail);
	bool away = fail.kind == FAIL_RETRY;
	fail_clear(&fail);
	buf_release(&state);
	return away;
}

enum attempt_end attempt_run(struct platform *platform, const struct registration *registration,
	const struct job *job, const struct attempt_options *options, struct attempt_try *this,
	struct fail *fail)
{
	struct attempt attempt = { .platform = platform,
		.registration = registration,
		.job = job,
		.options = options,
		.this = this,
		.enrichment = { .platform = platform,
			.job = job,
			.max_tlp = options->max_tlp,
			.with_entity = options->entity },
		.proc = { .output = -1 } };
	enum attempt_end end = ATTEMPT_DONE;
	if (!carry_out(&attempt, fail)) {
		bool later = fail->kind == FAIL_RETRY;
		if (later && attempt.counts && !this->status)
			attempt.counts = !is_away(&attempt);
		if (later && (!attempt.counts || clock_stopped()))
			end = ATTEMPT_AWAY;
		else if (later && !this->last)
			end = ATTEMPT_RETRY;
		else
			end = attempt_give_up(platform, job,
				attempt.why.len ? attempt.why.data : fail_text(fail), fail);
	}
	proc_release(&attempt.proc);
	folder_remove(&attempt.folder);
	enrichment_release(&attempt.enrichment);
	buf_release(&attempt.fetched);
	buf_release(&attempt.event);
	buf_release(&attempt.why);
	return end;
}
