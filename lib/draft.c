#include "draft.h"

#include "array.h"
#include "canonical.h"
#include "print.h"

#include <stdlib.h>

static struct span key_of(const struct draft *draft, const struct draft_field *field)
{
	return (struct span){ draft->made.data + field->key, field->key_len };
}

static struct span value_of(const struct draft *draft, const struct draft_field *field)
{
	return (struct span){ field->text ? field->text : draft->made.data + field->at,
		field->len };
}

static struct draft_field *find(const struct draft *draft, const char *key, size_t len)
{
	for (size_t i = 0; i < draft->count; i++) {
		struct draft_field *field = &draft->fields[i];
		if (field->key_len == len && !memcmp(draft->made.data + field->key, key, len))
			return field;
	}
	return NULL;
}

/* The field with that key, which may lie in `made`; a new one without value if need be. */
static struct draft_field *field_of(
	struct draft *draft, const char *key, size_t len, struct fail *fail)
{
	struct draft_field *field = find(draft, key, len);
	if (field)
		return field;
	if (!ARRAY_RESERVE(draft, fields, draft->count + 1, fail))
		return NULL;
	field = &draft->fields[draft->count++];
	*field = (struct draft_field){ .key = draft->made.len, .key_len = len };
	buf_add(&draft->made, key, len);
	return buf_ok(&draft->made, fail) ? field : NULL;
}

bool draft_read(struct draft *draft, struct span object, struct fail *fail)
{
	const char *at = object.text + 1;
	struct span key, value;
	struct buf decoded = { 0 };
	bool ok = true;
	draft->count = 0;
	buf_clear(&draft->made);
	while (ok && span_member(&at, &key, &value)) {
		struct span name = { key.text + 1, key.len - 2 };
		if (!span_is_raw(key)) {
			buf_clear(&decoded);
			span_decode(key, &decoded);
			name = (struct span){ buf_str(&decoded), decoded.len };
		}
		struct draft_field *field = field_of(draft, name.text, name.len, fail);
		ok = field && buf_ok(&decoded, fail);
		if (ok) {
			field->text = value.text;
			field->len = *value.text == 'n' ? 0 : value.len;
		}
	}
	buf_release(&decoded);
	return ok;
}

bool draft_get(const struct draft *draft, const char *key, struct span *value)
{
	const struct draft_field *field = find(draft, key, strlen(key));
	if (!field || !field->len)
		return false;
	*value = value_of(draft, field);
	return true;
}

bool draft_has(const struct draft *draft, const char *key)
{
	struct span value;
	return draft_get(draft, key, &value);
}

bool draft_is(const struct draft *draft, const char *key, const char *text)
{
	struct span value;
	return draft_get(draft, key, &value) && span_is(value, text);
}

void draft_at(const struct draft *draft, size_t n, struct span *key, struct span *value)
{
	*key = key_of(draft, &draft->fields[n]);
	*value = value_of(draft, &draft->fields[n]);
}

void draft_drop(struct draft *draft, const char *key)
{
	struct draft_field *field = find(draft, key, strlen(key));
	if (field)
		field->len = 0;
}

bool draft_rename(struct draft *draft, size_t n, const char *key, struct fail *fail)
{
	struct draft_field *field = &draft->fields[n], *other = find(draft, key, strlen(key));
	if (other) {
		other->text = field->text;
		other->at = field->at;
		other->len = field->len;
		field->len = 0;
		return true;
	}
	field->key = draft->made.len;
	field->key_len = strlen(key);
	buf_text(&draft->made, key);
	return buf_ok(&draft->made, fail);
}

struct buf *draft_make(struct draft *draft)
{
	draft->mark = draft->made.len;
	return &draft->made;
}

bool draft_set(struct draft *draft, const char *key, struct fail *fail)
{
	size_t at = draft->mark, len = draft->made.len - at;
	struct draft_field *field = field_of(draft, key, strlen(key), fail);
	if (!field || !buf_ok(&draft->made, fail))
		return false;
	field->text = NULL;
	field->at = at;
	field->len = len;
	return true;
}

bool draft_set_json(struct draft *draft, const char *key, const char *json, struct fail *fail)
{
	buf_text(draft_make(draft), json);
	return draft_set(draft, key, fail);
}

bool draft_set_text(struct draft *draft, const char *key, const char *text, struct fail *fail)
{
	canonical_string(draft_make(draft), text, strlen(text));
	return draft_set(draft, key, fail);
}

bool draft_extend(struct draft *draft, const char *key, struct span elements, struct fail *fail)
{
	struct span old, element, had;
	struct buf list = { 0 };
	if (!draft_get(draft, key, &old) || *old.text != '[')
		old = (struct span){ "[]", 2 };
	bool any = *span_space(old.text + 1) != ']';
	buf_add(&list, old.text, old.len - 1);
	for (const char *at = elements.text + 1; span_member(&at, NULL, &element);) {
		bool known = false;
		for (const char *p = old.text + 1; !known && span_member(&p, NULL, &had);)
			known = had.len == element.len &&
				!memcmp(had.text, element.text, had.len);
		if (known)
			continue;
		buf_text(&list, any ? "," : "");
		buf_add(&list, element.text, element.len);
		any = true;
	}
	buf_char(&list, ']');
	bool ok = buf_ok(&list, fail) && draft_set_json(draft, key, buf_str(&list), fail);
	buf_release(&list);
	return ok;
}

bool draft_extend_text(
	struct draft *draft, const char *key, const char *text, struct fail *fail)
{
	struct buf list = { 0 };
	buf_char(&list, '[');
	canonical_string(&list, text, strlen(text));
	buf_char(&list, ']');
	bool ok = buf_ok(&list, fail) &&
		draft_extend(draft, key, (struct span){ buf_str(&list), list.len }, fail);
	buf_release(&list);
	return ok;
}

static void print_field(
	const struct draft *draft, const struct draft_field *field, struct buf *to, bool *any)
{
	struct span key = key_of(draft, field);
	buf_text(to, *any ? "," : "");
	canonical_string(to, key.text, key.len);
	buf_char(to, ':');
	print_line(to, value_of(draft, field));
	*any = true;
}

static bool is_among(struct span key, const char *const *names)
{
	for (; *names; names++)
		if (key.len && **names == *key.text && strlen(*names) == key.len &&
			!memcmp(*names, key.text, key.len))
			return true;
	return false;
}

void draft_print(const struct draft *draft, const char *const *first, struct buf *to)
{
	bool any = false;
	buf_char(to, '{');
	for (const char *const *name = first; *name; name++) {
		const struct draft_field *field = find(draft, *name, strlen(*name));
		if (field && field->len)
			print_field(draft, field, to, &any);
	}
	for (size_t i = 0; i < draft->count; i++) {
		const struct draft_field *field = &draft->fields[i];
		if (field->len && !is_among(key_of(draft, field), first))
			print_field(draft, field, to, &any);
	}
	buf_char(to, '}');
}

void draft_release(struct draft *draft)
{
	free(draft->fields);
	buf_release(&draft->made);
	*draft = (struct draft){ 0 };
}
