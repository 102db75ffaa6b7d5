#include "graphql.h"
#include "http.h"
#include "json.h"
#include "print.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	ANSWER_MAX = 1 << 29, /* bytes */
	MESSAGE_MAX = 500,    /* bytes of the platform's text that are quoted */
	DETAIL_MAX = 200,
};

struct graphql {
	struct http *http;
	struct http_answer answer;
	char *url;
	char **headers; /* "Name: value", NULL-terminated; the first is the static content_type */
	size_t header_count;
	struct buf body;
	struct buf operation; /* of the last call: the name in its document */
	struct buf code;      /* and the code of its first error */
	bool outdated;
};

/* What an answer has at its top. */
struct reply {
	struct span data, errors; /* text is NULL when absent */
	const char *wrong;        /* why it is not an object of JSON; NULL when it is one */
};

/* ---- headers ---- */

static char content_type[] = "Content-Type: application/json";

static bool is_named(const char *header, const char *name, size_t n)
{
	return !strncasecmp(header, name, n) && (header[n] == ':' || header[n] == ';');
}

static void header_drop(struct graphql *graphql, const char *name, size_t n)
{
	size_t kept = 1;
	for (size_t i = 1; i < graphql->header_count; i++) {
		if (is_named(graphql->headers[i], name, n))
			free(graphql->headers[i]);
		else
			graphql->headers[kept++] = graphql->headers[i];
	}
	graphql->header_count = kept;
	graphql->headers[kept] = NULL;
}

/* Adds the header, or replaces the one of that name. An empty value is sent empty. */
static bool header_put(struct graphql *graphql, const char *name, size_t n, const char *value,
	struct fail *fail)
{
	struct buf header = { 0 };
	if (*value)
		buf_format(&header, "%.*s: %s", (int)n, name, value);
	else
		buf_format(&header, "%.*s;", (int)n, name);
	char *text = buf_take(&header);
	char **longer = realloc(graphql->headers, (graphql->header_count + 2) * sizeof *longer);
	if (longer)
		graphql->headers = longer;
	if (!text || !longer) {
		free(text);
		return fail_memory(fail);
	}
	header_drop(graphql, name, n);
	longer[graphql->header_count++] = text;
	longer[graphql->header_count] = NULL;
	return true;
}

static bool header_set(
	struct graphql *graphql, const char *name, const char *value, struct fail *fail)
{
	if (value)
		return header_put(graphql, name, strlen(name), value, fail);
	header_drop(graphql, name, strlen(name));
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_token(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] <= ' ' || (unsigned char)name[i] >= 0x7f ||
			strchr("\"(),/:;<=>?@[\\]{}", name[i]))
			return false;
	return n > 0;
}

/* "Name:value;Name2:value2". The text may be a secret: errors count, they do not quote. */
static bool add_custom(struct graphql *graphql, const char *text, struct fail *fail)
{
	for (unsigned i = 1; text && *text; i++) {
		const char *end = text + strcspn(text, ";"), *next = *end ? end + 1 : end;
		while (text < end && is_blank(*text))
			text++;
		while (text < end && is_blank(end[-1]))
			end--;
		const char *colon = memchr(text, ':', (size_t)(end - text));
		if (text == end) {
			text = next;
			continue;
		}
		size_t n = (size_t)((colon ? colon : text) - text);
		while (n && is_blank(text[n - 1]))
			n--;
		if (!is_token(text, n))
			return fail_set(fail, FAIL_USAGE,
				"OPENCTI_CUSTOM_HEADERS: pair %u is not Name:value (pairs are "
				"separated by ;)",
				i);
		if (n == 12 && !strncasecmp(text, "Content-Type", 12))
			return fail_set(fail, FAIL_USAGE,
				"OPENCTI_CUSTOM_HEADERS: Content-Type is not one to choose");
		struct buf value = { 0 };
		while (colon + 1 < end && is_blank(colon[1]))
			colon++;
		buf_add(&value, colon + 1, (size_t)(end - colon) - 1);
		bool ok = buf_ok(&value, fail) &&
			header_put(graphql, text, n, buf_str(&value), fail);
		buf_release(&value);
		if (!ok)
			return false;
		text = next;
	}
	return true;
}

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
	buf_text(&url, "/graphql");
	graphql->url = buf_take(&url);
	return graphql->url || fail_memory(fail);
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
		header_set(graphql, "Authorization", buf_str(&value), fail);
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
	graphql->headers = calloc(2, sizeof *graphql->headers);
	if (!graphql->headers) {
		free(graphql);
		fail_memory(fail);
		return NULL;
	}
	graphql->headers[graphql->header_count++] = content_type;
	graphql->http = http_open(&options, fail);
	if (!graphql->http || !set_url(graphql, url, fail) ||
		!set_token(graphql, token, fail) ||
		!add_custom(graphql, conf_text(conf, OPENCTI_CUSTOM_HEADERS), fail)) {
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
	http_answer_release(&graphql->answer);
	for (size_t i = 1; i < graphql->header_count; i++)
		free(graphql->headers[i]);
	free(graphql->headers);
	free(graphql->url);
	buf_release(&graphql->body);
	buf_release(&graphql->operation);
	buf_release(&graphql->code);
	free(graphql);
}

bool graphql_applicant(struct graphql *graphql, const char *user_id, struct fail *fail)
{
	return header_set(graphql, "opencti-applicant-id", user_id, fail);
}

bool graphql_draft(struct graphql *graphql, const char *draft_id, struct fail *fail)
{
	return header_set(graphql, "opencti-draft-id", draft_id, fail);
}

/* ---- what an answer means ---- */

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '_';
}

/* Past white space, commas and comments. */
static const char *skip_ignored(const char *at)
{
	while (is_blank(*at) || *at == ',' || *at == '#')
		at += *at == '#' ? strcspn(at, "\n") : 1;
	return at;
}

/* The name of the document's first operation, else its type. */
static void name_operation(struct buf *operation, const char *document)
{
	const char *type = skip_ignored(document), *end = type;
	buf_clear(operation);
	while (is_name(*end))
		end++;
	const char *name = skip_ignored(end);
	size_t n = 0;
	while (is_name(name[n]))
		n++;
	bool is_operation = (end - type == 5 && !strncmp(type, "query", 5)) ||
		(end - type == 8 && !strncmp(type, "mutation", 8));
	if (is_operation && n)
		buf_add(operation, name, n);
	else if (is_operation)
		buf_add(operation, type, (size_t)(end - type));
	else
		buf_text(operation, "query");
}

/* Adds at most max bytes of the text, whole characters. */
static void add_some(struct buf *to, const char *text, size_t max)
{
	size_t n = strlen(text);
	if (n <= max) {
		buf_text(to, text);
		return;
	}
	n = max;
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	buf_add(to, text, n);
	buf_text(to, "...");
}

static bool has_any(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strstr(text, *words))
			return true;
	return false;
}

/*
 * LOCK_ERROR and MISSING_REFERENCE_ERROR are what the platform's own worker tries again. The codes of
 * a broken back end (DATABASE_ERROR, UNKNOWN_ERROR...) stand for a search engine that is restarting
 * as well as for a document it will never take: only a text that names a passing cause is one to
 * retry, for what is retried for ever is never seen.
 */
static enum fail_kind kind_of(const char *code, const char *text)
{
	static const char *const retry[] = { "LOCK_ERROR", "MISSING_REFERENCE_ERROR",
		"CLIENT_ABORT_ERROR", NULL };
	static const char *const usage[] = { "GRAPHQL_PARSE_FAILED",
		"GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "BAD_REQUEST",
		"OPERATION_RESOLUTION_FAILURE", NULL };
	static const char *const broken[] = { "DATABASE_ERROR", "FILESYSTEM_ERROR",
		"UNKNOWN_ERROR", "INTERNAL_SERVER_ERROR", "COMPLEX_SEARCH_ERROR", "ERROR",
		NULL };
	static const char *const passing[] = { "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT",
		"EPIPE", "EAI_AGAIN", "EHOSTUNREACH", "socket hang up", "timed out", "timeout",
		"Timeout", "onnection is closed", "Connection closed", "o Living connections",
		"unavailable", "cluster_block_exception", "circuit_breaking_exception",
		"es_rejected_execution", "Bad Gateway", "oo many requests", NULL };
	for (size_t i = 0; retry[i]; i++)
		if (!strcmp(code, retry[i]))
			return FAIL_RETRY;
	for (size_t i = 0; usage[i]; i++)
		if (!strcmp(code, usage[i]))
			return FAIL_USAGE;
	for (size_t i = 0; broken[i]; i++)
		if (!strcmp(code, broken[i]) && has_any(text, passing))
			return FAIL_RETRY;
	return FAIL_NO;
}

/* Adds "; NAME: value" for what helps to understand, and nothing of the input, which may be large. */
static void add_details(struct buf *to, const struct json *data)
{
	static const char *const names[] = { "reason", "field", "cause", "unresolvedIds",
		NULL };
	for (size_t i = 0; names[i]; i++) {
		const struct json *value = json_get(data, names[i]);
		const char *text = json_text(value, "");
		size_t listed = 0;
		if (text && *text && !strstr(buf_str(to), text)) {
			buf_format(to, "; %s: ", names[i]);
			add_some(to, text, DETAIL_MAX);
		}
		for (const struct json *item = json_at(value, 0); item;
			item = json_next(item)) {
			if (!json_text(item, ""))
				continue;
			if (listed++ == 3) {
				buf_text(to, ", ...");
				break;
			}
			buf_text(to, listed > 1 ? ", " : "; missing: ");
			add_some(to, json_text(item, ""), DETAIL_MAX);
		}
	}
}

static bool judge_errors(struct graphql *graphql, struct span errors, struct fail *fail)
{
	static const char *const outdated[] = { "Cannot query field", "Unknown argument",
		"Unknown type", "is not defined by type", "does not exist in", "unknown field",
		NULL };
	const char *operation = buf_str(&graphql->operation);
	struct json *list = json_parse(errors.text, errors.len, fail);
	if (!list)
		return fail_at(fail, "%s: the answer", operation);

	const struct json *first = json_at(list, 0);
	const char *code = json_text(first, "extensions.code"), *hint = "";
	const char *message = json_text(first, "message");
	if (!code)
		code = json_text(first, "name");
	if (!code)
		code = json_text(first, "code");
	if (!code)
		code = "ERROR";
	buf_text(&graphql->code, code);
	for (const struct json *error = first; error; error = json_next(error)) {
		const char *text = json_text(error, "message");
		if (text && has_any(text, outdated))
			graphql->outdated = true;
	}
	graphql->outdated = graphql->outdated &&
		(!strcmp(code, "GRAPHQL_VALIDATION_FAILED") || !strcmp(code, "BAD_USER_INPUT"));
	if (!strcmp(code, "AUTH_REQUIRED"))
		hint = " (is OPENCTI_TOKEN right, and not expired?)";
	else if (!strcmp(code, "FORBIDDEN_ACCESS"))
		hint = " (the token's user lacks a right)";

	struct buf text = { 0 };
	size_t others = json_count(list) - 1;
	add_some(&text, message ? message : "no message", MESSAGE_MAX);
	add_details(&text,
		json_get(first,
			json_get(first, "extensions.data") ? "extensions.data" : "data"));
	if (others)
		buf_format(&text, " (and %zu more error%s)", others, others > 1 ? "s" : "");
	if (buf_ok(&text, fail) && buf_ok(&graphql->code, fail))
		fail_set(fail, kind_of(code, buf_str(&text)), "%s: %s: %s%s", operation, code,
			buf_str(&text), hint);
	buf_release(&text);
	json_free(list);
	return false;
}

/* Finds `data` and `errors` without a tree of the answer. */
static bool read_reply(const struct buf *body, struct reply *reply, struct fail *fail)
{
	struct scan scan;
	struct scan_list members;
	struct span value;
	*reply = (struct reply){ .wrong = NULL };
	scan_init(&scan, buf_str(body), body->len);
	if (scan_peek(&scan) != '{') {
		reply->wrong = "not an object";
		return true;
	}
	for (scan_open(&scan, &members); scan_next(&scan, &members);) {
		if (!scan_value(&scan, &value))
			break;
		if (scan_is(members.key, "data"))
			reply->data = value;
		else if (scan_is(members.key, "errors"))
			reply->errors = value;
	}
	if (!scan.error && scan_peek(&scan) != -1)
		scan.error = "text after the object";
	if (scan.error && !strcmp(scan.error, "out of memory"))
		fail_memory(fail);
	reply->wrong = scan.error;
	scan_release(&scan);
	if (reply->errors.text &&
		(*reply->errors.text != '[' || *scan_space(reply->errors.text + 1) == ']'))
		reply->errors.text = NULL; /* null or empty */
	return !fail->kind;
}

/* The text of {"status":"error","error":...} or {"message":...}, "" when there is none. */
static void add_reason(struct buf *to, const struct buf *body, const struct reply *reply)
{
	struct span root = { buf_str(body), body->len }, value;
	struct buf text = { 0 };
	if (reply->wrong)
		return;
	root.text = scan_space(root.text);
	root.len -= (size_t)(root.text - buf_str(body));
	if ((scan_find(root, "error", &value) || scan_find(root, "message", &value)) &&
		*value.text == '"') {
		scan_decode(value, &text);
		add_some(to, buf_str(&text), MESSAGE_MAX);
	}
	buf_release(&text);
}

/* An answer that has no errors array, and should have `data`. */
static bool judge_status(struct graphql *graphql, const struct reply *reply, struct fail *fail)
{
	static const char *const ours[] = { "entity too large", "JSON", "multipart", NULL };
	const struct http_answer *answer = &graphql->answer;
	const char *operation = buf_str(&graphql->operation), *body = buf_str(&answer->body);
	const char *hint = "", *at = body + strspn(body, " \t\r\n");
	bool page = (answer->type && !strncasecmp(answer->type, "text/html", 9)) || *at == '<';
	enum fail_kind kind = FAIL_NO;

	if (answer->status >= 200 && answer->status < 300) {
		if (page)
			return fail_set(fail, FAIL_USAGE,
				"%s: the answer is a web page, not the API: is OPENCTI_URL "
				"right?",
				operation);
		if (!*at)
			return fail_set(fail, FAIL_RETRY, "%s: the answer is empty", operation);
		if (reply->wrong && *at == '{')
			return fail_set(fail, FAIL_RETRY,
				"%s: the answer is cut or broken (%zu bytes): %s", operation,
				answer->body.len, reply->wrong);
		if (reply->wrong)
			return fail_set(fail, FAIL_USAGE,
				"%s: the answer is not JSON, so not the API: is OPENCTI_URL "
				"right?",
				operation);
		if (!reply->data.text)
			return fail_set(fail, FAIL_USAGE,
				"%s: the answer has neither data nor errors: is OPENCTI_URL "
				"right?",
				operation);
		return true;
	}

	struct buf reason = { 0 };
	add_reason(&reason, &answer->body, reply);
	switch (answer->status) {
	case 401:
	case 403:
		hint = " (refused before the platform looked at the operation: a proxy?)";
		break;
	case 404:
	case 405:
		kind = FAIL_USAGE;
		hint = " (not the API: is OPENCTI_URL right?)";
		break;
	case 413:
		hint = " (the request is too large; the platform's limit is "
		       "app:max_payload_body_size)";
		break;
	case 408:
	case 425:
	case 429:
		kind = FAIL_RETRY;
		break;
	case 500: /* a request that cannot be read comes as 500 too */
		kind = has_any(buf_str(&reason), ours) ? FAIL_NO : FAIL_RETRY;
		if (strstr(buf_str(&reason), "entity too large"))
			hint = " (the platform's limit is app:max_payload_body_size)";
		break;
	default:
		if (answer->status >= 500)
			kind = FAIL_RETRY;
		if (answer->status >= 300 && answer->status < 400) {
			kind = FAIL_USAGE;
			hint = " (a redirect, which is not followed: is OPENCTI_URL right?)";
		}
	}
	if (!reason.len && page)
		buf_text(&reason, "a web page");
	if (answer->retry_after >= 0)
		buf_format(&reason, "%stry again in %.0f s", reason.len ? "; " : "",
			answer->retry_after);
	if (buf_ok(&reason, fail))
		fail_set(fail, kind, "%s: HTTP %ld%s%s%s", operation, answer->status,
			reason.len ? ": " : "", buf_str(&reason), hint);
	buf_release(&reason);
	return false;
}

/* Sends the request and finds `data` in its answer. */
static bool run(struct graphql *graphql, struct http_request *request, struct span *data,
	struct fail *fail)
{
	struct reply reply;
	buf_clear(&graphql->code);
	graphql->outdated = false;
	request->method = "POST";
	request->url = graphql->url;
	/* the type of parts, with the boundary between them, is the library's */
	request->headers = (const char *const *)graphql->headers + (request->parts ? 1 : 0);
	if (!http_send(graphql->http, request, &graphql->answer, fail))
		return fail_at(fail, "%s", buf_str(&graphql->operation));
	if (!read_reply(&graphql->answer.body, &reply, fail))
		return false;
	if (reply.errors.text && !reply.wrong)
		return judge_errors(graphql, reply.errors, fail);
	if (!judge_status(graphql, &reply, fail))
		return false;
	*data = reply.data;
	return true;
}

/* ---- calls ---- */

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
		variables = scan_space(variables + 1);
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
	name_operation(&graphql->operation, document);
	if (!write_operation(graphql, document, variables ? variables : "{}", NULL, fail))
		return false;
	struct http_request request = { .body = graphql->body.data, .len = graphql->body.len };
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

struct json *graphql_upload(struct graphql *graphql, const char *document,
	const char *variables, const char *variable, const char *file_name, const char *type,
	const void *bytes, size_t len, struct fail *fail)
{
	struct buf map = { 0 };
	struct json *root = NULL;
	name_operation(&graphql->operation, document);
	buf_text(&map, "{\"0\": [\"variables.");
	buf_text(&map, variable);
	buf_text(&map, "\"]}");
	if (!buf_ok(&map, fail) ||
		!write_operation(
			graphql, document, variables ? variables : "{}", variable, fail))
		goto out;
	/* the platform reads the parts in this order only */
	struct http_part parts[] = {
		{ "operations", NULL, NULL, graphql->body.data, graphql->body.len },
		{ "map", NULL, NULL, map.data, map.len },
		{ "0", file_name, type, bytes, len },
	};
	struct http_request request = { .parts = parts, .part_count = 3 };
	struct span data;
	if (run(graphql, &request, &data, fail))
		root = parse_data(graphql, data, fail);
out:
	buf_release(&map);
	return root;
}

const char *graphql_code(const struct graphql *graphql)
{
	return buf_str(&graphql->code);
}

bool graphql_outdated(const struct graphql *graphql)
{
	return graphql->outdated;
}

double graphql_retry_after(const struct graphql *graphql)
{
	return graphql->answer.retry_after;
}
