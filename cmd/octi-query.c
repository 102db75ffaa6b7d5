/* octi-query [-v NAME=STRING] [-j NAME=JSON] [-r PATH] [--all] [DOCUMENT | -f FILE]
 * octi-query list TYPE [--filter KEY[:OPERATOR]=VALUE,...] [--fields FIELDS | --stix | --ids]
 * octi-query get ID [--fields FIELDS | --stix]
 * octi-query export
 * Runs a GraphQL document and prints its data, or reads lists, objects and what an export job names. */
#include "bundle.h"
#include "clock.h"
#include "document.h"
#include "entity.h"
#include "export.h"
#include "input.h"
#include "page.h"
#include "platform.h"
#include "print.h"
#include "query.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static struct platform platform;
static const char *file, *path, *applicant, *draft, *after, *group, *search, *order, *fields;
static struct opt_list strings, values, filters;
static bool all, descending, stix, ids;
static uint64_t limit = UINT64_MAX, page_size = PAGE_SIZE;

static const struct opt options[] = {
	{ 'f', "file", "FILE", "read the document from FILE (- is stdin)", OPT_TEXT, &file },
	{ 'v', "variable", "NAME=STRING", "set a variable to a string", OPT_LIST, &strings },
	{ 'j', "json", "NAME=JSON", "set a variable to a JSON value", OPT_LIST, &values },
	{ 'r', "raw", "PATH", "print the value at PATH (a.b.c), strings without quotes",
		OPT_TEXT, &path },
	{ 0, "all", NULL, "follow the pages through $after; print the nodes, one a line",
		OPT_FLAG, &all },
	{ 0, "after", "CURSOR", "with --all, and list: begin after CURSOR", OPT_TEXT, &after },
	{ 0, "filter", "KEY[:OPERATOR]=VALUE,...",
		"list: only what is so; several are all wanted", OPT_LIST, &filters },
	{ 0, "filters", "JSON", "list: only what is in this FilterGroup", OPT_TEXT, &group },
	{ 0, "search", "TEXT", "list: only what is found by TEXT", OPT_TEXT, &search },
	{ 0, "order-by", "FIELD", "list: in the order of FIELD", OPT_TEXT, &order },
	{ 0, "desc", NULL, "list: the largest first", OPT_FLAG, &descending },
	{ 0, "limit", "N", "list: at most N elements", OPT_NUMBER, &limit },
	{ 0, "page", "N", "list: N elements at a time (500; at most 5000)", OPT_NUMBER,
		&page_size },
	{ 0, "fields", "FIELDS", "list, get: print these, in GraphQL: name,createdBy{id}",
		OPT_TEXT, &fields },
	{ 0, "stix", NULL, "list, get: print STIX", OPT_FLAG, &stix },
	{ 0, "ids", NULL, "list: print standard ids", OPT_FLAG, &ids },
	{ 0, "as", "USER", "on behalf of the user with the id USER (needs BYPASS)", OPT_TEXT,
		&applicant },
	{ 0, "draft", "ID", "within the draft ID; empty is outside of any", OPT_TEXT, &draft },
	PLATFORM_OPTIONS(platform, 0),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-query",
	.synopsis = "[-c FILE] [-s NAME=VALUE] [-v NAME=STRING] [-j NAME=JSON] [-r PATH] "
		    "[--all [--after CURSOR]] [--as USER] [--draft ID] [DOCUMENT | -f FILE]\n"
		    "       octi-query list TYPE [--filter KEY[:OPERATOR]=VALUE,...] "
		    "[--filters JSON] "
		    "[--search TEXT] [--order-by FIELD] [--desc] [--limit N] [--page N] "
		    "[--after CURSOR] [--fields FIELDS | --stix | --ids]\n"
		    "       octi-query get ID [--fields FIELDS | --stix]\n"
		    "       octi-query export",
	.summary = "Run a GraphQL document and print its data as one line of JSON; or print a "
		   "list, "
		   "an object,\nor the bundle that an export job asks for.",
	.options = options };

/* ---- printing ---- */

static bool write_out(const struct buf *bytes, struct fail *fail)
{
	return buf_ok(bytes, fail) &&
		(fwrite(buf_str(bytes), 1, bytes->len, stdout) == bytes->len ||
			fail_errno(fail, "stdout"));
}

static bool flush(void *ctx, struct fail *fail)
{
	(void)ctx;
	return !fflush(stdout) || fail_errno(fail, "stdout");
}

/* Prints a value, or what is at -r's path in it, on a line. */
static bool print_out(struct span value, struct buf *line, struct fail *fail)
{
	buf_clear(line);
	if (path && !span_find(value, path, &value))
		return fail_set(fail, FAIL_NO, "nothing at %s in the answer", path);
	if (path && *value.text == '"')
		span_decode(value, line);
	else
		print_line(line, value);
	buf_char(line, '\n');
	return write_out(line, fail);
}

/* ---- documents ---- */

/* The variables of the call, without the braces around them. */
static bool variables(struct buf *to, struct fail *fail)
{
	bool ok = true;
	for (size_t i = 0; ok && i < strings.count; i++)
		ok = document_variable(to, strings.items[i], false, fail);
	for (size_t i = 0; ok && i < values.count; i++)
		ok = document_variable(to, values.items[i], true, fail);
	return ok && buf_ok(to, fail);
}

static bool run_once(const char *document, const struct buf *vars, struct fail *fail)
{
	struct buf body = { 0 }, line = { 0 };
	struct span data;
	buf_char(&body, '{');
	buf_add(&body, buf_str(vars), vars->len);
	buf_char(&body, '}');
	bool ok = buf_ok(&body, fail) &&
		graphql_fetch(
			platform.graphql, document, body.data, &data.text, &data.len, fail) &&
		print_out(data, &line, fail);
	buf_release(&body);
	buf_release(&line);
	return ok;
}

/* While a list is printed. */
struct printed {
	struct buf line;
	size_t lacking; /* elements without the STIX or the id that is wanted */
};

static bool print_node(void *ctx, struct span node, struct fail *fail)
{
	struct printed *printed = ctx;
	return print_out(node, &printed->line, fail);
}

/* From here on a signal ends it as a failure does, so that it is said how to go on. */
static void catch_signals(void)
{
	clock_catch_signals();
	signal(SIGPIPE, SIG_DFL); /* who wants no more need not be told */
}

static bool run_all(const char *document, const struct buf *vars, struct fail *fail)
{
	struct pages pages = { .platform = &platform,
		.document = document,
		.variables = buf_str(vars),
		.limit = UINT64_MAX,
		.tries = 1 };
	if (!strstr(document, "$after"))
		return fail_set(fail, FAIL_USAGE, "--all needs a document with $after: ID");
	if (!strstr(document, "hasNextPage") || !strstr(document, "endCursor"))
		return fail_set(fail, FAIL_USAGE,
			"--all needs a document with pageInfo { hasNextPage endCursor }");
	if (after)
		buf_text(&pages.cursor, after);
	catch_signals();
	struct printed printed = { 0 };
	pages_each(&pages, print_node, flush, &printed, fail);
	if (fail->kind && pages.cursor.len)
		tool_say(&tool, "to go on: --after %s", pages.cursor.data);
	pages_release(&pages);
	buf_release(&printed.line);
	return !fail->kind;
}

static bool open_platform(struct fail *fail)
{
	return platform_open(&platform, &tool, fail) &&
		(!applicant || graphql_applicant(platform.graphql, applicant, fail)) &&
		(!draft || graphql_draft(platform.graphql, draft, fail));
}

static bool document(const char *operand, struct fail *fail)
{
	struct buf text = { 0 }, vars = { 0 };
	bool ok = document_read(file ? NULL : operand, file, &text, fail) &&
		open_platform(fail) && variables(&vars, fail) &&
		(all ? run_all(buf_str(&text), &vars, fail)
		     : run_once(buf_str(&text), &vars, fail));
	buf_release(&text);
	buf_release(&vars);
	return ok;
}

/* ---- list ---- */

/* Prints an element of a list as it is wanted. */
static bool print_element(void *ctx, struct span node, struct fail *fail)
{
	struct printed *printed = ctx;
	struct buf *line = &printed->line;
	struct span value;
	if (!stix && !ids)
		return print_out(node, line, fail);
	buf_clear(line);
	if (*node.text != '{')
		return true;
	if (ids && (span_find(node, "standard_id", &value) || span_find(node, "id", &value)))
		span_decode(value, line);
	else if (stix && span_find(node, "toStix", &value) && !entity_text(value, line, fail))
		return false;
	if (!line->len) {
		printed->lacking++;
		return true;
	}
	buf_char(line, '\n');
	return write_out(line, fail);
}

static void say_cursor(const struct pages *pages)
{
	if (pages->limit != UINT64_MAX)
		tool_say(&tool, "to go on: --after %s --limit %llu", pages->cursor.data,
			(unsigned long long)pages->limit);
	else
		tool_say(&tool, "to go on: --after %s", pages->cursor.data);
}

static bool print_pages(struct pages *pages, struct fail *fail)
{
	struct printed printed = { 0 };
	pages_each(pages, print_element, flush, &printed, fail);
	buf_release(&printed.line);
	if (fail->kind && fail->kind != FAIL_USAGE && pages->cursor.len)
		say_cursor(pages);
	if (!fail->kind && printed.lacking)
		return fail_set(fail, FAIL_NO, "%zu elements have no STIX and are left out",
			printed.lacking);
	return !fail->kind;
}

static bool list_as(const struct query *query, bool old, struct pages *pages, struct fail *fail)
{
	struct question question = { 0 };
	struct buf text = { 0 };
	bool ok = query_ask(query, old, &question, &text, fail);
	if (ok) {
		pages->document = buf_str(&text);
		pages->variables = buf_str(&question.variables);
		ok = (platform.graphql || open_platform(fail)) && print_pages(pages, fail);
	}
	question_release(&question);
	buf_release(&text);
	return ok;
}

static bool list(const char *type, struct fail *fail)
{
	struct query query = { .conditions = &filters,
		.group = group,
		.search = search,
		.order = order,
		.descending = descending,
		.fields = fields,
		.stix = stix,
		.ids = ids };
	if (!query_about(&query, type, fail))
		return false;
	if (page_size > PAGE_MAX) {
		tool_say(&tool, "warning: the platform gives at most %d elements at a time",
			PAGE_MAX);
		page_size = PAGE_MAX;
	}
	struct pages pages = {
		.platform = &platform, .size = page_size, .limit = limit, .tries = PAGE_TRIES
	};
	if (after)
		buf_text(&pages.cursor, after);
	catch_signals();
	bool ok = list_as(&query, false, &pages, fail);
	if (!ok && !pages.asked && query_is_newer(&query, platform.graphql, fail)) {
		platform_say(
			&platform, "%s; asking as of a platform before 5.12", fail_text(fail));
		fail_clear(fail);
		ok = list_as(&query, true, &pages, fail);
	}
	pages_release(&pages);
	return ok;
}

/* ---- get ---- */

static bool get(const char *id, struct fail *fail)
{
	struct buf line = { 0 };
	struct span value;
	bool ok = open_platform(fail);
	if (ok && stix) {
		ok = entity_find(&platform, id, &line, fail);
		if (ok && !line.len)
			ok = fail_set(fail, FAIL_NO, "%s: not found", id);
		buf_char(&line, '\n');
		ok = ok && write_out(&line, fail);
	} else if (ok) {
		ok = entity_fields(&platform, id, fields, &value, fail) &&
			print_out(value, &line, fail);
	}
	buf_release(&line);
	return ok;
}

/* ---- export ---- */

/* Prints an object of the bundle, which begins with the first one. */
static bool print_object(void *begun, struct span object, struct fail *fail)
{
	struct buf head = { 0 };
	struct bundle_reader none = { 0 };
	if (*(bool *)begun)
		buf_text(&head, ", ");
	else
		bundle_head(&none, &head);
	*(bool *)begun = true;
	buf_add(&head, object.text, object.len);
	bool ok = write_out(&head, fail);
	buf_release(&head);
	return ok;
}

static bool run_export(const struct export_job *job, struct fail *fail)
{
	struct export_count count = { 0 };
	struct span nothing = { "", 0 };
	bool begun = false;
	if (!applicant && job->applicant_id.len)
		applicant = job->applicant_id.data;
	if (!open_platform(fail) ||
		!export_run(&platform, job, print_object, &begun, &count, fail))
		return false;
	if (job->named && !count.roots)
		return fail_set(fail, FAIL_NO,
			"nothing to export: not found, or marked above what the export may "
			"hold");
	if (count.roots < job->named)
		tool_say(&tool,
			"%zu of %zu elements are left out: not found, or marked above what "
			"the export may hold",
			job->named - count.roots, job->named);
	platform_say(&platform, "%zu objects; %zu kept back", count.written, count.refused);
	if (!begun && !print_object(&begun, nothing, fail))
		return false;
	return fputs("]}\n", stdout) >= 0 || fail_errno(fail, "stdout");
}

static bool export(struct fail *fail)
{
	struct export_job job = { 0 };
	struct input input;
	struct scan scan;
	struct span message;
	if (!input_open(&input, getenv("OCTI_JOB"), fail))
		return false;
	scan_init(&scan, input.data, input.len);
	bool ok = scan_value(&scan, &message);
	if (ok && scan_peek(&scan) != -1)
		scan.error = "text after the job";
	if (scan.error)
		ok = scan_fail(&scan, input.name, fail);
	scan_release(&scan);
	if (ok && !export_job_read(&job, message, fail))
		ok = fail_at(fail, "%s", input.name);
	ok = ok && run_export(&job, fail);
	export_job_release(&job);
	input_close(&input);
	return ok;
}

/* ---- the call ---- */

enum verb { DOCUMENT = 1, LIST = 2, GET = 4, EXPORT = 8 };

static enum verb verb_of(const char *operand)
{
	if (!operand || file)
		return DOCUMENT;
	return !strcmp(operand, "list")      ? LIST
		: !strcmp(operand, "get")    ? GET
		: !strcmp(operand, "export") ? EXPORT
					     : DOCUMENT;
}

/* Refuses options that have no meaning here. */
static void check_options(enum verb verb)
{
	const struct {
		bool given;
		const char *name, *with;
		int verbs;
	} rules[] = {
		{ strings.count, "-v", "a document", DOCUMENT },
		{ values.count, "-j", "a document", DOCUMENT },
		{ all, "--all", "a document", DOCUMENT },
		{ path, "-r", "a document, list and get", DOCUMENT | LIST | GET },
		{ after && !all, "--after", "--all", LIST },
		{ filters.count, "--filter", "list", LIST },
		{ group, "--filters", "list", LIST },
		{ search, "--search", "list", LIST },
		{ order, "--order-by", "list", LIST },
		{ descending, "--desc", "list", LIST },
		{ limit != UINT64_MAX, "--limit", "list", LIST },
		{ page_size != PAGE_SIZE, "--page", "list", LIST },
		{ ids, "--ids", "list", LIST },
		{ fields, "--fields", "list and get", LIST | GET },
		{ stix, "--stix", "list and get", LIST | GET },
	};
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (rules[i].given && !(rules[i].verbs & (int)verb))
			tool_usage(&tool, "%s goes with %s", rules[i].name, rules[i].with);
	if (!!fields + stix + ids > 1)
		tool_usage(&tool, "one of --fields, --stix and --ids only");
	if (path && (stix || ids))
		tool_usage(&tool, "-r does not go with --stix and --ids");
	if (fields && !query_is_selection(fields))
		tool_usage(&tool, "--fields: not a list of fields: %s", fields);
	if (order && !question_is_name(order))
		tool_usage(&tool, "--order-by: not the name of a field: %s", order);
	if (descending && !order)
		tool_usage(&tool, "--desc goes with --order-by");
	if (!page_size)
		tool_usage(&tool, "--page: at least 1");
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	enum verb verb = verb_of(argv[first]);
	char **operands = argv + first + (verb != DOCUMENT);
	int count = argc - first - (verb != DOCUMENT);
	int wanted = verb == EXPORT || file ? 0 : 1;
	if (verb == DOCUMENT && count > wanted)
		tool_usage(&tool, "one document only: %s", operands[wanted]);
	if (count > wanted)
		tool_usage(&tool, "too many operands: %s", operands[wanted]);
	if (verb & (LIST | GET) && count < 1)
		tool_usage(
			&tool, "%s needs %s", argv[first], verb == LIST ? "a TYPE" : "an ID");
	check_options(verb);
	if (!applicant)
		applicant = getenv("OCTI_APPLICANT_ID");
	if (!draft)
		draft = getenv("OCTI_DRAFT_ID");
	if (verb == DOCUMENT)
		document(operands[0], &fail);
	else if (verb == LIST)
		list(operands[0], &fail);
	else if (verb == GET)
		get(operands[0], &fail);
	else
		export(&fail);
	platform_close(&platform);
	free(strings.items);
	free(values.items);
	free(filters.items);
	return tool_end(&tool, &fail);
}
