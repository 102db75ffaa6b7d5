#include "registration.h"

#include "input.h"
#include "json.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

bool registration_take(struct registration *registration, struct span answer, struct fail *fail)
{
	buf_clear(&registration->text);
	print_line(&registration->text, answer);
	return buf_ok(&registration->text, fail) && understand(registration, fail);
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
	return registration_take(registration, answer, fail);
}

bool registration_make(
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

bool registration_read(const char *path, struct registration *registration, struct fail *fail)
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

bool registration_get(
	struct platform *platform, struct registration *registration, struct fail *fail)
{
	const char *path = getenv("OCTI_REGISTRATION");
	if (path && *path)
		return registration_read(path, registration, fail) ||
			fail_at(fail, "OCTI_REGISTRATION");
	return registration_make(platform, registration, fail);
}

void registration_release(struct registration *registration)
{
	json_free(registration->json);
	buf_release(&registration->text);
	registration->json = NULL;
}

const char *registration_text(const struct registration *registration, const char *path)
{
	const char *text = json_text(registration->json, path);
	return text ? text : "";
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

void registration_print(const struct registration *registration, bool masked, struct buf *to)
{
	struct span text = { registration->text.data, registration->text.len };
	if (masked)
		print_masked(text, to);
	else
		print_line(to, text);
}
