/* opt: the options of a command as a table, which is its parser, its --help and its manual. */
#ifndef OCTI_OPT_H
#define OCTI_OPT_H

#include "fail.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum opt_kind {
	OPT_END,     /* the last row */
	OPT_GROUP,   /* to: const struct opt *, a table whose rows are taken in here */
	OPT_FLAG,    /* to: bool, set to true */
	OPT_TEXT,    /* to: const char *, the argument, borrowed from argv; the last one wins */
	OPT_LIST,    /* to: struct opt_list, each argument in order */
	OPT_NUMBER,  /* to: uint64_t, a decimal number */
	OPT_SECONDS, /* to: double, a decimal number of seconds, fractions allowed */
};

/* Arguments of an option that may be repeated. Zero-initialised; free(items) at the end. */
struct opt_list {
	const char **items; /* borrowed from argv */
	size_t count;
};

struct opt {
	char letter;      /* 0 when it has none */
	const char *name; /* long name without dashes; NULL when it has none */
	const char *arg;  /* what the argument is called in --help; NULL for flags */
	const char *help; /* one line, lower case, no full stop */
	enum opt_kind kind;
	void *to;
};

/*
 * Reads options up to the first operand or "--", as POSIX does (-x, -xARG, -x ARG, -xyz) and GNU
 * (--name ARG, --name=ARG). Operands and options may be mixed unless `stop` is true; operands are
 * moved to the end of argv in their order. Returns the index of the first operand, or -1 with
 * FAIL_USAGE.
 */
int opt_parse(const struct opt *table, int argc, char **argv, bool stop, struct fail *fail);

/* Writes the rows as --help shows them. */
void opt_help(const struct opt *table, FILE *to);

/* The one reader of numbers from outside: the whole text, decimal, no sign, no overflow. */
bool opt_number(const char *text, uint64_t *number);

/* Likewise for seconds: digits with an optional fraction, at most 10^9. */
bool opt_seconds(const char *text, double *seconds);

#endif
