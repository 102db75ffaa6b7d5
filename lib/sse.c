#include "sse.h"

#include <stdlib.h>

static bool is(const char *name, size_t len, const char *field)
{
	return strlen(field) == len && !memcmp(name, field, len);
}

static void set(struct buf *to, const char *value, size_t len)
{
	buf_clear(to);
	buf_add(to, value, len);
}

static void set_retry(struct sse *sse, const char *digits, size_t len)
{
	double milliseconds = 0;
	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return;
		milliseconds = milliseconds * 10 + (digits[i] - '0');
	}
	if (len && milliseconds < 1e9)
		sse->retry = milliseconds / 1000;
}

/* Bytes of room that are kept for the next event: a large one is rare. */
enum { KEPT = 1 << 20 };

static void empty(struct buf *buf)
{
	if (buf->cap > KEPT)
		buf_release(buf);
	else
		buf_clear(buf);
}

static bool dispatch(struct sse *sse, struct fail *fail)
{
	if (sse->has_id) {
		const struct buf before = sse->last_id;
		sse->last_id = sse->id;
		sse->id = before;
	}
	const struct sse_event event = { .id = sse->has_id ? buf_str(&sse->last_id) : NULL,
		.name = sse->name.len ? sse->name.data : "message",
		.data = &sse->data };
	bool ok = buf_ok(&sse->data, fail) && buf_ok(&sse->name, fail) &&
		buf_ok(&sse->last_id, fail) &&
		(!sse->has_data || sse->event(sse->ctx, &event, fail));
	empty(&sse->data);
	buf_clear(&sse->name);
	sse->has_data = sse->has_id = false;
	return ok;
}

static bool too_large(const struct sse *sse, size_t more, struct fail *fail)
{
	if (!sse->max_bytes || sse->data.len + sse->line.len + more <= sse->max_bytes)
		return false;
	const char *id = buf_str(&sse->last_id);
	fail_set(fail, FAIL_NO, "an event of more than %zu bytes, %s%s%s", sse->max_bytes,
		*id ? "after the event with the id \"" : "before any that has an id", id,
		*id ? "\"" : "");
	return true;
}

/* A whole line, without its end. */
static bool take_line(struct sse *sse, const char *line, size_t len, struct fail *fail)
{
	if (!sse->begun && len >= 3 && !memcmp(line, "\xEF\xBB\xBF", 3)) {
		line += 3;
		len -= 3;
	}
	sse->begun = true;
	if (!len)
		return dispatch(sse, fail);
	const char *colon = memchr(line, ':', len);
	size_t name = colon ? (size_t)(colon - line) : len;
	const char *value = line + name + (colon != NULL);
	size_t value_len = len - name - (colon != NULL);
	if (value_len && *value == ' ') {
		value++;
		value_len--;
	}
	if (is(line, name, "data")) {
		if (sse->has_data)
			buf_char(&sse->data, '\n');
		buf_add(&sse->data, value, value_len);
		sse->has_data = true;
	} else if (is(line, name, "event")) {
		set(&sse->name, value, value_len);
	} else if (is(line, name, "id") && !(value_len && memchr(value, '\0', value_len))) {
		set(&sse->id, value, value_len);
		sse->has_id = true;
	} else if (is(line, name, "retry")) {
		set_retry(sse, value, value_len);
	}
	return true;
}

/* Where the line ends that begins here; NULL when its end has not come. */
static const char *end_of_line(const char *bytes, size_t len)
{
	const char *lf = memchr(bytes, '\n', len);
	const char *cr = memchr(bytes, '\r', lf ? (size_t)(lf - bytes) : len);
	return cr ? cr : lf;
}

bool sse_feed(struct sse *sse, const char *bytes, size_t len, struct fail *fail)
{
	const char *end = bytes + len;
	bool ok = true;
	while (ok && bytes < end) {
		if (sse->after_cr && *bytes == '\n') { /* the second half of a CRLF */
			sse->after_cr = false;
			bytes++;
			continue;
		}
		sse->after_cr = false;
		const char *stop = end_of_line(bytes, (size_t)(end - bytes));
		size_t n = (size_t)((stop ? stop : end) - bytes);
		if (too_large(sse, n, fail)) {
			ok = false;
		} else if (!stop) {
			buf_add(&sse->line, bytes, n);
			ok = buf_ok(&sse->line, fail);
			bytes = end;
		} else if (sse->line.len) {
			buf_add(&sse->line, bytes, n);
			ok = buf_ok(&sse->line, fail) &&
				take_line(sse, sse->line.data, sse->line.len, fail);
			empty(&sse->line);
		} else {
			ok = take_line(sse, bytes, n, fail);
		}
		if (stop) {
			sse->after_cr = *stop == '\r';
			bytes = stop + 1;
		}
	}
	return ok;
}

void sse_reset(struct sse *sse)
{
	buf_clear(&sse->line);
	buf_clear(&sse->data);
	buf_clear(&sse->name);
	sse->has_data = sse->has_id = sse->after_cr = sse->begun = false;
}

void sse_release(struct sse *sse)
{
	buf_release(&sse->line);
	buf_release(&sse->id);
	buf_release(&sse->data);
	buf_release(&sse->name);
	buf_release(&sse->last_id);
}
