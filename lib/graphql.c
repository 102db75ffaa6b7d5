#include "graphql.h"

#include "headers.h"
#include "http.h"
#include "json.h"
#include "print.h"
#include "reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ANSWER_MAX = 1 << 29 /* bytes */ };

struct graphql {
	struct http *http;
	struct answer answer;
	struct reply reply;
	char *base, *url; /* of the platform and of its API */
	struct headers headers;
	struct buf body;
	struct buf operation; /* of the last call: the name in its document */
	bool mutation;        /* it changes something */
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *progress_ctx;
};

/* ---- opening ---- */

static bool set_url(struct graphql *graphql, const char *base, struct fail *fail)
{
	struct buf url = { 0 };
	size_t len = strlen(base);
	if (strncasecmp(base, "http://", 7) != 0 && strncasecmp(base, "https://", 8) != 0)
		return fail_set(fail, FAIL_USAGE,
			"OPENCTI_URL does not begin with http:// or https://");
	while (len && base[len - 1] == '/')
		len--;
	buf_add(&url, base, len);
	graphql->base = buf_take(&url);
	buf_format(&url, "%s/graphql", graphql->base ? graphql->base : "");
	graphql->url = buf_take(&url);
	return (graphql->base && graphql->url) || fail_memory(fail);
}

static bool set_token(struct graphql *graphql, const char *token, struct fail *fail)
{
	if (!strcmp(token, "ChangeMe"))
		return fail_set(fail, FAIL_USAGE, "OPENCTI_TOKEN is still ChangeMe");
	for (const char *c = token; *c; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f)
			return fail_set(fail, FAIL_USAGE,
				"OPENCTI_TOKEN: a token has no white space and no characters "
				"outside of ASCII");
	struct buf value = { 0 };
	buf_format(&value, "Bearer %s", token);
	bool ok = buf_ok(&value, fail) &&
		headers_set(&graphql->headers, "Authorization", buf_str(&value), fail);
	buf_release(&value);
	return ok;
}

struct graphql *graphql_open(const struct conf *conf, struct fail *fail)
{
	const char *url, *token, *verify = conf_text(conf, OPENCTI_SSL_VERIFY);
	bool truth = true;
	if (!conf_need(conf, OPENCTI_URL, &url, fail) ||
		!conf_need(conf, OPENCTI_TOKEN, &token, fail))
		return NULL;
	struct http_options options = {
		.ca = conf_parse_bool(verify, &truth) ? NULL : verify,
		.extra_ca = conf_text(conf, HTTPS_CA_CERTIFICATES),
		.timeout = conf_decimal(conf, OPENCTI_REQUESTS_TIMEOUT, 0),
		.connect_timeout = conf_decimal(conf, OPENCTI_CONNECT_TIMEOUT, 0),
		.max_answer = ANSWER_MAX,
	};
	options.verify = truth;

	struct graphql *graphql = calloc(1, sizeof *graphql);
	if (!graphql) {
		fail_memory(fail);
		return NULL;
	}
	graphql->answer.retry_after = -1;
	graphql->http = http_open(&options, fail);
	if (!graphql->http || !set_url(graphql, url, fail) ||
		!set_token(graphql, token, fail) ||
		!headers_custom(
			&graphql->headers, conf_text(conf, OPENCTI_CUSTOM_HEADERS), fail)) {
		graphql_close(graphql);
		return NULL;
	}
	return graphql;
}

void graphql_close(struct graphql *graphql)
{
	if (!graphql)
		return;
	http_close(graphql->http);
	answer_release(&graphql->answer);
	headers_release(&graphql->headers);
	free(graphql->base);
	free(graphql->url);
	buf_release(&graphql->body);
	buf_release(&graphql->operation);
	reply_release(&graphql->reply);
	free(graphql);
}

bool graphql_applicant(struct graphql *graphql, const char *user_id, struct fail *fail)
{
	return headers_set(&graphql->headers, "opencti-applicant-id", user_id, fail);
}

bool graphql_draft(struct graphql *graphql, const char *draft_id, struct fail *fail)
{
	return headers_set(&graphql->headers, "opencti-draft-id", draft_id, fail);
}

void graphql_progress(struct graphql *graphql,
	void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx)
{
	graphql->progress = progress;
	graphql->progress_ctx = ctx;
}

/* ---- calls ---- */

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_';
}

/* Past white space, commas and comments. */
static const char *skip_ignored(const char *at)
{
	while (strchr(" \t\r\n,", *at) || *at == '#')
		at += *at == '#' ? strcspn(at, "\n") : 1;
	return at;
}

/* Notes the name of the document's first operation, else its type. */
static void name_operation(struct graphql *graphql, const char *document)
{
	struct buf *operation = &graphql->operation;
	const char *type = skip_ignored(document), *end = type;
	buf_clear(operation);
	while (is_name(*end))
		end++;
	const char *name = skip_ignored(end);
	size_t n = 0;
	while (is_name(name[n]))
		n++;
	graphql->mutation = end - type == 8 && !strncmp(type, "mutation", 8);
	bool is_operation =
		graphql->mutation || (end - type == 5 && !strncmp(type, "query", 5));
	if (is_operation && n)
		buf_add(operation, name, n);
	else if (is_operation)
		buf_add(operation, type, (size_t)(end - type));
	else
		buf_text(operation, "query");
}

/* Sends the request and finds `data` in its answer. */
static bool run(
	struct graphql *graphql, struct request *request, struct span *data, struct fail *fail)
{
	const char *operation = buf_str(&graphql->operation);
	request->method = "POST";
	request->once = graphql->mutation;
	request->url = graphql->url;
	request->headers = (const char *const *)graphql->headers.list;
	reply_clear(&graphql->reply);
	if (!http_send(graphql->http, request, &graphql->answer, fail))
		return fail_at(fail, "%s", operation);
	if (!reply_read(&graphql->reply, operation, &graphql->answer, fail))
		return false;
	*data = graphql->reply.data;
	return true;
}

/* {"query": ..., "variables": ...}, the variable named `null_variable` (if any) added as null. */
static bool write_operation(struct graphql *graphql, const char *document,
	const char *variables, const char *null_variable, struct fail *fail)
{
	struct buf *body = &graphql->body;
	variables += strspn(variables, " \t\r\n");
	if (*variables != '{')
		return fail_set(fail, FAIL_USAGE, "%s: the variables are not a JSON object",
			buf_str(&graphql->operation));
	buf_clear(body);
	buf_text(body, "{\"query\": ");
	print_text(body, document);
	buf_text(body, ", \"variables\": ");
	if (null_variable) {
		buf_char(body, '{');
		print_text(body, null_variable);
		buf_text(body, ": null");
		variables = span_space(variables + 1);
		if (*variables != '}')
			buf_text(body, ", ");
	}
	buf_text(body, variables);
	buf_char(body, '}');
	return buf_ok(body, fail);
}

bool graphql_fetch(struct graphql *graphql, const char *document, const char *variables,
	const char **data, size_t *len, struct fail *fail)
{
	struct span value;
	name_operation(graphql, document);
	if (!write_operation(graphql, document, variables ? variables : "{}", NULL, fail))
		return false;
	struct request request = {
		.type = "application/json", .body = graphql->body.data, .len = graphql->body.len
	};
	if (!run(graphql, &request, &value, fail))
		return false;
	*data = value.text;
	*len = value.len;
	return true;
}

static struct json *parse_data(struct graphql *graphql, struct span data, struct fail *fail)
{
	struct json *root = json_parse(data.text, data.len, fail);
	if (!root)
		fail_at(fail, "%s: the answer", buf_str(&graphql->operation));
	return root;
}

struct json *graphql_call(
	struct graphql *graphql, const char *document, const char *variables, struct fail *fail)
{
	struct span data;
	if (!graphql_fetch(graphql, document, variables, &data.text, &data.len, fail))
		return NULL;
	return parse_data(graphql, data, fail);
}

static bool write_variable(
	struct buf *variables, const char *name, const char *text, struct fail *fail)
{
	buf_format(variables, "{\"%s\": ", name);
	print_text(variables, text);
	buf_char(variables, '}');
	return buf_ok(variables, fail);
}

bool graphql_fetch_with(struct graphql *graphql, const char *document, const char *name,
	const char *text, struct span *data, struct fail *fail)
{
	struct buf variables = { 0 };
	bool ok = write_variable(&variables, name, text, fail) &&
		graphql_fetch(graphql, document, variables.data, &data->text, &data->len, fail);
	buf_release(&variables);
	return ok;
}

struct json *graphql_call_with(struct graphql *graphql, const char *document, const char *name,
	const char *text, struct fail *fail)
{
	struct span data;
	if (!graphql_fetch_with(graphql, document, name, text, &data, fail))
		return NULL;
	return parse_data(graphql, data, fail);
}

bool graphql_send(struct graphql *graphql, const char *document, const char *variables,
	const char *variable, const struct upload *upload, const char **data, size_t *len,
	struct fail *fail)
{
	struct buf map = { 0 };
	struct span value;
	name_operation(graphql, document);
	buf_text(&map, "{\"0\": [\"variables.");
	buf_text(&map, variable);
	buf_text(&map, "\"]}");
	bool ok = buf_ok(&map, fail) &&
		write_operation(
			graphql, document, variables ? variables : "{}", variable, fail);
	/* the platform reads the parts in this order only */
	struct request_part parts[] = {
		{ .name = "operations", .data = graphql->body.data, .len = graphql->body.len },
		{ .name = "map", .data = map.data, .len = map.len },
		{ .name = "0",
			.file_name = upload->name,
			.type = upload->type,
			.data = upload->bytes,
			.file = upload->file,
			.len = upload->len },
	};
	struct request request = { .parts = parts,
		.part_count = 3,
		.progress = graphql->progress,
		.progress_ctx = graphql->progress_ctx };
	ok = ok && run(graphql, &request, &value, fail);
	if (ok) {
		*data = value.text;
		*len = value.len;
	}
	buf_release(&map);
	return ok;
}

/* Adds a path with all but its slashes and what never needs it percent-encoded. */
static void add_encoded(struct buf *to, const char *path)
{
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;
		if (is_name(*path) || strchr("-.~/", *path))
			buf_char(to, *path);
		else
			buf_format(to, "%%%02X", c);
	}
}

bool graphql_get(struct graphql *graphql, const char *path, FILE *to, struct fail *fail)
{
	struct buf url = { 0 };
	buf_text(&url, graphql->base);
	add_encoded(&url, path);
	struct request request = { .method = "GET",
		.url = buf_str(&url),
		.headers = (const char *const *)graphql->headers.list,
		.to = to,
		.wanted = reply_is_file,
		.progress = graphql->progress,
		.progress_ctx = graphql->progress_ctx };
	bool ok = buf_ok(&url, fail) &&
		http_send(graphql->http, &request, &graphql->answer, fail) &&
		reply_file(&graphql->answer, fail);
	buf_release(&url);
	return ok;
}

struct http *graphql_http(const struct graphql *graphql)
{
	return graphql->http;
}

const char *graphql_base(const struct graphql *graphql)
{
	return graphql->base;
}

const char *const *graphql_headers(const struct graphql *graphql)
{
	return (const char *const *)graphql->headers.list;
}

bool graphql_header(
	struct graphql *graphql, const char *name, const char *value, struct fail *fail)
{
	return headers_set(&graphql->headers, name, value, fail);
}

bool graphql_peek(struct graphql *graphql, const char *path, long *status, const char **type,
	struct fail *fail)
{
	struct buf url = { 0 };
	buf_text(&url, graphql->base);
	add_encoded(&url, path);
	struct request request = { .method = "GET",
		.url = buf_str(&url),
		.headers = (const char *const *)graphql->headers.list,
		.peek = true };
	bool ok = buf_ok(&url, fail) &&
		http_send(graphql->http, &request, &graphql->answer, fail);
	buf_release(&url);
	*status = graphql->answer.status;
	*type = graphql->answer.type ? graphql->answer.type : "";
	return ok;
}

const char *graphql_code(const struct graphql *graphql)
{
	return buf_str(&graphql->reply.code);
}

bool graphql_outdated(const struct graphql *graphql)
{
	return graphql->reply.outdated;
}

time_t graphql_date(const struct graphql *graphql)
{
	return graphql->answer.date;
}

double graphql_retry_after(const struct graphql *graphql)
{
	return graphql->answer.retry_after;
}
