/* octi-log LEVEL [MESSAGE [KEY=VALUE...]] | octi-log -- COMMAND [ARG...]
 * Log lines in the format of OpenCTI's SDK, from a script or from what a program says on stderr. */
#include "json.h"
#include "platform.h"
#include "print.h"
#include "relay.h"

#include <stdlib.h>
#include <unistd.h>

static struct platform platform;
static const char *usual;
static enum log_level usual_level = LOG_ERROR; /* of a line that does not say its own */

static const struct opt options[] = {
	{ 'l', "level", "LEVEL", "lines of COMMAND that name no level are LEVEL (error)",
		OPT_TEXT, &usual },
	PLATFORM_OPTIONS(platform, 'v'),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-log",
	.synopsis =
		"[-v] [-c FILE] [-s NAME=VALUE] {LEVEL [MESSAGE [KEY=VALUE | KEY:=JSON]...] "
		"| [-l LEVEL] [-- COMMAND [ARG...]]}",
	.summary = "Log lines in the format of OpenCTI's SDK, from a script, stdin, or a "
		   "command's stderr.",
	.options = options,
	.stop = true };

static bool wrote(bool ok, struct fail *fail)
{
	return ok || fail_errno(fail, "stderr");
}

/* Passes on what is a line of a log already. False: it is none. */
static bool is_record(const char *line, enum log_level *level)
{
	struct fail ignored = { 0 };
	struct json *json = *line == '{' ? json_parse(line, strlen(line), &ignored) : NULL;
	const char *word = json_text(json, "level");
	bool yes = word && json_text(json, "message") && log_parse_level(word, level);
	json_free(json);
	fail_clear(&ignored);
	return yes;
}

/* The level that a line begins with, "WARNING: text" or "WARNING:name:text" as Python's logging has it, and
 * what comes after it. */
static const char *own_level(const char *line, enum log_level *level)
{
	char word[16];
	size_t n = strcspn(line, ":");
	if (!line[n] || n >= sizeof word)
		return line;
	memcpy(word, line, n);
	word[n] = '\0';
	if (!log_parse_level(word, level))
		return line;
	line += n + 1;
	return line + strspn(line, " ");
}

static bool take(void *ctx, const char *line, struct fail *fail)
{
	enum log_level level = usual_level;
	(void)ctx;
	if (!*line)
		return true;
	if (!is_record(line, &level)) {
		const char *text = own_level(line, &level);
		return wrote(log_say(&platform.log, level, NULL, "%s", text), fail);
	}
	return level < platform.log.least ||
		wrote(dprintf(STDERR_FILENO, "%s\n", line) >= 0, fail);
}

/* KEY=VALUE or KEY:=JSON. The key is cut out of the argument; a value is added to `values`, which the
 * notes point into, when it is not the argument's own. */
static void read_note(char *argument, struct log_note *note, struct buf *value)
{
	struct fail fail = { 0 };
	char *equals = strchr(argument, '=');
	bool json = equals && equals > argument && equals[-1] == ':';
	if (!equals || equals - json == argument)
		tool_usage(&tool, "neither KEY=VALUE nor KEY:=JSON: %s", argument);
	equals[-json] = '\0';
	*note = (struct log_note){ .key = argument, .text = equals + 1, .number = LOG_TEXT };
	if (json || !equals[1]) {
		const char *text = json ? equals + 1 : "\"\"";
		struct scan scan;
		struct span span;
		scan_init(&scan, text, strlen(text));
		if (!scan_value(&scan, &span) || scan_peek(&scan) != -1)
			tool_usage(&tool, "%s: not JSON: %s", argument, text);
		print_value(value, span);
		scan_release(&scan);
		*note = (struct log_note){ .key = argument, .number = LOG_JSON };
		note->text = buf_str(value);
	}
	if (!buf_ok(value, &fail))
		exit(tool_end(&tool, &fail));
}

static void say(enum log_level level, const char *message, char **arguments, int count,
	struct fail *fail)
{
	struct log_note *notes = calloc((size_t)count + 1, sizeof *notes);
	struct buf *values = calloc((size_t)count + 1, sizeof *values);
	if (!notes || !values) {
		fail_memory(fail);
	} else {
		for (int i = 0; i < count; i++)
			read_note(arguments[i], &notes[i], &values[i]);
		wrote(log_say(&platform.log, level, notes, "%s", message), fail);
		for (int i = 0; i < count; i++)
			buf_release(&values[i]);
	}
	free(notes);
	free(values);
}

static void read_level(const char *word, enum log_level *level)
{
	if (!log_parse_level(word, level))
		tool_usage(&tool, "none of debug, info, warning and error: %s", word);
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv), status = 0;
	bool command = !strcmp(argv[first - 1], "--") && first > 1;
	enum log_level level = LOG_ERROR;
	struct fail fail = { 0 };
	if (first == argc)
		tool_usage(&tool, command ? "COMMAND is missing" : "LEVEL is missing");
	if (usual && !command)
		tool_usage(&tool, "-l goes with -- COMMAND");
	if (usual)
		read_level(usual, &usual_level);
	if (!command)
		read_level(argv[first], &level);

	if (platform_load(&platform, &tool, &fail) && platform_log(&platform, &fail)) {
		platform.log.tool = platform.log.name ? platform.log.name : platform.log.tool;
		if (command) {
			relay_run(argv + first, take, NULL, &status, &fail);
		} else if (first + 1 == argc) {
			usual_level = level;
			if (!relay_lines(STDIN_FILENO, take, NULL, &fail))
				fail_at(&fail, "stdin");
		} else {
			say(level, argv[first + 1], argv + first + 2, argc - first - 2, &fail);
		}
	}
	platform_close(&platform);
	int ended = tool_end(&tool, &fail);
	return status ? status : ended;
}
