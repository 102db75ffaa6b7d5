/* bundle: reads bytes as octi-split does and splits them. Whatever they are, nothing breaks, and what
 * comes out is JSON, in the right order, and as much as is counted. */
#include "bundle.h"
#include "fuzz.h"
#include "split.h"

#include <stdlib.h>
#include <string.h>

static bool above(struct span a, struct span b)
{
	return a.len != b.len ? a.len > b.len : memcmp(a.text, b.text, a.len) > 0;
}

static void check_parts(const struct split *split)
{
	struct buf part = { 0 }, before = { 0 };
	for (size_t i = 0; i < split_count(split); i++) {
		struct span sequence, objects;
		buf_clear(&part);
		split_part(split, i, "\"bundle--1\"", i % 2 ? "7" : NULL, &part);
		must_be_json(&part);
		struct span whole = { part.data, part.len };
		must(span_find(whole, "x_opencti_seq", &sequence) &&
			span_find(whole, "objects", &objects));
		must(*objects.text == '[' && objects.text[1] == '{');
		if (i)
			must(!above((struct span){ before.data, before.len }, sequence));
		buf_clear(&before);
		buf_add(&before, sequence.text, sequence.len);
	}
	for (size_t i = 0; i < split_incompatible_count(split); i++) {
		buf_clear(&part);
		split_incompatible(split, i, &part);
		must_be_json(&part);
		must(split_incompatible_reason(split, i) != NULL);
		split_incompatible_id(split, i, &part);
	}
	buf_release(&part);
	buf_release(&before);
}

static void count_dropped(void *ctx, struct span id, struct span key, struct span dropped)
{
	(void)id;
	must(key.len >= 2 && dropped.len);
	++*(size_t *)ctx;
}

static void check_counts(const struct split *split, const struct bundle_reader *reader)
{
	size_t told = 0;
	must(split_dropped(split, count_dropped, &told) == told);
	must(split_dropped(split, NULL, NULL) == told);
	/* An object can come twice, by its id and by an alias; without any none is lost. */
	must(split_count(split) + split_incompatible_count(split) + split_replaced(split) <=
		reader->objects * 4);
	must(reader->loose <= reader->objects);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	bool cleanup = len && bytes[len - 1] == '\n';
	char *copy = malloc(len ? len : 1); /* so that a byte too far is seen */
	must(copy != NULL);
	if (len)
		memcpy(copy, bytes, len);
	struct input input = { .name = "F", .data = copy, .len = len };
	struct split *split = split_new();
	struct bundle_reader reader = { .object = split_add, .ctx = split };
	struct fail fail = { 0 };
	must(split != NULL);
	if (bundle_read(&reader, &input, &fail) && split_run(split, cleanup, &fail)) {
		struct buf id = { 0 };
		bundle_id(&reader, &id);
		must_be_json(&id);
		buf_release(&id);
		check_parts(split);
		check_counts(split, &reader);
	} else {
		must(fail.kind == FAIL_NO && *fail_text(&fail));
	}
	split_free(split);
	fail_clear(&fail);
	free(copy);
	return 0;
}
