/* check: what the unit tests assert with. A failure names its line and aborts. */
#ifndef OCTI_CHECK_H
#define OCTI_CHECK_H

#include "fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned checks;

#define CHECK(truth) check_truth(truth, #truth, __FILE__, __LINE__)
#define CHECK_TEXT(is, wanted) check_text(is, wanted, __FILE__, __LINE__)
/* The failure is of this kind and has this text; it is cleared. */
#define CHECK_FAIL(failure, wanted_kind, wanted)                                               \
	check_fail(failure, wanted_kind, wanted, __FILE__, __LINE__)

static inline void check_truth(bool truth, const char *what, const char *file, int line)
{
	checks++;
	if (truth)
		return;
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

static inline void check_text(const char *is, const char *wanted, const char *file, int line)
{
	checks++;
	if (is && wanted ? !strcmp(is, wanted) : is == wanted)
		return;
	fprintf(stderr, "%s:%d: is:     %s\nwanted: %s\n", file, line, is ? is : "(null)",
		wanted ? wanted : "(null)");
	abort();
}

static inline void check_fail(
	struct fail *fail, enum fail_kind kind, const char *wanted, const char *file, int line)
{
	check_text(fail_text(fail), wanted, file, line);
	if (fail->kind != kind)
		fprintf(stderr, "kind is %d, wanted %d\n", (int)fail->kind, (int)kind);
	check_truth(fail->kind == kind, wanted, file, line);
	fail_clear(fail);
}

static inline int check_end(const char *name)
{
	printf("%s: %u checks\n", name, checks);
	return 0;
}

#endif
