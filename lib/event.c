#include "event.h"

#include "print.h"

#include <string.h>

bool event_read(struct event *event, const struct sse_event *from, struct fail *fail)
{
	struct scan scan;
	struct span key, value, referer;
	*event = (struct event){ .id = from->id, .name = from->name, .text = from->data };
	scan_init(&scan, buf_str(from->data), from->data->len);
	bool json = scan_value(&scan, &event->data) && scan_peek(&scan) == -1;
	bool ok = json || scan.error || scan_peek(&scan) != -1 || fail_memory(fail);
	scan_release(&scan);
	if (!json || *event->data.text != '{') {
		if (!json)
			event->data = (struct span){ 0 };
		return ok;
	}
	for (const char *at = event->data.text + 1; span_member(&at, &key, &value);) {
		if (span_equals(key, "data"))
			event->object = *value.text == '{' ? value : (struct span){ 0 };
		else if (span_equals(key, "origin"))
			event->dependency = *value.text == '{' &&
				span_find(value, "referer", &referer) && *referer.text == '"' &&
				span_is(referer, "init-dependencies");
	}
	return ok;
}

/* Adds JSON on one line: that of the platform is on one already. */
static void print_data(struct span data, struct buf *to)
{
	if (memchr(data.text, '\n', data.len) || memchr(data.text, '\r', data.len))
		print_line(to, data);
	else
		buf_add(to, data.text, data.len);
}

bool event_text(const struct event *event, const char *path, struct buf *to)
{
	struct span value;
	if (!event->data.len || !span_find(event->data, path, &value) || *value.text != '"')
		return false;
	span_decode(value, to);
	return true;
}

void event_print(const struct event *event, bool stix, struct buf *to)
{
	if (stix) {
		print_data(event->object, to);
		buf_char(to, '\n');
		return;
	}
	buf_text(to, "{\"id\":");
	print_text_or_null(to, event->id);
	buf_text(to, ",\"event\":");
	print_text(to, event->name);
	buf_text(to, ",\"data\":");
	if (event->data.len)
		print_data(event->data, to);
	else
		print_string(to, buf_str(event->text), event->text->len);
	buf_text(to, "}\n");
}
