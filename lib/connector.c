#include "connector.h"

#include "clock.h"
#include "input.h"
#include "json.h"
#include "lock.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- registration ---- */

#define REGISTER(jwks, s3)                                                                     \
	"mutation RegisterConnector($input: RegisterConnectorInput) {"                         \
	" registerConnector(input: $input) { id connector_state " jwks                         \
	"connector_user_id config { connection { host vhost use_ssl port user pass } " s3      \
	"listen listen_routing listen_exchange push push_routing push_exchange } } }"

static const char register_7[] = REGISTER("jwks ",
	"s3 { endpoint port use_ssl bucket_name bucket_region access_key secret_key } ");

/* For platforms whose object store has no keys to hand out. */
static const char register_without_s3[] = REGISTER("jwks ", "");

/* Without what came with 7. */
static const char register_6[] = REGISTER("", "");

static void add_bool(struct buf *to, const char *key, bool value)
{
	buf_format(to, ", \"%s\": %s", key, value ? "true" : "false");
}

static bool is_type(const char *type)
{
	static const char *const types[] = { "EXTERNAL_IMPORT", "INTERNAL_IMPORT_FILE",
		"INTERNAL_ENRICHMENT", "INTERNAL_ANALYSIS", "INTERNAL_EXPORT_FILE", "STREAM" };
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (!strcmp(type, types[i]))
			return true;
	return false;
}

static bool input_of(const struct conf *conf, bool newer, struct buf *to, struct fail *fail)
{
	const char *id, *name, *type;
	if (!conf_need(conf, CONNECTOR_ID, &id, fail) ||
		!conf_need(conf, CONNECTOR_NAME, &name, fail) ||
		!conf_need(conf, CONNECTOR_TYPE, &type, fail))
		return false;
	if (!is_type(type))
		return fail_set(fail, FAIL_USAGE,
			"CONNECTOR_TYPE: not a type of connector: %s (%s)", type,
			conf_origin(conf, CONNECTOR_TYPE));
	buf_text(to, "{\"input\": {\"id\": ");
	print_text(to, id);
	buf_text(to, ", \"name\": ");
	print_text(to, name);
	buf_text(to, ", \"type\": ");
	print_text(to, type);
	buf_text(to, ", \"scope\": ");
	print_list(to, conf_text(conf, CONNECTOR_SCOPE));
	add_bool(to, "auto", conf_bool(conf, CONNECTOR_AUTO));
	if (newer) {
		add_bool(to, "auto_update", conf_bool(conf, CONNECTOR_AUTO_UPDATE));
		buf_text(to, ", \"enrichment_resolution\": ");
		print_text_or_null(to, conf_text(conf, CONNECTOR_ENRICHMENT_RESOLUTION));
	}
	add_bool(to, "only_contextual", conf_bool(conf, CONNECTOR_ONLY_CONTEXTUAL));
	add_bool(to, "playbook_compatible", conf_bool(conf, CONNECTOR_PLAYBOOK_COMPATIBLE));
	buf_text(to, ", \"listen_callback_uri\": ");
	const char *protocol = conf_text(conf, CONNECTOR_LISTEN_PROTOCOL);
	if (protocol && !strcasecmp(protocol, "API")) {
		const char *uri = conf_text(conf, CONNECTOR_LISTEN_PROTOCOL_API_URI);
		struct buf callback = { 0 };
		if (conf_bool(conf, CONNECTOR_LISTEN_PROTOCOL_API_SSL) &&
			!strcmp(conf_origin(conf, CONNECTOR_LISTEN_PROTOCOL_API_URI),
				"default"))
			uri = "https://127.0.0.1:7070";
		buf_format(&callback, "%s%s", uri,
			conf_text(conf, CONNECTOR_LISTEN_PROTOCOL_API_PATH));
		print_text(to, buf_str(&callback));
		buf_release(&callback);
	} else {
		buf_text(to, "null");
	}
	const char *intent = conf_text(conf, CONNECTOR_XTM_ONE_INTENT);
	if (newer && intent) {
		buf_text(to, ", \"xtm_one_intent\": ");
		print_text(to, intent);
	}
	buf_text(to, "}}");
	return buf_ok(to, fail);
}

/* Reads the registration that text holds. */
static bool understand(struct registration *registration, struct fail *fail)
{
	registration->json = json_parse(registration->text.data, registration->text.len, fail);
	if (!registration->json)
		return false;
	static const char *const needed[] = { "id", "config.push", "config.push_exchange",
		"config.push_routing", "config.connection.host" };
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!json_text(registration->json, needed[i]))
			return fail_set(
				fail, FAIL_NO, "not a registration: %s is missing", needed[i]);
	return true;
}

static bool ask(struct platform *platform, const char *document, const char *variables,
	struct registration *registration, struct fail *fail)
{
	const char *data;
	size_t len;
	struct span answer;
	if (!graphql_fetch(platform->graphql, document, variables, &data, &len, fail))
		return false;
	if (!span_find((struct span){ data, len }, "registerConnector", &answer))
		return fail_set(
			fail, FAIL_RETRY, "RegisterConnector: the answer has no connector");
	buf_clear(&registration->text);
	print_line(&registration->text, answer);
	return buf_ok(&registration->text, fail) && understand(registration, fail);
}

bool connector_look(struct platform *platform, const char *id,
	struct registration *registration, bool *unknown, struct fail *fail)
{
	static const char document[] =
		"query ConnectorLook($id: String!) { connector(id: $id) { id name active"
		" connector_type connector_state_reset connector_user_id config {"
		" connection { host vhost use_ssl port user pass } listen listen_routing"
		" listen_exchange push push_routing push_exchange } } }";
	const char *data;
	size_t len;
	struct span answer;
	struct buf variables = { 0 };
	*unknown = false;
	buf_text(&variables, "{\"id\": ");
	print_text(&variables, id);
	buf_char(&variables, '}');
	bool ok = buf_ok(&variables, fail) &&
		graphql_fetch(platform->graphql, document, variables.data, &data, &len, fail);
	if (ok) {
		*unknown = !span_find((struct span){ data, len }, "connector", &answer) ||
			*answer.text != '{';
		ok = !*unknown ||
			fail_set(fail, FAIL_NO, "the platform knows no connector %s", id);
	}
	if (ok) {
		print_line(&registration->text, answer);
		ok = buf_ok(&registration->text, fail) && understand(registration, fail);
	}
	buf_release(&variables);
	return ok;
}

bool connector_register(
	struct platform *platform, struct registration *registration, struct fail *fail)
{
	struct buf newer = { 0 }, older = { 0 };
	bool ok = input_of(platform->conf, true, &newer, fail) &&
		input_of(platform->conf, false, &older, fail);
	const char *document = register_7, *variables = newer.data;
	/* The document is refused before its variables are looked at. */
	for (int tries = 0; ok && tries < 3; tries++) {
		if ((ok = ask(platform, document, variables, registration, fail)))
			break;
		bool outdated = graphql_outdated(platform->graphql);
		bool no_keys = strstr(fail_text(fail), "S3Connection") ||
			strstr(fail_text(fail), "s3");
		if (document != register_6 && outdated) {
			document = register_6;
			platform_say(platform,
				"the platform does not give jwks and s3; asked without");
		} else if (document == register_7 && no_keys) {
			document = register_without_s3;
			platform_say(platform, "the platform does not give s3; asked without");
		} else if (outdated && variables != older.data) {
			variables = older.data;
			platform_say(platform,
				"the platform does not take auto_update, "
				"enrichment_resolution and xtm_one_intent; sent without");
		} else {
			break;
		}
		fail_clear(fail);
		ok = true;
	}
	ok = ok && !fail->kind;
	buf_release(&newer);
	buf_release(&older);
	return ok;
}

bool connector_read(const char *path, struct registration *registration, struct fail *fail)
{
	struct input input;
	if (!input_open(&input, path, fail)) {
		fail->kind = fail->kind == FAIL_NO ? FAIL_USAGE : fail->kind;
		return false;
	}
	buf_add(&registration->text, input.data, input.len);
	input_close(&input);
	return (buf_ok(&registration->text, fail) && understand(registration, fail)) ||
		fail_at(fail, "%s", path);
}

bool connector_registration(
	struct platform *platform, struct registration *registration, struct fail *fail)
{
	const char *path = getenv("OCTI_REGISTRATION");
	if (path && *path)
		return connector_read(path, registration, fail) ||
			fail_at(fail, "OCTI_REGISTRATION");
	return connector_register(platform, registration, fail);
}

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
	bool ok =
		connector_read(path, &registration, fail) || fail_at(fail, "OCTI_REGISTRATION");
	if (ok)
		buf_text(id, connector_text(&registration, "id"));
	connector_release(&registration);
	return ok && buf_ok(id, fail);
}

void connector_release(struct registration *registration)
{
	json_free(registration->json);
	buf_release(&registration->text);
	registration->json = NULL;
}

const char *connector_text(const struct registration *registration, const char *path)
{
	const char *text = json_text(registration->json, path);
	return text ? text : "";
}

bool connector_broker(const struct registration *registration, const struct conf *conf,
	struct wire_options *options, struct fail *fail)
{
	const struct json *connection = json_get(registration->json, "config.connection");
	double number = 5672;
	json_number(connection, "port", &number);
	uint64_t port =
		conf_number(conf, MQ_PORT, number > 0 && number < 65536 ? (uint64_t)number : 0);
	if (port < 1 || port > 65535)
		return fail_set(fail, FAIL_USAGE, "MQ_PORT: not a port: %llu",
			(unsigned long long)port);
#define EITHER(key, path)                                                                      \
	(conf_text(conf, key) ? conf_text(conf, key) : json_text(connection, path))
	options->host = EITHER(MQ_HOST, "host");
	options->port = (uint16_t)port;
	options->vhost = EITHER(MQ_VHOST, "vhost");
	options->user = EITHER(MQ_USER, "user");
	options->pass = EITHER(MQ_PASS, "pass");
#undef EITHER
	options->vhost = options->vhost ? options->vhost : "/";
	options->user = options->user ? options->user : "";
	options->pass = options->pass ? options->pass : "";
	options->tls = conf_text(conf, MQ_USE_SSL) ? conf_bool(conf, MQ_USE_SSL)
						   : json_true(connection, "use_ssl");
	options->verify = conf_bool(conf, MQ_USE_SSL_REJECT_UNAUTHORIZED);
	options->ca = conf_text(conf, MQ_USE_SSL_CA);
	options->cert = conf_text(conf, MQ_USE_SSL_CERT);
	options->key = conf_text(conf, MQ_USE_SSL_KEY);
	options->passphrase = conf_text(conf, MQ_USE_SSL_PASSPHRASE);
	options->connect_timeout = (double)conf_number(conf, OPENCTI_CONNECT_TIMEOUT, 10);
	return true;
}

void connector_warn(struct platform *platform, const struct wire_options *options)
{
	if (!options->tls || options->verify || platform->said_broker)
		return;
	platform->said_broker = true;
	platform_warn(platform,
		"the broker's certificate is not checked (MQ_USE_SSL_REJECT_UNAUTHORIZED)");
}

static bool is_secret(struct span key)
{
	return span_is(key, "pass") || span_is(key, "access_key") || span_is(key, "secret_key");
}

static void print_masked(struct span value, struct buf *to)
{
	const char *at = value.text + 1;
	struct span key, member;
	if (*value.text != '{') {
		print_line(to, value);
		return;
	}
	buf_char(to, '{');
	for (bool first = true; span_member(&at, &key, &member); first = false) {
		buf_text(to, first ? "" : ", ");
		print_value(to, key);
		buf_text(to, ": ");
		if (is_secret(key) && *member.text == '"')
			buf_text(to, "\"*****\"");
		else
			print_masked(member, to);
	}
	buf_char(to, '}');
}

void connector_print(const struct registration *registration, bool masked, struct buf *to)
{
	struct span text = { registration->text.data, registration->text.len };
	if (masked)
		print_masked(text, to);
	else
		print_line(to, text);
}

/* ---- life ---- */

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
	add_bool(to, "buffering", info->buffering);
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

/* Runs a query with the connector's id as its one variable. NULL on failure. */
static struct json *query_id(
	struct platform *platform, const char *document, const char *id, struct fail *fail)
{
	struct buf variables = { 0 };
	buf_text(&variables, "{\"id\": ");
	print_text(&variables, id);
	buf_char(&variables, '}');
	struct json *data = buf_ok(&variables, fail)
		? graphql_call(platform->graphql, document, variables.data, fail)
		: NULL;
	buf_release(&variables);
	return data;
}

bool connector_state(struct platform *platform, const char *id, struct buf *state, bool *reset,
	bool *unknown, struct fail *fail)
{
	struct json *data = query_id(platform,
		"query ConnectorState($id: String!) {"
		" connector(id: $id) { id connector_state connector_state_reset } }",
		id, fail);
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
	struct json *data = query_id(platform,
		"query ConnectorMemory($id: String!) {"
		" connector(id: $id) { id connector_state connector_state_reset "
		"connector_state_timestamp } }",
		id, fail);
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
	struct json *data = query_id(platform,
		"query ConnectorQueue($id: String!) {"
		" connector(id: $id) { id connector_queue_details { messages_number "
		"messages_size } } }",
		id, fail);
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
	struct json *data = query_id(platform,
		"mutation ConnectorDeletionMutation($id: ID!) { deleteConnector(id: $id) }", id,
		fail);
	bool ok = data;
	json_free(data);
	return ok;
}
