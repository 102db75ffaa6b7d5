/* lint: reads bytes as octi-lint --fix does, in one portion. Whatever they are, nothing breaks, what is found
 * has a reason and a place, and what is written is as good JSON as what was read. The same bytes are
 * also read as a pattern. */
#include "bundle.h"
#include "fuzz.h"
#include "grammar.h"
#include "lint.h"
#include "pattern.h"

#include <stdlib.h>

struct output {
	struct exam exam;
	FILE *to;
	size_t found;
};

static bool count(void *ctx, const struct finding *finding, struct fail *fail)
{
	struct output *output = ctx;
	(void)fail;
	must(finding->rule && finding->input && finding->reason && finding->line);
	must(finding->number && finding->number <= output->exam.number);
	output->found++;
	return true;
}

static bool look_at(void *ctx, struct scan *scan, struct fail *fail)
{
	struct output *output = ctx;
	output->exam.line = scan_line(scan->start, scan->at);
	if (!lint_object(&output->exam, scan, fail))
		return false;
	const struct span text = output->exam.object.text;
	return patch_write(&output->exam.patch, text.text + text.len, output->to, NULL, fail);
}

/* Looks at the text; what comes out, fixed, is in *out, which the caller frees. */
static bool lint(const char *text, size_t len, char **out, size_t *out_len, size_t *objects)
{
	struct output output = { .exam = { .fix = true,
					 .now = "2026-01-31T12:00:00.000Z",
					 .max_refs = 3,
					 .max_confidence = 50,
					 .found = count,
					 .input = "F" } };
	struct input input = { .name = "F", .data = text, .len = len };
	struct bundle_reader reader = { .object = look_at, .ctx = &output };
	struct fail fail = { 0 };
	output.exam.ctx = &output;
	output.exam.patch.at = text;
	output.to = open_memstream(out, out_len);
	must(output.to != NULL);
	bool ok = bundle_read(&reader, &input, &fail) &&
		patch_write(&output.exam.patch, text + len, output.to, NULL, &fail) &&
		lint_end(&output.exam, &fail);
	must(ok || (fail.kind == FAIL_NO && *fail_text(&fail)));
	must(output.found == output.exam.errors + output.exam.warnings + output.exam.fixed);
	*objects = output.exam.number;
	fclose(output.to);
	exam_release(&output.exam);
	fail_clear(&fail);
	return ok;
}

static void read_pattern(struct span pattern)
{
	const char *error;
	size_t at;
	struct buf clean = { 0 }, again = { 0 };
	for (size_t i = 0; i < pattern.len;) {
		size_t n = scan_utf8(pattern.text + i, pattern.text + pattern.len);
		if (!n)
			return;
		i += n;
	}
	if (!grammar_check(pattern, &error, &at)) {
		must(error && at <= pattern.len);
		return;
	}
	pattern_clean(pattern, &clean);
	must(grammar_check((struct span){ buf_str(&clean), clean.len }, &error, &at));
	pattern_clean((struct span){ buf_str(&clean), clean.len }, &again);
	must(!strcmp(buf_str(&clean), buf_str(&again)));
	buf_release(&clean);
	buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *copy = malloc(len ? len : 1); /* so that a byte too far is seen */
	char *fixed = NULL, *again = NULL;
	size_t n = 0, objects = 0, more = 0;
	must(copy != NULL);
	if (len)
		memcpy(copy, bytes, len);
	if (lint(copy, len, &fixed, &n, &objects)) {
		must(lint(fixed, n, &again, &n, &more));
		must(more == objects);
	}
	read_pattern((struct span){ copy, len });
	free(fixed);
	free(again);
	free(copy);
	return 0;
}
