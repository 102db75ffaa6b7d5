#include "event.h"

#include "print.h"
#include "scan.h"
#include "stix.h"

#include <string.h>

/* Reads the value of a member. */
typedef void taker(struct event *event, struct scan *scan, struct span key);

/* Passes over the value that comes next; empty on an error. */
static struct span pass(struct scan *scan)
{
	struct span value = { 0 };
	scan_value(scan, &value);
	return value;
}

/* Has the members of an object taken, while it is checked; what is none is passed over, and empty. */
static struct span walk(struct event *event, struct scan *scan, taker *take)
{
	struct scan_list list;
	if (scan_peek(scan) != '{') {
		pass(scan);
		return (struct span){ 0 };
	}
	const char *begin = scan->at;
	for (scan_open(scan, &list); scan_next(scan, &list);)
		take(event, scan, list.key);
	return (struct span){ begin, (size_t)(scan->at - begin) };
}

static void take_of_extension(struct event *event, struct scan *scan, struct span key)
{
	struct span value = pass(scan);
	if (span_equals(key, "type"))
		event->entity_type = value;
}

static void take_extension(struct event *event, struct scan *scan, struct span key)
{
	if (span_equals(key, STIX_OPENCTI_EXTENSION))
		walk(event, scan, take_of_extension);
	else
		pass(scan);
}

static void take_of_object(struct event *event, struct scan *scan, struct span key)
{
	if (span_equals(key, "extensions")) {
		event->extensions = walk(event, scan, take_extension);
		return;
	}
	struct span value = pass(scan);
	if (span_equals(key, "type"))
		event->type = value;
	else if (span_equals(key, "pattern_type"))
		event->pattern_type = value;
}

static void take_of_origin(struct event *event, struct scan *scan, struct span key)
{
	struct span value = pass(scan);
	if (span_equals(key, "referer"))
		event->dependency =
			value.len && *value.text == '"' && span_is(value, "init-dependencies");
}

static void take_of_data(struct event *event, struct scan *scan, struct span key)
{
	if (span_equals(key, "data"))
		event->object = walk(event, scan, take_of_object);
	else if (span_equals(key, "origin"))
		walk(event, scan, take_of_origin);
	else
		pass(scan);
}

void event_read(struct event *event, const struct sse_event *from)
{
	struct scan scan;
	const struct event bare = { .id = from->id, .name = from->name, .text = from->data };
	*event = bare;
	scan_init(&scan, buf_str(from->data), from->data->len);
	scan.careless = true; /* so it needs no memory */
	event->data = scan_peek(&scan) == '{' ? walk(event, &scan, take_of_data) : pass(&scan);
	if (scan.error || scan_peek(&scan) != -1)
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
