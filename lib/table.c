#include "table.h"

#include "array.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_ROW = 16 << 20 };

/* What a look at the window gave. */
enum look { WHOLE, NEED_MORE, NO_MEMORY };

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static struct span trim(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	while (end > at && is_blank(end[-1]))
		end--;
	return (struct span){ at, (size_t)(end - at) };
}

static bool add_field(struct table *table, struct span field)
{
	struct fail ignored = { 0 };
	if (!ARRAY_RESERVE(table, fields, table->count + 1, &ignored))
		return false;
	table->fields[table->count++] = field;
	return true;
}

/* Past the quotes that `at` opens: one past the closing ones. NULL: they are not closed here. */
static char *quoted_end(char *at, char *end)
{
	for (at++; (at = memchr(at, '"', (size_t)(end - at))); at += 2)
		if (at + 1 == end || at[1] != '"')
			return at + 1;
	return NULL;
}

/* Takes the quotes out of a field, in place: "a ""b""" is a "b", and what is behind the closing
 * ones belongs to it too. */
static struct span unquote(struct span field)
{
	char *from = (char *)field.text + 1, *end = (char *)field.text + field.len;
	char *begin = from, *to = begin;
	for (bool open = true; from < end; from++) {
		if (!open || *from != '"') {
			*to++ = *from;
		} else if (from + 1 < end && from[1] == '"') {
			*to++ = *from++;
		} else {
			open = false;
		}
	}
	/* No byte is there twice: lines are counted afterwards. */
	memset(to, ' ', (size_t)(end - to));
	return (struct span){ begin, (size_t)(to - begin) };
}

/* The end of the line, NULL when it is not in the window. */
static char *line_end(const struct intake *intake)
{
	char *end = memchr(intake->at, '\n', (size_t)(intake->end - intake->at));
	return end || !intake->ended ? end : intake->end;
}

/* Where a comment begins behind a blank in a line; its end when there is none. */
static const char *comment_in(const struct table *table, const char *at, const char *end)
{
	if (!table->comment)
		return end;
	size_t n = strlen(table->comment);
	for (const char *c = at; (size_t)(end - c) > n; c++)
		if (is_blank(*c) && !memcmp(c + 1, table->comment, n))
			return c;
	return end;
}

/* Splits the bytes from `at` on at separators, up to a line's end. *next is one past it. */
static enum look split(
	struct table *table, const struct intake *intake, char *at, bool comment, char **next)
{
	char separator = table->kind == TABLE_CSV ? ',' : '\t';
	for (bool last = false; !last;) {
		while (at < intake->end && is_blank(*at) && *at != separator)
			at++;
		char *begin = at;
		if (table->kind == TABLE_CSV && at < intake->end && *at == '"') {
			at = quoted_end(at, intake->end);
			/* What looks like the closing ones may be the first of a pair. */
			if (!intake->ended && (!at || at == intake->end))
				return NEED_MORE;
			if (!at && !comment)
				return NEED_MORE;
			at = at ? at : begin;
		}
		while (at < intake->end && *at != separator && *at != '\n')
			at++;
		if (at == intake->end && !intake->ended)
			return NEED_MORE;
		last = at == intake->end || *at == '\n';
		if (!add_field(table, trim(begin, at)))
			return NO_MEMORY;
		at += at < intake->end;
	}
	for (size_t i = 0; table->kind == TABLE_CSV && i < table->count; i++)
		if (table->fields[i].len && *table->fields[i].text == '"')
			table->fields[i] = unquote(table->fields[i]);
	*next = at;
	return WHOLE;
}

static size_t lines_in(const char *at, const char *end)
{
	size_t lines = 0;
	while ((at = memchr(at, '\n', (size_t)(end - at)))) {
		at++;
		lines++;
	}
	return lines;
}

/* Looks at what begins at intake->at: a row, a comment or an empty line. */
static enum look look(struct table *table, struct intake *intake, char **next)
{
	char *end = line_end(intake);
	if (!end)
		return NEED_MORE;
	struct span line = trim(intake->at, end);
	size_t n = table->comment ? strlen(table->comment) : 0;
	table->count = 0;
	table->is_comment = n && line.len >= n && !memcmp(line.text, table->comment, n);
	*next = end < intake->end ? end + 1 : end;
	if (!line.len)
		return WHOLE;
	if (table->kind == TABLE_LINES) {
		const char *from = line.text + (table->is_comment ? n : 0);
		const char *to = line.text + line.len;
		return add_field(table,
			       trim(from, table->is_comment ? to : comment_in(table, from, to)))
			? WHOLE
			: NO_MEMORY;
	}
	if (!table->is_comment)
		return split(table, intake, intake->at, false, next);
	/* A comment ends with its line, whatever quotes are in it. */
	struct intake alone = *intake;
	alone.end = end;
	alone.ended = true;
	char *ignored;
	return split(table, &alone, (char *)line.text + n, true, &ignored);
}

bool table_next(struct table *table, struct intake *intake, bool *more, struct fail *fail)
{
	if (!table->next_line)
		table->next_line = 1;
	for (;;) {
		char *next = intake->at;
		table->line = table->next_line;
		*more = intake->at < intake->end;
		enum look seen = *more ? look(table, intake, &next) : NEED_MORE;
		if (seen == NO_MEMORY)
			return fail_memory(fail);
		if (seen == NEED_MORE && intake->ended) {
			if (!*more)
				return true;
			return fail_set(fail, FAIL_NO, "%s:%zu: quotes that are not closed",
				intake->name, table->line);
		}
		if (seen == NEED_MORE) {
			if (intake->end - intake->at >= MAX_ROW)
				return fail_set(fail, FAIL_NO,
					"%s:%zu: a row of more than %d MiB", intake->name,
					table->line, MAX_ROW >> 20);
			if (!intake_more(intake, fail))
				return false;
			continue;
		}
		table->next_line += lines_in(intake->at, next);
		intake->at = next;
		if (table->count)
			break;
	}
	return true;
}

void table_release(struct table *table)
{
	free(table->fields);
	*table = (struct table){ 0 };
}
