/* filter: the groups that conditions make, and how groups are put together. */
#include "filter.h"

#include "check.h"

static const struct {
	const char *condition, *wanted; /* the filter; or the failure */
	bool ok;
} table[] = {
	{ "name=a",
		"{\"key\": [\"name\"], \"operator\": \"eq\", \"values\": [\"a\"], \"mode\": "
		"\"or\"}",
		true },
	{ "name=a=b:c",
		"{\"key\": [\"name\"], \"operator\": \"eq\", \"values\": [\"a=b:c\"], "
		"\"mode\": \"or\"}",
		true },
	{ "name:eq=a,b",
		"{\"key\": [\"name\"], \"operator\": \"eq\", \"values\": [\"a\", \"b\"], "
		"\"mode\": \"or\"}",
		true },
	{ "name:not_eq=a,b",
		"{\"key\": [\"name\"], \"operator\": \"not_eq\", \"values\": [\"a\", \"b\"], "
		"\"mode\": "
		"\"and\"}",
		true },
	{ "hashes.SHA-256:match=a",
		"{\"key\": [\"hashes.SHA-256\"], \"operator\": \"match\", \"values\": [\"a\"], "
		"\"mode\": "
		"\"or\"}",
		true },
	{ "a:b:lt=1",
		"{\"key\": [\"a:b\"], \"operator\": \"lt\", \"values\": [\"1\"], \"mode\": "
		"\"or\"}",
		true },
	{ "name=a\\,b\\,,\\c\\",
		"{\"key\": [\"name\"], \"operator\": \"eq\", \"values\": [\"a,b,\", "
		"\"\\\\c\\\\\"], "
		"\"mode\": \"or\"}",
		true },
	{ "name=,",
		"{\"key\": [\"name\"], \"operator\": \"eq\", \"values\": [\"\", \"\"], "
		"\"mode\": \"or\"}",
		true },
	{ "name=\"\xc3\xa9",
		"{\"key\": [\"name\"], \"operator\": \"eq\", \"values\": [\"\\\"\\u00e9\"], "
		"\"mode\": "
		"\"or\"}",
		true },
	{ "name:nil=",
		"{\"key\": [\"name\"], \"operator\": \"nil\", \"values\": [], \"mode\": "
		"\"or\"}",
		true },
	{ "name:not_nil=",
		"{\"key\": [\"name\"], \"operator\": \"not_nil\", \"values\": [], \"mode\": "
		"\"and\"}",
		true },
	{ "created:within=a,b",
		"{\"key\": [\"created\"], \"operator\": \"within\", \"values\": [\"a\", "
		"\"b\"], \"mode\": "
		"\"or\"}",
		true },
	{ "name:only_eq_to=a",
		"{\"key\": [\"name\"], \"operator\": \"only_eq_to\", \"values\": [\"a\"], "
		"\"mode\": \"or\"}",
		true },
	{ "", "not KEY[:OPERATOR]=VALUE,...: ", false },
	{ "name", "not KEY[:OPERATOR]=VALUE,...: name", false },
	{ "=a", "not KEY[:OPERATOR]=VALUE,...: =a", false },
	{ ":eq=a", "not KEY[:OPERATOR]=VALUE,...: :eq=a", false },
	{ "name:=a", "name:=a: no such operator: ", false },
	{ "name:EQ=a", "name:EQ=a: no such operator: EQ", false },
	{ "name:eqq=a", "name:eqq=a: no such operator: eqq", false },
	{ "name:eq=", "name:eq=: no value; name:nil= is for what has none", false },
	{ "name:not_nil=a", "name:not_nil=a: not_nil takes no values", false },
	{ "a:within=1,2,3", "a:within=1,2,3: within takes two values, from and to", false },
};

static void conditions(void)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const char *item = table[i].condition;
		struct opt_list list = { &item, 1 };
		struct buf group = { 0 }, wanted = { 0 };
		struct fail fail = { 0 };
		bool ok = filter_print(&list, NULL, &group, &fail);
		CHECK(ok == table[i].ok);
		if (ok) {
			buf_format(&wanted,
				"{\"mode\": \"and\", \"filters\": [%s], \"filterGroups\": []}",
				table[i].wanted);
			CHECK_TEXT(group.data, wanted.data);
		} else {
			CHECK_FAIL(&fail, FAIL_USAGE, table[i].wanted);
		}
		buf_release(&group);
		buf_release(&wanted);
	}
}

static struct span span(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static void groups(void)
{
	static const char full[] =
		"{\"mode\": \"or\", \"filters\": [{}], \"filterGroups\": []}";
	static const char nested[] =
		"{\"mode\": \"or\", \"filters\": [], \"filterGroups\": [{}]}";
	static const char empty[] =
		"{\"filterGroups\": [ ], \"filters\": [ ], \"mode\": \"or\"}";
	struct fail fail = { 0 };
	struct buf to = { 0 };
	struct opt_list none = { NULL, 0 };
	CHECK(!filter_is_empty(span(full)) && !filter_is_empty(span(nested)));
	CHECK(filter_is_empty(span(empty)) && filter_is_empty(span("null")) &&
		filter_is_empty((struct span){ NULL, 0 }));

	struct span all[] = { span(empty), span(full), { NULL, 0 }, span(nested) };
	filter_join(all, 1, &to);
	CHECK_TEXT(buf_str(&to), "");
	filter_join(all, 3, &to);
	CHECK_TEXT(buf_str(&to), full);
	buf_clear(&to);
	filter_join(all, 4, &to);
	CHECK_TEXT(buf_str(&to),
		"{\"mode\": \"and\", \"filters\": [], \"filterGroups\": [{\"mode\": \"or\", "
		"\"filters\": [{}], "
		"\"filterGroups\": []}, {\"mode\": \"or\", \"filters\": [], \"filterGroups\": "
		"[{}]}]}");

	buf_clear(&to);
	filter_any_of("ids", "\"a\", \"b\"", span(empty), &to);
	CHECK_TEXT(buf_str(&to),
		"{\"mode\": \"and\", \"filters\": [{\"key\": [\"ids\"], \"operator\": \"eq\", "
		"\"values\": "
		"[\"a\", \"b\"], \"mode\": \"or\"}], \"filterGroups\": []}");

	buf_clear(&to);
	CHECK(filter_print(&none, full, &to, &fail));
	CHECK_TEXT(buf_str(&to), full);
	CHECK(!filter_print(&none, "{\"mode\":\"or\"}", &to, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE,
		"--filters: a group needs mode, filters and filterGroups; filters is missing");
	buf_release(&to);
}

static void old(void)
{
	const char *items[] = { "name:not_eq=a\\,b,c", "createdBy:nil=" };
	struct opt_list list = { items, 2 };
	struct buf to = { 0 };
	filter_print_old(&list, &to);
	CHECK_TEXT(buf_str(&to),
		"[{ key: [name], values: [\"a,b\", \"c\"], operator: \"not_eq\", filterMode: "
		"and }, "
		"{ key: [createdBy], values: [], operator: \"nil\", filterMode: or }]");
	buf_release(&to);
}

int main(void)
{
	conditions();
	groups();
	old();
	return check_end("filter");
}
