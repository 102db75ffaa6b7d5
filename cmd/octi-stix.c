/* octi-stix [-q] [--author NAME[:CLASS]] [--tlp LEVEL] [--label LABEL[,...]] [--score N]
 *     [--confidence N] [--external-ref SOURCE[,URL[,ID]]] [--created DATE]
 *     [--report NAME [--published DATE] [--type TYPE]] [--ids RULES]
 *     [--rewrite-ids [--map FILE]] [FILE ...]
 * Completes STIX objects: ids, dates, defaults, references. */
#include "bundle.h"
#include "complete.h"
#include "file.h"
#include "portion.h"
#include "tool.h"

#include <stdlib.h>

static bool quiet, rewrite;
static const char *map_file;
static struct imprint_options common;

static const struct opt common_options[] = {
	IMPRINT_OPTIONS(common),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct opt options[] = {
	{ 0, NULL, NULL, NULL, OPT_GROUP, (void *)common_options },
	{ 0, "rewrite-ids", NULL, "replace ids by those that contents make", OPT_FLAG,
		&rewrite },
	{ 0, "map", "FILE", "write the ids that --rewrite-ids replaced to FILE", OPT_TEXT,
		&map_file },
	{ 'q', "quiet", NULL, "do not say on stderr what could not be completed", OPT_FLAG,
		&quiet },
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-stix",
	.synopsis = "[-q] [--author NAME[:CLASS]] [--tlp LEVEL] [--label LABEL[,...]] "
		    "[--score N] [--confidence N] [--external-ref SOURCE[,URL[,ID]]] "
		    "[--created DATE] [--report NAME [--published DATE] [--type TYPE]] "
		    "[--ids RULES] [--rewrite-ids [--map FILE]] [FILE ...]",
	.summary = "Complete STIX objects: ids, dates, defaults, references.",
	.options = options };

struct stream {
	struct complete *complete;
	struct inputs inputs; /* for --rewrite-ids, which needs them to the end */
	struct buf out;
};

static void say(void *ctx, const char *text)
{
	(void)ctx;
	tool_say(&tool, "%s", text);
}

static bool write_out(struct buf *out, FILE *to, const char *name, struct fail *fail)
{
	bool ok = buf_ok(out, fail) &&
		(fwrite(buf_str(out), 1, out->len, to) == out->len ||
			fail_errno(fail, "%s", name));
	buf_clear(out);
	return ok;
}

static bool learn_object(void *ctx, struct scan *scan, struct fail *fail)
{
	struct stream *stream = ctx;
	struct span object;
	return scan_value(scan, &object) && complete_learn(stream->complete, object, fail);
}

static bool add_object(void *ctx, struct scan *scan, struct fail *fail)
{
	struct stream *stream = ctx;
	struct span object;
	return scan_value(scan, &object) &&
		complete_object(stream->complete, object, &stream->out, NULL, fail) &&
		write_out(&stream->out, stdout, "stdout", fail);
}

/* Flushes what is done when there is nothing more to read yet. */
static void flush(void *ctx)
{
	(void)ctx;
	fflush(stdout);
}

static bool complete_input(struct stream *stream, const char *operand, struct fail *fail)
{
	struct bundle_reader reader = { .object = add_object, .ctx = stream, .typed = true };
	struct portions portions = { 0 };
	struct input portion = { 0 };
	if (!portion_open(&portions, operand, fail))
		return false;
	portions.wait = flush;
	bool ok;
	while ((ok = portion_next(&portions, &portion, fail)) && portion.len)
		if (!(ok = bundle_read(&reader, &portion, fail)))
			break;
	portion_close(&portions);
	return ok;
}

static bool complete_once(
	struct stream *stream, char *const *operands, size_t count, struct fail *fail)
{
	bool ok = count || complete_input(stream, NULL, fail);
	for (size_t i = 0; ok && i < count; i++)
		ok = complete_input(stream, operands[i], fail);
	return ok;
}

/* Twice, for the id of an object may be that of one which comes later. */
static bool complete_twice(
	struct stream *stream, char *const *operands, size_t count, struct fail *fail)
{
	struct inputs *inputs = &stream->inputs;
	struct bundle_reader learner = { .object = learn_object, .ctx = stream, .typed = true },
			     reader = { .object = add_object, .ctx = stream, .typed = true };
	bool ok = inputs_open(inputs, operands, count, fail);
	for (size_t i = 0; ok && i < inputs->count; i++)
		ok = bundle_read(&learner, &inputs->all[i], fail);
	for (size_t i = 0; ok && i < inputs->count; i++)
		ok = bundle_read(&reader, &inputs->all[i], fail);
	return ok;
}

static bool write_map(struct stream *stream, struct fail *fail)
{
	struct file_writer file = { 0 };
	bool ok = complete_map(stream->complete, &stream->out, fail) &&
		file_begin(&file, map_file, 0666, fail) &&
		write_out(&stream->out, file.to, map_file, fail) && file_finish(&file, fail);
	file_abandon(&file);
	return ok;
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	struct stream stream = { 0 };
	if (map_file && !rewrite)
		tool_usage(&tool, "--map is for --rewrite-ids");

	bool ok = (stream.complete = complete_new(&common, quiet ? NULL : say, NULL, &fail)) &&
		(rewrite ? complete_twice : complete_once)(
			&stream, argv + first, (size_t)(argc - first), &fail) &&
		complete_end(stream.complete, &stream.out, &fail) &&
		write_out(&stream.out, stdout, "stdout", &fail);
	if (ok && map_file)
		write_map(&stream, &fail);

	complete_free(stream.complete);
	inputs_close(&stream.inputs);
	buf_release(&stream.out);
	free(common.labels.items);
	free(common.references.items);
	return tool_end(&tool, &fail);
}
