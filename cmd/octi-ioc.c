/* octi-ioc [-i] [-F FORMAT] [-v FIELD] [-t TYPE] [FILE ...]
 * Makes STIX objects of raw values: addresses, domains, URLs, hashes and others. */
#include "array.h"
#include "complete.h"
#include "ioc.h"
#include "rows.h"
#include "tool.h"

#include <stdlib.h>

enum { NAMED = 10 }; /* how many problems are named one by one */

static struct ioc_order order;
static struct imprint_options common;
static const char *format_name = "line", *value_field, *comment, *type_name;
static struct opt_list sets;
static bool strict;

static const struct opt options[] = {
	{ 'F', "format", "FORMAT", "what is read: line (the default), csv, tsv, json", OPT_TEXT,
		&format_name },
	{ 'v', "value", "FIELD",
		"where the value is: a column's number or name, a JSON pointer", OPT_TEXT,
		&value_field },
	{ 0, "comment", "PREFIX", "pass over lines that begin with this", OPT_TEXT, &comment },
	{ 0, "set", "PROPERTY=FIELD", "set a property from another field", OPT_LIST, &sets },
	{ 't', NULL, "TYPE", "what the values are, instead of what they look like", OPT_TEXT,
		&type_name },
	{ 0, "verbatim", NULL, "take values as they are: nothing is refanged", OPT_FLAG,
		&order.verbatim },
	{ 0, "no-private", NULL, "leave out addresses that are not of the Internet", OPT_FLAG,
		&order.no_private },
	{ 0, "strict", NULL, "end with status 1 when a value is not recognised", OPT_FLAG,
		&strict },
	{ 'i', "indicator", NULL, "make an indicator of each, based on the observable",
		OPT_FLAG, &order.indicator },
	{ 0, "create-indicator", NULL, "let the platform make an indicator of each", OPT_FLAG,
		&order.create_indicator },
	{ 0, "indicates", "TYPE:NAME", "what the indicators indicate", OPT_LIST,
		&order.indicates },
	{ 0, "related-to", "TYPE:NAME", "what the observables are related to", OPT_LIST,
		&order.related },
	IMPRINT_OPTIONS(common),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-ioc",
	.synopsis = "[-i] [-F FORMAT] [-v FIELD] [-t TYPE] [OPTION ...] [FILE ...]",
	.summary =
		"Make STIX objects of addresses, domains, URLs, hashes and other raw values.",
	.options = options };

/* Where the reading is, for what is said of it. */
struct place {
	const char *name;
	size_t line; /* 0: nothing is read yet */
	size_t said;
};

static void say_problem(void *ctx, const char *text)
{
	struct place *place = ctx;
	struct fail shown = { 0 };
	if (place->said++ >= NAMED)
		return;
	/* A failure's text has no control characters. */
	fail_set(&shown, FAIL_NO, "%s", text);
	if (place->line)
		fail_at(&shown, "%s:%zu", place->name, place->line);
	tool_say(&tool, "%s", fail_text(&shown));
	fail_clear(&shown);
}

static bool write_out(struct buf *out, struct fail *fail)
{
	bool ok = buf_ok(out, fail) &&
		(fwrite(buf_str(out), 1, out->len, stdout) == out->len ||
			fail_errno(fail, "stdout"));
	buf_clear(out);
	return ok;
}

static bool read_feed(struct rows *rows, struct intake *intake, struct ioc *ioc,
	struct place *place, struct fail *fail)
{
	struct buf out = { 0 };
	struct row row;
	bool more = true, ok = true;
	place->name = intake->name;
	while ((ok = rows_next(rows, intake, &row, &more, fail)) && more) {
		place->line = row.line;
		if (!ioc_add(ioc, row.values, &out, fail)) {
			ok = fail_at(fail, "%s:%zu", intake->name, row.line);
			break;
		}
		if (!(ok = write_out(&out, fail)))
			break;
		/* What there is goes out before more is waited for; tool_end looks for errors. */
		if (intake->at == intake->end)
			fflush(stdout);
	}
	buf_release(&out);
	return ok;
}

/* What is to be read of each record: where the value is, and the fields of the columns. */
struct fields {
	const char **names;
	size_t count, names_cap;
};

/* Reads one operand after another, each with a header of its own. */
static bool read_all(char *const *operands, size_t count, enum rows_format format,
	const struct fields *fields, struct ioc *ioc, struct place *place, struct fail *fail)
{
	bool ok = true;
	size_t i = 0;
	do {
		struct intake intake;
		struct rows *rows =
			rows_new(format, comment, fields->names, fields->count, fail);
		ok = rows && intake_open(&intake, count ? operands[i] : NULL, fail);
		if (ok) {
			ok = read_feed(rows, &intake, ioc, place, fail);
			intake_close(&intake);
		}
		rows_free(rows);
	} while (ok && ++i < count);
	return ok;
}

static void say_counts(const struct ioc_counts *counts, const struct place *place)
{
	if (place->said > NAMED)
		tool_say(&tool, "and %zu more like these", place->said - NAMED);
	if (counts->unknown)
		tool_say(&tool, "%zu of %zu values not recognised", counts->unknown,
			counts->records);
	if (counts->misfits)
		tool_say(&tool, "%zu properties left out", counts->misfits);
	if (counts->private)
		tool_say(&tool, "%zu private values left out", counts->private);
	if (counts->ports)
		tool_say(&tool, "%zu ports left out behind their addresses", counts->ports);
	if (counts->no_indicator)
		tool_say(&tool,
			"%zu vulnerabilities without an indicator, for they have no "
			"pattern",
			counts->no_indicator);
}

static bool add_field(struct fields *fields, const char *name, struct fail *fail)
{
	if (!ARRAY_RESERVE(fields, names, fields->count + 1, fail))
		return false;
	fields->names[fields->count++] = name;
	return true;
}

static bool read_set(struct column *columns, size_t n, struct fields *fields, struct fail *fail)
{
	struct column *column = &columns[n];
	order.column_count++;
	if (!column_read(column, sets.items[n], fail))
		return fail_at(fail, "--set");
	for (size_t i = 0; i < n; i++)
		if (columns[i].kind != COLUMN_LABELS &&
			!strcmp(columns[i].property, column->property))
			return fail_set(
				fail, FAIL_USAGE, "--set %s: given twice", columns[i].property);
	for (size_t i = 0; i < column->count; i++)
		if (column->pieces[i].field &&
			!add_field(fields, column->pieces[i].field, fail))
			return false;
	return true;
}

static bool read_options(struct column *columns, struct fields *fields,
	enum rows_format *format, struct fail *fail)
{
	bool ok = true;
	if (!rows_format_named(format_name, format))
		return fail_set(
			fail, FAIL_USAGE, "-F: not line, csv, tsv or json: %s", format_name);
	if (type_name && !observable_named(type_name, &order.kind)) {
		struct buf names = { 0 };
		observable_names(&names);
		fail_set(fail, FAIL_USAGE, "-t: no such type: %s; it is one of %s", type_name,
			buf_str(&names));
		buf_release(&names);
		return false;
	}
	order.columns = columns;
	ok = add_field(fields,
		value_field                    ? value_field
			: *format == ROWS_JSON ? ""
					       : "1",
		fail);
	for (size_t i = 0; ok && i < sets.count; i++)
		ok = read_set(columns, i, fields, fail);
	return ok;
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	struct place place = { 0 };
	struct buf out = { 0 };
	struct complete *complete = NULL;
	struct ioc *ioc = NULL;
	enum rows_format format;
	struct fields fields = { 0 };
	struct column *columns = calloc(sets.count + 1, sizeof *columns);

	bool ok = columns || fail_memory(&fail);
	ok = ok && read_options(columns, &fields, &format, &fail);
	ok = ok && (complete = complete_new(&common, say_problem, &place, &fail));
	ok = ok && (ioc = ioc_new(&order, complete, say_problem, &place, &out, &fail));
	ok = ok && write_out(&out, &fail);
	ok = ok &&
		read_all(argv + first, (size_t)(argc - first), format, &fields, ioc, &place,
			&fail);
	ok = ok && complete_end(complete, &out, &fail) && write_out(&out, &fail);
	if (ioc)
		say_counts(ioc_counts(ioc), &place);
	if (ok && strict && (ioc_counts(ioc)->unknown || ioc_counts(ioc)->misfits))
		fail_set(&fail, FAIL_NO, "not all was recognised");

	ioc_free(ioc);
	complete_free(complete);
	for (size_t i = 0; i < order.column_count; i++)
		column_release(&columns[i]);
	free(columns);
	free(fields.names);
	buf_release(&out);
	return tool_end(&tool, &fail);
}
