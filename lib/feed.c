#include "feed.h"

static const char wanted[] = "objects";
enum { WANTED = sizeof wanted - 1 };

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bool wrong(const struct feed *feed, char c, struct fail *fail)
{
	return fail_set(fail, FAIL_NO, "after object %zu: no STIX object begins with '%c'",
		feed->count, c);
}

/* Is in a string, and comes to its end sooner or later. */
static void pass_string(struct feed *feed, char c)
{
	if (feed->escaped) {
		feed->escaped = false;
	} else if (c == '\\') {
		feed->escaped = true;
		feed->matched = -1;
	} else if (c == '"') {
		feed->in_string = false;
	} else if (feed->wants_key && feed->matched >= 0) {
		bool same = feed->matched < WANTED && c == wanted[feed->matched];
		feed->matched = same ? feed->matched + 1 : -1;
	}
}

/* Is in an item or object, outside of strings. */
static void pass(struct feed *feed, char c)
{
	bool top = feed->place == FEED_ITEM && feed->depth == 1;
	if (c == '"') {
		feed->in_string = true;
		if (top && feed->wants_key)
			feed->matched = 0;
	} else if (c == '{' || c == '[') {
		feed->depth++;
	} else if (c == '}' || c == ']') {
		feed->depth--;
	} else if (top && c == ':') {
		feed->wants_key = false;
	} else if (top && c == ',') {
		feed->wants_key = true;
		feed->matched = -1;
	}
}

static bool begin(struct feed *feed, int place)
{
	feed->place = place;
	feed->depth = 1;
	feed->bundle = false;
	feed->wants_key = true;
	feed->matched = -1;
	return true;
}

/* Between items. */
static bool pass_outside(struct feed *feed, char c, struct fail *fail)
{
	static const char mark[] = "\xef\xbb\xbf";
	if (c == '{')
		return begin(feed, FEED_ITEM);
	if (feed->mark < 3 && !feed->count && c == mark[feed->mark]) {
		feed->mark++;
		return true;
	}
	if (c == '[')
		feed->arrays++;
	else if (c == ']' && feed->arrays)
		feed->arrays--;
	else if (!is_space(c) && !(c == ',' && feed->arrays))
		return wrong(feed, c, fail);
	return true;
}

/* Between the objects of a bundle. */
static bool pass_objects(struct feed *feed, char c, struct fail *fail)
{
	if (c == '{') {
		feed->place = FEED_OBJECT;
		feed->depth = 1;
	} else if (c == ']') {
		feed->place = FEED_ITEM;
		feed->matched = -1;
	} else if (c != ',' && !is_space(c)) {
		return wrong(feed, c, fail);
	}
	return true;
}

/* Hands over the text of what has just been closed. */
static bool finish(struct feed *feed, struct fail *fail)
{
	bool whole = feed->place == FEED_OBJECT || !feed->bundle;
	feed->place = feed->place == FEED_OBJECT ? FEED_OBJECTS : FEED_OUTSIDE;
	feed->depth = 1;
	if (!whole)
		return true;
	if (feed->text.state == BUF_FULL)
		return fail_set(fail, FAIL_NO, "object %zu is longer than %zu bytes",
			feed->count + 1, feed->most);
	if (!buf_ok(&feed->text, fail))
		return false;
	feed->count++;
	bool ok = feed->object(feed->ctx, feed->text.data, feed->text.len, fail);
	buf_clear(&feed->text);
	return ok;
}

bool feed_add(struct feed *feed, const char *bytes, size_t n, struct fail *fail)
{
	size_t from = 0; /* what is open and not yet in `text` begins here */
	feed->text.max = feed->most;
	for (size_t i = 0; i < n; i++) {
		char c = bytes[i];
		if (feed->in_string) {
			pass_string(feed, c);
			continue;
		}
		if (feed->place == FEED_OUTSIDE || feed->place == FEED_OBJECTS) {
			bool ok = feed->place == FEED_OUTSIDE ? pass_outside(feed, c, fail)
							      : pass_objects(feed, c, fail);
			if (!ok)
				return false;
			from = i;
			continue;
		}
		if (feed->place == FEED_ITEM && feed->depth == 1 && c == '[' &&
			!feed->wants_key && feed->matched == WANTED) {
			feed->bundle = true;
			feed->place = FEED_OBJECTS;
			buf_clear(&feed->text);
			continue;
		}
		pass(feed, c);
		if (feed->depth)
			continue;
		if (feed->place == FEED_OBJECT || !feed->bundle)
			buf_add(&feed->text, bytes + from, i + 1 - from);
		if (!finish(feed, fail))
			return false;
	}
	bool open = feed->place == FEED_OBJECT || (feed->place == FEED_ITEM && !feed->bundle);
	if (open)
		buf_add(&feed->text, bytes + from, n - from);
	return !open || feed->text.state != BUF_FULL ||
		fail_set(fail, FAIL_NO, "object %zu is longer than %zu bytes", feed->count + 1,
			feed->most);
}

bool feed_end(const struct feed *feed, struct fail *fail)
{
	if (feed->place == FEED_OUTSIDE && !feed->arrays)
		return true;
	return fail_set(
		fail, FAIL_NO, "after object %zu: the output ends in the middle", feed->count);
}

void feed_release(struct feed *feed)
{
	buf_release(&feed->text);
}
