#include "attempt.h"

#include "clock.h"
#include "entity.h"
#include "file.h"
#include "json.h"
#include "parcel.h"
#include "playbook.h"
#include "print.h"
#include "proc.h"
#include "review.h"
#include "result.h"
#include "sink.h"
#include "state.h"
#include "work.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { TAIL = 2000 };                  /* bytes of the handler's stderr that the work shows */
static const double work_period = 300; /* seconds between two pings of a work, as pycti */

/* A try while it goes on. */
struct attempt {
	struct platform *platform;
	const struct registration *registration;
	const struct job *job;
	const struct attempt_options *options;
	struct buf directory; /* of the job's files, removed at the end */
	struct buf entity, objects, enrichment, organizations, fetched;
	struct buf event;
	struct proc proc;
};

static const char *work_of(const struct job *job)
{
	return job->work_id.len ? job->work_id.data : NULL;
}

/* ---- what the handler is given ---- */

static bool in_scope(const struct conf *conf, const char *type)
{
	struct buf list = { 0 };
	struct span element;
	const char *scope = conf_text(conf, CONNECTOR_SCOPE);
	bool found = !scope || !*scope || !strcasecmp(scope, "not-applicable") || !*type;
	print_list(&list, scope);
	for (const char *at = buf_str(&list) + 1;
		!found && list.len && scan_member(&at, NULL, &element);) {
		size_t n = element.len - 2;
		found = n == strlen(type) && !strncasecmp(element.text + 1, type, n);
	}
	buf_release(&list);
	return found;
}

/* The object of a bundle that has this id. */
static bool find_object(struct span objects, const char *id, struct span *found)
{
	struct span object, value;
	if (*objects.text != '[')
		return false;
	for (const char *at = objects.text + 1; scan_member(&at, NULL, &object);)
		if (*object.text == '{' && scan_find(object, "id", &value) &&
			scan_is(value, id)) {
			*found = object;
			return true;
		}
	return false;
}

static bool read_playbook(struct attempt *attempt, struct fail *fail)
{
	const struct job *job = attempt->job;
	struct span objects, entity;
	if (!scan_find(job->event, "bundle.objects", &objects) ||
		!find_object(objects, buf_str(&job->entity_id), &entity))
		return fail_set(fail, FAIL_NO, "the playbook's bundle has no %s",
			buf_str(&job->entity_id));
	print_line(&attempt->entity, entity);
	print_line(&attempt->objects, objects);
	return true;
}

/* Organizations that the entity is shared with: they are to see the answer too. */
static void read_organizations(struct attempt *attempt)
{
	struct span entity = { buf_str(&attempt->entity), attempt->entity.len }, list, element;
	struct span extensions, extension;
	bool found = scan_find(entity, "x_opencti_granted_refs", &list);
	if (!found && scan_find(entity, "extensions", &extensions) && *extensions.text == '{' &&
		scan_find(extensions, STIX_OPENCTI_EXTENSION, &extension))
		found = *extension.text == '{' && scan_find(extension, "granted_refs", &list);
	if (!found || *list.text != '[')
		return;
	for (const char *at = list.text + 1; scan_member(&at, NULL, &element);)
		if (*element.text == '"') {
			buf_text(
				&attempt->organizations, attempt->organizations.len ? "," : "");
			scan_decode(element, &attempt->organizations);
		}
}

/* Whether what is to be enriched may leave: pycti's check_max_tlp, on the entity's markings. */
static bool check_tlp(const struct attempt *attempt, struct fail *fail)
{
	struct span entity = { buf_str(&attempt->entity), attempt->entity.len };
	enum tlp level = tlp_of_object(entity), most = attempt->options->max_tlp;
	if (most == TLP_NONE || level <= most)
		return true;
	return fail_set(fail, FAIL_NO, "%s is %s, above the maximum of %s",
		buf_str(&attempt->job->entity_id), tlp_name(level), tlp_name(most));
}

static bool read_enrichment(struct attempt *attempt, struct fail *fail)
{
	const struct job *job = attempt->job;
	struct span given;
	if (!job->entity_id.len)
		return fail_set(fail, FAIL_NO, "the job names no entity");
	if (!in_scope(attempt->platform->conf, buf_str(&job->entity_type)))
		return fail_set(fail, FAIL_NO, "%s is not in the connector's scope",
			buf_str(&job->entity_type));
	bool complete = scan_find(job->event, "stix_objects", &given) && given.len > 2 &&
		*given.text == '"' && scan_find(job->event, "stix_entity", &given) &&
		given.len > 2 && *given.text == '"';
	if (job->kind == JOB_PLAYBOOK) {
		if (!read_playbook(attempt, fail))
			return false;
	} else if (complete) {
		scan_decode(given, &attempt->entity);
	} else if (!entity_read(attempt->platform, job->entity_id.data, &attempt->entity,
			   &attempt->objects, fail)) {
		return false;
	}
	if (!buf_ok(&attempt->entity, fail) || !buf_ok(&attempt->objects, fail) ||
		!check_tlp(attempt, fail))
		return false;
	if (job->kind == JOB_ENRICHMENT)
		read_organizations(attempt);
	return !attempt->options->entity ||
		result_entity(
			attempt->platform, job->entity_id.data, &attempt->enrichment, fail);
}

static bool write_beside(struct attempt *attempt, const char *name, const void *bytes, size_t n,
	struct fail *fail)
{
	struct buf path = { 0 };
	buf_format(&path, "%s/%s", attempt->directory.data, name);
	bool ok = buf_ok(&path, fail) && file_replace(path.data, bytes, n, 0600, fail);
	buf_release(&path);
	return ok;
}

static bool make_directory(struct attempt *attempt, struct fail *fail)
{
	const char *dir = getenv("TMPDIR");
	buf_format(&attempt->directory, "%s/octi-job.XXXXXX", dir && *dir ? dir : "/tmp");
	if (!buf_ok(&attempt->directory, fail))
		return false;
	if (!mkdtemp(attempt->directory.data)) {
		fail_errno(fail, "%s", attempt->directory.data);
		buf_release(&attempt->directory);
		return false;
	}
	return true;
}

static void remove_directory(struct attempt *attempt)
{
	static const char *const names[] = { "job.json", "state.json", "file" };
	struct buf path = { 0 };
	if (!attempt->directory.len)
		return;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		buf_clear(&path);
		buf_format(&path, "%s/%s", attempt->directory.data, names[i]);
		if (path.state == BUF_OK)
			unlink(path.data);
	}
	rmdir(attempt->directory.data);
	buf_release(&path);
}

static bool prepare(struct attempt *attempt, struct buf *state, struct fail *fail)
{
	const struct job *job = attempt->job;
	struct span none = { 0 };
	bool ok = make_directory(attempt, fail) &&
		write_beside(attempt, "job.json", job->body.data, job->body.len, fail);
	if (ok && (job->kind == JOB_ENRICHMENT || job->kind == JOB_PLAYBOOK))
		ok = read_enrichment(attempt, fail);
	if (ok && job->kind == JOB_IMPORT && attempt->options->fetch) {
		buf_format(&attempt->fetched, "%s/file", attempt->directory.data);
		ok = buf_ok(&attempt->fetched, fail) &&
			result_fetch(attempt->platform, job, attempt->fetched.data, fail);
	}
	ok = ok && state_read(attempt->platform, attempt->platform->tool, state, fail) &&
		write_beside(attempt, "state.json", state->data, state->len, fail);
	if (ok) {
		struct span entity = { buf_str(&attempt->entity), attempt->entity.len };
		struct span objects = { buf_str(&attempt->objects), attempt->objects.len };
		struct span enrichment = { buf_str(&attempt->enrichment),
			attempt->enrichment.len };
		job_print_event(job, entity.len ? entity : none, objects.len ? objects : none,
			enrichment, &attempt->event);
		buf_char(&attempt->event, '\n');
		ok = buf_ok(&attempt->event, fail);
	}
	return ok;
}

/* ---- the handler ---- */

enum { VARIABLES = 13 };

static void add_variable(char **extra, size_t *count, const char *name, const char *value)
{
	struct buf pair = { 0 };
	buf_format(&pair, "%s=%s", name, value);
	char *text = buf_take(&pair);
	if (text)
		extra[(*count)++] = text;
}

static const char *applicant_of(const struct attempt *attempt)
{
	return attempt->job->applicant_id.len
		? attempt->job->applicant_id.data
		: connector_text(attempt->registration, "connector_user_id");
}

static void make_environment(const struct attempt *attempt, char **extra)
{
	const struct job *job = attempt->job;
	size_t n = 0;
	struct buf path = { 0 }, text = { 0 };
	add_variable(extra, &n, "OCTI_REGISTRATION", attempt->options->registration);
	buf_format(&path, "%s/job.json", attempt->directory.data);
	add_variable(extra, &n, "OCTI_JOB", buf_str(&path));
	buf_clear(&path);
	buf_format(&path, "%s/state.json", attempt->directory.data);
	add_variable(extra, &n, "OCTI_STATE", buf_str(&path));
	add_variable(extra, &n, "OCTI_APPLICANT_ID", applicant_of(attempt));
	add_variable(extra, &n, "OCTI_WORK_ID", buf_str(&job->work_id));
	add_variable(extra, &n, "OCTI_VALIDATION_MODE", buf_str(&job->validation_mode));
	add_variable(extra, &n, "OCTI_SHARED_ORGANIZATIONS", buf_str(&attempt->organizations));
	if (job->in_draft_context)
		add_variable(extra, &n, "OCTI_DRAFT_ID", buf_str(&job->draft_id));
	if (job->kind == JOB_PLAYBOOK)
		add_variable(extra, &n, "OCTI_PLAYBOOK", "1");
	if (attempt->fetched.len) {
		add_variable(extra, &n, "OCTI_FILE", attempt->fetched.data);
		job_text(job, "file_id", &text);
		const char *slash = strrchr(buf_str(&text), '/');
		add_variable(extra, &n, "OCTI_FILE_NAME", slash ? slash + 1 : buf_str(&text));
		buf_clear(&text);
		job_text(job, "file_mime", &text);
		add_variable(extra, &n, "OCTI_FILE_MIME", buf_str(&text));
	}
	buf_release(&path);
	buf_release(&text);
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
	char *extra[VARIABLES + 1] = { NULL };
	make_environment(attempt, extra);
	struct proc_options options = { .argv = attempt->options->handler,
		.extra = (const char *const *)extra,
		.input = attempt->event.data,
		.input_len = attempt->event.len,
		.timeout = attempt->options->timeout,
		.grace = attempt->options->grace,
		.tail = TAIL,
		.tick = work_period,
		.on_tick = ping_work,
		.ctx = attempt };
	bool ok = proc_run(&options, &attempt->proc, fail);
	for (char **pair = extra; *pair; pair++)
		free(*pair);
	if (!ok)
		return false;
	const struct proc *proc = &attempt->proc;
	const char *words = last_words(&attempt->proc);
	if (proc->stopped)
		return fail_set(fail, FAIL_RETRY, "stopped by signal %d", clock_stopped());
	if (proc->timed_out)
		return fail_set(fail, FAIL_NO, "the handler ran longer than %.0f s",
			attempt->options->timeout);
	if (!proc->status)
		return true;
	return fail_set(fail, proc->status == FAIL_RETRY ? FAIL_RETRY : FAIL_NO, "%s%s%s %d",
		words, *words ? " -- " : "",
		proc->status > 128 ? "the handler was killed by signal"
				   : "the handler exited with status",
		proc->status > 128 ? proc->status - 128 : proc->status);
}

/* ---- what it printed ---- */

static bool must_review(const struct attempt *attempt)
{
	return attempt->job->work_id.len && !attempt->job->bypass_validation &&
		(attempt->job->force_validation ||
			conf_bool(attempt->platform->conf, CONNECTOR_VALIDATE_BEFORE_IMPORT));
}

/* As a draft or a workbench, when the job is to be looked at first. *done: nothing is left to send. */
static bool review(struct attempt *attempt, const struct parcel *parcel,
	struct message *message, struct buf *draft, bool *done, struct fail *fail)
{
	const struct job *job = attempt->job;
	const char *entity = job->entity_id.len ? job->entity_id.data : NULL;
	struct buf name = { 0 };
	bool ok = true;
	*done = false;
	if (!must_review(attempt))
		return true;
	buf_format(&name, "%s.json", job->work_id.data);
	if (!buf_ok(&name, fail)) {
		ok = false;
	} else if (!strcmp(buf_str(&job->validation_mode), "workbench")) {
		*done = true;
		ok = review_workbench(attempt->platform, name.data, entity, NULL, parcel, fail) &&
			work_expect(attempt->platform, job->work_id.data, 1, fail) &&
			work_report(attempt->platform, job->work_id.data, NULL, NULL, fail);
	} else if (!message->draft_id || !*message->draft_id) {
		ok = review_draft(attempt->platform, name.data, entity, draft, fail) &&
			work_draft(attempt->platform, job->work_id.data, draft->data, fail);
		message->draft_id = draft->data;
	}
	buf_release(&name);
	return ok;
}

static bool send_parcel(struct attempt *attempt, const struct parcel *parcel, struct fail *fail)
{
	const struct job *job = attempt->job;
	const char *protocol = conf_text(attempt->platform->conf, CONNECTOR_QUEUE_PROTOCOL);
	struct message message = { .applicant_id = applicant_of(attempt),
		.draft_id = job->in_draft_context ? buf_str(&job->draft_id) : NULL,
		.work_id = work_of(job) };
	struct queue_options options = attempt->options->queue;
	struct queue_result result;
	struct buf draft = { 0 };
	uint64_t bytes;
	bool done;
	options.owned = true;
	bool ok = review(attempt, parcel, &message, &draft, &done, fail);
	if (ok && !done && protocol && !strcmp(protocol, "api")) {
		ok = sink_api(attempt->platform, attempt->registration, parcel, &message,
			&bytes, fail);
	} else if (ok && !done) {
		ok = queue_send(attempt->platform, attempt->registration, parcel, &message,
			&options, &result, fail);
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
	struct parcel_options reading = { .organizations = attempt->organizations.len
			? attempt->organizations.data
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

static bool send_output(struct attempt *attempt, struct fail *fail)
{
	struct input output;
	if (attempt->job->kind == JOB_EXPORT || attempt->job->kind == JOB_ANALYSIS)
		return result_push(attempt->platform, attempt->job, attempt->proc.output, fail);
	if (!input_open_fd(&output, attempt->proc.output, "the handler's output", fail))
		return false;
	bool ok = send_stix(attempt, &output, fail);
	input_close(&output);
	return ok;
}

/* The state that the handler left, when it is another one. */
static bool store_state(struct attempt *attempt, const struct buf *before, struct fail *fail)
{
	struct buf path = { 0 }, state = { 0 };
	buf_format(&path, "%s/state.json", attempt->directory.data);
	bool ok = buf_ok(&path, fail) && state_read_file(path.data, &state, fail) &&
		(!strcmp(buf_str(&state), buf_str(before)) ||
			state_write(
				attempt->platform, attempt->platform->tool, state.data, fail));
	buf_release(&path);
	buf_release(&state);
	return ok;
}

bool attempt_give_up(
	struct platform *platform, const struct job *job, const char *why, struct fail *fail)
{
	return !work_of(job) || work_processed(platform, work_of(job), why, true, fail);
}

enum attempt_end attempt_run(struct platform *platform, const struct registration *registration,
	const struct job *job, const struct attempt_options *options, bool last,
	struct fail *fail)
{
	struct attempt attempt = { .platform = platform,
		.registration = registration,
		.job = job,
		.options = options,
		.proc = { .output = -1 } };
	struct buf state = { 0 };
	struct fail again = { 0 };
	const char *work = work_of(job);
	bool ok = (!work ||
			  work_received(platform, work,
				  "Connector ready to process the operation", fail)) &&
		prepare(&attempt, &state, fail) && run_handler(&attempt, fail) &&
		send_output(&attempt, fail) && store_state(&attempt, &state, fail) &&
		(!work || work_processed(platform, work, "done", false, fail));
	enum attempt_end end = ok                                        ? ATTEMPT_DONE
		: fail->kind == FAIL_RETRY && (!last || clock_stopped()) ? ATTEMPT_RETRY
									 : ATTEMPT_FAILED;
	if (end == ATTEMPT_FAILED && !attempt_give_up(platform, job, fail_text(fail), &again))
		end = again.kind == FAIL_RETRY && !last ? ATTEMPT_RETRY : ATTEMPT_FAILED;
	fail_clear(&again);
	proc_release(&attempt.proc);
	remove_directory(&attempt);
	buf_release(&attempt.directory);
	buf_release(&attempt.entity);
	buf_release(&attempt.objects);
	buf_release(&attempt.enrichment);
	buf_release(&attempt.organizations);
	buf_release(&attempt.fetched);
	buf_release(&attempt.event);
	buf_release(&state);
	return end;
}
