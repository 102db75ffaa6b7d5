#include "parcel.h"

#include "print.h"
#include "stix.h"

#include <stdlib.h>
#include <string.h>

/* Adds the list with the organizations that it lacks, or just them when it is none. */
static void print_granted(struct span list, const char *organizations, struct buf *to)
{
	struct buf more = { 0 };
	struct span element, organization;
	print_list(&more, organizations);
	if (!list.len || *list.text != '[') {
		buf_text(to, buf_str(&more));
		buf_release(&more);
		return;
	}
	buf_char(to, '[');
	const char *comma = "";
	for (const char *at = list.text + 1; span_member(&at, NULL, &element); comma = ", ") {
		buf_text(to, comma);
		print_value(to, element);
	}
	for (const char *at = buf_str(&more) + 1; span_member(&at, NULL, &organization);) {
		bool known = false;
		for (const char *in = list.text + 1;
			!known && span_member(&in, NULL, &element);)
			known = element.len == organization.len &&
				!memcmp(element.text, organization.text, element.len);
		if (known)
			continue;
		buf_text(to, comma);
		print_value(to, organization);
		comma = ", ";
	}
	buf_char(to, ']');
	buf_release(&more);
}

/* Adds the object with one member replaced by what `print` makes of it, or with it added. */
static void print_with(struct span object, const char *name,
	void (*print)(struct span, const char *, struct buf *), const char *organizations,
	struct buf *to)
{
	struct span key, value;
	bool done = false, first = true;
	buf_char(to, '{');
	for (const char *at = object.text + 1; span_member(&at, &key, &value); first = false) {
		buf_text(to, first ? "" : ", ");
		print_value(to, key);
		buf_text(to, ": ");
		if (span_is(key, name)) {
			print(value, organizations, to);
			done = true;
		} else {
			print_value(to, value);
		}
	}
	if (!done) {
		buf_text(to, first ? "" : ", ");
		print_text(to, name);
		buf_text(to, ": ");
		print((struct span){ 0 }, organizations, to);
	}
	buf_char(to, '}');
}

static void print_extension(struct span extension, const char *organizations, struct buf *to)
{
	print_with(extension, "granted_refs", print_granted, organizations, to);
}

static void print_extensions(struct span extensions, const char *organizations, struct buf *to)
{
	print_with(extensions, STIX_OPENCTI_EXTENSION, print_extension, organizations, to);
}

/* The object shared with the organizations: in OpenCTI's extension when it has it, else in
 * x_opencti_granted_refs (pycti, send_stix2_bundle). */
static void print_shared(struct span object, const char *organizations, struct buf *to)
{
	struct span extensions, extension;
	bool extended = span_find(object, "extensions", &extensions) &&
		*extensions.text == '{' &&
		span_find(extensions, STIX_OPENCTI_EXTENSION, &extension) &&
		*extension.text == '{';
	print_with(object, extended ? "extensions" : "x_opencti_granted_refs",
		extended ? print_extensions : print_granted, organizations, to);
}

static bool keep_copy(struct parcel *parcel, struct buf *text, struct fail *fail)
{
	if (parcel->copy_count == parcel->copy_cap) {
		size_t cap = parcel->copy_cap ? parcel->copy_cap * 2 : 64;
		char **copies = realloc(parcel->copies, cap * sizeof *copies);
		if (!copies)
			return fail_memory(fail);
		parcel->copies = copies;
		parcel->copy_cap = cap;
	}
	char *copy = buf_take(text);
	if (!copy)
		return fail_memory(fail);
	parcel->copies[parcel->copy_count++] = copy;
	return true;
}

static bool keep_object(struct parcel *parcel, struct span object, struct fail *fail)
{
	if (parcel->object_count == parcel->object_cap) {
		size_t cap = parcel->object_cap ? parcel->object_cap * 2 : 64;
		struct span *objects = realloc(parcel->objects, cap * sizeof *objects);
		if (!objects)
			return fail_memory(fail);
		parcel->objects = objects;
		parcel->object_cap = cap;
	}
	parcel->objects[parcel->object_count++] = object;
	return true;
}

/* Takes an object in from a copy that is shared with the organizations. */
static bool take_shared(struct parcel *parcel, struct scan *scan, struct fail *fail)
{
	struct buf text = { 0 };
	struct span object;
	if (!scan_value(scan, &object))
		return false;
	print_shared(object, parcel->options.organizations, &text);
	size_t len = text.len;
	if (!buf_ok(&text, fail) || !keep_copy(parcel, &text, fail)) {
		buf_release(&text);
		return false;
	}
	const char *copy = parcel->copies[parcel->copy_count - 1];
	struct scan again;
	scan_init(&again, copy, len);
	bool ok = (!parcel->options.whole ||
			  keep_object(parcel, (struct span){ copy, len }, fail)) &&
		split_add(parcel->split, &again, fail);
	if (again.error)
		fail_memory(fail);
	scan_release(&again);
	return ok;
}

static bool take_object(void *ctx, struct scan *scan, struct fail *fail)
{
	struct parcel *parcel = ctx;
	if (parcel->options.organizations)
		return take_shared(parcel, scan, fail);
	const char *begin = scan->at;
	return split_add(parcel->split, scan, fail) &&
		(!parcel->options.whole ||
			keep_object(parcel, (struct span){ begin, (size_t)(scan->at - begin) },
				fail));
}

static bool begin(
	struct parcel *parcel, const struct parcel_options *options, struct fail *fail)
{
	parcel->options = *options;
	parcel->reader = (struct bundle_reader){ .object = take_object, .ctx = parcel };
	parcel->split = split_new();
	return parcel->split || fail_memory(fail);
}

static bool finish(struct parcel *parcel, struct fail *fail)
{
	if (!parcel->reader.objects)
		return fail_set(fail, FAIL_NO, "nothing to import: no objects");
	if (!split_run(parcel->split, parcel->options.cleanup, fail))
		return false;
	if (!split_count(parcel->split))
		return fail_set(fail, FAIL_NO,
			"nothing to import: none of the %zu objects is supported",
			parcel->reader.objects);
	bundle_id(&parcel->reader, &parcel->id);
	return buf_ok(&parcel->id, fail);
}

bool parcel_read(struct parcel *parcel, const struct parcel_options *options,
	char *const *operands, size_t count, struct fail *fail)
{
	return begin(parcel, options, fail) &&
		inputs_open(&parcel->inputs, operands, count, fail) &&
		bundle_read_all(&parcel->reader, &parcel->inputs, fail) && finish(parcel, fail);
}

bool parcel_take(struct parcel *parcel, const struct parcel_options *options, const char *name,
	struct span bytes, struct fail *fail)
{
	struct input input = { .name = name, .data = bytes.text, .len = bytes.len };
	return begin(parcel, options, fail) && bundle_read(&parcel->reader, &input, fail) &&
		finish(parcel, fail);
}

void parcel_release(struct parcel *parcel)
{
	split_free(parcel->split);
	free(parcel->objects);
	for (size_t i = 0; i < parcel->copy_count; i++)
		free(parcel->copies[i]);
	free(parcel->copies);
	buf_release(&parcel->id);
	inputs_close(&parcel->inputs);
	*parcel = (struct parcel){ 0 };
}

void parcel_part(const struct parcel *parcel, size_t index, struct buf *to)
{
	split_part(parcel->split, index, parcel->id.data, parcel->options.event_version, to);
}

void parcel_whole(const struct parcel *parcel, struct buf *to)
{
	buf_text(to, "{\"type\": \"bundle\", \"id\": ");
	buf_text(to, parcel->id.data);
	buf_text(to, ", \"spec_version\": \"2.1\", \"objects\": [");
	for (size_t i = 0; i < parcel->object_count; i++) {
		buf_text(to, i ? ", " : "");
		print_merged(to, parcel->objects[i]);
	}
	buf_char(to, ']');
	if (parcel->options.event_version) {
		buf_text(to, ", \"x_opencti_event_version\": ");
		print_text(to, parcel->options.event_version);
	}
	buf_char(to, '}');
}
