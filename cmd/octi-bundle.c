/* octi-bundle [-x] [-q] [FILE ...]
 * Makes one bundle of any mix of bundles, objects and arrays; -x takes the objects out again. */
#include "bundle.h"
#include "ids.h"
#include "print.h"
#include "tool.h"

#include <stdlib.h>

static bool extract, quiet;

static const struct opt options[] = {
	{ 'x', "extract", NULL, "print the objects, one a line, instead of a bundle", OPT_FLAG,
		&extract },
	{ 'q', "quiet", NULL, "do not name merged objects on stderr", OPT_FLAG, &quiet },
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-bundle",
	.synopsis = "[-xq] [FILE ...]",
	.summary = "Make one bundle of bundles, objects and arrays of both; identical ids are "
		   "merged.",
	.options = options };

/* The objects, each id once. */
struct merge {
	struct ids ids;
	struct object {
		struct span text;
		bool repeated; /* it has a key twice */
	} * objects;           /* by number of the id */
	size_t cap, merged;
};

static bool add_object(void *ctx, struct scan *scan, struct fail *fail)
{
	struct merge *merge = ctx;
	struct scan_list list;
	struct span id = { 0 }, type = { 0 }, value;
	const char *begin = scan->at;
	scan->repeated = false;
	for (scan_open(scan, &list); scan_next(scan, &list);) {
		if (!scan_value(scan, &value))
			return false;
		if (span_is(list.key, "id"))
			id = value;
		else if (span_is(list.key, "type"))
			type = value;
	}
	if (scan->error)
		return false;
	if (!id.len || *id.text != '"')
		return fail_set(
			fail, FAIL_NO, id.len ? "its id is not a string" : "it has no id");
	if (!type.len)
		return fail_set(fail, FAIL_NO, "it has no type");

	uint32_t known = merge->ids.count, n = ids_add_string(&merge->ids, id);
	if (n == IDS_NONE)
		return fail_memory(fail);
	if (n < known) {
		merge->merged++;
		if (!quiet)
			tool_say(&tool, "merged: %.*s: the later content is kept",
				(int)id.len - 2, id.text + 1);
	} else if (n >= merge->cap) {
		size_t cap = merge->cap ? merge->cap * 2 : 64;
		struct object *objects = realloc(merge->objects, cap * sizeof *objects);
		if (!objects)
			return fail_memory(fail);
		merge->objects = objects;
		merge->cap = cap;
	}
	merge->objects[n].text = (struct span){ begin, (size_t)(scan->at - begin) };
	merge->objects[n].repeated = scan->repeated;
	return true;
}

static bool write_out(struct buf *line, struct fail *fail)
{
	bool ok = buf_ok(line, fail) &&
		(fwrite(line->data, 1, line->len, stdout) == line->len ||
			fail_errno(fail, "stdout"));
	buf_clear(line);
	return ok;
}

static bool write_objects(
	const struct merge *merge, const struct bundle_reader *reader, struct fail *fail)
{
	struct buf line = { 0 };
	bool ok = true;
	if (!extract)
		bundle_head(reader, &line);
	for (uint32_t n = 0; ok && n < merge->ids.count; n++) {
		const struct object *object = &merge->objects[n];
		if (!extract && n)
			buf_text(&line, ", ");
		if (object->repeated)
			print_merged(&line, object->text);
		else
			print_line(&line, object->text);
		if (extract)
			buf_char(&line, '\n');
		ok = write_out(&line, fail);
	}
	if (ok && !extract) {
		buf_text(&line, "]}\n");
		ok = write_out(&line, fail);
	}
	buf_release(&line);
	return ok;
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	struct inputs inputs = { 0 };
	struct merge merge = { 0 };
	struct bundle_reader reader = { .object = add_object, .ctx = &merge };

	bool ok = inputs_open(&inputs, argv + first, (size_t)(argc - first), &fail);
	for (size_t i = 0; ok && i < inputs.count; i++)
		ok = bundle_read(&reader, &inputs.all[i], &fail);
	ok = ok && write_objects(&merge, &reader, &fail);
	if (ok && merge.merged && !quiet)
		tool_say(&tool, "%zu objects merged into earlier ones", merge.merged);

	ids_release(&merge.ids);
	free(merge.objects);
	inputs_close(&inputs);
	return tool_end(&tool, &fail);
}
