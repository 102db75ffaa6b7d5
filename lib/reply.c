#include "reply.h"

#include "json.h"

#include <string.h>
#include <strings.h>

enum {
	MESSAGE_MAX = 500, /* bytes of the platform's text that are quoted */
	DETAIL_MAX = 200,
};

/* What an answer has at its top. */
struct top {
	struct span data, errors; /* text is NULL when absent */
	const char *wrong;        /* why it is not an object of JSON; NULL when it is one */
};

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

/* Words of causes that pass: what Node, the clients of the search engine, of Redis and of the broker, and the
 * platform itself write when a back end is away, starting or overloaded. A host that is stopped has no name in
 * a network of containers, hence ENOTFOUND. */
static const char *const passing[] = { "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE",
	"EAI_AGAIN", "ENOTFOUND", "EHOSTUNREACH", "ENETUNREACH", "socket hang up", "timed out",
	"timeout", "Timeout", "onnection is closed", "Connection closed", "onnectionError",
	"Socket closed abruptly", "o Living connections", "oLivingConnections", "unavailable",
	"shards are not available", "seems down", "cluster_block_exception",
	"circuit_breaking_exception", "es_rejected_execution", "Bad Gateway",
	"oo many requests", "oo_many_requests", NULL };

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

/* A detail's text. A cause may be an error of Node's or of a client of the search engine, of which JSON keeps no
 * message. */
static const char *text_of(const struct json *detail)
{
	static const char *const names[] = { "", "meta.body.error.type", "code", "message",
		"name" };
	const char *text = NULL;
	for (size_t i = 0; !text && i < sizeof names / sizeof *names; i++)
		text = json_text(detail, names[i]);
	return text;
}

/* Adds "; NAME: value" for what helps to understand, and nothing of the input, which may be large. */
static void add_details(struct buf *to, const struct json *data)
{
	static const char *const names[] = { "reason", "field", "cause" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *text = text_of(json_get(data, names[i]));
		if (text && *text && !strstr(buf_str(to), text)) {
			buf_format(to, "; %s: ", names[i]);
			add_some(to, text, DETAIL_MAX);
		}
	}
	size_t listed = 0;
	for (const struct json *id = json_at(json_get(data, "unresolvedIds"), 0); id;
		id = json_next(id)) {
		if (!json_text(id, ""))
			continue;
		if (listed++ == 3) {
			buf_text(to, ", ...");
			break;
		}
		buf_text(to, listed > 1 ? ", " : "; missing: ");
		add_some(to, json_text(id, ""), DETAIL_MAX);
	}
}

static bool judge_errors(
	struct reply *reply, const char *operation, struct span errors, struct fail *fail)
{
	static const char *const outdated[] = { "Cannot query field", "Unknown argument",
		"Unknown type", "is not defined by type", "does not exist in", "unknown field",
		NULL };
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
	buf_text(&reply->code, code);
	for (const struct json *error = first; error; error = json_next(error)) {
		const char *text = json_text(error, "message");
		if (text && has_any(text, outdated))
			reply->outdated = true;
	}
	reply->outdated = reply->outdated &&
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
	if (buf_ok(&text, fail) && buf_ok(&reply->code, fail))
		fail_set(fail, kind_of(code, buf_str(&text)), "%s: %s: %s%s", operation, code,
			buf_str(&text), hint);
	buf_release(&text);
	json_free(list);
	return false;
}

/* Finds `data` and `errors` without a tree of the answer. */
static bool read_top(const struct buf *body, struct top *top, struct fail *fail)
{
	struct scan scan;
	struct scan_list members;
	struct span value;
	*top = (struct top){ .wrong = NULL };
	scan_init(&scan, buf_str(body), body->len);
	if (scan_peek(&scan) != '{') {
		top->wrong = "not an object";
		return true;
	}
	for (scan_open(&scan, &members); scan_next(&scan, &members);) {
		if (!scan_value(&scan, &value))
			break;
		if (span_is(members.key, "data"))
			top->data = value;
		else if (span_is(members.key, "errors"))
			top->errors = value;
	}
	if (!scan.error && scan_peek(&scan) != -1)
		scan.error = "text after the object";
	if (scan.error && !strcmp(scan.error, "out of memory"))
		fail_memory(fail);
	top->wrong = scan.error;
	scan_release(&scan);
	if (top->errors.text &&
		(*top->errors.text != '[' || *span_space(top->errors.text + 1) == ']'))
		top->errors.text = NULL; /* null or empty */
	return !fail->kind;
}

/* The text of {"status":"error","error":...} or {"message":...}, "" when there is none. */
static void add_reason(struct buf *to, const struct buf *body, const struct top *top)
{
	struct span root = { buf_str(body), body->len }, value;
	struct buf text = { 0 };
	if (top->wrong)
		return;
	root.text = span_space(root.text);
	root.len -= (size_t)(root.text - buf_str(body));
	if ((span_find(root, "error", &value) || span_find(root, "message", &value)) &&
		*value.text == '"') {
		span_decode(value, &text);
		add_some(to, buf_str(&text), MESSAGE_MAX);
	}
	buf_release(&text);
}

static bool is_page(const struct answer *answer)
{
	const char *body = buf_str(&answer->body);
	return (answer->type && !strncasecmp(answer->type, "text/html", 9)) ||
		body[strspn(body, " \t\r\n")] == '<';
}

/* Says what a status other than 2xx is: "HTTP STATUS: REASON HINT". what: "" or what was done, with
 * ": " at its end. */
static bool fail_status(const struct answer *answer, const struct top *top, const char *what,
	enum fail_kind kind, const char *hint, struct fail *fail)
{
	struct buf reason = { 0 };
	add_reason(&reason, &answer->body, top);
	if (!reason.len && is_page(answer))
		buf_text(&reason, "a web page");
	if (answer->retry_after >= 0)
		buf_format(&reason, "%stry again in %.0f s", reason.len ? "; " : "",
			answer->retry_after);
	if (buf_ok(&reason, fail))
		fail_set(fail, kind, "%sHTTP %ld%s%s%s", what, answer->status,
			reason.len ? ": " : "", buf_str(&reason), hint);
	buf_release(&reason);
	return false;
}

static bool is_passing(long status)
{
	return status == 408 || status == 425 || status == 429 || status >= 500;
}

/* An answer of status 2xx without errors: has it data? */
static bool judge_success(const char *operation, const struct answer *answer,
	const struct top *top, struct fail *fail)
{
	const char *body = buf_str(&answer->body), *at = body + strspn(body, " \t\r\n");
	if (is_page(answer))
		return fail_set(fail, FAIL_USAGE,
			"%s: the answer is a web page, not the API: is OPENCTI_URL right?",
			operation);
	if (!*at)
		return fail_set(fail, FAIL_RETRY, "%s: the answer is empty", operation);
	if (top->wrong && *at == '{')
		return fail_set(fail, FAIL_RETRY,
			"%s: the answer is cut or broken (%zu bytes): %s", operation,
			answer->body.len, top->wrong);
	if (top->wrong)
		return fail_set(fail, FAIL_USAGE,
			"%s: the answer is not JSON, so not the API: is OPENCTI_URL right?",
			operation);
	if (!top->data.text)
		return fail_set(fail, FAIL_USAGE,
			"%s: the answer has neither data nor errors: is OPENCTI_URL right?",
			operation);
	return true;
}

/* An answer of another status, without errors. */
static bool judge_status(const char *operation, const struct answer *answer,
	const struct top *top, struct fail *fail)
{
	static const char *const ours[] = { "entity too large", "JSON", "multipart", NULL };
	enum fail_kind kind = is_passing(answer->status) ? FAIL_RETRY : FAIL_NO;
	const char *hint = "", *body = buf_str(&answer->body);
	struct buf what = { 0 };

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
	case 500: /* a request that cannot be read comes as 500 too */
		kind = !top->wrong && has_any(body, ours) ? FAIL_NO : FAIL_RETRY;
		if (!top->wrong && strstr(body, "entity too large"))
			hint = " (the platform's limit is app:max_payload_body_size)";
		break;
	default:
		if (answer->status >= 300 && answer->status < 400) {
			kind = FAIL_USAGE;
			hint = " (a redirect, which is not followed: is OPENCTI_URL right?)";
		}
	}
	buf_format(&what, "%s: ", operation);
	bool ok = buf_ok(&what, fail) &&
		fail_status(answer, top, buf_str(&what), kind, hint, fail);
	buf_release(&what);
	return ok;
}

bool reply_read(struct reply *reply, const char *operation, const struct answer *answer,
	struct fail *fail)
{
	struct top top;
	reply_clear(reply);
	if (!read_top(&answer->body, &top, fail))
		return false;
	if (top.errors.text && !top.wrong)
		return judge_errors(reply, operation, top.errors, fail);
	if (!(answer->status >= 200 && answer->status < 300
			    ? judge_success(operation, answer, &top, fail)
			    : judge_status(operation, answer, &top, fail)))
		return false;
	reply->data = top.data;
	return true;
}

void reply_clear(struct reply *reply)
{
	buf_clear(&reply->code);
	reply->outdated = false;
}

void reply_release(struct reply *reply)
{
	buf_release(&reply->code);
}

bool reply_is_file(const struct answer *answer)
{
	return answer->attachment || !answer->type ||
		strncasecmp(answer->type, "text/html", 9) != 0;
}

bool reply_file(const struct answer *answer, struct fail *fail)
{
	enum fail_kind kind = is_passing(answer->status) ? FAIL_RETRY : FAIL_NO;
	const char *hint = "";
	struct top top;
	if (answer->saved)
		return true;
	if (answer->status >= 200 && answer->status < 300)
		return fail_set(fail, FAIL_NO,
			"the answer is a web page, not a file: is OPENCTI_URL right, with its "
			"path?");
	if (!read_top(&answer->body, &top, fail))
		return false;
	if (answer->status == 401 || answer->status == 403) {
		hint = " (is OPENCTI_TOKEN right, and not expired?)";
	} else if (answer->status == 503 &&
		!top.wrong) { /* any failure of the platform's own */
		kind = has_any(buf_str(&answer->body), passing) ? FAIL_RETRY : FAIL_NO;
	} else if (answer->status >= 300 && answer->status < 400) {
		kind = FAIL_USAGE;
		hint = " (a redirect, which is not followed: is OPENCTI_URL right?)";
	}
	return fail_status(answer, &top, "", kind, hint, fail);
}
