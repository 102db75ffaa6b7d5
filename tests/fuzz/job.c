/* job: reads bytes as octi-listen reads a message. Whatever they are, nothing breaks, and the event that
 * a handler would get is JSON, on one line. */
#include "fuzz.h"
#include "job.h"

#include <string.h>

static void check_line(const struct buf *text)
{
	struct scan scan;
	struct span value;
	struct fail fail = { 0 };
	must(buf_ok(text, &fail));
	must(!memchr(buf_str(text), '\n', text->len));
	scan_init(&scan, buf_str(text), text->len);
	must(scan_value(&scan, &value) && scan_peek(&scan) == -1 && *value.text == '{');
	scan_release(&scan);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const types[] = { "INTERNAL_ENRICHMENT", "INTERNAL_IMPORT_FILE",
		"INTERNAL_EXPORT_FILE", "INTERNAL_ANALYSIS" };
	struct job job = { 0 };
	struct fail fail = { 0 };
	struct span none = { 0 }, entity = { "{\"id\": \"x\"}", 11 }, objects = { "[]", 2 };
	if (job_read(&job, (const char *)bytes, len, types[len % 4], &fail)) {
		struct buf event = { 0 }, text = { 0 };
		job_print_event(&job, none, none, none, &event);
		check_line(&event);
		buf_clear(&event);
		job_print_event(&job, entity, objects, entity, &event);
		check_line(&event);
		job_text(&job, "file_id", &text);
		buf_release(&text);
		buf_release(&event);
	} else {
		must(fail.kind == FAIL_NO && fail.text);
	}
	fail_clear(&fail);
	job_release(&job);
	return 0;
}
