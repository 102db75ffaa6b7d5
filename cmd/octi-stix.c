/* octi-stix [-q] [--author NAME[:CLASS]] [--tlp LEVEL] [--label LABEL[,...]] [--score N]
 *     [--confidence N] [--external-ref SOURCE[,URL[,ID]]] [--created DATE]
 *     [--report NAME [--published DATE] [--type TYPE]] [--ids RULES]
 *     [--rewrite-ids [--map FILE]] [FILE ...]
 * Completes STIX objects: ids, dates, defaults, references. */
#include "bundle.h"
#include "complete.h"
#include "file.h"
#include "tool.h"

#include <stdlib.h>

static bool quiet, rewrite;
static const char *map_file;
static struct complete_common common;

static const struct opt common_options[] = {
	COMPLETE_OPTIONS(common),
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

static bool read_all(struct stream *stream, const struct inputs *inputs,
	bool (*object)(void *ctx, struct scan *scan, struct fail *fail), struct fail *fail)
{
	struct bundle_reader reader = { .object = object, .ctx = stream, .typed = true };
	return bundle_read_all(&reader, inputs, fail);
}

static bool write_map(struct stream *stream, struct fail *fail)
{
	struct file_writer file = { 0 };
	if (!map_file)
		return true;
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
	struct inputs inputs = { 0 };
	struct stream stream = { 0 };
	if (map_file && !rewrite)
		tool_usage(&tool, "--map is for --rewrite-ids");

	bool ok = (stream.complete = complete_new(&common, quiet ? NULL : say, NULL, &fail)) &&
		inputs_open(&inputs, argv + first, (size_t)(argc - first), &fail) &&
		(!rewrite || read_all(&stream, &inputs, learn_object, &fail)) &&
		read_all(&stream, &inputs, add_object, &fail) &&
		complete_end(stream.complete, &stream.out, &fail) &&
		write_out(&stream.out, stdout, "stdout", &fail) && write_map(&stream, &fail);

	complete_free(stream.complete);
	buf_release(&stream.out);
	inputs_close(&inputs);
	free(common.labels.items);
	free(common.references.items);
	(void)ok;
	return tool_end(&tool, &fail);
}
