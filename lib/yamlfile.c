#include "yamlfile.h"

#include <string.h>
#include <yaml.h>

/* The file while it is read. */
struct reader {
	const struct yamlfile *file;
	const struct buf *text;
	yaml_parser_t parser;
	yaml_event_t event;  /* the current one */
	struct buf sections; /* that were read, each with its NUL */
	struct buf section, key, value;
	struct fail *fail;
};

static unsigned line_of(const yaml_mark_t *mark)
{
	return (unsigned)mark->line + 1;
}

/* Refuses the current event. */
static bool refuse(struct reader *reader, const char *what)
{
	return fail_set(reader->fail, FAIL_USAGE, "%s:%u: %s", reader->file->path,
		line_of(&reader->event.start_mark), what);
}

/* Where the parser had no mark yet: bytes that are no characters. */
static unsigned line_at(const struct buf *text, size_t offset)
{
	unsigned line = 1;
	for (size_t i = 0; i < offset && i < text->len; i++)
		line += text->data[i] == '\n';
	return line;
}

static bool fail_parser(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	if (parser->error == YAML_MEMORY_ERROR)
		return fail_memory(reader->fail);
	bool bytes = parser->error == YAML_READER_ERROR;
	return fail_set(reader->fail, FAIL_USAGE, "%s:%u: not YAML: %s%s%s", reader->file->path,
		bytes ? line_at(reader->text, parser->problem_offset)
		      : line_of(&parser->problem_mark),
		parser->problem, parser->context ? ", " : "",
		parser->context ? parser->context : "");
}

static bool advance(struct reader *reader)
{
	yaml_event_delete(&reader->event);
	return yaml_parser_parse(&reader->parser, &reader->event) || fail_parser(reader);
}

/* From the first event of a value, whatever it is, to its last. */
static bool skip(struct reader *reader)
{
	for (size_t depth = 0;;) {
		switch (reader->event.type) {
		case YAML_MAPPING_START_EVENT:
		case YAML_SEQUENCE_START_EVENT:
			depth++;
			break;
		case YAML_MAPPING_END_EVENT:
		case YAML_SEQUENCE_END_EVENT:
			depth--;
			break;
		default:
			break;
		}
		if (!depth)
			return true;
		if (!advance(reader))
			return false;
	}
}

/* What stands for something else than what is written. */
static bool check_plain(struct reader *reader)
{
	const yaml_event_t *event = &reader->event;
	if (event->type == YAML_ALIAS_EVENT)
		return refuse(reader, "an alias; write what it stands for");
	if ((event->type == YAML_SCALAR_EVENT && event->data.scalar.tag) ||
		(event->type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.tag) ||
		(event->type == YAML_MAPPING_START_EVENT && event->data.mapping_start.tag))
		return refuse(reader, "a tag; a value is its text");
	return true;
}

/* Adds the text of the current event, which is a scalar. */
static bool add_text(struct reader *reader, struct buf *to)
{
	const char *text = (const char *)reader->event.data.scalar.value;
	size_t len = reader->event.data.scalar.length;
	if (memchr(text, '\0', len))
		return refuse(reader, "a NUL byte");
	buf_add(to, text, len);
	return buf_ok(to, reader->fail);
}

/* Whether the current event, a scalar, is none. */
static bool is_none(const struct reader *reader)
{
	static const char *const words[] = { "~", "null", "Null", "NULL" };
	const char *text = (const char *)reader->event.data.scalar.value;
	if (!reader->event.data.scalar.length)
		return true;
	if (!reader->event.data.scalar.plain_implicit)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(text, words[i]))
			return true;
	return false;
}

static bool read_name(struct reader *reader, struct buf *name)
{
	buf_clear(name);
	if (!check_plain(reader))
		return false;
	if (reader->event.type != YAML_SCALAR_EVENT)
		return refuse(reader, "a name that is not a text");
	if (!add_text(reader, name))
		return false;
	if (reader->event.data.scalar.plain_implicit && !strcmp(buf_str(name), "<<"))
		return refuse(reader, "a merge key; write what it would merge");
	return true;
}

/* From the beginning of a list to its end. */
static bool read_list(struct reader *reader)
{
	if (strcmp(buf_str(&reader->key), reader->file->list) != 0)
		return refuse(reader, "a list, where a text is wanted");
	while (advance(reader) && reader->event.type != YAML_SEQUENCE_END_EVENT) {
		if (!check_plain(reader))
			return false;
		if (reader->event.type != YAML_SCALAR_EVENT || is_none(reader))
			return refuse(reader, "a list of something else than texts");
		if (reader->value.len)
			buf_char(&reader->value, ',');
		if (!add_text(reader, &reader->value))
			return false;
	}
	return !reader->fail->kind;
}

/* A key, which is the current event, and its value. */
static bool read_pair(struct reader *reader)
{
	unsigned line = line_of(&reader->event.start_mark);
	buf_clear(&reader->value);
	if (!read_name(reader, &reader->key) || !advance(reader) || !check_plain(reader))
		return false;
	if (reader->event.type == YAML_MAPPING_START_EVENT)
		return refuse(reader, "a mapping, where a text is wanted");
	if (reader->event.type == YAML_SEQUENCE_START_EVENT) {
		if (!read_list(reader))
			return false;
	} else if (!is_none(reader) && !add_text(reader, &reader->value)) {
		return false;
	}
	return reader->file->take(reader->file->ctx, buf_str(&reader->section),
		buf_str(&reader->key), reader->value.len ? buf_str(&reader->value) : NULL, line,
		reader->fail);
}

static bool was_read(const struct reader *reader)
{
	const char *section = buf_str(&reader->section);
	for (size_t at = 0; at < reader->sections.len;
		at += strlen(reader->sections.data + at) + 1)
		if (!strcmp(reader->sections.data + at, section))
			return true;
	return false;
}

/* The value of a section that is read. */
static bool read_pairs(struct reader *reader)
{
	if (!check_plain(reader))
		return false;
	if (reader->event.type == YAML_SCALAR_EVENT && is_none(reader))
		return true;
	if (reader->event.type != YAML_MAPPING_START_EVENT)
		return refuse(reader, "a section has lines `key: value`");
	while (advance(reader) && reader->event.type != YAML_MAPPING_END_EVENT)
		if (!read_pair(reader))
			return false;
	return !reader->fail->kind;
}

/* The name of a section, which is the current event, and the section. */
static bool read_section(struct reader *reader)
{
	const struct yamlfile *file = reader->file;
	if (!read_name(reader, &reader->section))
		return false;
	const char *section = buf_str(&reader->section);
	if (!file->take(file->ctx, section, NULL, NULL, line_of(&reader->event.start_mark),
		    reader->fail))
		return false;
	if (!file->knows(section))
		return advance(reader) && skip(reader);
	if (was_read(reader))
		return refuse(reader, "the section is there for the second time");
	buf_add(&reader->sections, section, reader->section.len + 1);
	return buf_ok(&reader->sections, reader->fail) && advance(reader) && read_pairs(reader);
}

static bool read_document(struct reader *reader)
{
	if (reader->event.type == YAML_SCALAR_EVENT && is_none(reader))
		return true;
	if (reader->event.type != YAML_MAPPING_START_EVENT)
		return refuse(reader, "a configuration has sections, `name:`");
	while (advance(reader) && reader->event.type != YAML_MAPPING_END_EVENT)
		if (!read_section(reader))
			return false;
	return !reader->fail->kind;
}

/* The stream's beginning, a document's, its root, its end, the stream's end. */
static bool read_stream(struct reader *reader)
{
	if (!advance(reader) || !advance(reader))
		return false;
	if (reader->event.type == YAML_STREAM_END_EVENT)
		return true;
	if (!advance(reader) || !read_document(reader) || !advance(reader) || !advance(reader))
		return false;
	return reader->event.type == YAML_STREAM_END_EVENT ||
		refuse(reader, "a second document");
}

bool yamlfile_read(const struct yamlfile *file, const struct buf *text, struct fail *fail)
{
	struct reader reader = { .file = file, .text = text, .fail = fail };
	if (!yaml_parser_initialize(&reader.parser))
		return fail_memory(fail);
	yaml_parser_set_input_string(
		&reader.parser, (const unsigned char *)buf_str(text), text->len);
	bool ok = read_stream(&reader);
	yaml_event_delete(&reader.event);
	yaml_parser_delete(&reader.parser);
	buf_release(&reader.sections);
	buf_release(&reader.section);
	buf_release(&reader.key);
	buf_release(&reader.value);
	return ok;
}
