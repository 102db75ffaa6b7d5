/* sse: bytes as a stream's. In one piece or in two, the events are the same. */
#include "fuzz.h"
#include "sse.h"

#include <stdlib.h>
#include <string.h>

static bool note(void *ctx, const struct sse_event *event, struct fail *fail)
{
	struct buf *seen = ctx;
	buf_text(seen, event->id ? event->id : "-");
	buf_char(seen, '\1');
	buf_text(seen, event->name);
	buf_char(seen, '\1');
	buf_add(seen, buf_str(event->data), event->data->len);
	buf_char(seen, '\2');
	return buf_ok(seen, fail);
}

static bool read_pieces(
	const char *bytes, size_t len, size_t cut, struct buf *seen, struct fail *fail)
{
	struct sse sse = { .event = note, .ctx = seen, .max_bytes = 4096 };
	bool ok = sse_feed(&sse, bytes, cut, fail) &&
		sse_feed(&sse, bytes + cut, len - cut, fail);
	buf_add(seen, buf_str(&sse.last_id), sse.last_id.len);
	sse_release(&sse);
	return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct buf whole = { 0 }, pieces = { 0 };
	struct fail fail = { 0 }, other = { 0 };
	size_t cut = len ? bytes[0] * len / 256 : 0;
	bool ok = read_pieces((const char *)bytes, len, 0, &whole, &fail);
	if (ok != read_pieces((const char *)bytes, len, cut, &pieces, &other) ||
		whole.len != pieces.len || memcmp(buf_str(&whole), buf_str(&pieces), whole.len))
		abort();
	fail_clear(&fail);
	fail_clear(&other);
	buf_release(&whole);
	buf_release(&pieces);
	return 0;
}
