#include "opt.h"

#include <stdlib.h>
#include <string.h>

bool opt_number(const char *text, uint64_t *number)
{
	uint64_t n = 0;
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		unsigned digit = (unsigned)(*text - '0');
		if (n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*number = n;
	return true;
}

bool opt_seconds(const char *text, double *seconds)
{
	size_t whole = strspn(text, "0123456789");
	size_t fraction = text[whole] == '.' ? strspn(text + whole + 1, "0123456789") : 0;
	if (whole + fraction == 0 || text[whole + (text[whole] == '.') + fraction])
		return false;
	*seconds = strtod(text, NULL);
	return *seconds <= 1e9;
}

static const struct opt *find(
	const struct opt *table, char letter, const char *name, size_t len)
{
	for (const struct opt *o = table; o->kind != OPT_END; o++) {
		if (o->kind == OPT_GROUP) {
			const struct opt *found = find(o->to, letter, name, len);
			if (found)
				return found;
		} else if (name ? o->name && strlen(o->name) == len &&
					!memcmp(o->name, name, len)
				: o->letter && o->letter == letter) {
			return o;
		}
	}
	return NULL;
}

static bool store(const struct opt *o, const char *shown, const char *arg, struct fail *fail)
{
	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)o->to = true;
		return true;
	case OPT_TEXT:
		*(const char **)o->to = arg;
		return true;
	case OPT_LIST: {
		struct opt_list *list = o->to;
		const char **items = realloc(list->items, (list->count + 1) * sizeof *items);
		if (!items)
			return fail_memory(fail);
		items[list->count++] = arg;
		list->items = items;
		return true;
	}
	case OPT_NUMBER:
		if (opt_number(arg, o->to))
			return true;
		return fail_set(fail, FAIL_USAGE, "%s: not a number: %s", shown, arg);
	case OPT_SECONDS:
		if (opt_seconds(arg, o->to))
			return true;
		return fail_set(
			fail, FAIL_USAGE, "%s: not a number of seconds: %s", shown, arg);
	case OPT_END:
	case OPT_GROUP:
		break;
	}
	abort();
}

/* Takes "=ARG" out of what the failure says of the word. */
static bool shorten(struct fail *fail, const char *word, const char *equal)
{
	const char *text = fail_text(fail);
	size_t n = strlen(word);
	if (!strncmp(text, word, n))
		fail_set(fail, fail->kind, "%.*s%s", (int)(equal - word), word, text + n);
	return false;
}

/* Reads argv[i], a long option. Returns how many words it took, 0 on failure. */
static int take_long(const struct opt *table, int argc, char **argv, int i, struct fail *fail)
{
	const char *word = argv[i], *name = word + 2, *equal = strchr(name, '=');
	size_t len = equal ? (size_t)(equal - name) : strlen(name);
	const struct opt *o = find(table, 0, name, len);
	if (!o)
		return fail_set(fail, FAIL_USAGE, "unknown option: --%.*s", (int)len, name);
	if (o->kind == OPT_FLAG) {
		if (equal)
			return fail_set(fail, FAIL_USAGE, "--%s takes no argument", o->name);
		return store(o, word, NULL, fail);
	}
	if (equal)
		return store(o, word, equal + 1, fail) || shorten(fail, word, equal);
	if (i + 1 == argc)
		return fail_set(fail, FAIL_USAGE, "%s needs an argument: %s", word, o->arg);
	return store(o, word, argv[i + 1], fail) ? 2 : 0;
}

/* Likewise for a word of one-letter options. */
static int take_short(const struct opt *table, int argc, char **argv, int i, struct fail *fail)
{
	for (const char *c = argv[i] + 1; *c; c++) {
		char shown[] = { '-', *c, '\0' };
		const struct opt *o = find(table, *c, NULL, 0);
		if (!o)
			return fail_set(fail, FAIL_USAGE, "unknown option: %s", shown);
		if (o->kind == OPT_FLAG) {
			if (!store(o, shown, NULL, fail))
				return 0;
			continue;
		}
		if (c[1])
			return store(o, shown, c + 1, fail);
		if (i + 1 == argc)
			return fail_set(
				fail, FAIL_USAGE, "%s needs an argument: %s", shown, o->arg);
		return store(o, shown, argv[i + 1], fail) ? 2 : 0;
	}
	return 1;
}

/* Moves argv[from] to index `to`, which lies before it, keeping the order of the others. */
static void move_down(char **argv, int from, int to)
{
	char *word = argv[from];
	memmove(argv + to + 1, argv + to, (size_t)(from - to) * sizeof *argv);
	argv[to] = word;
}

int opt_parse(const struct opt *table, int argc, char **argv, bool stop, struct fail *fail)
{
	int first = 1; /* the first operand; options that come later are moved before it */
	for (int i = 1; i < argc;) {
		char *word = argv[i];
		int taken;
		if (word[0] != '-' || !word[1]) {
			if (stop)
				break;
			i++;
			continue;
		} else if (!strcmp(word, "--")) {
			move_down(argv, i, first++);
			break;
		} else if (word[1] == '-') {
			taken = take_long(table, argc, argv, i, fail);
		} else {
			taken = take_short(table, argc, argv, i, fail);
		}
		if (!taken)
			return -1;
		for (; taken; taken--)
			move_down(argv, i++, first++);
	}
	return first;
}

void opt_help(const struct opt *table, FILE *to)
{
	for (const struct opt *o = table; o->kind != OPT_END; o++) {
		if (o->kind == OPT_GROUP) {
			opt_help(o->to, to);
			continue;
		}
		int n = o->letter ? fprintf(to, "  -%c", o->letter) : fprintf(to, "    ");
		if (o->name)
			n += fprintf(to, "%s--%s", o->letter ? ", " : "  ", o->name);
		if (o->arg)
			n += fprintf(to, " %s", o->arg);
		fprintf(to, "%*s%s\n", n < 27 ? 28 - n : 2, "", o->help);
	}
}
