#include "work.h"

#include "json.h"
#include "print.h"

#include <string.h>

/* The message that marks a work in which an expectation is held open. */
static const char held[] = "octi: one expectation is held open until the work is processed";

static const char fields[] =
	"id name user { name } timestamp status event_source_id received_time processed_time"
	" completed_time tracking { import_expected_number import_processed_number }"
	" messages { timestamp message sequence source } errors { timestamp message sequence "
	"source }";

/* Runs a mutation of one work; more: further variables, "" or ", ...". */
static bool edit(struct platform *platform, const char *document, const char *id,
	const char *more, struct fail *fail)
{
	struct buf variables = { 0 };
	buf_text(&variables, "{\"id\": ");
	print_text(&variables, id);
	buf_text(&variables, more);
	buf_char(&variables, '}');
	struct json *data = buf_ok(&variables, fail)
		? graphql_call(platform->graphql, document, variables.data, fail)
		: NULL;
	bool ok = data;
	json_free(data);
	buf_release(&variables);
	return ok;
}

static bool edit_text(struct platform *platform, const char *document, const char *id,
	const char *key, const char *text, struct fail *fail)
{
	struct buf more = { 0 };
	buf_format(&more, ", \"%s\": ", key);
	print_text_or_null(&more, text);
	bool ok = buf_ok(&more, fail) && edit(platform, document, id, more.data, fail);
	buf_release(&more);
	return ok;
}

static bool add_work(struct platform *platform, const char *connector_id, const char *name,
	bool multipart, struct buf *id, struct fail *fail)
{
	struct buf variables = { 0 };
	buf_text(&variables, "{\"connectorId\": ");
	print_text(&variables, connector_id);
	buf_text(&variables, ", \"friendlyName\": ");
	print_text_or_null(&variables, name);
	buf_text(&variables, multipart ? ", \"isMultiPartWork\": true}" : "}");
	const char *document = multipart
		? "mutation workAdd($connectorId: String!, $friendlyName: String, "
		  "$isMultiPartWork: Boolean) {"
		  " workAdd(connectorId: $connectorId, friendlyName: $friendlyName,"
		  " isMultiPartWork: $isMultiPartWork) { id } }"
		: "mutation workAdd($connectorId: String!, $friendlyName: String) {"
		  " workAdd(connectorId: $connectorId, friendlyName: $friendlyName) { id } }";
	struct json *data = buf_ok(&variables, fail)
		? graphql_call(platform->graphql, document, variables.data, fail)
		: NULL;
	buf_release(&variables);
	if (!data && !strcmp(graphql_code(platform->graphql), "INTERNAL_SERVER_ERROR"))
		fail_set(fail, fail->kind, "%s (is connector %s registered?)", fail_text(fail),
			connector_id);
	if (!data)
		return false;
	const char *text = json_text(data, "workAdd.id");
	if (!text)
		fail_set(fail, FAIL_RETRY, "workAdd: the answer has no work");
	else
		buf_text(id, text);
	bool ok = text && buf_ok(id, fail);
	json_free(data);
	return ok;
}

bool work_start(struct platform *platform, const char *connector_id, const char *name,
	const char *message, struct buf *id, struct fail *fail)
{
	size_t begin = id->len;
	if (add_work(platform, connector_id, name, true, id, fail))
		return !message || work_received(platform, id->data + begin, message, fail);
	if (!graphql_outdated(platform->graphql))
		return false;
	platform_say(
		platform, "the platform has no multipart works; an expectation is held open");
	fail_clear(fail);
	return add_work(platform, connector_id, name, false, id, fail) &&
		work_received(platform, id->data + begin, held, fail) &&
		work_expect(platform, id->data + begin, 1, fail) &&
		(!message || work_received(platform, id->data + begin, message, fail));
}

bool work_received(
	struct platform *platform, const char *id, const char *message, struct fail *fail)
{
	return edit_text(platform,
		"mutation workToReceived($id: ID!, $message: String) {"
		" workEdit(id: $id) { toReceived(message: $message) } }",
		id, "message", message, fail);
}

bool work_expect(struct platform *platform, const char *id, long long count, struct fail *fail)
{
	struct buf more = { 0 };
	buf_format(&more, ", \"expectations\": %lld", count);
	bool ok = buf_ok(&more, fail) &&
		edit(platform,
			"mutation addExpectations($id: ID!, $expectations: Int) {"
			" workEdit(id: $id) { addExpectations(expectations: $expectations) } }",
			id, more.data, fail);
	buf_release(&more);
	return ok;
}

bool work_report(struct platform *platform, const char *id, const char *error,
	const char *source, struct fail *fail)
{
	struct buf more = { 0 };
	buf_text(&more, ", \"error\": ");
	if (error || source) {
		buf_text(&more, "{\"error\": ");
		print_text_or_null(&more, error);
		buf_text(&more, ", \"source\": ");
		print_text_or_null(&more, source);
		buf_char(&more, '}');
	} else {
		buf_text(&more, "null");
	}
	bool ok = buf_ok(&more, fail) &&
		edit(platform,
			"mutation reportExpectation($id: ID!, $error: WorkErrorInput) {"
			" workEdit(id: $id) { reportExpectation(error: $error) } }",
			id, more.data, fail);
	buf_release(&more);
	return ok;
}

bool work_draft(
	struct platform *platform, const char *id, const char *draft_id, struct fail *fail)
{
	return edit_text(platform,
		"mutation addDraftContext($id: ID!, $draftContext: String) {"
		" workEdit(id: $id) { addDraftContext(draftContext: $draftContext) } }",
		id, "draftContext", draft_id, fail);
}

bool work_ping(struct platform *platform, const char *id, struct fail *fail)
{
	return edit(platform, "mutation pingWork($id: ID!) { workEdit(id: $id) { ping } }", id,
		"", fail);
}

bool work_delete(struct platform *platform, const char *id, struct fail *fail)
{
	return edit(platform,
		"mutation ConnectorWorksMutation($id: ID!) { workEdit(id: $id) { delete } }",
		id, "", fail);
}

static bool is_held(const struct json *work)
{
	const struct json *message = json_at(json_get(work, "messages"), 0);
	for (; message; message = json_next(message)) {
		const char *text = json_text(message, "message");
		if (text && !strcmp(text, held))
			return true;
	}
	return false;
}

/* Whether the work is there, and whether an expectation is held open in it. */
static bool look(
	struct platform *platform, const char *id, bool *alive, bool *open, struct fail *fail)
{
	*alive = *open = false;
	struct json *data = graphql_call_with(platform->graphql,
		"query WorkAliveQuery($id: ID!) { isWorkAlive(id: $id) }", "id", id, fail);
	if (data) {
		*alive = json_true(data, "isWorkAlive");
		json_free(data);
		return true;
	}
	if (!graphql_outdated(platform->graphql)) /* it is a question of 7 */
		return false;
	fail_clear(fail);
	struct json *work = work_show(platform, id, NULL, fail);
	*alive = work;
	*open = is_held(work);
	json_free(work);
	if (!work && fail->kind == FAIL_NO && !*graphql_code(platform->graphql))
		fail_clear(fail);
	return !fail->kind;
}

bool work_alive(struct platform *platform, const char *id, bool *alive, struct fail *fail)
{
	bool open;
	return look(platform, id, alive, &open, fail);
}

bool work_processed(struct platform *platform, const char *id, const char *message,
	bool in_error, struct fail *fail)
{
	struct buf more = { 0 };
	bool alive, open;
	if (!look(platform, id, &alive, &open, fail))
		return false;
	if (!alive)
		return fail_set(fail, FAIL_NO, "there is no work %s", id);
	buf_text(&more, ", \"message\": ");
	print_text_or_null(&more, message);
	buf_format(&more, ", \"inError\": %s", in_error ? "true" : "false");
	bool ok = buf_ok(&more, fail) &&
		edit(platform,
			"mutation workToProcessed($id: ID!, $message: String, $inError: "
			"Boolean) {"
			" workEdit(id: $id) { toProcessed(message: $message, inError: "
			"$inError) } }",
			id, more.data, fail) &&
		(!open || work_report(platform, id, NULL, NULL, fail));
	buf_release(&more);
	return ok;
}

struct json *work_show(
	struct platform *platform, const char *id, struct buf *to, struct fail *fail)
{
	struct buf document = { 0 };
	struct span data, work;
	struct json *json = NULL;
	buf_format(&document, "query WorkQuery($id: ID!) { work(id: $id) { %s } }", fields);
	if (buf_ok(&document, fail) &&
		graphql_fetch_with(platform->graphql, document.data, "id", id, &data, fail)) {
		if (!span_find(data, "work", &work) || *work.text != '{') {
			fail_set(fail, FAIL_NO, "there is no work %s", id);
		} else {
			json = json_parse(work.text, work.len, fail);
			if (to)
				print_line(to, work);
		}
	}
	buf_release(&document);
	return json;
}

bool work_find_draft(
	struct platform *platform, const char *id, struct buf *draft_id, struct fail *fail)
{
	struct json *data = graphql_call_with(platform->graphql,
		"query WorkDraftQuery($id: ID!) { work(id: $id) { draft_context } }", "id", id,
		fail);
	if (!data)
		return false;
	const char *found = json_text(data, "work.draft_context");
	buf_text(draft_id, found ? found : "");
	json_free(data);
	return buf_ok(draft_id, fail);
}

bool work_list(struct platform *platform, const char *connector_id, uint64_t limit,
	struct buf *to, struct fail *fail)
{
	struct buf document = { 0 }, after = { 0 }, variables = { 0 };
	bool ok = true, more = true;
	buf_format(&document,
		"query ConnectorWorksQuery($count: Int, $after: ID, $filters: FilterGroup) {"
		" works(first: $count, after: $after, orderBy: timestamp, orderMode: desc,"
		" filters: $filters) { edges { node { %s } } pageInfo { endCursor hasNextPage "
		"} } }",
		fields);
	while (ok && more && limit) {
		const char *data;
		size_t len;
		struct span edges, edge, node, text;
		uint64_t count = limit < 500 ? limit : 500, got = 0;
		buf_clear(&variables);
		buf_format(
			&variables, "{\"count\": %llu, \"after\": ", (unsigned long long)count);
		print_text_or_null(&variables, after.len ? after.data : NULL);
		buf_text(&variables,
			", \"filters\": {\"mode\": \"and\", \"filterGroups\": [], "
			"\"filters\": [{\"key\": \"connector_id\", \"values\": [");
		print_text(&variables, connector_id);
		buf_text(&variables, "]}]}}");
		ok = buf_ok(&variables, fail) && buf_ok(&document, fail) &&
			graphql_fetch(platform->graphql, document.data, variables.data, &data,
				&len, fail);
		if (!ok)
			break;
		struct span all = { data, len };
		if (span_find(all, "works.edges", &edges) && *edges.text == '[')
			for (const char *at = edges.text + 1; span_member(&at, NULL, &edge);
				got++)
				if (span_find(edge, "node", &node)) {
					print_line(to, node);
					buf_char(to, '\n');
				}
		more = got && span_find(all, "works.pageInfo.hasNextPage", &text) &&
			*text.text == 't';
		buf_clear(&after);
		if (span_find(all, "works.pageInfo.endCursor", &text) && *text.text == '"')
			span_decode(text, &after);
		limit -= got < limit ? got : limit;
		ok = buf_ok(to, fail) && buf_ok(&after, fail);
	}
	buf_release(&document);
	buf_release(&after);
	buf_release(&variables);
	return ok;
}

bool work_settle(struct platform *platform, const char *id, size_t reports, struct fail *fail)
{
	double expected = 0;
	struct json *work = work_show(platform, id, NULL, fail);
	if (!work)
		return false;
	json_number(work, "tracking.import_expected_number", &expected);
	long long due = (long long)reports + is_held(work);
	json_free(work);
	return (long long)expected == due ||
		work_expect(platform, id, due - (long long)expected, fail);
}

bool work_abandon(
	struct platform *platform, const char *id, const char *message, struct fail *fail)
{
	double processed = 0;
	struct json *work = work_show(platform, id, NULL, fail);
	if (!work)
		return false;
	json_number(work, "tracking.import_processed_number", &processed);
	json_free(work);
	return work_settle(platform, id, (size_t)processed, fail) &&
		work_processed(platform, id, message, true, fail);
}
