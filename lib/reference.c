#include "reference.h"

#include "print.h"

#include <string.h>

static bool equal(struct span text, const char *wanted)
{
	return text.len == strlen(wanted) && !memcmp(text.text, wanted, text.len);
}

static bool ends(struct span text, const char *end)
{
	size_t n = strlen(end);
	return text.len > n && !memcmp(text.text + text.len - n, end, n);
}

static struct span inside(struct span string)
{
	return (struct span){ string.text + 1, string.len - 2 };
}

/* What a JSON string refers to. */
static bool is_reference(struct span value, struct span *id)
{
	if (*value.text != '"' || !span_is_raw(value))
		return false;
	*id = inside(value);
	for (size_t i = 1; i < id->len; i++)
		if (id->text[i] == '-' && id->text[i - 1] == '-')
			return true;
	return false;
}

void references_open(struct references *references, struct span object)
{
	*references = (struct references){ .at = object.text + 1 };
}

bool references_next(struct references *references)
{
	struct span key, value;
	for (;;) {
		if (references->list) {
			if (!span_member(&references->list, NULL, &value))
				references->list = NULL;
			else if (is_reference(value, &references->id))
				return true;
			continue;
		}
		if (!span_member(&references->at, &key, &value))
			return false;
		references->key = inside(key);
		if (ends(references->key, "_refs") && *value.text == '[')
			references->list = value.text + 1;
		else if (ends(references->key, "_ref") && is_reference(value, &references->id))
			return true;
	}
}

bool reference_is_content(struct span key)
{
	return equal(key, "object_refs");
}

bool reference_is_end(struct span key)
{
	return equal(key, "source_ref") || equal(key, "target_ref") ||
		equal(key, "sighting_of_ref") || equal(key, "where_sighted_refs");
}

/* Adds what stays of a list, with its brackets; returns how many. */
static size_t prune_list(
	struct span key, struct span list, reference_keep_fn *keep, void *ctx, struct buf *to)
{
	const char *at = list.text + 1;
	struct span value, id;
	size_t count = 0;
	buf_char(to, '[');
	while (span_member(&at, NULL, &value)) {
		if (is_reference(value, &id) && !keep(ctx, key, id))
			continue;
		buf_text(to, count++ ? "," : "");
		print_line(to, value);
	}
	buf_char(to, ']');
	return count;
}

void reference_prune(struct span object, reference_keep_fn *keep, void *ctx, struct buf *to)
{
	const char *at = object.text + 1, *comma = "";
	struct span key, value, id;
	struct buf list = { 0 };
	buf_char(to, '{');
	while (span_member(&at, &key, &value)) {
		struct span name = inside(key);
		buf_clear(&list);
		if (ends(name, "_refs") && *value.text == '[') {
			bool full = prune_list(name, value, keep, ctx, &list);
			if (!full && *span_space(value.text + 1) != ']' &&
				!reference_is_content(name))
				continue;
		} else if (ends(name, "_ref") && is_reference(value, &id) &&
			!keep(ctx, name, id)) {
			continue;
		}
		buf_text(to, comma);
		print_line(to, key);
		buf_char(to, ':');
		if (list.len)
			buf_add(to, list.data, list.len);
		else
			print_line(to, value);
		comma = ",";
		if (list.state != BUF_OK)
			to->state = list.state;
	}
	buf_char(to, '}');
	buf_release(&list);
}
