#include "pointer.h"

#include <string.h>

bool pointer_valid(const char *pointer)
{
	if (*pointer && *pointer != '/')
		return false;
	for (const char *c = pointer; (c = strchr(c, '~')); c++)
		if (c[1] != '0' && c[1] != '1')
			return false;
	return true;
}

/* Compares a key, decoded, with a token of a pointer, in which ~1 is / and ~0 is ~. */
static bool key_is(const char *key, size_t len, const char *token, size_t n)
{
	for (; len && n; len--, n--) {
		char c = *token++;
		if (c == '~') {
			c = *token++ == '0' ? '~' : '/';
			n--;
		}
		if (*key++ != c)
			return false;
	}
	return !len && !n;
}

static bool in_object(
	struct span object, const char *token, size_t n, struct buf *room, struct span *found)
{
	const char *at = object.text + 1;
	struct span key, value;
	bool is_found = false;
	while (span_member(&at, &key, &value)) {
		struct span name = { key.text + 1, key.len - 2 };
		if (!span_is_raw(key)) {
			buf_clear(room);
			span_decode(key, room);
			if (room->state != BUF_OK)
				return false;
			name = (struct span){ buf_str(room), room->len };
		}
		if (key_is(name.text, name.len, token, n)) {
			*found = value;
			is_found = true;
		}
	}
	return is_found;
}

static bool in_array(struct span array, const char *token, size_t n, struct span *found)
{
	const char *at = array.text + 1;
	uint64_t index = 0;
	struct span value;
	if (!n || n > 19 || (*token == '0' && n > 1))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (token[i] < '0' || token[i] > '9')
			return false;
		index = index * 10 + (uint64_t)(token[i] - '0');
	}
	while (span_member(&at, NULL, &value))
		if (!index--) {
			*found = value;
			return true;
		}
	return false;
}

bool pointer_find(const char *pointer, struct span value, struct buf *room, struct span *found)
{
	while (*pointer) {
		const char *token = pointer + 1;
		size_t n = strcspn(token, "/");
		if (*value.text == '{'
				? !in_object(value, token, n, room, &value)
				: *value.text != '[' || !in_array(value, token, n, &value))
			return false;
		pointer = token + n;
	}
	*found = value;
	return true;
}
