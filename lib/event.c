#include "event.h"

#include "print.h"

#include <string.h>

/* Each reads the value that comes next, and notes in it what matters. */
static void read_object(struct event *event, struct scan *scan)
{
	struct scan_list list;
	struct span value, none = { 0 };
	event->object = event->type = event->pattern_type = event->extensions = none;
	if (scan_peek(scan) != '{') {
		scan_value(scan, &value);
		return;
	}
	const char *begin = scan->at;
	for (scan_open(scan, &list); scan_next(scan, &list);) {
		if (!scan_value(scan, &value))
			return;
		if (span_equals(list.key, "type"))
			event->type = value;
		else if (span_equals(list.key, "pattern_type"))
			event->pattern_type = value;
		else if (span_equals(list.key, "extensions"))
			event->extensions = value;
	}
	event->object = (struct span){ begin, (size_t)(scan->at - begin) };
}

static void read_origin(struct event *event, struct scan *scan)
{
	struct span value, referer;
	event->dependency = scan_value(scan, &value) && *value.text == '{' &&
		span_find(value, "referer", &referer) && *referer.text == '"' &&
		span_is(referer, "init-dependencies");
}

static bool read_data(struct event *event, struct scan *scan)
{
	struct scan_list list;
	struct span value;
	if (scan_peek(scan) != '{')
		return scan_value(scan, &event->data);
	const char *begin = scan->at;
	for (scan_open(scan, &list); scan_next(scan, &list);) {
		if (span_equals(list.key, "data"))
			read_object(event, scan);
		else if (span_equals(list.key, "origin"))
			read_origin(event, scan);
		else
			scan_value(scan, &value);
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
