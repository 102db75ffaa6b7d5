#include "inifile.h"

#include <ini.h>
#include <string.h>

/* The file while inih reads it. */
struct source {
	const struct inifile *file;
	const char *next, *end; /* what is still unread */
	unsigned line;          /* the one that inih has */
	struct buf section;
	struct fail *fail;
};

static bool refuse(struct source *source, const char *what)
{
	return fail_set(
		source->fail, FAIL_USAGE, "%s:%u: %s", source->file->path, source->line, what);
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* [name], and then at most white space and a comment, which inih would skip without a look. */
static bool check_section(struct source *source, const char *line, size_t len)
{
	const char *close = memchr(line, ']', len), *end = line + len;
	if (!close || close == line + 1 || is_blank(line[1]) || is_blank(close[-1]))
		return refuse(source, "a section is written [name]");
	for (const char *c = close + 1; c < end && *c != ';' && *c != '#'; c++)
		if (!is_blank(*c))
			return refuse(
				source, "text after the section's name; begin a new line");
	buf_clear(&source->section);
	buf_add(&source->section, line + 1, (size_t)(close - line) - 1);
	return buf_ok(&source->section, source->fail) &&
		source->file->take(source->file->ctx, buf_str(&source->section), NULL, NULL,
			source->line, source->fail);
}

/* Refuses what inih would join, cut or split, so that a value is either whole or an error. */
static bool check_line(struct source *source, const char *line, size_t len, size_t room)
{
	if (memchr(line, '\0', len))
		return refuse(source, "a NUL byte");
	if (line[0] == '[')
		return check_section(source, line, len);
	if (is_blank(line[0]))
		return refuse(source,
			"the line is indented; a value is one line, and a key begins it");
	if (len > room)
		return fail_set(source->fail, FAIL_USAGE,
			"%s:%u: longer than %zu bytes; set it in the environment instead",
			source->file->path, source->line, room);
	for (size_t i = 1; i < len; i++)
		if (is_blank(line[i - 1]) && line[i] == ';')
			return refuse(source,
				"would be cut at \" ;\"; put a comment on a line of its own, "
				"and a value "
				"that has this in the environment");
	return true;
}

/* inih's reader of lines, as fgets: each line is checked before inih sees it. */
static char *next_line(char *to, int size, void *ctx)
{
	struct source *source = ctx;
	if (source->fail->kind || source->next == source->end)
		return NULL;
	const char *line = source->next;
	const char *newline = memchr(line, '\n', (size_t)(source->end - line));
	size_t len = (size_t)((newline ? newline : source->end) - line);
	source->next = newline ? newline + 1 : source->end;
	source->line++;

	while (len && is_blank(line[len - 1]))
		len--;
	size_t indent = 0;
	while (indent < len && is_blank(line[indent]))
		indent++;
	if (indent == len || line[indent] == '#' || line[indent] == ';')
		len = 0; /* inih would take the tail of a long comment for a line */
	size_t room = (size_t)size - 2;
	if (len && !check_line(source, line, len, room))
		return NULL;
	if (len > room) { /* a section: what follows its name is a comment */
		len = (size_t)((const char *)memchr(line, ']', len) - line) + 1;
		if (len > room) {
			refuse(source, "the section's name is too long");
			return NULL;
		}
	}
	memcpy(to, line, len);
	memcpy(to + len, "\n", 2);
	return to;
}

/* inih's handler: nonzero goes on. */
static int take_pair(void *ctx, const char *section, const char *key, const char *text)
{
	struct source *source = ctx;
	struct buf value = { 0 };
	if (source->fail->kind)
		return 0;
	size_t len = strlen(text);
	bool quoted = len > 1 && (*text == '"' || *text == '\'') && text[len - 1] == *text;
	buf_add(&value, text + quoted, len - 2 * quoted);
	bool ok = buf_ok(&value, source->fail) &&
		source->file->take(source->file->ctx, section, key,
			len ? buf_str(&value) : NULL, source->line, source->fail);
	buf_release(&value);
	return ok;
}

bool inifile_read(const struct inifile *file, const struct buf *text, struct fail *fail)
{
	struct source source = { .file = file, .fail = fail, .next = buf_str(text) };
	source.end = source.next + text->len;
	if (text->len >= 3 && !memcmp(source.next, "\xEF\xBB\xBF", 3))
		source.next += 3;
	int line = ini_parse_stream(next_line, &source, take_pair, &source);
	if (line > 0 && !fail->kind)
		fail_set(fail, FAIL_USAGE, "%s:%d: neither [section] nor key = value",
			file->path, line);
	else if (line < 0 && !fail->kind)
		fail_memory(fail);
	buf_release(&source.section);
	return !fail->kind;
}
