#include "event.h"

#include "print.h"

#include <string.h>

static void read_member(struct event *event, struct span key, struct span value)
{
	struct span referer;
	if (span_equals(key, "data"))
		event->object = *value.text == '{' ? value : (struct span){ 0 };
	else if (span_equals(key, "origin"))
		event->dependency = *value.text == '{' &&
			span_find(value, "referer", &referer) && *referer.text == '"' &&
			span_is(referer, "init-dependencies");
}

/* Finds the members that matter while all of it is checked. */
static bool read_data(struct event *event, struct scan *scan)
{
	struct scan_list list;
	struct span value;
	if (scan_peek(scan) != '{')
		return scan_value(scan, &event->data);
	const char *begin = scan->at;
	for (scan_open(scan, &list); scan_next(scan, &list);) {
		struct span key = list.key;
		if (scan_value(scan, &value))
			read_member(event, key, value);
	}
	event->data = (struct span){ begin, (size_t)(scan->at - begin) };
	return !scan->error;
}

void event_read(struct event *event, const struct sse_event *from)
{
	struct scan scan;
	const struct event bare = { .id = from->id, .name = from->name, .text = from->data };
	*event = bare;
	scan_init(&scan, buf_str(from->data), from->data->len);
	scan.careless = true; /* so it needs no memory */
	if (!read_data(event, &scan) || scan_peek(&scan) != -1)
		*event = bare; /* it is no JSON, which may be */
	scan_release(&scan);
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
	buf_room(to, event->text->len + 256);
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
