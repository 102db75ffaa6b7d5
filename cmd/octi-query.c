/* octi-query [-v NAME=STRING] [-j NAME=JSON] [-r PATH] [--all] [DOCUMENT | -f FILE]
 * Runs a GraphQL document and prints its data, or the nodes of all pages of a list. */
#include "input.h"
#include "platform.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

static struct platform platform;
static const char *file, *path, *applicant, *draft, *after;
static struct opt_list strings, values;
static bool all;

static const struct opt options[] = {
	{ 'f', "file", "FILE", "read the document from FILE (- is stdin)", OPT_TEXT, &file },
	{ 'v', "variable", "NAME=STRING", "set a variable to a string", OPT_LIST, &strings },
	{ 'j', "json", "NAME=JSON", "set a variable to a JSON value", OPT_LIST, &values },
	{ 'r', "raw", "PATH", "print the value at PATH (a.b.c), strings without quotes", OPT_TEXT,
		&path },
	{ 0, "all", NULL, "follow the pages through $after; print the nodes, one a line", OPT_FLAG,
		&all },
	{ 0, "after", "CURSOR", "with --all: begin after CURSOR", OPT_TEXT, &after },
	{ 0, "as", "USER", "on behalf of the user with the id USER (needs BYPASS)", OPT_TEXT,
		&applicant },
	{ 0, "draft", "ID", "within the draft ID; empty is outside of any", OPT_TEXT, &draft },
	PLATFORM_OPTIONS(platform, 0),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-query",
	.synopsis = "[-c FILE] [-s NAME=VALUE] [-v NAME=STRING] [-j NAME=JSON] [-r PATH] "
		    "[--all [--after CURSOR]] [--as USER] [--draft ID] [DOCUMENT | -f FILE]",
	.summary = "Run a GraphQL document and print its data as one line of JSON.",
	.options = options };

/* Adds `"NAME": value` for NAME=TEXT. */
static bool add_variable(struct buf *to, const char *pair, bool json, struct fail *fail)
{
	const char *equal = strchr(pair, '=');
	if (!equal || equal == pair)
		return fail_set(fail, FAIL_USAGE, "not NAME=%s: %s", json ? "JSON" : "STRING", pair);
	buf_text(to, to->len > 1 ? ", " : "");
	print_string(to, pair, (size_t)(equal - pair));
	buf_text(to, ": ");
	if (!json) {
		print_text(to, equal + 1);
		return true;
	}
	struct scan scan;
	struct span value;
	scan_init(&scan, equal + 1, strlen(equal + 1));
	bool ok = scan_value(&scan, &value) && scan_peek(&scan) == -1;
	if (ok)
		print_value(to, value);
	else
		fail_set(fail, FAIL_USAGE, "%.*s: not JSON: %s", (int)(equal - pair), pair, equal + 1);
	scan_release(&scan);
	return ok;
}

/* The variables of the call; cursor NULL leaves $after as it is given, or unset. */
static bool variables(struct buf *to, const char *cursor, struct fail *fail)
{
	bool ok = true;
	buf_clear(to);
	buf_char(to, '{');
	for (size_t i = 0; ok && i < strings.count; i++)
		ok = add_variable(to, strings.items[i], false, fail);
	for (size_t i = 0; ok && i < values.count; i++)
		ok = add_variable(to, values.items[i], true, fail);
	if (ok && cursor) {
		buf_text(to, to->len > 1 ? ", \"after\": " : "\"after\": ");
		print_text(to, cursor);
	}
	buf_char(to, '}');
	return ok && buf_ok(to, fail);
}

/* Prints a value, or what is at -r's path in it, on a line. */
static bool print_out(struct span value, struct buf *line, struct fail *fail)
{
	buf_clear(line);
	if (path && !scan_find(value, path, &value))
		return fail_set(fail, FAIL_NO, "nothing at %s in the answer", path);
	if (path && *value.text == '"')
		scan_decode(value, line);
	else
		print_line(line, value);
	buf_char(line, '\n');
	return buf_ok(line, fail) &&
		(fwrite(line->data, 1, line->len, stdout) == line->len || fail_errno(fail, "stdout"));
}

static bool run_once(const char *document, struct fail *fail)
{
	struct buf vars = { 0 }, line = { 0 };
	struct span data;
	bool ok = variables(&vars, NULL, fail) &&
		graphql_fetch(platform.graphql, document, vars.data, &data.text, &data.len, fail) &&
		print_out(data, &line, fail);
	buf_release(&vars);
	buf_release(&line);
	return ok;
}

/* The first object, depth first, that has a pageInfo and edges or nodes. */
static bool find_list(struct span value, struct span *list)
{
	struct span key, member, ignored;
	const char *at = value.text + 1;
	if (*value.text == '{' && scan_find(value, "pageInfo", &ignored) &&
		(scan_find(value, "edges", &ignored) || scan_find(value, "nodes", &ignored))) {
		*list = value;
		return true;
	}
	if (*value.text != '{' && *value.text != '[')
		return false;
	while (scan_member(&at, *value.text == '{' ? &key : NULL, &member))
		if (find_list(member, list))
			return true;
	return false;
}

static bool print_nodes(struct span list, struct buf *line, size_t *count, struct fail *fail)
{
	struct span nodes, node, inner;
	bool edges = scan_find(list, "edges", &nodes);
	*count = 0;
	if (!edges)
		scan_find(list, "nodes", &nodes);
	if (*nodes.text != '[')
		return true;
	for (const char *at = nodes.text + 1; scan_member(&at, NULL, &node); ++*count) {
		if (edges && scan_find(node, "node", &inner))
			node = inner;
		if (!print_out(node, line, fail))
			return false;
	}
	return !fflush(stdout) || fail_errno(fail, "stdout");
}

static bool run_all(const char *document, struct fail *fail)
{
	struct buf vars = { 0 }, line = { 0 }, cursor = { 0 }, last = { 0 };
	struct span data, list, info;
	size_t count = 0;
	bool ok = true, more = true;
	if (!strstr(document, "$after"))
		return fail_set(fail, FAIL_USAGE, "--all needs a document with $after: ID");
	if (!strstr(document, "hasNextPage") || !strstr(document, "endCursor"))
		return fail_set(fail, FAIL_USAGE,
			"--all needs a document with pageInfo { hasNextPage endCursor }");
	if (after)
		buf_text(&cursor, after);
	while (ok && more) {
		const char *from = cursor.len ? cursor.data : NULL;
		ok = buf_ok(&cursor, fail) && variables(&vars, from, fail) &&
			graphql_fetch(platform.graphql, document, vars.data, &data.text, &data.len, fail);
		if (!ok)
			break;
		if (!find_list(data, &list)) {
			ok = fail_set(fail, FAIL_NO, "no list with a pageInfo in the answer");
			break;
		}
		ok = print_nodes(list, &line, &count, fail);
		more = count && scan_find(list, "pageInfo.hasNextPage", &info) && *info.text == 't';
		buf_clear(&last);
		buf_add(&last, buf_str(&cursor), cursor.len);
		if (ok && more && scan_find(list, "pageInfo.endCursor", &info) && *info.text == '"') {
			buf_clear(&cursor);
			scan_decode(info, &cursor);
		}
		if (ok && more && !strcmp(buf_str(&last), buf_str(&cursor)))
			ok = fail_set(fail, FAIL_NO, "the pages do not go on: the cursor stays %s",
				buf_str(&cursor));
	}
	if (!ok && cursor.len)
		tool_say(&tool, "to go on: --after %s", cursor.data);
	buf_release(&vars);
	buf_release(&line);
	buf_release(&cursor);
	buf_release(&last);
	return ok;
}

static bool run(const char *operand, struct fail *fail)
{
	struct buf document = { 0 };
	struct input input;
	if (operand && !file) {
		buf_text(&document, operand);
	} else {
		if (!input_open(&input, file, fail))
			return false;
		buf_add(&document, input.data, input.len);
		input_close(&input);
	}
	const char *text = buf_str(&document), *end = text + document.len;
	for (size_t n; text < end; text += n)
		if (!*text || !(n = scan_utf8(text, end))) {
			buf_release(&document);
			return fail_set(fail, FAIL_USAGE, "the document is not UTF-8 text");
		}
	bool ok = buf_ok(&document, fail) && platform_open(&platform, &tool, fail) &&
		(!applicant || graphql_applicant(platform.graphql, applicant, fail)) &&
		(!draft || graphql_draft(platform.graphql, draft, fail));
	ok = ok && (all ? run_all(buf_str(&document), fail) : run_once(buf_str(&document), fail));
	buf_release(&document);
	return ok;
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	if (argc - first > (file ? 0 : 1))
		tool_usage(&tool, "one document only: %s", argv[first + !file]);
	if (!applicant)
		applicant = getenv("OCTI_APPLICANT_ID");
	if (!draft)
		draft = getenv("OCTI_DRAFT_ID");
	if (after && !all)
		tool_usage(&tool, "--after goes with --all");
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	run(argv[first], &fail);
	platform_close(&platform);
	free(strings.items);
	free(values.items);
	return tool_end(&tool, &fail);
}
