#include "object.h"

#include "array.h"

#include <stdlib.h>

bool object_read(struct object *object, struct scan *scan, struct fail *fail)
{
	struct scan_list list;
	struct span value;
	const char *begin = scan->at;
	object->count = 0;
	object->escaped = false;
	object->id = object->type = (struct span){ "", 0 };
	scan->repeated = false;
	for (scan_open(scan, &list); scan_next(scan, &list);) {
		object->escaped = object->escaped || list.escaped;
		scan->escaped = false;
		if (!scan_value(scan, &value))
			return false;
		if (object->count == object->all_cap &&
			!ARRAY_RESERVE(object, all, object->count + 1, fail))
			return false;
		object->all[object->count++] = (struct member){ list.key, value };
		if (*value.text != '"' || scan->escaped)
			continue;
		if (span_equals(list.key, "id"))
			object->id = text_inside(value);
		else if (span_equals(list.key, "type"))
			object->type = text_inside(value);
	}
	object->text = (struct span){ begin, (size_t)(scan->at - begin) };
	object->repeated = scan->repeated;
	return !scan->error;
}

void object_release(struct object *object)
{
	free(object->all);
	*object = (struct object){ 0 };
}

const struct member *object_member(const struct object *object, const char *name)
{
	size_t n = strlen(name);
	for (size_t i = object->count; i--;) {
		struct span key = object->all[i].key;
		if (object->escaped ? span_is(key, name)
				    : key.len == n + 2 && !memcmp(key.text + 1, name, n))
			return &object->all[i];
	}
	return NULL;
}

const struct span *object_get(const struct object *object, const char *name)
{
	const struct member *member = object_member(object, name);
	return member ? &member->value : NULL;
}

bool object_text(const struct object *object, const char *name, struct span *text)
{
	const struct span *value = object_get(object, name);
	if (!value || *value->text != '"' || !span_is_raw(*value))
		return false;
	*text = text_inside(*value);
	return true;
}
