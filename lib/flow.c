#include "flow.h"

#include <string.h>

static const char wanted[] = "objects", digits[] = "0123456789abcdef";
enum { WANTED = sizeof wanted - 1 };

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool wrong(const struct flow *flow, char c, struct fail *fail)
{
	return fail_set(fail, FAIL_NO, "after object %zu: no STIX object begins with '%c'",
		flow->count, c);
}

/* The next letter of a key, which may yet be the one that is wanted. */
static void match(struct flow *flow, unsigned letter)
{
	bool same = flow->matched < WANTED && letter == (unsigned char)wanted[flow->matched];
	flow->matched = same ? flow->matched + 1 : -1;
}

/* A digit of an escaped letter of a key. */
static void match_digit(struct flow *flow, char c)
{
	const char *digit = strchr(digits, c | 0x20);
	if (!c || !digit)
		flow->matched = -1;
	else
		flow->letter = flow->letter * 16 + (unsigned)(digit - digits);
	if (!--flow->digits && flow->matched >= 0)
		match(flow, flow->letter);
}

/* Is in a string, and comes to its end sooner or later. */
static void pass_string(struct flow *flow, char c)
{
	bool matching = flow->wants_key && flow->matched >= 0;
	if (flow->escaped) {
		flow->escaped = false;
		flow->letter = 0;
		if (c == 'u')
			flow->digits = 4;
		else /* no letter of the one that is wanted */
			flow->matched = -1;
	} else if (c == '\\') {
		flow->escaped = true;
	} else if (c == '"') {
		flow->in_string = false;
		flow->digits = 0;
	} else if (matching && flow->digits) {
		match_digit(flow, c);
	} else if (matching) {
		match(flow, (unsigned char)c);
	}
}

/* Is in an item or object, outside of strings. */
static void pass(struct flow *flow, char c)
{
	bool top = flow->place == FLOW_ITEM && flow->depth == 1;
	if (c == '"') {
		flow->in_string = true;
		if (top && flow->wants_key)
			flow->matched = 0;
	} else if (c == '{' || c == '[') {
		flow->depth++;
	} else if (c == '}' || c == ']') {
		flow->depth--;
	} else if (top && c == ':') {
		flow->wants_key = false;
	} else if (top && c == ',') {
		flow->wants_key = true;
		flow->matched = -1;
	}
}

static bool begin(struct flow *flow, int place)
{
	flow->place = place;
	flow->depth = 1;
	flow->bundle = false;
	flow->wants_key = true;
	flow->matched = -1;
	return true;
}

/* Between items. */
static bool pass_outside(struct flow *flow, char c, struct fail *fail)
{
	static const char mark[] = "\xef\xbb\xbf";
	if (c == '{')
		return begin(flow, FLOW_ITEM);
	if (flow->mark < 3 && !flow->count && c == mark[flow->mark]) {
		flow->mark++;
		return true;
	}
	if (c == '[')
		flow->arrays++;
	else if (c == ']' && flow->arrays)
		flow->arrays--;
	else if (!is_space(c) && !(c == ',' && flow->arrays))
		return wrong(flow, c, fail);
	return true;
}

/* Between the objects of a bundle. */
static bool pass_objects(struct flow *flow, char c, struct fail *fail)
{
	if (c == '{') {
		flow->place = FLOW_OBJECT;
		flow->depth = 1;
	} else if (c == ']') {
		flow->place = FLOW_ITEM;
		flow->matched = -1;
	} else if (c != ',' && !is_space(c)) {
		return wrong(flow, c, fail);
	}
	return true;
}

static bool too_long(const struct flow *flow, struct fail *fail)
{
	return fail_set(fail, FAIL_NO, "object %zu is longer than %zu bytes", flow->count + 1,
		flow->most);
}

/* Hands over the text of what has just been closed. */
static bool finish(struct flow *flow, struct fail *fail)
{
	bool whole = flow->place == FLOW_OBJECT || !flow->bundle;
	flow->place = flow->place == FLOW_OBJECT ? FLOW_OBJECTS : FLOW_OUTSIDE;
	flow->depth = 1;
	if (!whole)
		return true;
	if (flow->text.state == BUF_FULL)
		return too_long(flow, fail);
	if (!buf_ok(&flow->text, fail))
		return false;
	flow->count++;
	bool ok = flow->object(flow->ctx, flow->text.data, flow->text.len, fail);
	buf_clear(&flow->text);
	return ok;
}

bool flow_add(struct flow *flow, const char *bytes, size_t n, struct fail *fail)
{
	size_t from = 0; /* what is open and not yet in `text` begins here */
	flow->text.max = flow->most;
	for (size_t i = 0; i < n; i++) {
		char c = bytes[i];
		if (flow->in_string) {
			pass_string(flow, c);
			continue;
		}
		if (flow->place == FLOW_OUTSIDE || flow->place == FLOW_OBJECTS) {
			bool ok = flow->place == FLOW_OUTSIDE ? pass_outside(flow, c, fail)
							      : pass_objects(flow, c, fail);
			if (!ok)
				return false;
			from = i;
			continue;
		}
		if (flow->place == FLOW_ITEM && flow->depth == 1 && c == '[' &&
			!flow->wants_key && flow->matched == WANTED) {
			if (!flow->bundle)
				buf_add(&flow->text, bytes + from, i - from);
			if (flow->text.state == BUF_FULL)
				return too_long(flow, fail);
			flow->bundle = true;
			flow->place = FLOW_OBJECTS;
			buf_clear(&flow->text);
			continue;
		}
		pass(flow, c);
		if (flow->depth)
			continue;
		if (flow->place == FLOW_OBJECT || !flow->bundle)
			buf_add(&flow->text, bytes + from, i + 1 - from);
		if (!finish(flow, fail))
			return false;
	}
	bool open = flow->place == FLOW_OBJECT || (flow->place == FLOW_ITEM && !flow->bundle);
	if (open)
		buf_add(&flow->text, bytes + from, n - from);
	return !open || flow->text.state != BUF_FULL || too_long(flow, fail);
}

bool flow_end(const struct flow *flow, struct fail *fail)
{
	if (flow->place == FLOW_OUTSIDE && !flow->arrays)
		return true;
	return fail_set(
		fail, FAIL_NO, "after object %zu: the output ends in the middle", flow->count);
}

void flow_release(struct flow *flow)
{
	buf_release(&flow->text);
}
