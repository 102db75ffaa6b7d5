#include "event.h"

#include "print.h"

#include <string.h>

bool event_read(struct event *event, const struct sse_event *from, struct fail *fail)
{
	struct scan scan;
	struct span referer;
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
	if (!span_find(event->data, "data", &event->object) || *event->object.text != '{')
		event->object = (struct span){ 0 };
	event->dependency = span_find(event->data, "origin.referer", &referer) &&
		*referer.text == '"' && span_is(referer, "init-dependencies");
	return ok;
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
		print_line(to, event->object);
		buf_char(to, '\n');
		return;
	}
	buf_text(to, "{\"id\":");
	print_text_or_null(to, event->id);
	buf_text(to, ",\"event\":");
	print_text(to, event->name);
	buf_text(to, ",\"data\":");
	if (event->data.len)
		print_line(to, event->data);
	else
		print_string(to, buf_str(event->text), event->text->len);
	buf_text(to, "}\n");
}
