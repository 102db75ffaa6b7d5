#include "filter.h"

#include "print.h"

#include <string.h>

static const char *const operators[] = { "eq", "not_eq", "lt", "lte", "gt", "gte", "match",
	"wildcard", "contains", "not_contains", "ends_with", "not_ends_with", "starts_with",
	"not_starts_with", "script", "nil", "not_nil", "search", "within", "only_eq_to",
	"not_only_eq_to", "has_changed", "not_has_changed", NULL };

/* A condition in parts, borrowed from its text. */
struct condition {
	const char *key, *operator, * values;
	size_t key_len, operator_len;
};

static bool is_operator(const struct condition *condition, const char *name)
{
	return strlen(name) == condition->operator_len &&
		!memcmp(name, condition->operator, condition->operator_len);
}

/* Whether it takes no values: whether there is one is the question. */
static bool is_nil(const struct condition *condition)
{
	return is_operator(condition, "nil") || is_operator(condition, "not_nil");
}

/* The mode that people mean: a=1,2 is either, a:not_eq=1,2 is neither; within is one range. */
static const char *mode_of(const struct condition *condition)
{
	return condition->operator_len > 4 && !memcmp(condition->operator, "not_", 4) ? "and"
										      : "or";
}

static bool parse(const char *text, struct condition *condition, struct fail *fail)
{
	const char *equal = strchr(text, '=');
	if (!equal || equal == text)
		return fail_set(fail, FAIL_USAGE, "not KEY[:OPERATOR]=VALUE,...: %s", text);
	const char *colon = equal;
	while (colon > text && *colon != ':')
		colon--;
	*condition = (struct condition){ text, "eq", equal + 1, (size_t)(equal - text), 2 };
	if (*colon == ':') {
		condition->key_len = (size_t)(colon - text);
		condition->operator= colon + 1;
		condition->operator_len = (size_t)(equal - colon - 1);
	}
	if (!condition->key_len)
		return fail_set(fail, FAIL_USAGE, "not KEY[:OPERATOR]=VALUE,...: %s", text);
	for (const char *const *name = operators; *name; name++)
		if (is_operator(condition, *name))
			return true;
	return fail_set(fail, FAIL_USAGE, "%s: no such operator: %.*s", text,
		(int)condition->operator_len, condition->operator);
}

/* One past the value that begins at `at`: at a comma or at the end. */
static const char *value_end(const char *at)
{
	while (*at && *at != ',')
		at += *at == '\\' && at[1] == ',' ? 2 : 1;
	return at;
}

/* Adds the values as JSON strings, which are GraphQL strings too; returns how many. */
static size_t print_values(const char *values, struct buf *to)
{
	size_t count = 0;
	struct buf value = { 0 };
	for (const char *at = values, *end; *values; at = end + 1) {
		end = value_end(at);
		buf_clear(&value);
		for (const char *c = at; c < end; c++)
			if (*c != '\\' || c[1] != ',')
				buf_char(&value, *c);
		buf_text(to, count++ ? ", " : "");
		print_string(to, buf_str(&value), value.len);
		if (value.state != BUF_OK)
			to->state = value.state;
		if (!*end)
			break;
	}
	buf_release(&value);
	return count;
}

static bool print_condition(const char *text, struct buf *to, struct fail *fail)
{
	struct condition condition;
	if (!parse(text, &condition, fail))
		return false;
	buf_text(to, "{\"key\": [");
	print_string(to, condition.key, condition.key_len);
	buf_text(to, "], \"operator\": ");
	print_string(to, condition.operator, condition.operator_len);
	buf_text(to, ", \"values\": [");
	size_t count = print_values(condition.values, to);
	buf_format(to, "], \"mode\": \"%s\"}", mode_of(&condition));
	if (is_nil(&condition) && count)
		return fail_set(fail, FAIL_USAGE, "%s: %.*s takes no values", text,
			(int)condition.operator_len, condition.operator);
	if (!is_nil(&condition) && !count)
		return fail_set(fail, FAIL_USAGE,
			"%s: no value; %.*s:nil= is for what has none", text,
			(int)condition.key_len, condition.key);
	if (is_operator(&condition, "within") && count != 2)
		return fail_set(
			fail, FAIL_USAGE, "%s: within takes two values, from and to", text);
	return true;
}

/* Finds the group in its text, and checks its form. */
static bool check_group(const char *text, struct span *group, struct fail *fail)
{
	static const char *const members[] = { "mode", "filters", "filterGroups" };
	struct scan scan;
	struct span member;
	scan_init(&scan, text, strlen(text));
	bool ok = scan_value(&scan, group) && scan_peek(&scan) == -1;
	if (scan.error && !strcmp(scan.error, "out of memory"))
		fail_memory(fail);
	else if (!ok)
		fail_set(fail, FAIL_USAGE, "--filters: not JSON: %s", text);
	else if (*group->text != '{')
		ok = fail_set(fail, FAIL_USAGE, "--filters: not a JSON object: %s", text);
	for (size_t i = 0; ok && i < 3; i++)
		if (!span_find(*group, members[i], &member))
			ok = fail_set(fail, FAIL_USAGE,
				"--filters: a group needs mode, filters and filterGroups; %s "
				"is "
				"missing",
				members[i]);
	scan_release(&scan);
	return ok;
}

bool filter_print(
	const struct opt_list *conditions, const char *group, struct buf *to, struct fail *fail)
{
	struct span whole = { NULL, 0 };
	if (group && !check_group(group, &whole, fail))
		return false;
	if (group && !conditions->count) {
		print_value(to, whole);
		return true;
	}
	buf_text(to, "{\"mode\": \"and\", \"filters\": [");
	for (size_t i = 0; i < conditions->count; i++) {
		buf_text(to, i ? ", " : "");
		if (!print_condition(conditions->items[i], to, fail))
			return false;
	}
	buf_text(to, "], \"filterGroups\": [");
	print_value(to, whole);
	buf_text(to, "]}");
	return true;
}

void filter_print_old(const struct opt_list *conditions, struct buf *to)
{
	struct fail ignored = { 0 };
	buf_char(to, '[');
	for (size_t i = 0; i < conditions->count; i++) {
		struct condition condition;
		if (!parse(conditions->items[i], &condition, &ignored))
			break;
		buf_format(to, "%s{ key: [%.*s], values: [", i ? ", " : "",
			(int)condition.key_len, condition.key);
		print_values(condition.values, to);
		buf_format(to, "], operator: \"%.*s\", filterMode: %s }",
			(int)condition.operator_len, condition.operator, mode_of(&condition));
	}
	buf_char(to, ']');
	fail_clear(&ignored);
}

bool filter_is_empty(struct span group)
{
	static const char *const lists[] = { "filters", "filterGroups" };
	struct span list;
	if (!group.text || *group.text != '{')
		return true;
	for (size_t i = 0; i < 2; i++)
		if (span_find(group, lists[i], &list) && *list.text == '[' &&
			*span_space(list.text + 1) != ']')
			return false;
	return true;
}

void filter_join(const struct span *groups, size_t count, struct buf *to)
{
	size_t full = 0, last = 0;
	for (size_t i = 0; i < count; i++)
		if (!filter_is_empty(groups[i])) {
			full++;
			last = i;
		}
	if (full == 1)
		print_value(to, groups[last]);
	if (full < 2)
		return;
	buf_text(to, "{\"mode\": \"and\", \"filters\": [], \"filterGroups\": [");
	const char *comma = "";
	for (size_t i = 0; i < count; i++) {
		if (filter_is_empty(groups[i]))
			continue;
		buf_text(to, comma);
		print_value(to, groups[i]);
		comma = ", ";
	}
	buf_text(to, "]}");
}

void filter_any_of(const char *key, const char *values, struct span also, struct buf *to)
{
	buf_text(to, "{\"mode\": \"and\", \"filters\": [{\"key\": [");
	print_text(to, key);
	buf_text(to, "], \"operator\": \"eq\", \"values\": [");
	buf_text(to, values);
	buf_text(to, "], \"mode\": \"or\"}], \"filterGroups\": [");
	if (!filter_is_empty(also))
		print_value(to, also);
	buf_text(to, "]}");
}
