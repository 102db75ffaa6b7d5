#include "rows.h"

#include "array.h"
#include "opt.h"
#include "pointer.h"

#include <stdlib.h>
#include <string.h>

/* A field that is wanted. */
struct field {
	const char *name;   /* of a column, or a pointer; NULL when it is a column's number */
	size_t column;      /* from 0 */
	struct buf pointer; /* made of a key */
	struct buf decoded; /* the value, when it is not in the feed as it is */
};

struct rows {
	enum rows_format format;
	struct field *fields;
	struct span *values;
	size_t count;

	struct table table;
	bool wants_header;

	struct buf keys; /* for one that has to be decoded */

	/* JSON: the document that was read last, as its records. */
	struct span *records;
	size_t record_count, records_cap, record_next;
	bool in_list; /* within a document that is an array */
	enum { FIRST, AFTER_ELEMENT, AFTER_COMMA } place; /* in it */
	size_t line;                                      /* of the window's first byte */
	const char *document_end;                         /* NULL: it is done with */
};

bool rows_format_named(const char *name, enum rows_format *format)
{
	static const char *const names[] = { "line", "csv", "tsv", "json" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i])) {
			*format = (enum rows_format)i;
			return true;
		}
	return false;
}

static bool read_field(struct rows *rows, size_t i, const char *text, struct fail *fail)
{
	struct field *field = &rows->fields[i];
	uint64_t number;
	field->name = text;
	if (rows->format == ROWS_JSON) {
		if (*text && *text != '/') { /* a key */
			buf_char(&field->pointer, '/');
			for (; *text; text++)
				buf_text(&field->pointer,
					*text == '~'           ? "~0"
						: *text == '/' ? "~1"
							       : (char[]){ *text, '\0' });
			if (!buf_ok(&field->pointer, fail))
				return false;
			field->name = buf_str(&field->pointer);
		}
		return pointer_valid(field->name) ||
			fail_set(fail, FAIL_USAGE, "not a JSON pointer: %s", text);
	}
	if (opt_number(text, &number) && number && number <= SIZE_MAX) {
		field->name = NULL;
		field->column = (size_t)number - 1;
	}
	if (rows->format == ROWS_LINES && (field->name || field->column))
		return fail_set(fail, FAIL_USAGE, "a line has no field: %s", text);
	if (!*text || !strcmp(text, "0"))
		return fail_set(fail, FAIL_USAGE, "not a column: %s", text);
	rows->wants_header |= field->name != NULL;
	return true;
}

struct rows *rows_new(enum rows_format format, const char *comment, const char *const *fields,
	size_t count, struct fail *fail)
{
	static const enum table_kind kinds[] = { TABLE_LINES, TABLE_CSV, TABLE_TSV,
		TABLE_LINES };
	struct rows *rows = calloc(1, sizeof *rows);
	if (!rows)
		return fail_memory(fail), NULL;
	rows->format = format;
	rows->table = (struct table){ .kind = kinds[format], .comment = comment };
	rows->line = 1;
	rows->count = count;
	rows->fields = calloc(count, sizeof *rows->fields);
	rows->values = calloc(count, sizeof *rows->values);
	bool ok = (rows->fields && rows->values) || fail_memory(fail);
	for (size_t i = 0; ok && i < count; i++)
		ok = read_field(rows, i, fields[i], fail);
	if (ok)
		return rows;
	rows_free(rows);
	return NULL;
}

void rows_free(struct rows *rows)
{
	if (!rows)
		return;
	for (size_t i = 0; rows->fields && i < rows->count; i++) {
		buf_release(&rows->fields[i].pointer);
		buf_release(&rows->fields[i].decoded);
	}
	buf_release(&rows->keys);
	table_release(&rows->table);
	free(rows->fields);
	free(rows->values);
	free(rows->records);
	free(rows);
}

/* ---- tables */

/* Finds the named columns in a row. NULL: all are there; else the first that is not. */
static const char *read_header(struct rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct field *field = &rows->fields[i];
		size_t column = 0;
		if (!field->name)
			continue;
		size_t len = strlen(field->name);
		for (; column < rows->table.count; column++) {
			struct span has = rows->table.fields[column];
			if (has.len == len && !memcmp(has.text, field->name, len))
				break;
		}
		if (column == rows->table.count)
			return field->name;
		field->column = column;
	}
	rows->wants_header = false;
	return NULL;
}

static bool no_column(const struct rows *rows, const struct intake *intake, const char *name,
	struct fail *fail)
{
	struct buf names = { 0 };
	for (size_t i = 0; i < rows->table.count; i++) {
		buf_text(&names, i ? ", " : "");
		buf_add(&names, rows->table.fields[i].text, rows->table.fields[i].len);
	}
	fail_set(fail, FAIL_NO, "%s:%zu: no column %s in the header, which has: %.*s",
		intake->name, rows->table.line, name, names.len < 400 ? (int)names.len : 400,
		buf_str(&names));
	buf_release(&names);
	return false;
}

static bool table_row(struct rows *rows, struct intake *intake, struct row *row, bool *more,
	struct fail *fail)
{
	struct table *table = &rows->table;
	do {
		if (!table_next(table, intake, more, fail))
			return false;
		if (*more && rows->wants_header) {
			const char *missing = read_header(rows);
			if (missing && !table->is_comment)
				return no_column(rows, intake, missing, fail);
			table->is_comment = true;
		}
	} while (*more && table->is_comment);
	row->line = table->line;
	for (size_t i = 0; i < rows->count; i++) {
		size_t column = rows->fields[i].column;
		rows->values[i] =
			column < table->count ? table->fields[column] : (struct span){ 0 };
	}
	return true;
}

/* ---- JSON */

static bool add_record(struct rows *rows, struct span value, struct fail *fail)
{
	size_t need = rows->record_count + 1;
	if (!array_reserve(&rows->records, &rows->records_cap, need, sizeof value, fail))
		return false;
	rows->records[rows->record_count++] = value;
	return true;
}

static bool add_elements(struct rows *rows, struct span list, struct fail *fail)
{
	const char *at = list.text + 1;
	struct span element;
	bool ok = true;
	while (ok && span_member(&at, NULL, &element))
		ok = *element.text == '[' ? add_elements(rows, element, fail)
					  : add_record(rows, element, fail);
	return ok;
}

/* Whether an object has the first of the fields; as a whole it is no value. */
static bool has_field(struct rows *rows, struct span object)
{
	struct span found;
	return *rows->fields->name &&
		pointer_find(rows->fields->name, object, &rows->keys, &found);
}

/* Adds the records of the lists in an object that is none itself. */
static bool add_lists(struct rows *rows, struct span object, struct fail *fail)
{
	const char *at = object.text + 1;
	struct span key, value;
	bool ok = true;
	while (ok && span_member(&at, &key, &value)) {
		if (*value.text == '[')
			ok = add_elements(rows, value, fail);
		else if (*value.text == '{' && has_field(rows, value))
			ok = add_record(rows, value, fail);
		else if (*value.text == '{')
			ok = add_lists(rows, value, fail);
	}
	return ok;
}

/* Adds the records of a value that is a document, or an element of one that is a list. */
static bool add_records(struct rows *rows, struct span value, struct fail *fail)
{
	if (*value.text == '[')
		return add_elements(rows, value, fail);
	if (*value.text != '{' || rows->in_list || has_field(rows, value))
		return add_record(rows, value, fail);
	if (!add_lists(rows, value, fail))
		return false;
	/* Without a list it is a record that lacks the field, and is to be named. */
	return rows->record_count || add_record(rows, value, fail);
}

/* Counts the lines up to a place in the window, from intake->at. */
static void count_lines(struct rows *rows, struct intake *intake, const char *to)
{
	rows->line += scan_line(intake->at, to) - 1;
	intake->at += to - intake->at;
}

/* Whether what is wrong may be that the text goes on behind the window: it is near the end, or a
 * string without its end. */
static bool is_cut(const struct scan *scan)
{
	return scan->end - scan->at < 64 || *scan->at == '"';
}

static bool not_json(const struct rows *rows, const struct intake *intake, const char *what,
	struct fail *fail)
{
	return fail_set(fail, FAIL_NO, "%s:%zu: not JSON: %s", intake->name, rows->line, what);
}

/* Reads the value at intake->at, of which more may have to come. */
static bool read_value(
	struct rows *rows, struct intake *intake, struct span *value, struct fail *fail)
{
	bool whole = false, wrong = false;
	while (!whole && !wrong) {
		struct scan scan;
		scan_init(&scan, intake->at, (size_t)(intake->end - intake->at));
		bool is_value = scan_value(&scan, value);
		whole = is_value &&
			(scan.at < scan.end || intake->ended); /* a number may go on */
		wrong = !is_value && (intake->ended || !is_cut(&scan));
		if (wrong) {
			rows->line += scan_line(intake->at, scan.at) - 1;
			if (!scan_fail(&scan, intake->name, fail) && fail->kind == FAIL_NO)
				not_json(rows, intake, scan.error, fail);
		}
		scan_release(&scan);
		if (!whole && !wrong && !intake_more(intake, fail))
			return false;
	}
	return whole;
}

/* Passes over what lies between values. Returns the byte that comes, 0 at the end. */
static bool next_byte(struct rows *rows, struct intake *intake, char *c, struct fail *fail)
{
	for (;;) {
		const char *at = intake->at;
		while (at < intake->end && strchr(" \t\r\n", *at) && *at)
			at++;
		count_lines(rows, intake, at);
		if (intake->at < intake->end || intake->ended)
			break;
		if (!intake_more(intake, fail))
			return false;
	}
	*c = intake->at < intake->end ? *intake->at : '\0';
	return true;
}

/* Reads the next document, or element of one that is a list. */
static bool read_document(
	struct rows *rows, struct intake *intake, bool *more, struct fail *fail)
{
	char c;
	*more = true;
	if (!next_byte(rows, intake, &c, fail))
		return false;
	if (!rows->in_list && c == '[') {
		intake->at++;
		rows->in_list = true;
		rows->place = FIRST;
		return true;
	}
	if (rows->in_list && c == ']' && rows->place != AFTER_COMMA) {
		intake->at++;
		rows->in_list = false;
		return true;
	}
	if (rows->in_list && rows->place == AFTER_ELEMENT) {
		if (c != ',')
			return not_json(rows, intake, "expected , or ]", fail);
		intake->at++;
		rows->place = AFTER_COMMA;
		return true;
	}
	if (intake->at == intake->end) {
		*more = false;
		return !rows->in_list ||
			not_json(rows, intake, "the text ends too early", fail);
	}
	struct span value;
	if (!read_value(rows, intake, &value, fail) || !add_records(rows, value, fail) ||
		!buf_ok(&rows->keys, fail))
		return false;
	rows->document_end = value.text + value.len;
	rows->place = AFTER_ELEMENT;
	return true;
}

static void add_text(struct buf *to, struct span value)
{
	if (*value.text == '"')
		span_decode(value, to);
	else
		buf_add(to, value.text, value.len);
}

/* The value of a field as text: strings decoded, lists with commas between the elements. */
static struct span value_of(struct field *field, struct span record, struct buf *keys)
{
	struct span value, element;
	if (!pointer_find(field->name, record, keys, &value) || *value.text == 'n')
		return (struct span){ 0 };
	if (*value.text == '"' && span_is_raw(value))
		return (struct span){ value.text + 1, value.len - 2 };
	if (*value.text != '"' && *value.text != '[')
		return value;
	buf_clear(&field->decoded);
	if (*value.text == '"') {
		span_decode(value, &field->decoded);
	} else {
		const char *at = value.text + 1;
		while (span_member(&at, NULL, &element)) {
			buf_text(&field->decoded, field->decoded.len ? "," : "");
			add_text(&field->decoded, element);
		}
	}
	return (struct span){ buf_str(&field->decoded), field->decoded.len };
}

static bool json_row(struct rows *rows, struct intake *intake, struct row *row, bool *more,
	struct fail *fail)
{
	*more = true;
	while (rows->record_next == rows->record_count) {
		if (rows->document_end)
			count_lines(rows, intake, rows->document_end);
		rows->document_end = NULL;
		rows->record_next = rows->record_count = 0;
		if (!read_document(rows, intake, more, fail))
			return false;
		if (!*more)
			return true;
	}
	struct span record = rows->records[rows->record_next++];
	count_lines(rows, intake, record.text);
	row->line = rows->line;
	for (size_t i = 0; i < rows->count; i++) {
		rows->values[i] = value_of(&rows->fields[i], record, &rows->keys);
		if (!buf_ok(&rows->fields[i].decoded, fail) || !buf_ok(&rows->keys, fail))
			return false;
	}
	return true;
}

bool rows_next(struct rows *rows, struct intake *intake, struct row *row, bool *more,
	struct fail *fail)
{
	row->values = rows->values;
	return rows->format == ROWS_JSON ? json_row(rows, intake, row, more, fail)
					 : table_row(rows, intake, row, more, fail);
}
