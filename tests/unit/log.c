#include "log.h"
#include "check.h"

#include <regex.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct log plain = { .tool = "octi-test", .name = "Feed" };
static const struct log json = {
	.tool = "octi-test", .name = "Caf\xc3\xa9 \"1\"", .json = true
};

static void check_line(const struct log *log, enum log_level level,
	const struct log_note *notes, const char *text, const char *wanted)
{
	struct buf line = { 0 };
	log_print(log, level, notes, text, &line);
	CHECK_TEXT(buf_str(&line), wanted);
	buf_release(&line);
}

/* The time is not known, only its form. */
static void check_json(const struct log *log, enum log_level level,
	const struct log_note *notes, const char *text, const char *wanted)
{
	struct buf line = { 0 };
	regex_t time;
	const size_t n = strlen("{\"timestamp\": \"2026-01-31T12:00:00.123456Z\", ");
	CHECK(!regcomp(&time,
		"^\\{\"timestamp\": "
		"\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}Z\", ",
		REG_EXTENDED | REG_NOSUB));
	log_print(log, level, notes, text, &line);
	CHECK(!regexec(&time, buf_str(&line), 0, NULL, 0));
	CHECK_TEXT(line.data + n, wanted);
	regfree(&time);
	buf_release(&line);
}

/* What log_say writes on stderr. */
static void check_said(const struct log *log, enum log_level level, const char *wanted)
{
	int pipes[2];
	char said[256];
	CHECK(!pipe(pipes));
	pid_t pid = fork();
	if (pid == 0) {
		dup2(pipes[1], STDERR_FILENO);
		log_say(log, level, NULL, "%s %d", "line", 1);
		_exit(0);
	}
	close(pipes[1]);
	ssize_t n = read(pipes[0], said, sizeof said - 1); /* one write is one read */
	CHECK(n >= 0);
	said[n] = '\0';
	CHECK_TEXT(said, wanted);
	CHECK(!read(pipes[0], said, 1));
	close(pipes[0]);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

int main(void)
{
	static const struct log_note notes[] = { { "work_id", "work_1\n", 0 },
		{ "none", "", 0 }, { "tries", NULL, -3 }, { NULL, NULL, 0 } };
	static const struct log_note none[] = { { "none", "", 0 }, { NULL, NULL, 0 } };

	check_line(&plain, LOG_INFO, NULL, "text", "octi-test: text\n");
	check_line(&plain, LOG_ERROR, none, "text", "octi-test: text\n");
	check_line(&plain, LOG_WARNING, NULL, "te\033xt\n\177\xc3\xa9",
		"octi-test: warning: te?xt??\xc3\xa9\n");
	check_line(&plain, LOG_DEBUG, notes, "text",
		"octi-test: text (work_id=work_1?, tries=-3)\n");

	check_json(&json, LOG_INFO, NULL, "\xed\xa0\x80\xff",
		"\"level\": \"INFO\", \"name\": \"Caf\\u00e9 \\\"1\\\"\", \"message\": "
		"\"\\ufffd\\ufffd\\ufffd\\ufffd\"}\n");
	check_json(&json, LOG_INFO, NULL, "a\033\"b\n",
		"\"level\": \"INFO\", \"name\": \"Caf\\u00e9 \\\"1\\\"\", \"message\": "
		"\"a\\u001b\\\"b\\n\"}\n");
	check_json(&json, LOG_ERROR, none, "",
		"\"level\": \"ERROR\", \"name\": \"Caf\\u00e9 \\\"1\\\"\", \"message\": "
		"\"\"}\n");
	const struct log nameless = { .tool = "octi-test", .json = true };
	check_json(&nameless, LOG_WARNING, notes, "\xff",
		"\"level\": \"WARNING\", \"name\": \"octi-test\", \"message\": \"\\ufffd\", "
		"\"attributes\": {\"work_id\": \"work_1\\n\", \"tries\": -3}}\n");
	static const struct log_note value[] = { { "n", "[1, \"a\"]", LOG_JSON },
		{ NULL, NULL, 0 } };
	check_json(&nameless, LOG_INFO, value, "x",
		"\"level\": \"INFO\", \"name\": \"octi-test\", \"message\": \"x\", "
		"\"attributes\": {\"n\": [1, \"a\"]}}\n");
	check_line(&plain, LOG_INFO, value, "x", "octi-test: x (n=[1, \"a\"])\n");
	check_json(&nameless, LOG_DEBUG, notes + 2, "x",
		"\"level\": \"DEBUG\", \"name\": \"octi-test\", \"message\": \"x\", "
		"\"attributes\": {\"tries\": -3}}\n");

	enum log_level level = LOG_DEBUG;
	CHECK(log_parse_level("eRRor", &level) && level == LOG_ERROR);
	CHECK(log_parse_level("warn", &level) && level == LOG_WARNING);
	CHECK(log_parse_level("WARNING", &level) && level == LOG_WARNING);
	CHECK(log_parse_level("info", &level) && level == LOG_INFO);
	CHECK(log_parse_level("debug", &level) && level == LOG_DEBUG);
	CHECK(log_parse_level("CRITICAL", &level) && level == LOG_ERROR);
	CHECK(!log_parse_level("loud", &level) && !log_parse_level("", &level));

	const struct log quiet = { .tool = "octi-test", .least = LOG_WARNING };
	check_said(&quiet, LOG_INFO, "");
	check_said(&quiet, LOG_WARNING, "octi-test: warning: line 1\n");
	check_said(&quiet, LOG_ERROR, "octi-test: line 1\n");
	return check_end("log");
}
