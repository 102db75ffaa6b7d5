/* stix: reads bytes as octi-stix does and completes what is in them. Whatever they are, nothing breaks;
 * each line that comes out is an object of JSON with a type and an id, and what fails adds nothing. */
#include "bundle.h"
#include "complete.h"
#include "embed.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

struct fuzz {
	struct complete *complete;
	bool learn;
	struct buf out;
};

static void check_line(const char *line, size_t len)
{
	struct scan scan;
	struct span value, id, type;
	scan_init(&scan, line, len);
	must(scan_value(&scan, &value) && scan_peek(&scan) == -1);
	must(span_find(value, "id", &id) && embed_is_id(id));
	must(span_find(value, "type", &type) && *type.text == '"');
	scan_release(&scan);
}

static void check_lines(const struct buf *out)
{
	const char *at = buf_str(out), *end = at + out->len, *line_end;
	for (; at < end; at = line_end + 1) {
		must((line_end = memchr(at, '\n', (size_t)(end - at))) != NULL);
		check_line(at, (size_t)(line_end - at));
	}
}

static bool object(void *ctx, struct scan *scan, struct fail *fail)
{
	struct fuzz *fuzz = ctx;
	struct span value;
	struct buf id = { 0 };
	if (!scan_value(scan, &value))
		return false;
	if (fuzz->learn)
		return complete_learn(fuzz->complete, value, fail);
	buf_clear(&fuzz->out);
	bool ok = complete_object(fuzz->complete, value, &fuzz->out, &id, fail);
	must(ok == (fail->kind == FAIL_NONE));
	if (ok)
		must(id.len != 0);
	else
		must(!fuzz->out.len && fail->kind == FAIL_NO && *fail_text(fail));
	check_lines(&fuzz->out);
	buf_release(&id);
	return ok;
}

static void ignore(void *ctx, const char *text)
{
	(void)ctx;
	must(*text != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	unsigned flags = len ? bytes[len - 1] : 0;
	struct imprint_options common = { .author = flags & 1 ? "A:class" : NULL,
		.tlp = flags & 1 ? "green" : NULL,
		.score = flags & 1 ? "7" : NULL,
		.report = flags & 1 ? "R" : NULL,
		.ids = flags & 2 ? "platform" : NULL };
	char *copy = malloc(len ? len : 1); /* so that a byte too far is seen */
	must(copy != NULL);
	if (len)
		memcpy(copy, bytes, len);
	struct input input = { .name = "F", .data = copy, .len = len };
	struct fail fail = { 0 };
	struct fuzz fuzz = { .complete = complete_new(&common, ignore, NULL, &fail) };
	struct bundle_reader reader = { .object = object, .ctx = &fuzz, .typed = true };
	must(fuzz.complete != NULL);
	fuzz.learn = flags & 4;
	bool ok = !fuzz.learn || bundle_read(&reader, &input, &fail);
	fuzz.learn = false;
	if (ok && bundle_read(&reader, &input, &fail)) {
		buf_clear(&fuzz.out);
		must(complete_end(fuzz.complete, &fuzz.out, &fail));
		check_lines(&fuzz.out);
	} else {
		must(fail.kind == FAIL_NO && *fail_text(&fail));
	}
	buf_release(&fuzz.out);
	complete_free(fuzz.complete);
	fail_clear(&fail);
	free(copy);
	return 0;
}
