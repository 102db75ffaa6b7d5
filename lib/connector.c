#include "connector.h"

#include "clock.h"
#include "json.h"
#include "lock.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>

bool connector_own_id(struct platform *platform, struct buf *id, struct fail *fail)
{
	const char *path = getenv("OCTI_REGISTRATION"), *text;
	if (!path || !*path) {
		if (!conf_need(platform->conf, CONNECTOR_ID, &text, fail))
			return false;
		buf_text(id, text);
		return buf_ok(id, fail);
	}
	struct registration registration = { 0 };
	bool ok = registration_read(path, &registration, fail) ||
		fail_at(fail, "OCTI_REGISTRATION");
	if (ok)
		buf_text(id, registration_text(&registration, "id"));
	registration_release(&registration);
	return ok && buf_ok(id, fail);
}

bool connector_look(struct platform *platform, const char *id,
	struct registration *registration, bool *unknown, struct fail *fail)
{
	static const char document[] =
		"query ConnectorLook($id: String!) { connector(id: $id) { id name active"
		" connector_type connector_state_reset connector_user_id config {"
		" connection { host vhost use_ssl port user pass } listen listen_routing"
		" listen_exchange push push_routing push_exchange } } }";
	struct span data, answer = { 0 };
	*unknown = false;
	if (!graphql_fetch_with(platform->graphql, document, "id", id, &data, fail))
		return false;
	*unknown = !span_find(data, "connector", &answer) || *answer.text != '{';
	if (*unknown)
		return fail_set(fail, FAIL_NO, "the platform knows no connector %s", id);
	return registration_take(registration, answer, fail);
}

static bool says_unknown(const struct fail *fail)
{
	return strstr(fail_text(fail), "No connector found");
}

static void add_time(struct buf *to, const char *key, time_t time)
{
	buf_format(to, ", \"%s\": ", key);
	if (!time) {
		buf_text(to, "null");
		return;
	}
	buf_char(to, '"');
	clock_print_utc_of(to, time);
	buf_char(to, '"');
}

static void print_info(
	struct buf *to, const struct conf *conf, const struct connector_info *info)
{
	const char *threshold = conf_text(conf, CONNECTOR_QUEUE_THRESHOLD);
	struct buf size = { 0 };
	buf_format(&size, "%.6f", info->queue_megabytes);
	buf_format(
		to, "{\"run_and_terminate\": %s", info->run_and_terminate ? "true" : "false");
	buf_format(to, ", \"buffering\": %s", info->buffering ? "true" : "false");
	buf_format(to, ", \"queue_threshold\": %s, \"queue_messages_size\": ",
		threshold ? threshold : "500");
	print_range(to, buf_str(&size), buf_str(&size) + size.len);
	add_time(to, "next_run_datetime", info->next_run);
	add_time(to, "last_run_datetime", info->last_run);
	buf_char(to, '}');
	buf_release(&size);
}

bool connector_ping(struct platform *platform, const char *id, const char *state,
	const struct connector_info *info, struct buf *answer, bool *unknown, struct fail *fail)
{
	static const char document[] =
		"mutation PingConnector($id: ID!, $state: String, $connectorInfo: "
		"ConnectorInfoInput) {"
		" pingConnector(id: $id, state: $state, connectorInfo: $connectorInfo) {"
		" id connector_state connector_info { run_and_terminate buffering "
		"queue_threshold"
		" queue_messages_size next_run_datetime last_run_datetime } } }";
	struct buf variables = { 0 };
	buf_text(&variables, "{\"id\": ");
	print_text(&variables, id);
	buf_text(&variables, ", \"state\": ");
	print_text(&variables, state);
	buf_text(&variables, ", \"connectorInfo\": ");
	if (info)
		print_info(&variables, platform->conf, info);
	else
		buf_text(&variables, "null");
	buf_char(&variables, '}');

	const char *data;
	size_t len;
	struct span pinged;
	*unknown = false;
	bool ok = buf_ok(&variables, fail) &&
		graphql_fetch(platform->graphql, document, variables.data, &data, &len, fail);
	if (!ok) {
		*unknown = says_unknown(fail);
	} else if (!span_find((struct span){ data, len }, "pingConnector", &pinged) ||
		*pinged.text != '{') {
		ok = fail_set(fail, FAIL_RETRY, "PingConnector: the answer has no connector");
	} else {
		buf_clear(answer);
		print_line(answer, pinged);
		ok = buf_ok(answer, fail);
	}
	buf_release(&variables);
	return ok;
}

bool connector_state(struct platform *platform, const char *id, struct buf *state, bool *reset,
	bool *unknown, struct fail *fail)
{
	struct json *data = graphql_call_with(platform->graphql,
		"query ConnectorState($id: String!) {"
		" connector(id: $id) { id connector_state connector_state_reset } }",
		"id", id, fail);
	if (!data)
		return false;
	*unknown = json_null(data, "connector");
	*reset = json_true(data, "connector.connector_state_reset");
	const char *text = json_text(data, "connector.connector_state");
	buf_clear(state);
	buf_text(state, text ? text : "");
	json_free(data);
	if (*unknown)
		return fail_set(fail, FAIL_NO, "the platform knows no connector %s", id);
	return buf_ok(state, fail);
}

bool connector_recall(struct platform *platform, const char *id,
	struct connector_memory *memory, struct fail *fail)
{
	struct json *data = graphql_call_with(platform->graphql,
		"query ConnectorMemory($id: String!) {"
		" connector(id: $id) { id connector_state connector_state_reset "
		"connector_state_timestamp } }",
		"id", id, fail);
	if (!data)
		return false;
	bool known = !json_null(data, "connector");
	const char *state = json_text(data, "connector.connector_state");
	const char *at = json_text(data, "connector.connector_state_timestamp");
	memory->reset = json_true(data, "connector.connector_state_reset");
	buf_clear(&memory->state);
	buf_clear(&memory->reset_at);
	buf_text(&memory->state, state ? state : "");
	buf_text(&memory->reset_at, at ? at : "");
	json_free(data);
	if (!known)
		return fail_set(fail, FAIL_RETRY, "the platform knows no connector %s", id);
	return buf_ok(&memory->state, fail) && buf_ok(&memory->reset_at, fail);
}

void connector_forget(struct connector_memory *memory)
{
	buf_release(&memory->state);
	buf_release(&memory->reset_at);
	*memory = (struct connector_memory){ 0 };
}

bool connector_turn(const struct platform *platform, int *turn, struct fail *fail)
{
	bool taken;
	*turn = -1;
	if (platform->turn)
		*turn = lock_take(platform->turn, true, &taken, fail);
	return !platform->turn || *turn >= 0;
}

bool connector_kept(const struct buf *answer, const char *state)
{
	struct fail ignored = { 0 };
	struct json *json = json_parse(answer->data, answer->len, &ignored);
	const char *kept = json_text(json, "connector_state");
	bool same = kept ? !strcmp(kept, state) : !strcmp(state, "null");
	json_free(json);
	fail_clear(&ignored);
	return same;
}

bool connector_beat(struct platform *platform, const char *id,
	const struct connector_info *info, struct buf *answer, bool *reset, bool *unknown,
	struct fail *fail)
{
	struct buf state = { 0 };
	bool ok = connector_state(platform, id, &state, reset, unknown, fail) &&
		connector_ping(platform, id, state.len ? state.data : "null", info, answer,
			unknown, fail);
	if (ok && state.len && !connector_kept(answer, state.data))
		*reset = true;
	buf_release(&state);
	return ok;
}

bool connector_queue_bytes(
	struct platform *platform, const char *id, double *bytes, struct fail *fail)
{
	struct json *data = graphql_call_with(platform->graphql,
		"query ConnectorQueue($id: String!) {"
		" connector(id: $id) { id connector_queue_details { messages_number "
		"messages_size } } }",
		"id", id, fail);
	if (!data)
		return false;
	bool ok = json_number(data, "connector.connector_queue_details.messages_size", bytes);
	json_free(data);
	return ok ||
		fail_set(fail, FAIL_NO, "the platform does not tell the queue of connector %s",
			id);
}

bool connector_unregister(struct platform *platform, const char *id, struct fail *fail)
{
	struct json *data = graphql_call_with(platform->graphql,
		"mutation ConnectorDeletionMutation($id: ID!) { deleteConnector(id: $id) }",
		"id", id, fail);
	bool ok = data;
	json_free(data);
	return ok;
}
