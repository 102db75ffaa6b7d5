/* octi-file get [ID] [-o FILE] | put FILE | list | delete ID | export-push FILE | analysis-push FILE
 * Fetches files of the platform, sends it some, and hands in exports and analyses. */
#include "clock.h"
#include "file.h"
#include "input.h"
#include "job.h"
#include "print.h"
#include "progress.h"
#include "result.h"
#include "storage.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct platform platform;
static struct storage_place place;
static struct opt_list marking_ids;
static const char *output, *entity, *name, *mime, *draft, *scope, *entity_type, *filters,
	*source, *content_type, *analysis_type;

static struct job job; /* of $OCTI_JOB; empty without */
static struct buf markings, job_entity;
static struct progress progress;

static const struct opt options[] = {
	{ 'o', "output", "FILE", "get: write to FILE, whole or not at all", OPT_TEXT, &output },
	{ 0, "entity", "ID", "the entity that the file belongs to; empty: none", OPT_TEXT,
		&entity },
	{ 0, "marking", "ID", "put, export-push: mark the file; may be repeated; empty: none",
		OPT_LIST, &marking_ids },
	{ 0, "pending", NULL, "put, list: among the workbenches", OPT_FLAG, &place.pending },
	{ 0, "name", "NAME", "what the platform is to call the file", OPT_TEXT, &name },
	{ 0, "mime", "TYPE", "content type that is told with the file", OPT_TEXT, &mime },
	{ 0, "no-trigger", NULL, "put: start no import connectors", OPT_FLAG,
		&place.no_trigger },
	{ 0, "draft", "ID", "in the draft ID; empty is outside of any ($OCTI_DRAFT_ID)",
		OPT_TEXT, &draft },
	{ 0, "scope", "SCOPE", "export-push: single, selection or query", OPT_TEXT, &scope },
	{ 0, "entity-type", "TYPE", "export-push: what a list is of", OPT_TEXT, &entity_type },
	{ 0, "filters", "TEXT", "export-push: what a list was asked with", OPT_TEXT, &filters },
	{ 0, "content-source", "SOURCE", "analysis-push: what was analysed", OPT_TEXT,
		&source },
	{ 0, "content-type", "TYPE", "analysis-push: file or fields", OPT_TEXT, &content_type },
	{ 0, "analysis-type", "TYPE", "analysis-push: the kind of analysis (mapping_analysis)",
		OPT_TEXT, &analysis_type },
	PLATFORM_OPTIONS(platform, 'v'),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-file",
	.synopsis = "[-v] [-c FILE] [-s NAME=VALUE] get [ID] [-o FILE] | "
		    "put FILE [--entity ID] [--marking ID ...] [--pending] [--no-trigger] | "
		    "list [--entity ID] [--pending] | delete ID | "
		    "export-push FILE [--scope SCOPE] [--entity ID] [--entity-type TYPE] | "
		    "analysis-push FILE [--entity ID] [--content-source SOURCE] "
		    "[--content-type TYPE]",
	.summary = "Fetch, send, list and delete files of the platform; hand in exports and "
		   "analyses.",
	.options = options };

/* ---- what a handler's environment says where no option does ---- */

static bool read_job(struct fail *fail)
{
	const char *path = getenv("OCTI_JOB");
	struct input input;
	if (!path || !*path)
		return true;
	if (!input_open(&input, path, fail))
		return fail_at(fail, "OCTI_JOB");
	bool ok = job_read(&job, input.data, input.len, "", fail) || fail_at(fail, "%s", path);
	input_close(&input);
	return ok;
}

/* The markings of the options, else of the job. */
static void choose_markings(void)
{
	struct span value;
	if (!marking_ids.count) {
		if (job.event.len && span_find(job.event, "file_markings", &value) &&
			*value.text == '[')
			print_value(&markings, value);
		return;
	}
	buf_char(&markings, '[');
	for (size_t i = 0; i < marking_ids.count; i++) {
		if (!*marking_ids.items[i])
			continue;
		if (markings.len > 1)
			buf_text(&markings, ", ");
		print_text(&markings, marking_ids.items[i]);
	}
	buf_char(&markings, ']');
}

static bool choose_place(struct fail *fail)
{
	const char *in = draft ? draft : getenv("OCTI_DRAFT_ID");
	if (job.event.len)
		job_text(&job, "entity_id", &job_entity);
	if (!entity && job_entity.len)
		entity = job_entity.data;
	choose_markings();
	place.entity_id = entity && *entity ? entity : NULL;
	place.markings = markings.len ? markings.data : NULL;
	return buf_ok(&job_entity, fail) && buf_ok(&markings, fail) &&
		(!in || graphql_draft(platform.graphql, in, fail));
}

/* Adds the option's text to a field that is filled from the job where it is empty. */
static void prefer(struct buf *to, const char *option)
{
	if (option)
		buf_text(to, option);
}

/* ---- verbs ---- */

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	progress_show(&progress, done, total);
}

static bool print(struct buf *line, struct fail *fail)
{
	buf_char(line, '\n');
	bool ok = buf_ok(line, fail);
	if (ok)
		fwrite(line->data, 1, line->len, stdout);
	return ok;
}

static bool get(const char *id, struct fail *fail)
{
	struct buf fetch = { 0 };
	struct file_writer writer = { 0 };
	if (!id && job.event.len)
		job_text(&job, "file_fetch", &fetch);
	if (!id)
		id = buf_str(&fetch);
	if (!output && isatty(STDOUT_FILENO))
		graphql_progress(platform.graphql, NULL, NULL);
	progress.label = "bytes";
	bool ok = *id ||
		fail_set(fail, FAIL_USAGE,
			"get: ID is missing, and there is no job with a file");
	if (ok && output && strcmp(output, "-") != 0)
		ok = file_begin(&writer, output, 0666, fail) &&
			storage_get(&platform, id, writer.to, fail) &&
			file_finish(&writer, fail);
	else if (ok)
		ok = storage_get(&platform, id, stdout, fail);
	file_abandon(&writer);
	buf_release(&fetch);
	return ok;
}

static bool put(const char *path, struct upload *upload, struct fail *fail)
{
	struct buf line = { 0 };
	if (name)
		upload->name = name;
	bool ok = storage_put(&platform, &place, upload, &line, fail) ||
		fail_at(fail, "%s", path);
	ok = ok && print(&line, fail);
	buf_release(&line);
	return ok;
}

static bool export_push(const char *path, struct upload *upload, struct fail *fail)
{
	struct result_export export = { 0 };
	prefer(&export.scope, scope);
	prefer(&export.entity_id, entity);
	prefer(&export.entity_type, entity_type);
	prefer(&export.filters, filters);
	prefer(&export.markings, place.markings);
	bool ok = !job.event.len || result_read_export(&export, job.event, fail);
	if (!export.scope.len) /* not of a job */
		buf_text(&export.scope, export.entity_type.len ? "query" : "single");
	/* the file's own name is the last choice */
	if (name || export.name.len)
		upload->name = name;
	ok = ok && buf_ok(&export.scope, fail) &&
		(result_push_export(&platform, &export, upload, fail) ||
			fail_at(fail, "%s", path));
	result_release_export(&export);
	return ok;
}

static bool analysis_push(const char *path, struct upload *upload, struct fail *fail)
{
	struct result_analysis analysis = { 0 };
	struct buf line = { 0 };
	prefer(&analysis.entity_id, place.entity_id);
	prefer(&analysis.content_source, source);
	prefer(&analysis.content_type, content_type);
	prefer(&analysis.type, analysis_type);
	bool ok = !job.event.len || result_read_analysis(&analysis, job.event, fail);
	if (name || analysis.name.len)
		upload->name = name;
	ok = ok &&
		(result_push_analysis(&platform, &analysis, upload, &line, fail) ||
			fail_at(fail, "%s", path)) &&
		print(&line, fail);
	buf_release(&line);
	result_release_analysis(&analysis);
	return ok;
}

static bool print_file(struct span file, void *ctx, struct fail *fail)
{
	struct buf line = { 0 };
	(void)ctx;
	print_line(&line, file);
	bool ok = print(&line, fail) && (!fflush(stdout) || fail_errno(fail, "stdout"));
	buf_release(&line);
	return ok;
}

static const struct verb {
	const char *name, *operand;
	bool optional;
	bool (*send)(const char *path, struct upload *upload, struct fail *fail);
} verbs[] = {
	{ "get", "ID", true, NULL },
	{ "put", "FILE", false, put },
	{ "list", NULL, true, NULL },
	{ "delete", "ID", false, NULL },
	{ "export-push", "FILE", false, export_push },
	{ "analysis-push", "FILE", false, analysis_push },
};

static const struct verb *find(const char *word)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(verbs[i].name, word))
			return &verbs[i];
	return NULL;
}

static bool send_file(const struct verb *verb, const char *path, struct fail *fail)
{
	struct upload upload = { 0 };
	if (!upload_open(&upload, path, fail))
		return false;
	upload.type = mime;
	progress.label = "bytes";
	bool ok = verb->send(path, &upload, fail);
	upload_close(&upload);
	return ok;
}

static bool run(const struct verb *verb, const char *operand, struct fail *fail)
{
	graphql_progress(platform.graphql, show_progress, NULL);
	bool ok;
	if (verb->send)
		ok = send_file(verb, operand, fail);
	else if (!strcmp(verb->name, "get"))
		ok = get(operand, fail);
	else if (!strcmp(verb->name, "list"))
		ok = storage_list(&platform, &place, print_file, NULL, fail);
	else
		ok = storage_delete(&platform, operand, fail);
	progress_clear(&progress);
	return ok;
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	if (first == argc)
		tool_usage(&tool, "a verb is missing");
	const struct verb *verb = find(argv[first]);
	if (!verb)
		tool_usage(&tool, "no such verb: %s", argv[first]);
	char **args = argv + first + 1;
	int count = argc - first - 1;
	if (!count && !verb->optional)
		tool_usage(&tool, "%s: %s is missing", verb->name, verb->operand);
	if (count > (verb->operand ? 1 : 0))
		tool_usage(&tool, "%s: too many operands: %s", verb->name, args[count - 1]);

	clock_catch_signals();
	if (read_job(&fail) && platform_open(&platform, &tool, &fail) && choose_place(&fail))
		run(verb, count ? args[0] : NULL, &fail);
	platform_close(&platform);
	job_release(&job);
	buf_release(&markings);
	buf_release(&job_entity);
	free(marking_ids.items);
	return tool_end(&tool, &fail);
}
