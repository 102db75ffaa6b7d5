/* flow: bytes as what a command prints. In one piece or in two the objects are the same; what bundle reads has as many, and
 * the same texts. */
#include "bundle.h"
#include "flow.h"
#include "fuzz.h"

#include <string.h>

enum { MOST = 4096 };

static bool note(void *ctx, const char *text, size_t n, struct fail *fail)
{
	struct buf *seen = ctx;
	must(n >= 2 && n <= MOST && text[0] == '{');
	buf_add(seen, text, n);
	buf_char(seen, '\1');
	return buf_ok(seen, fail);
}

static bool take_pieces(
	const char *bytes, size_t len, size_t cut, struct buf *seen, struct fail *fail)
{
	struct flow flow = { .most = MOST, .object = note, .ctx = seen };
	bool ok = flow_add(&flow, bytes, cut, fail) &&
		flow_add(&flow, bytes + cut, len - cut, fail) && flow_end(&flow, fail);
	flow_release(&flow);
	return ok;
}

static bool note_read(void *ctx, struct scan *scan, struct fail *fail)
{
	struct span object;
	return scan_value(scan, &object) && note(ctx, object.text, object.len, fail);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	struct buf whole = { 0 }, pieces = { 0 }, read = { 0 };
	struct fail fail = { 0 }, other = { 0 }, last = { 0 };
	size_t cut = len ? bytes[len / 2] * len / 256 : 0;
	bool ok = take_pieces(text, len, 0, &whole, &fail);
	must(ok == take_pieces(text, len, cut, &pieces, &other));
	must(ok || !strcmp(fail_text(&fail), fail_text(&other)));
	must(whole.len == pieces.len && !memcmp(buf_str(&whole), buf_str(&pieces), whole.len));
	struct input input = { .name = "fuzz", .data = text, .len = len };
	struct bundle_reader reader = { .object = note_read, .ctx = &read };
	if (len <= MOST && bundle_read(&reader, &input, &last))
		must(ok && read.len == whole.len &&
			!memcmp(buf_str(&read), buf_str(&whole), read.len));
	fail_clear(&fail);
	fail_clear(&other);
	fail_clear(&last);
	buf_release(&whole);
	buf_release(&pieces);
	buf_release(&read);
	return 0;
}
