#include "tool.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void tool_say(const struct tool *tool, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	fprintf(stderr, "%s: ", tool->name);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
}

void tool_usage(const struct tool *tool, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	fprintf(stderr, "%s: ", tool->name);
	vfprintf(stderr, format, ap);
	fprintf(stderr, "; see %s --help\n", tool->name);
	va_end(ap);
	exit(FAIL_USAGE);
}

static _Noreturn void help(const struct tool *tool)
{
	printf("usage: %s %s\n%s\n\n", tool->name, tool->synopsis, tool->summary);
	opt_help(tool->options, stdout);
	printf("  %-26s%s\n  %-26s%s\n", "    --help", "print this and exit", "    --version",
		"print the version and exit");
	struct fail fail = { 0 };
	exit(tool_end(tool, &fail));
}

/* What is closed is opened so that using it still fails: else a connection could become stdout. */
static void fill_gaps(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int tool_begin(const struct tool *tool, int argc, char **argv)
{
	static char buffer[1 << 16];
	fill_gaps();
	/* A file that may not grow is a full disk: the write fails, and that is said. */
	signal(SIGXFSZ, SIG_IGN);
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
	bool want_help = false, want_version = false;
	const struct opt table[] = {
		{ 0, NULL, NULL, NULL, OPT_GROUP, (void *)tool->options },
		{ 0, "help", NULL, "", OPT_FLAG, &want_help },
		{ 0, "version", NULL, "", OPT_FLAG, &want_version },
		{ 0, NULL, NULL, NULL, OPT_END, NULL },
	};
	struct fail fail = { 0 };
	int first = opt_parse(table, argc, argv, tool->stop, &fail);
	if (want_help)
		help(tool);
	if (want_version) {
		printf("%s %s\n", tool->name, OCTI_VERSION);
		exit(tool_end(tool, &fail));
	}
	if (first < 0)
		tool_usage(tool, "%s", fail_text(&fail));
	return first;
}

int tool_end(const struct tool *tool, struct fail *fail)
{
	if ((fflush(stdout) || ferror(stdout)) && !fail->kind)
		fail_errno(fail, "stdout");
	int status = (int)fail->kind;
	if (fail->kind)
		tool_say(tool, "%s", fail_text(fail));
	fail_clear(fail);
	return status;
}
