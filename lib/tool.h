/*
 * tool: what every command does first and last. It is the one room of the library that prints
 * and exits, because it is the face of a command.
 */
#ifndef OCTI_TOOL_H
#define OCTI_TOOL_H

#include "opt.h"

struct tool {
	const char *name;     /* octi-NAME */
	const char *synopsis; /* what follows the name in the usage line */
	const char *summary;  /* one sentence */
	const struct opt *options;
	bool stop; /* options end at the first operand (commands that run another) */
};

/* Reads the options. --help and --version print on stdout and exit 0; a mistake prints one line
 * on stderr and exits 2. Returns the index of the first operand. */
int tool_begin(const struct tool *tool, int argc, char **argv);

/* Exits with status 2 and a line that says what is wrong with the call. */
_Noreturn void tool_usage(const struct tool *tool, const char *format, ...) FAIL_PRINTF(2, 3);

/* Prints "NAME: text" on stderr. */
void tool_say(const struct tool *tool, const char *format, ...) FAIL_PRINTF(2, 3);

/* Flushes stdout, prints the failure if there is one (and releases it), and returns the exit
 * status. Output that could not be written is a failure: /dev/full is never status 0. */
int tool_end(const struct tool *tool, struct fail *fail);

#endif
