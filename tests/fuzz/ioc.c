/* ioc: reads bytes as octi-ioc does, in the format that the first byte chooses. Whatever they are, nothing
 * breaks; a value that was read is read again as the same; what is written is JSON. */
#include "column.h"
#include "fuzz.h"
#include "observable.h"
#include "refang.h"
#include "rows.h"

#include <unistd.h>

static void check_written(const struct observable *o)
{
	struct buf text = { 0 };
	must(observable_type(o->kind) != NULL);
	buf_char(&text, '{');
	observable_print(o, &text);
	buf_char(&text, '}');
	must_be_json(&text);
	if (o->kind != OBSERVABLE_CVE) {
		buf_clear(&text);
		observable_pattern(o, &text);
		must(text.data[0] == '[' && text.data[text.len - 1] == ']');
	}
	buf_release(&text);
}

/* As each kind, and by its looks; what is found so is found again in what came of it. */
static void check_value(struct span value)
{
	struct observable one = { 0 }, two = { 0 };
	for (int kind = 0; kind < OBSERVABLE_KINDS; kind++) {
		if (!observable_read(&one, (enum observable_kind)kind, kind % 2, value.text,
			    value.len)) {
			must(one.why != NULL);
			continue;
		}
		must(one.value.len && !memchr(one.value.data, '\0', one.value.len));
		check_written(&one);
		if (kind == OBSERVABLE_ANY && one.kind != OBSERVABLE_ASN &&
			one.kind != OBSERVABLE_URL) {
			must(observable_read(
				&two, OBSERVABLE_ANY, false, one.value.data, one.value.len));
			must(two.kind == one.kind && two.value.len == one.value.len);
			must(!memcmp(two.value.data, one.value.data, one.value.len));
		}
	}
	observable_release(&one);
	observable_release(&two);
}

static void check_columns(struct span value)
{
	static const char *const texts[] = { "score=1", "labels=1", "description=1",
		"first_seen=1", "reference:a=1", "indicator_types=1", "x_a=1", "malware=1" };
	struct fail fail = { 0 };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct column column;
		struct buf text = { 0 };
		const char *why = NULL;
		must(column_read(&column, texts[i], &fail));
		for (int family = COLUMN_OBSERVABLE; family <= COLUMN_VULNERABILITY; family++) {
			buf_text(&text, "{\"a\":1");
			must(column_print(
				     &column, value, (enum column_family)family, &text, &why) ||
				why);
			buf_char(&text, '}');
			must_be_json(&text);
			buf_clear(&text);
		}
		buf_release(&text);
		column_release(&column);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const char *const fields[] = { "1", "2" }, *const names[] = { "a", "b" };
	static const char *const pointers[] = { "", "/a" };
	if (!len)
		return 0;
	unsigned choice = *bytes;
	enum rows_format format = choice % 4;
	const char *const *wanted = format == ROWS_JSON  ? pointers + choice / 4 % 2
		: format == ROWS_LINES || choice / 4 % 2 ? fields
							 : names;
	size_t count = format == ROWS_LINES || wanted == pointers + 1 ? 1 : 2;
	struct fail fail = { 0 };
	int ends[2];
	must(!pipe(ends) && len <= 1 << 16);
	must(len == 1 || write(ends[1], bytes + 1, len - 1) == (ssize_t)(len - 1));
	close(ends[1]);
	struct intake intake = { .name = "F", .fd = ends[0] };
	struct rows *rows = rows_new(format, choice / 8 % 2 ? "#" : NULL, wanted, count, &fail);
	struct row row;
	size_t line = 0;
	bool more = true;
	must(rows != NULL && intake_more(&intake, &fail));
	while (rows_next(rows, &intake, &row, &more, &fail) && more) {
		must(row.line >= line);
		line = row.line;
		if (row.values[0].text)
			check_value(row.values[0]);
		if (row.values[count - 1].text)
			check_columns(row.values[count - 1]);
	}
	must(!fail.kind || *fail_text(&fail));
	fail_clear(&fail);
	rows_free(rows);
	intake_close(&intake);
	return 0;
}
