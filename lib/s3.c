#include "s3.h"
#include "digest.h"
#include "http.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_MAX = 1 << 26 /* bytes; a page of 1000 keys of 1024 bytes is 2 MB at most */ };

struct s3 {
	struct http *http;
	struct answer answer;
	const char *bucket; /* borrowed */
	char *base;         /* scheme://endpoint:port/bucket */
	char *sigv4, *user_pwd;
};

/* A walk over the elements of an XML text that hold text only. */
struct xml {
	const char *at, *end;
	const char *name, *text; /* of the current one */
	size_t name_len, text_len;
};

/* ---- XML ---- */

static const char *find(const char *at, const char *end, char c)
{
	return at < end ? memchr(at, c, (size_t)(end - at)) : NULL;
}

/* Goes to the next element that holds text only. False at the end. */
static bool xml_next(struct xml *xml)
{
	const char *open, *close;
	while ((open = find(xml->at, xml->end, '<')) && (close = find(open, xml->end, '>'))) {
		xml->at = close + 1;
		xml->name = open + 1;
		xml->name_len = (size_t)(close - open) - 1;
		for (size_t i = 0; i < xml->name_len; i++)
			if (strchr(" \t\r\n/", xml->name[i])) {
				xml->name_len = i;
				break;
			}
		const char *next = find(xml->at, xml->end, '<');
		if (!xml->name_len || *xml->name == '?' || *xml->name == '!' ||
			close[-1] == '/' || !next)
			continue;
		xml->text = xml->at;
		xml->text_len = (size_t)(next - xml->at);
		if ((size_t)(xml->end - next) < xml->name_len + 3 || next[1] != '/' ||
			strncmp(next + 2, xml->name, xml->name_len) != 0)
			continue;
		return true;
	}
	return false;
}

static bool xml_is(const struct xml *xml, const char *name)
{
	return xml->name_len == strlen(name) && !strncmp(xml->name, name, xml->name_len);
}

static void add_utf8(struct buf *to, unsigned long c)
{
	if (c < 0x80) {
		buf_char(to, (char)c);
		return;
	}
	if (c < 0x800) {
		buf_char(to, (char)(0xc0 | c >> 6));
	} else {
		if (c < 0x10000) {
			buf_char(to, (char)(0xe0 | c >> 12));
		} else {
			buf_char(to, (char)(0xf0 | c >> 18));
			buf_char(to, (char)(0x80 | (c >> 12 & 63)));
		}
		buf_char(to, (char)(0x80 | (c >> 6 & 63)));
	}
	buf_char(to, (char)(0x80 | (c & 63)));
}

/* Adds the element's text, its entities decoded; what is none stays as it is. */
static void xml_text(const struct xml *xml, struct buf *to)
{
	static const struct {
		const char *name;
		char c;
	} names[] = { { "lt;", '<' }, { "gt;", '>' }, { "amp;", '&' }, { "quot;", '"' },
		{ "apos;", '\'' } };
	const char *at = xml->text, *end = at + xml->text_len;
	while (at < end) {
		const char *entity = find(at, end, '&'),
			   *semicolon = entity ? find(entity, end, ';') : NULL;
		if (!semicolon) {
			buf_add(to, at, (size_t)(end - at));
			return;
		}
		buf_add(to, at, (size_t)(entity - at));
		at = semicolon + 1;
		const char *name = entity + 1;
		char *stop = NULL;
		unsigned long c = 0;
		if (*name == '#')
			c = name[1] == 'x' ? strtoul(name + 2, &stop, 16)
					   : strtoul(name + 1, &stop, 10);
		else
			for (size_t i = 0; i < sizeof names / sizeof *names; i++)
				if (!strncmp(name, names[i].name, strlen(names[i].name)))
					c = (unsigned char)names[i].c;
		if (c && c < 0x110000 && (!stop || stop == semicolon))
			add_utf8(to, c);
		else
			buf_add(to, entity, (size_t)(at - entity));
	}
}

/* ---- requests ---- */

/* Adds text percent-encoded as S3 signs it; slashes stay when `path` is true. */
static void add_encoded(struct buf *to, const char *text, bool path)
{
	static const char digits[] = "0123456789ABCDEF";
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || strchr("-_.~", c) || (path && c == '/')) {
			buf_char(to, *text);
		} else {
			buf_char(to, '%');
			buf_char(to, digits[c >> 4]);
			buf_char(to, digits[c & 15]);
		}
	}
}

struct s3 *s3_open(const struct s3_options *options, struct fail *fail)
{
	const struct {
		const char *text, *name;
	} needed[] = { { options->endpoint, "endpoint" }, { options->access_key, "access key" },
		{ options->secret_key, "secret key" }, { options->bucket, "bucket" } };
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!needed[i].text || !*needed[i].text) {
			fail_set(fail, FAIL_USAGE, "S3: no %s", needed[i].name);
			return NULL;
		}
	struct s3 *s3 = calloc(1, sizeof *s3);
	if (!s3) {
		fail_memory(fail);
		return NULL;
	}
	struct http_options http = {
		.verify = options->verify,
		.ca = options->ca,
		.extra_ca = options->extra_ca,
		.timeout = options->timeout,
		.connect_timeout = options->connect_timeout,
		.max_answer = ANSWER_MAX,
	};
	struct buf text = { 0 };
	bool bare = strchr(options->endpoint, ':') && *options->endpoint != '['; /* IPv6 */
	s3->bucket = options->bucket;
	buf_format(&text, bare ? "%s[%s]" : "%s%s", options->use_ssl ? "https://" : "http://",
		options->endpoint);
	if (options->port)
		buf_format(&text, ":%u", (unsigned)options->port);
	buf_char(&text, '/');
	add_encoded(&text, options->bucket, false);
	s3->base = buf_take(&text);
	buf_format(&text, "aws:amz:%s:s3",
		options->region && *options->region ? options->region : "us-east-1");
	s3->sigv4 = buf_take(&text);
	buf_format(&text, "%s:%s", options->access_key, options->secret_key);
	s3->user_pwd = buf_take(&text);
	buf_release(&text);
	if (!s3->base || !s3->sigv4 || !s3->user_pwd)
		fail_memory(fail);
	else if ((s3->http = http_open(&http, fail)))
		return s3;
	s3_close(s3);
	return NULL;
}

void s3_close(struct s3 *s3)
{
	if (!s3)
		return;
	http_close(s3->http);
	answer_release(&s3->answer);
	free(s3->base);
	free(s3->sigv4);
	free(s3->user_pwd);
	free(s3);
}

/* What the store says of an answer that is not 2xx. absent: that there is no such key is well. */
static bool judge(
	struct s3 *s3, const char *method, const char *what, bool absent, struct fail *fail)
{
	static const char *const passing[] = { "SlowDown", "InternalError",
		"ServiceUnavailable", "RequestTimeout", "OperationAborted", "Throttling",
		"TooManyRequests" };
	long status = s3->answer.status;
	struct buf code = { 0 }, message = { 0 };
	struct xml xml = { .at = buf_str(&s3->answer.body) };
	xml.end = xml.at + s3->answer.body.len;
	while (xml_next(&xml)) {
		if (xml_is(&xml, "Code") && !code.len)
			xml_text(&xml, &code);
		else if (xml_is(&xml, "Message") && !message.len)
			xml_text(&xml, &message);
	}
	bool ok = absent && status == 404 && !strcmp(buf_str(&code), "NoSuchKey");
	enum fail_kind kind =
		status >= 500 || status == 429 || status == 408 ? FAIL_RETRY : FAIL_NO;
	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		if (!strcmp(buf_str(&code), passing[i]))
			kind = FAIL_RETRY;
	if (!ok && buf_ok(&code, fail) && buf_ok(&message, fail)) {
		if (message.len > 500)
			message.data[500] = '\0';
		fail_set(fail, kind, "S3: %s %s/%s: HTTP %ld%s%s%s%s", method, s3->bucket, what,
			status, code.len ? ": " : "", buf_str(&code), message.len ? ": " : "",
			buf_str(&message));
	}
	buf_release(&code);
	buf_release(&message);
	return ok;
}

/* suffix: what follows the bucket in the address, encoded; what: the same for people; type: of the
 * body, NULL when there is none. */
static bool run(struct s3 *s3, struct request *request, const char *type, const char *suffix,
	const char *what, struct fail *fail)
{
	struct buf url = { 0 }, hash = { 0 }, content = { 0 };
	const char *headers[] = { NULL, NULL, NULL };
	bool ok = false;
	buf_format(&url, "%s%s", s3->base, suffix);
	buf_text(&hash, "x-amz-content-sha256: ");
	if (type)
		buf_format(&content, "Content-Type: %s", type);
	if (!digest_sha256(&hash, request->body, request->len, fail) || !buf_ok(&url, fail) ||
		!buf_ok(&content, fail))
		goto out;
	headers[0] = buf_str(&hash);
	headers[1] = type ? buf_str(&content) : NULL;
	request->headers = headers;
	request->url = buf_str(&url);
	request->sigv4 = s3->sigv4;
	request->user_pwd = s3->user_pwd;
	if (!http_send(s3->http, request, &s3->answer, fail)) {
		fail_at(fail, "S3: %s %s/%s", request->method, s3->bucket, what);
		goto out;
	}
	ok = (s3->answer.status >= 200 && s3->answer.status < 300) ||
		judge(s3, request->method, what, !strcmp(request->method, "DELETE"), fail);
out:
	buf_release(&url);
	buf_release(&hash);
	buf_release(&content);
	return ok;
}

static bool run_key(struct s3 *s3, struct request *request, const char *type, const char *key,
	struct fail *fail)
{
	struct buf suffix = { 0 };
	buf_char(&suffix, '/');
	add_encoded(&suffix, key, true);
	bool ok = buf_ok(&suffix, fail) && run(s3, request, type, buf_str(&suffix), key, fail);
	buf_release(&suffix);
	return ok;
}

bool s3_put(struct s3 *s3, const char *key, const void *bytes, size_t len, const char *type,
	struct fail *fail)
{
	struct request request = { .method = "PUT", .body = len ? bytes : "", .len = len };
	return run_key(s3, &request, type, key, fail);
}

bool s3_delete(struct s3 *s3, const char *key, struct fail *fail)
{
	struct request request = { .method = "DELETE" };
	return run_key(s3, &request, NULL, key, fail);
}

/* ---- listing ---- */

/* Reads `n` digits. */
static bool take_digits(const char **at, size_t n, int *number)
{
	*number = 0;
	for (; n; n--, ++*at) {
		if (**at < '0' || **at > '9')
			return false;
		*number = *number * 10 + (**at - '0');
	}
	return true;
}

/* Seconds since 1970 of 2024-01-31T23:59:59.000Z, which is UTC. */
static bool parse_time(const char *at, time_t *seconds)
{
	int year, month, day, hour, minute, second;
	if (!take_digits(&at, 4, &year) || *at++ != '-' || !take_digits(&at, 2, &month) ||
		*at++ != '-' || !take_digits(&at, 2, &day) || *at++ != 'T' ||
		!take_digits(&at, 2, &hour) || *at++ != ':' || !take_digits(&at, 2, &minute) ||
		*at++ != ':' || !take_digits(&at, 2, &second) || month < 1 || month > 12)
		return false;
	/* days since 0000-03-01, years beginning in March so that a leap day is a year's last */
	int y = year - (month < 3), m = (month + 9) % 12;
	long days = 365L * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
	*seconds = (time_t)days * 86400 + hour * 3600 + minute * 60 + second;
	return true;
}

/* Calls `each` for the objects of one page. token: that of the next page, "" after the last. what:
 * the listing, for errors. */
static bool read_page(const struct buf *page, struct buf *token, const char *what,
	bool (*each)(void *ctx, const char *key, time_t modified, struct fail *fail), void *ctx,
	struct fail *fail)
{
	struct xml xml = { .at = buf_str(page), .end = buf_str(page) + page->len };
	struct buf key = { 0 }, date = { 0 };
	bool ok = true, whole = false;
	time_t modified = 0;
	buf_clear(token);
	while (ok && xml_next(&xml)) {
		if (xml_is(&xml, "Key")) {
			buf_clear(&key);
			xml_text(&xml, &key);
		} else if (xml_is(&xml, "LastModified")) { /* follows its Key */
			buf_clear(&date);
			xml_text(&xml, &date);
			ok = buf_ok(&key, fail) && buf_ok(&date, fail);
			if (ok && (!key.len || !parse_time(buf_str(&date), &modified)))
				ok = fail_set(fail, FAIL_NO, "S3: %s: not a listing of objects",
					what);
			ok = ok && each(ctx, buf_str(&key), modified, fail);
			buf_clear(&key);
		} else if (xml_is(&xml, "NextContinuationToken")) {
			xml_text(&xml, token);
		} else if (xml_is(&xml, "IsTruncated")) {
			whole = true;
		}
	}
	if (ok && !whole)
		ok = fail_set(fail, FAIL_NO, "S3: %s: not a listing of objects", what);
	buf_release(&key);
	buf_release(&date);
	return ok && buf_ok(token, fail);
}

bool s3_list(struct s3 *s3, const char *prefix,
	bool (*each)(void *ctx, const char *key, time_t modified, struct fail *fail), void *ctx,
	struct fail *fail)
{
	struct buf query = { 0 }, token = { 0 }, page = { 0 }, what = { 0 };
	bool ok;
	buf_format(&what, "%s/%s", s3->bucket, prefix);
	do {
		buf_clear(&query);
		buf_char(&query, '?'); /* sorted by name, as they are signed */
		if (token.len) {
			buf_text(&query, "continuation-token=");
			add_encoded(&query, buf_str(&token), false);
			buf_char(&query, '&');
		}
		buf_text(&query, "list-type=2&prefix=");
		add_encoded(&query, prefix, false);
		struct request request = { .method = "GET" };
		ok = buf_ok(&query, fail) &&
			run(s3, &request, NULL, buf_str(&query), prefix, fail);
		if (!ok)
			break;
		buf_release(&page); /* kept apart, for `each` may make calls of its own */
		page = s3->answer.body;
		s3->answer.body = (struct buf){ 0 };
		ok = read_page(&page, &token, buf_str(&what), each, ctx, fail);
	} while (ok && token.len);
	buf_release(&query);
	buf_release(&token);
	buf_release(&page);
	buf_release(&what);
	return ok;
}
