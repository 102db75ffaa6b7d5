/* octi-send-bundle [options] [FILE ...]
 * Splits STIX bundles and sends the parts to the platform, each confirmed by the broker. */
#include "clock.h"
#include "owner.h"
#include "print.h"
#include "queue.h"
#include "review.h"
#include "sink.h"
#include "spool.h"
#include "work.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct platform platform;
static struct parcel_options reading;
static struct message message;
static struct queue_options queue = { .window = 256, .window_bytes = 8 << 20, .timeout = 300 };
static const char *work_name, *validate, *file_name, *file_markings, *entity, *from_dir,
	*max_queue, *when_full, *max_message;
static struct opt_list to;
static uint64_t window = 256;
static bool dry_run, parts, applicant_given;

static struct registration registration;
static struct sinks sinks;

static const struct opt options[] = {
	{ 'w', "work-id", "ID", "report to the work ID ($OCTI_WORK_ID)", OPT_TEXT,
		&message.work_id },
	{ 0, "work", "NAME", "open a work called NAME, and close it whatever happens", OPT_TEXT,
		&work_name },
	{ 'u', "update", NULL, "merge when an object matches several existing ones", OPT_FLAG,
		&message.update },
	{ 't', "types", "TYPES", "import only these types, separated by commas", OPT_TEXT,
		&message.entities_types },
	{ 0, "no-split", NULL, "send the bundle in one message", OPT_FLAG, &message.no_split },
	{ 0, "cleanup", NULL, "drop references to objects that are not in the bundle", OPT_FLAG,
		&reading.cleanup },
	{ 0, "event-version", "V", "put V in each part's x_opencti_event_version", OPT_TEXT,
		&reading.event_version },
	{ 0, "draft", "ID", "into the draft ID; empty is outside of any ($OCTI_DRAFT_ID)",
		OPT_TEXT, &message.draft_id },
	{ 0, "applicant", "ID", "on behalf of the user ID ($OCTI_APPLICANT_ID)", OPT_TEXT,
		&message.applicant_id },
	{ 0, "validate", "MODE", "draft or workbench: for people to look at first", OPT_TEXT,
		&validate },
	{ 0, "file-name", "NAME", "what the draft or the workbench is called", OPT_TEXT,
		&file_name },
	{ 0, "entity", "ID", "what the draft or the workbench is about", OPT_TEXT, &entity },
	{ 0, "file-markings", "IDS", "markings of the workbench's file, separated by commas",
		OPT_TEXT, &file_markings },
	{ 0, "shared-organizations", "IDS", "share all objects with these, separated by commas",
		OPT_TEXT, &reading.organizations },
	{ 0, "to", "SINK", "queue, api, dir:PATH, s3 or stdout; may be repeated", OPT_LIST,
		&to },
	{ 'o', "parts", NULL, "print the parts on stdout, the summary on stderr", OPT_FLAG,
		&parts },
	{ 0, "from-dir", "PATH",
		"send the files that --to dir: wrote; remove each when confirmed", OPT_TEXT,
		&from_dir },
	{ 'n', "dry-run", NULL, "say what would be sent; touch no network", OPT_FLAG,
		&dry_run },
	{ 0, "max-queue", "N", "messages (N) or bytes (500M) that the queue may hold", OPT_TEXT,
		&max_queue },
	{ 0, "when-full", "WHAT", "wait or fail (wait)", OPT_TEXT, &when_full },
	{ 0, "max-message", "N", "bytes (or 16M) that the broker takes in one message",
		OPT_TEXT, &max_message },
	{ 0, "window", "N", "messages sent and not yet confirmed, at most (256)", OPT_NUMBER,
		&window },
	{ 0, "timeout", "SECONDS", "give up after so long without progress (300)", OPT_SECONDS,
		&queue.timeout },
	PLATFORM_OPTIONS(platform, 'v'),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-send-bundle",
	.synopsis = "[-nouv] [-c FILE] [-s NAME=VALUE] [-w ID | --work NAME] [-t TYPES] [--to "
		    "SINK] "
		    "[option ...] [FILE ... | --from-dir PATH]",
	.summary = "Split STIX bundles and send the parts to the platform, each confirmed by "
		   "the broker.",
	.options = options };

/* A bundle that is sent, and what came of it. */
struct job {
	struct parcel parcel;
	struct message message;
	struct queue_result result;
	struct buf work_id, draft_id;
	const char *file; /* with --from-dir */
	bool owned;       /* the work is ours to close */
	double begin;
};

/* ---- what the options say ---- */

/* A number with or without k, M or G, which *unit is then (else '\0'). */
static double parse_size(const char *name, const char *text, char *unit)
{
	size_t n = strspn(text, "0123456789");
	struct buf digits = { 0 };
	uint64_t number = 0;
	buf_add(&digits, text, n);
	bool ok = opt_number(buf_str(&digits), &number) && number &&
		(!text[n] || (strchr("kMG", text[n]) && !text[n + 1]));
	buf_release(&digits);
	if (!ok)
		tool_usage(&tool, "--%s: not a number, or one in k, M or G: %s", name, text);
	*unit = text[n];
	return (double)number *
		(*unit == 'k'                  ? 1e3
				: *unit == 'M' ? 1e6
				: *unit == 'G' ? 1e9
					       : 1);
}

static void parse_sizes(void)
{
	char unit;
	if (max_queue) {
		double size = parse_size("max-queue", max_queue, &unit);
		if (unit)
			queue.max_bytes = size;
		else
			queue.max_messages = (uint64_t)size;
	}
	if (max_message)
		queue.max_message = (size_t)parse_size("max-message", max_message, &unit);
}

static void check_call(int operands)
{
	if (message.work_id && !*message.work_id)
		tool_usage(&tool, "-w: no ID");
	if (message.work_id && work_name)
		tool_usage(&tool, "-w and --work exclude each other");
	if (from_dir && (operands || to.count))
		tool_usage(&tool, "--from-dir goes without operands and without --to");
	applicant_given = message.applicant_id;
	if (validate && strcmp(validate, "draft") != 0 && strcmp(validate, "workbench") != 0)
		tool_usage(&tool, "--validate: not draft or workbench: %s", validate);
	if (when_full && strcmp(when_full, "wait") != 0 && strcmp(when_full, "fail") != 0)
		tool_usage(&tool, "--when-full: not wait or fail: %s", when_full);
	if (!window || window > 65535)
		tool_usage(&tool, "--window: not from 1 to 65535: %llu",
			(unsigned long long)window);
	parse_sizes();
	queue.window = (size_t)window;
	queue.fail_when_full = when_full && !strcmp(when_full, "fail");
}

/* What a handler's environment says where no option does. */
static void take_environment(void)
{
	const struct {
		const char **to, *name;
		bool empty; /* set and empty is not the same as unset */
	} context[] = { { &message.work_id, "OCTI_WORK_ID", false },
		{ &message.applicant_id, "OCTI_APPLICANT_ID", false },
		{ &message.draft_id, "OCTI_DRAFT_ID", true },
		{ &reading.organizations, "OCTI_SHARED_ORGANIZATIONS", false } };
	for (size_t i = 0; i < sizeof context / sizeof *context; i++) {
		const char *value = getenv(context[i].name);
		if (!*context[i].to && value && (*value || context[i].empty))
			*context[i].to = value;
	}
	if (work_name)
		message.work_id = NULL;
}

/* Whether to let people look first, and how; NULL for not. */
static const char *review_mode(void)
{
	const char *mode = getenv("OCTI_VALIDATION_MODE");
	if (!sinks.queue && !sinks.api)
		return NULL;
	if (validate)
		return validate;
	if (!conf_bool(platform.conf, CONNECTOR_VALIDATE_BEFORE_IMPORT) ||
		!(file_name || message.work_id || work_name))
		return NULL;
	return mode && !strcmp(mode, "workbench") ? "workbench" : "draft";
}

/* Whether what is asked for can go where it is to go. */
static bool check_sinks(struct fail *fail)
{
	const char *mode = review_mode();
	if ((work_name || validate) && !sinks.queue && !sinks.api)
		return fail_set(fail, FAIL_USAGE,
			"--work and --validate need the queue or the API to send to");
	if (sinks.api && applicant_given)
		return fail_set(fail, FAIL_USAGE,
			"the API has no way for --applicant; send to the queue");
	return sink_check(
		&sinks, &message, reading.cleanup, mode && !strcmp(mode, "draft"), fail);
}

/* ---- sending ---- */

static bool connect_platform(struct fail *fail)
{
	return registration.json ||
		(platform_open(&platform, &tool, fail) &&
			registration_get(&platform, &registration, fail));
}

static bool send_to_review(struct job *job, const char *mode, bool *done, struct fail *fail)
{
	struct buf name = { 0 };
	struct review review = { .name = file_name,
		.work_id = job->message.work_id,
		.entity_id = entity,
		.markings = file_markings };
	bool ok = true;
	if (!review.name && !review.work_id) {
		spool_name(conf_text(platform.conf, CONNECTOR_NAME), false, &name);
		review.name = name.data;
	}
	if (!buf_ok(&name, fail)) {
		ok = false;
	} else if (!strcmp(mode, "workbench")) {
		*done = true;
		ok = review_workbench(&platform, &review, &job->parcel, fail);
	} else if (!job->message.draft_id || !*job->message.draft_id) {
		ok = review_draft(&platform, &review, &job->draft_id, fail);
		job->message.draft_id = job->draft_id.data;
	}
	buf_release(&name);
	return ok;
}

static bool not_stopped(struct fail *fail)
{
	return !clock_stopped() ||
		fail_set(fail, FAIL_RETRY, "stopped by signal %d", clock_stopped());
}

static bool send_all(struct job *job, struct fail *fail)
{
	const char *mode = review_mode();
	bool done = false;
	uint64_t printed; /* counts when nothing else is sent */
	if (!not_stopped(fail) || (mode && !send_to_review(job, mode, &done, fail)))
		return false;
	if (done)
		return true;
	queue.owned = job->owned;
	return sink_files(&sinks, &platform, &registration, &job->parcel, &job->message,
		       &job->result.bytes, fail) &&
		(!sinks.queue ||
			queue_send(&platform, &registration, &job->parcel, &job->message,
				&queue, &job->result, fail)) &&
		(!sinks.api ||
			(not_stopped(fail) &&
				sink_api(&platform, &registration, &job->parcel, &job->message,
					&job->result.bytes, fail))) &&
		(!sinks.out ||
			sink_stdout(&job->parcel,
				job->result.bytes ? &printed : &job->result.bytes, fail));
}

/* Closes the work that --work opened. What went wrong before stays what is told. */
static bool close_work(struct job *job, bool ok, struct fail *fail)
{
	struct buf text = { 0 };
	struct fail again = { 0 };
	if (ok)
		buf_format(&text, "%zu of %zu objects sent", split_count(job->parcel.split),
			job->parcel.reader.objects);
	else
		buf_text(&text, fail_text(fail));
	/* the workers report for what is confirmed; what the API took is its own affair */
	size_t reports = sinks.queue ? job->result.reports : SIZE_MAX;
	bool closed =
		owner_close(&platform, job->work_id.data, reports, buf_str(&text), !ok, &again);
	if (!closed && ok) {
		*fail = again;
		again = (struct fail){ 0 };
	} else if (!closed) {
		tool_say(&tool, "work %s stays open: %s", job->work_id.data, fail_text(&again));
	}
	fail_clear(&again);
	buf_release(&text);
	return ok && closed;
}

static bool measure(struct job *job, struct fail *fail)
{
	struct buf content = { 0 }, body = { 0 };
	bool ok = true;
	for (size_t i = 0; ok && i < queue_count(&job->parcel, &job->message); i++) {
		buf_clear(&body);
		ok = queue_body(&job->parcel, &job->message, i, &content, &body, fail);
		job->result.bytes += body.len;
	}
	buf_release(&content);
	buf_release(&body);
	return ok && (!sinks.out || sink_stdout(&job->parcel, &(uint64_t){ 0 }, fail));
}

static bool run(struct job *job, struct fail *fail)
{
	bool platform_needed = sinks.queue || sinks.api || validate ||
		(sinks.s3 && !sink_s3_configured(platform.conf));
	if (dry_run)
		return measure(job, fail);
	clock_catch_signals(); /* from here on there is something to bring to an end */
	if (platform_needed && !connect_platform(fail))
		return false;
	if (!job->message.applicant_id && registration.json)
		job->message.applicant_id =
			registration_text(&registration, "connector_user_id");
	if (!sinks.queue && !sinks.api)
		job->message.work_id = NULL;
	if (!work_name)
		return send_all(job, fail);
	if (!owner_open(&platform, registration_text(&registration, "id"), work_name,
		    &job->work_id, fail))
		return false;
	job->owned = true;
	job->message.work_id = job->work_id.data;
	return close_work(job, send_all(job, fail), fail);
}

static bool summarize(const struct job *job, struct fail *fail)
{
	const struct split *split = job->parcel.split;
	struct buf line = { 0 };
	buf_char(&line, '{');
	if (job->file) {
		buf_text(&line, "\"file\": ");
		print_text(&line, job->file);
		buf_text(&line, ", ");
	}
	buf_format(&line,
		"\"objects\": %zu, \"parts\": %zu, \"bytes\": %llu, \"incompatible\": [",
		job->parcel.reader.objects, queue_count(&job->parcel, &job->message),
		(unsigned long long)job->result.bytes);
	for (size_t i = 0; i < split_incompatible_count(split); i++) {
		struct buf id = { 0 };
		split_incompatible_id(split, i, &id);
		buf_text(&line, i ? ", {\"id\": " : "{\"id\": ");
		print_text(&line, buf_str(&id));
		buf_text(&line, ", \"reason\": ");
		print_text(&line, split_incompatible_reason(split, i));
		buf_char(&line, '}');
		buf_release(&id);
	}
	buf_format(&line, "], \"dropped_references\": %zu, \"replaced\": %zu, \"work_id\": ",
		split_dropped(split, NULL, NULL), split_replaced(split));
	print_text_or_null(&line, job->message.work_id);
	buf_text(&line, ", \"draft_id\": ");
	print_text_or_null(&line, job->message.draft_id);
	buf_format(&line, ", \"seconds\": %.3f}\n", clock_now() - job->begin);
	bool ok = buf_ok(&line, fail);
	FILE *where = sinks.out ? stderr : stdout;
	if (ok && (fwrite(line.data, 1, line.len, where) != line.len || fflush(where)))
		ok = fail_errno(fail, "stdout");
	buf_release(&line);
	return ok;
}

static void release(struct job *job)
{
	parcel_release(&job->parcel);
	buf_release(&job->work_id);
	buf_release(&job->draft_id);
}

static bool send_input(char *const *operands, size_t count, struct fail *fail)
{
	struct job job = { .message = message, .begin = clock_now() };
	bool ok = parcel_read(&job.parcel, &reading, operands, count, fail) &&
		run(&job, fail) && summarize(&job, fail);
	release(&job);
	return ok;
}

/* Sends one file of --from-dir and removes it. */
static bool send_file(const char *path, struct fail *fail)
{
	struct job job = { .message = message, .file = path, .begin = clock_now() };
	struct spool_file file = { 0 };
	bool ok = spool_read(path, &file, fail);
	if (ok) {
		job.message.update |= file.update;
		if (!job.message.entities_types && file.entities_types.len)
			job.message.entities_types = file.entities_types.data;
		if (!job.message.applicant_id && file.applicant_id.len)
			job.message.applicant_id = file.applicant_id.data;
		ok = sink_check(&sinks, &job.message, reading.cleanup, false, fail) &&
			parcel_take(&job.parcel, &reading, path, file.bundle, fail) &&
			run(&job, fail) && summarize(&job, fail);
	}
	if (ok && !dry_run && unlink(path))
		ok = fail_errno(fail, "%s: sent, but not removed", path);
	release(&job);
	spool_release(&file);
	return ok;
}

/* A file that is refused stays, is named, and does not keep the others from being sent. */
static bool send_directory(struct fail *fail)
{
	struct buf paths = { 0 };
	struct fail first = { 0 };
	bool ok = spool_list(from_dir, &paths, fail);
	for (const char *path = buf_str(&paths); ok && path < buf_str(&paths) + paths.len;
		path += strlen(path) + 1) {
		if (send_file(path, fail))
			continue;
		fail_at(fail, strstr(fail_text(fail), path) ? "not sent" : "%s", path);
		if (fail->kind != FAIL_NO) {
			ok = false;
		} else {
			tool_say(&tool, "%s", fail_text(fail));
			first.kind = FAIL_NO;
			fail_clear(fail);
		}
	}
	if (ok && first.kind)
		ok = fail_set(fail, FAIL_NO, "%s: files are left in it", from_dir);
	buf_release(&paths);
	return ok;
}

static bool choose_sinks(struct fail *fail)
{
	if (!from_dir)
		return sink_choose(&sinks, &to, parts, platform.conf, fail);
	/* What waits in a directory goes to the platform, wherever else new bundles go. */
	const char *protocol = conf_text(platform.conf, CONNECTOR_QUEUE_PROTOCOL);
	const char *way = protocol && !strcmp(protocol, "api") ? "api" : "queue";
	struct opt_list ways = { &way, 1 };
	return sink_choose(&sinks, &ways, parts, platform.conf, fail);
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	check_call(argc - first);
	take_environment();
	bool ok = platform_load(&platform, &tool, &fail) && choose_sinks(&fail) &&
		check_sinks(&fail);
	reading.whole = message.no_split || sinks_need_whole(&sinks) || validate ||
		(ok && conf_bool(platform.conf, CONNECTOR_VALIDATE_BEFORE_IMPORT));
	if (ok && from_dir)
		send_directory(&fail);
	else if (ok)
		send_input(argv + first, (size_t)(argc - first), &fail);
	registration_release(&registration);
	platform_close(&platform);
	sinks_release(&sinks);
	free(to.items);
	return tool_end(&tool, &fail);
}
