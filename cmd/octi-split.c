/* octi-split [--cleanup] [--event-version V] [--incompatible FILE] [-q] [FILE ...]
 * Splits a STIX bundle into bundles of one object each, one a line, as pycti does. */
#include "bundle.h"
#include "split.h"
#include "tool.h"

static bool cleanup, quiet;
static const char *event_version, *incompatible_file;

static const struct opt options[] = {
	{ 0, "cleanup", NULL, "drop references to objects that are not in the bundle", OPT_FLAG,
		&cleanup },
	{ 0, "event-version", "V", "put V in each part's x_opencti_event_version", OPT_TEXT,
		&event_version },
	{ 0, "incompatible", "FILE", "write the objects left out to FILE, one a line", OPT_TEXT,
		&incompatible_file },
	{ 'q', "quiet", NULL, "do not name what is left out on stderr", OPT_FLAG, &quiet },
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-split",
	.synopsis = "[-q] [--cleanup] [--event-version V] [--incompatible FILE] [FILE ...]",
	.summary = "Split a STIX bundle into bundles of one object each, one a line, "
		   "dependencies first.",
	.options = options };

static bool write_parts(const struct split *split, const char *id, struct fail *fail)
{
	struct buf line = { 0 };
	bool ok = true;
	for (size_t i = 0; ok && i < split_count(split); i++) {
		buf_clear(&line);
		split_part(split, i, id, event_version, &line);
		buf_char(&line, '\n');
		ok = buf_ok(&line, fail) &&
			(fwrite(line.data, 1, line.len, stdout) == line.len ||
				fail_errno(fail, "stdout"));
	}
	buf_release(&line);
	return ok;
}

static void say_dropped(void *ctx, struct span id, struct span key, struct span dropped)
{
	(void)ctx;
	tool_say(&tool, "dropped: %.*s: %.*s: %.*s", (int)id.len, id.text, (int)key.len - 2,
		key.text + 1, (int)(dropped.len < 200 ? dropped.len : 200), dropped.text);
}

static bool report(const struct split *split, struct fail *fail)
{
	FILE *file = NULL;
	struct buf line = { 0 };
	bool ok = true;
	if (incompatible_file && !(file = fopen(incompatible_file, "w")))
		return fail_errno(fail, "%s", incompatible_file);
	for (size_t i = 0; ok && i < split_incompatible_count(split); i++) {
		buf_clear(&line);
		split_incompatible_id(split, i, &line);
		if (!quiet)
			tool_say(&tool, "incompatible: %s: %s", buf_str(&line),
				split_incompatible_reason(split, i));
		buf_clear(&line);
		split_incompatible(split, i, &line);
		buf_char(&line, '\n');
		ok = buf_ok(&line, fail);
		if (ok && file)
			fwrite(line.data, 1, line.len, file);
	}
	if (file) {
		bool written = !ferror(file);
		if ((fclose(file) || !written) && ok)
			ok = fail_errno(fail, "%s", incompatible_file);
	}
	buf_release(&line);
	if (!quiet && split_replaced(split))
		tool_say(&tool, "%zu objects replaced by later ones of the same id",
			split_replaced(split));
	if (!quiet)
		split_dropped(split, say_dropped, NULL);
	if (split_saturated(split))
		tool_say(&tool,
			"nb_deps counts stop at 2^128 - 1; the order of the parts is right");
	return ok;
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	struct buf id = { 0 };
	struct inputs inputs = { 0 };
	struct split *split = split_new();
	struct bundle_reader reader = { .object = split_add, .ctx = split };

	bool ok = (split || fail_memory(&fail)) &&
		inputs_open(&inputs, argv + first, (size_t)(argc - first), &fail) &&
		bundle_read_all(&reader, &inputs, &fail) && split_run(split, cleanup, &fail);
	if (ok) {
		bundle_id(&reader, &id);
		ok = buf_ok(&id, &fail) && report(split, &fail) &&
			write_parts(split, id.data, &fail);
	}

	split_free(split);
	buf_release(&id);
	inputs_close(&inputs);
	return tool_end(&tool, &fail);
}
