/* octi-work start | received ID [MSG] | expect ID N | report ID | processed ID [MSG] | ping ID |
 *           alive ID | show ID | list | wait ID | delete ID
 * Opens works, reports on them, and waits for them. */
#include "clock.h"
#include "connector.h"
#include "json.h"
#include "progress.h"
#include "work.h"

#include <stdlib.h>
#include <string.h>

static struct platform platform;
static const char *name, *error_text, *source_text;
static bool in_error;
static uint64_t limit = 50;
static double timeout_seconds = -1;

/* --error is a flag for `processed` and takes a text for `report`: parse() picks the table. */
static const struct opt options[] = {
	{ 'n', "name", "NAME", "start: what the platform shows", OPT_TEXT, &name },
	{ 0, "error", "[TEXT]", "report: TEXT is what failed; processed: MSG is an error",
		OPT_TEXT, &error_text },
	{ 0, "source", "TEXT", "report: what it failed on", OPT_TEXT, &source_text },
	{ 0, "limit", "N", "list: at most N works, newest first (50)", OPT_NUMBER, &limit },
	{ 0, "timeout", "SECONDS", "wait: give up after SECONDS, with status 75", OPT_SECONDS,
		&timeout_seconds },
	PLATFORM_OPTIONS(platform, 'v'),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct opt processed_options[] = {
	{ 0, "error", NULL, "", OPT_FLAG, &in_error },
	{ 0, NULL, NULL, NULL, OPT_GROUP, (void *)options },
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-work",
	.synopsis = "[-v] [-c FILE] [-s NAME=VALUE] start [-n NAME] | received ID [MSG] | "
		    "expect ID N | report ID [--error TEXT] [--source TEXT] | "
		    "processed ID [MSG] [--error] | ping ID | alive ID | show ID | "
		    "list [--limit N] | wait ID [--timeout SECONDS] | delete ID",
	.summary = "Open works, report on them, and wait for them.",
	.options = options };

static bool print(struct buf *line, bool end, struct fail *fail)
{
	if (end)
		buf_char(line, '\n');
	bool ok = buf_ok(line, fail);
	if (ok)
		fwrite(buf_str(line), 1, line->len, stdout);
	buf_release(line);
	return ok;
}

static bool start(char **args, struct fail *fail)
{
	(void)args;
	struct buf connector = { 0 }, id = { 0 };
	bool ok = connector_own_id(&platform, &connector, fail) &&
		work_start(&platform, connector.data, name, NULL, &id, fail);
	buf_release(&connector);
	return print(&id, ok, fail) && ok;
}

/* The platform answers as if all were well when there is no such work. */
static bool exists(const char *id, struct fail *fail)
{
	bool alive;
	if (!work_alive(&platform, id, &alive, fail))
		return false;
	return alive || fail_set(fail, FAIL_NO, "there is no work %s", id);
}

static bool received(char **args, struct fail *fail)
{
	return work_received(&platform, args[0], args[1], fail) && exists(args[0], fail);
}

static bool expect(char **args, struct fail *fail)
{
	uint64_t n = 0;
	if (!opt_number(args[1], &n) || n > INT32_MAX)
		return fail_set(
			fail, FAIL_USAGE, "expect: not a number of expectations: %s", args[1]);
	return work_expect(&platform, args[0], (long long)n, fail) && exists(args[0], fail);
}

static bool report(char **args, struct fail *fail)
{
	return work_report(&platform, args[0], error_text, source_text, fail) &&
		exists(args[0], fail);
}

static bool processed(char **args, struct fail *fail)
{
	/* without a message the platform would show no error */
	const char *message = args[1] || !in_error ? args[1] : "closed in error";
	return work_processed(&platform, args[0], message, in_error, fail);
}

static bool ping(char **args, struct fail *fail)
{
	return work_ping(&platform, args[0], fail);
}

static bool alive(char **args, struct fail *fail)
{
	return exists(args[0], fail);
}

static bool show(char **args, struct fail *fail)
{
	struct buf line = { 0 };
	struct json *work = work_show(&platform, args[0], &line, fail);
	bool ok = work;
	json_free(work);
	return print(&line, ok, fail) && ok;
}

static bool list(char **args, struct fail *fail)
{
	(void)args;
	struct buf connector = { 0 }, lines = { 0 };
	bool ok = connector_own_id(&platform, &connector, fail) &&
		work_list(&platform, connector.data, limit, &lines, fail);
	buf_release(&connector);
	return print(&lines, false, fail) && ok;
}

/* Prints the work that is complete. */
static bool finish(struct json *work, const struct buf *line, struct fail *fail)
{
	size_t errors = json_count(json_get(work, "errors"));
	const char *first = json_text(json_at(json_get(work, "errors"), 0), "message");
	puts(buf_str(line));
	return !errors ||
		fail_set(fail, FAIL_NO, "complete with %zu error%s, the first: %s", errors,
			errors == 1 ? "" : "s", first ? first : "?");
}

static bool wait_for(char **args, struct fail *fail)
{
	struct progress progress = { .label = "objects" };
	double begin = clock_now(), pause = 0.2;
	clock_catch_signals();
	for (;;) {
		struct buf line = { 0 };
		double expected = 0, done = 0;
		struct json *work = work_show(&platform, args[0], &line, fail);
		const char *status = json_text(work, "status");
		bool complete = status && !strcmp(status, "complete");
		if (!work || complete) {
			progress_clear(&progress);
			bool ok = complete && finish(work, &line, fail);
			json_free(work);
			buf_release(&line);
			return ok;
		}
		json_number(work, "tracking.import_expected_number", &expected);
		json_number(work, "tracking.import_processed_number", &done);
		progress_show(&progress, (uint64_t)done, (uint64_t)expected);
		json_free(work);
		buf_release(&line);
		double left =
			timeout_seconds < 0 ? pause : begin + timeout_seconds - clock_now();
		if (left <= 0 || !clock_wait(left < pause ? left : pause)) {
			progress_clear(&progress);
			return fail_set(fail, FAIL_RETRY,
				"the work is not complete: %.0f of %.0f objects", done,
				expected);
		}
		pause = pause * 1.5 < 2 ? pause * 1.5 : 2;
	}
}

static bool delete (char **args, struct fail *fail)
{
	return work_delete(&platform, args[0], fail);
}

static const struct verb {
	const char *name;
	bool (*run)(char **args, struct fail *fail);
	int least, most; /* operands */
} verbs[] = {
	{ "start", start, 0, 0 },
	{ "received", received, 1, 2 },
	{ "expect", expect, 2, 2 },
	{ "report", report, 1, 1 },
	{ "processed", processed, 1, 2 },
	{ "ping", ping, 1, 1 },
	{ "alive", alive, 1, 1 },
	{ "show", show, 1, 1 },
	{ "list", list, 0, 0 },
	{ "wait", wait_for, 1, 1 },
	{ "delete", delete, 1, 1 },
};

static const struct verb *find(const char *word)
{
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
		if (!strcmp(verbs[i].name, word))
			return &verbs[i];
	return NULL;
}

int main(int argc, char **argv)
{
	struct tool parser = tool;
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "processed"))
			parser.options = processed_options;
		else if (!strcmp(argv[i], "--help"))
			parser.options = options;
	int first = tool_begin(&parser, argc, argv);
	struct fail fail = { 0 };
	if (first == argc)
		tool_usage(&tool, "a verb is missing");
	const struct verb *verb = find(argv[first]);
	if (!verb)
		tool_usage(&tool, "no such verb: %s", argv[first]);
	char **args = argv + first + 1, *work = getenv("OCTI_WORK_ID");
	int count = argc - first - 1;
	if (verb->least && work && *work && (!count || strncmp(args[0], "work_", 5) != 0)) {
		*--args = work; /* in the place of the verb */
		count++;
	}
	if (count < verb->least)
		tool_usage(&tool, "%s: %s is missing", verb->name, count ? "N" : "ID");
	if (count > verb->most)
		tool_usage(&tool, "%s: too many operands: %s", verb->name, args[verb->most]);

	if (platform_open(&platform, &tool, &fail))
		verb->run(args, &fail);
	platform_close(&platform);
	return tool_end(&tool, &fail);
}
