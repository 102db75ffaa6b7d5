#include "bundle.h"

#include "print.h"
#include "uid.h"

#include <stdlib.h>
#include <string.h>

/* Names the object that begins at `at` in front of the failure. */
static bool fail_object(struct bundle_reader *reader, const struct scan *scan,
	const struct input *input, const char *at, struct fail *fail)
{
	size_t line = scan->lines + scan_line(scan->start, at);
	struct scan again;
	struct span value, id;
	struct buf text = { 0 };
	scan_init(&again, at, (size_t)(scan->end - at));
	if (scan_value(&again, &value) && span_find(value, "id", &id) && *id.text == '"')
		buf_format(
			&text, " (%.*s)", (int)(id.len < 202 ? id.len - 2 : 200), id.text + 1);
	scan_release(&again);
	fail_at(fail, "%s:%zu: object %zu%s", input->name, line, reader->objects,
		buf_str(&text));
	buf_release(&text);
	return false;
}

static bool read_object(struct bundle_reader *reader, struct scan *scan,
	const struct input *input, struct fail *fail)
{
	int c = scan_peek(scan);
	const char *at = scan->at;
	reader->objects++;
	if (c == '{' && reader->object(reader->ctx, scan, fail))
		return true;
	if (scan->error)
		return false;
	if (c != '{') {
		struct span value;
		if (!scan_value(scan, &value))
			return false;
		fail_set(fail, FAIL_NO, "not a STIX object: %.*s",
			(int)(value.len < 40 ? value.len : 40), value.text);
	}
	return fail_object(reader, scan, input, at, fail);
}

static bool read_objects(struct bundle_reader *reader, struct scan *scan,
	const struct input *input, struct fail *fail)
{
	struct scan_list list;
	for (scan_open(scan, &list); scan_next(scan, &list);)
		if (!read_object(reader, scan, input, fail))
			return false;
	return !scan->error;
}

/* Reads a bundle; of another object only *is_bundle is told, and it is passed over. */
static bool read_envelope(struct bundle_reader *reader, struct scan *scan,
	const struct input *input, bool typed, bool *is_bundle, struct fail *fail)
{
	struct span id = { 0 }, type = { 0 }, value;
	struct scan_list list;
	size_t keys = scan->key_count;
	*is_bundle = false;
	bool waiting = false; /* for the type, to know what the objects are */
	bool odd = false;     /* `objects` is there, but is no array */
	const char *begin = scan->at;
	for (scan_open(scan, &list); scan_next(scan, &list);) {
		bool objects = span_is(list.key, "objects") && scan_peek(scan) == '[';
		waiting = waiting || (objects && typed && !type.len);
		if (objects && (!typed || (type.len && span_is(type, "bundle")))) {
			*is_bundle = true;
			if (!read_objects(reader, scan, input, fail))
				return false;
			continue;
		}
		if (!scan_value(scan, &value))
			return false;
		if (span_is(list.key, "id"))
			id = value;
		else if (span_is(list.key, "type"))
			type = value;
		else if (span_is(list.key, "objects"))
			odd = !objects;
	}
	if (scan->error)
		return false;
	if (waiting && !*is_bundle && (!type.len || span_is(type, "bundle"))) {
		scan->at = begin;
		scan->key_count = keys;
		return read_envelope(reader, scan, input, false, is_bundle, fail);
	}
	if (*is_bundle) {
		reader->bundles++;
		reader->id = id;
		return true;
	}
	if (span_is(type, "bundle"))
		return fail_set(fail, FAIL_NO,
			odd ? "%s:%zu: not a bundle: its objects are no array"
			    : "%s:%zu: not a bundle: it has no objects",
			input->name, scan->lines + scan_line(scan->start, begin));
	return true;
}

static bool read_item(struct bundle_reader *reader, struct scan *scan,
	const struct input *input, struct fail *fail)
{
	int first = scan_peek(scan); /* -1 at the end of an array that is not closed */
	const char *begin = scan->at;
	if (first == '{') {
		bool is_bundle;
		size_t keys = scan->key_count;
		if (!read_envelope(reader, scan, input, reader->typed, &is_bundle, fail))
			return false;
		if (is_bundle)
			return true;
		scan->at = begin;
		scan->key_count = keys;
	}
	reader->loose++;
	return read_object(reader, scan, input, fail);
}

bool bundle_read(struct bundle_reader *reader, const struct input *input, struct fail *fail)
{
	struct scan scan;
	struct scan_list list;
	bool ok = true;
	scan_init(&scan, input->data, input->len);
	scan.lines = input->lines;
	if (!input->lines && input->len >= 3 && !memcmp(input->data, "\xef\xbb\xbf", 3))
		scan.at += 3;
	for (int c; ok && (c = scan_peek(&scan)) != -1;) {
		if (c != '[') {
			ok = read_item(reader, &scan, input, fail);
			continue;
		}
		for (scan_open(&scan, &list); ok && scan_next(&scan, &list);) {
			scan_peek(&scan);
			ok = read_item(reader, &scan, input, fail);
		}
		ok = ok && !scan.error;
	}
	if (scan.error)
		scan_fail(&scan, input->name, fail);
	scan_release(&scan);
	return ok;
}

bool bundle_read_all(
	struct bundle_reader *reader, const struct inputs *inputs, struct fail *fail)
{
	for (size_t i = 0; i < inputs->count; i++)
		if (!bundle_read(reader, &inputs->all[i], fail))
			return false;
	if (!reader->bundles && !reader->objects)
		return fail_set(fail, FAIL_NO, "%s: nothing in it", inputs->all[0].name);
	return true;
}

void bundle_id(const struct bundle_reader *reader, struct buf *to)
{
	if (reader->bundles == 1 && !reader->loose && reader->id.len) {
		print_value(to, reader->id);
		return;
	}
	char text[UID_LEN + 1];
	uid_random(text);
	buf_format(to, "\"bundle--%s\"", text);
}

void bundle_head(const struct bundle_reader *reader, struct buf *to)
{
	buf_text(to, "{\"type\": \"bundle\", \"id\": ");
	bundle_id(reader, to);
	buf_text(to, ", \"spec_version\": \"2.1\", \"objects\": [");
}
