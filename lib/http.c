#include "http.h"

#include "clock.h"
#include "opt.h"
#include "source.h"
#include "trust.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/select.h>

/* A request that is under way. */
struct exchange {
	struct http *http;
	const struct http_request *request;
	struct http_answer *answer;
	struct source *sources; /* of the parts; one, of the body */
	size_t source_count;
	struct curl_slist *headers;
	curl_mime *mime;
	struct buf host;
	char error[CURL_ERROR_SIZE];
	int signal;      /* what clock_stopped said at its beginning */
	int interrupted; /* the signal that came since */
	int write_error; /* errno of a write to the request's `to` */
	bool decided;    /* where the body goes */
	bool plain;      /* no TLS */
};

struct http {
	CURL *easy;
	struct http_options options;
	struct trust trust;
	CURLM *multi;             /* of http_begin; NULL: nothing has begun */
	struct exchange exchange; /* that has begun */
};

struct http *http_open(const struct http_options *options, struct fail *fail)
{
	struct http *http = calloc(1, sizeof *http);
	if (!http || curl_global_init(CURL_GLOBAL_DEFAULT)) {
		free(http);
		fail_memory(fail);
		return NULL;
	}
	http->options = *options;
	http->easy = curl_easy_init();
	if (!http->easy)
		fail_memory(fail);
	if (!http->easy || (options->verify && !http_trust(options, &http->trust, fail))) {
		http_close(http);
		return NULL;
	}
	return http;
}

bool http_trust(const struct http_options *options, struct trust *trust, struct fail *fail)
{
	CURL *easy = curl_easy_init();
	if (!easy)
		return fail_memory(fail);
	curl_easy_getinfo(easy, CURLINFO_CAINFO, &trust->file);
	curl_easy_getinfo(easy, CURLINFO_CAPATH, &trust->directory);
	curl_easy_cleanup(easy);
	return trust_choose(trust, options->ca, options->extra_ca, fail);
}

void http_close(struct http *http)
{
	if (!http)
		return;
	http_end(http);
	curl_easy_cleanup(http->easy);
	curl_global_cleanup();
	trust_release(&http->trust);
	free(http);
}

/* Whether a file is transferred, which takes as long as it is large. */
static bool is_transfer(const struct http_request *request)
{
	bool file = request->to || request->take || request->body_file;
	for (size_t i = 0; i < request->part_count; i++)
		file = file || request->parts[i].file;
	return file;
}

/* ---- while a request is under way ---- */

/* Reads what the answer says of its body, and whether it goes to the request's `to`. */
static bool decide(struct exchange *exchange)
{
	struct http_answer *answer = exchange->answer;
	const struct http_request *request = exchange->request;
	struct curl_header *header;
	const char *type = NULL;
	if (exchange->decided)
		return true;
	exchange->decided = true;
	curl_easy_getinfo(exchange->http->easy, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_easy_getinfo(exchange->http->easy, CURLINFO_CONTENT_TYPE, &type);
	answer->attachment = !curl_easy_header(exchange->http->easy, "Content-Disposition", 0,
				     CURLH_HEADER, -1, &header) &&
		!strncasecmp(header->value, "attachment", 10);
	answer->type = type ? strdup(type) : NULL;
	answer->saved = (request->to || request->take) && answer->status == 200 &&
		(!request->wanted || request->wanted(answer));
	return !type || answer->type;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct exchange *exchange = ctx;
	struct buf *body = &exchange->answer->body;
	size_t len = size * n;
	if (!decide(exchange)) {
		body->state = BUF_NO_MEMORY;
		return 0;
	}
	if (exchange->request->peek)
		return 0;
	if (!exchange->answer->saved) {
		buf_add(body, bytes, len);
		return body->state == BUF_OK ? len : 0;
	}
	exchange->answer->saved_bytes += len;
	if (exchange->request->take)
		return exchange->request->take(exchange->request->take_ctx, bytes, len) ? len
											: 0;
	if (fwrite(bytes, 1, len, exchange->request->to) != len) {
		exchange->write_error = errno;
		return 0;
	}
	return len;
}

/* Keeps the words of the status line: the platform says there why it refuses a stream. */
static size_t take_header(char *bytes, size_t size, size_t n, void *ctx)
{
	struct exchange *exchange = ctx;
	struct buf *reason = &exchange->answer->reason;
	size_t len = size * n, skip = 0;
	if (len < 5 || memcmp(bytes, "HTTP/", 5) != 0)
		return len;
	while (len &&
		(bytes[len - 1] == '\r' || bytes[len - 1] == '\n' || bytes[len - 1] == ' '))
		len--;
	for (int words = 0; skip < len && words < 2; skip++)
		words += bytes[skip] == ' ';
	buf_clear(reason);
	buf_add(reason, bytes + skip, len - skip);
	return size * n;
}

static size_t give_bytes(char *to, size_t size, size_t n, void *ctx)
{
	size_t given;
	return source_read(ctx, to, size * n, &given) ? given : CURL_READFUNC_ABORT;
}

static int seek_bytes(void *ctx, curl_off_t offset, int origin)
{
	return origin == SEEK_SET && source_seek(ctx, offset) ? CURL_SEEKFUNC_OK
							      : CURL_SEEKFUNC_FAIL;
}

/* For a request that must not be sent twice: curl would do it from here. */
static int seek_never(void *ctx, curl_off_t offset, int origin)
{
	(void)ctx, (void)offset, (void)origin;
	return CURL_SEEKFUNC_FAIL;
}

/* No program that is run meanwhile has it. */
static int keep_private(void *ctx, curl_socket_t socket, curlsocktype purpose)
{
	(void)ctx, (void)purpose;
	return fcntl(socket, F_SETFD, FD_CLOEXEC) ? CURL_SOCKOPT_ERROR : CURL_SOCKOPT_OK;
}

/* Called often, and at least once a second, and after each signal. */
static int watch(
	void *ctx, curl_off_t to_get, curl_off_t got, curl_off_t to_put, curl_off_t put)
{
	struct exchange *exchange = ctx;
	const struct http_request *request = exchange->request;
	if (!request->take && clock_stopped() != exchange->signal)
		exchange->interrupted = clock_stopped();
	if (request->progress && request->to)
		request->progress(request->progress_ctx, (uint64_t)got,
			to_get > 0 ? (uint64_t)to_get : 0);
	else if (request->progress)
		request->progress(request->progress_ctx, (uint64_t)put,
			to_put > 0 ? (uint64_t)to_put : 0);
	return exchange->interrupted != 0;
}

/* ---- before it ---- */

/* "host" or "host:port". False when the URL is not one of http or https; it is not quoted, because
 * it may hold a password. */
static bool name_host(const char *url, struct buf *host, bool *plain, struct fail *fail)
{
	CURLU *parts = curl_url();
	char *scheme = NULL, *name = NULL, *port = NULL;
	if (!parts)
		return fail_memory(fail);
	CURLUcode code = curl_url_set(parts, CURLUPART_URL, url, 0);
	if (!code)
		code = curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0);
	if (!code)
		code = curl_url_get(parts, CURLUPART_HOST, &name, 0);
	if (!code && curl_url_get(parts, CURLUPART_PORT, &port, 0) == CURLUE_OUT_OF_MEMORY)
		code = CURLUE_OUT_OF_MEMORY;
	if (code == CURLUE_OUT_OF_MEMORY) {
		fail_memory(fail);
	} else if (code || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)) {
		fail_set(fail, FAIL_USAGE,
			"not an address that begins with http:// or https://");
	} else {
		*plain = !strcmp(scheme, "http");
		buf_text(host, name);
		if (port)
			buf_format(host, ":%s", port);
		buf_ok(host, fail);
	}
	curl_free(scheme);
	curl_free(name);
	curl_free(port);
	curl_url_cleanup(parts);
	return !fail->kind;
}

bool http_place(const char *url, struct buf *text, struct http_place *place, struct fail *fail)
{
	bool plain;
	uint64_t port;
	if (!name_host(url, text, &plain, fail))
		return false;
	/* "host", "host:port", "[::1]" or "[::1]:port" */
	char *colon = strrchr(text->data, ':'), *bracket = strrchr(text->data, ']');
	place->tls = !plain;
	place->port = plain ? 80 : 443;
	if (colon && (!bracket || colon > bracket)) {
		if (opt_number(colon + 1, &port) && port < 65536)
			place->port = (uint16_t)port;
		*colon = '\0';
	}
	if (bracket)
		*bracket = '\0';
	place->host = text->data + (bracket != NULL);
	return true;
}

static bool add_header(struct curl_slist **list, const char *header, struct fail *fail)
{
	for (const char *c = header; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return fail_set(fail, FAIL_USAGE,
				"header %.*s: a control character in it",
				(int)strcspn(header, ":;"), header);
	struct curl_slist *longer = curl_slist_append(*list, header);
	if (!longer)
		return fail_memory(fail);
	*list = longer;
	return true;
}

static curl_mime *make_mime(struct exchange *exchange, struct fail *fail)
{
	const struct http_request *request = exchange->request;
	curl_mime *mime = curl_mime_init(exchange->http->easy);
	CURLcode code = mime ? CURLE_OK : CURLE_OUT_OF_MEMORY;
	for (size_t i = 0; !code && i < request->part_count; i++) {
		const struct http_part *from = &request->parts[i];
		curl_mimepart *part = curl_mime_addpart(mime);
		exchange->sources[i] = (struct source){
			.bytes = from->data, .file = from->file, .len = from->len
		};
		code = part ? curl_mime_name(part, from->name) : CURLE_OUT_OF_MEMORY;
		if (!code && from->file_name)
			code = curl_mime_filename(part, from->file_name);
		if (!code && from->type)
			code = curl_mime_type(part, from->type);
		if (!code)
			code = curl_mime_data_cb(part, (curl_off_t)from->len, give_bytes,
				request->once ? seek_never : seek_bytes, NULL,
				&exchange->sources[i]);
	}
	if (!code)
		return mime;
	curl_mime_free(mime);
	fail_memory(fail);
	return NULL;
}

/* A failure is BEFORE, the host, AFTER, and what the library says of it when AFTER ends in ": ". The
 * address was checked, so that another protocol is the answer's. */
static const struct {
	CURLcode code;
	enum fail_kind kind;
	const char *before, *after;
} meanings[] = {
	{ CURLE_URL_MALFORMAT, FAIL_USAGE, "", ": not an address: " },
	{ CURLE_UNSUPPORTED_PROTOCOL, FAIL_USAGE, "", ": what answers does not speak HTTP" },
	{ CURLE_COULDNT_RESOLVE_PROXY, FAIL_RETRY, "cannot connect to ", ": " },
	{ CURLE_COULDNT_RESOLVE_HOST, FAIL_RETRY, "cannot connect to ", ": " },
	{ CURLE_PROXY, FAIL_RETRY, "cannot connect to ", ": " },
	{ CURLE_COULDNT_CONNECT, FAIL_RETRY, "cannot connect to ", ": " },
	{ CURLE_PEER_FAILED_VERIFICATION, FAIL_NO, "", ": certificate not accepted: " },
	{ CURLE_SSL_ISSUER_ERROR, FAIL_NO, "", ": certificate not accepted: " },
	{ CURLE_SSL_INVALIDCERTSTATUS, FAIL_NO, "", ": certificate not accepted: " },
	{ CURLE_SSL_CACERT_BADFILE, FAIL_USAGE, "", ": cannot read whom to trust: " },
	{ CURLE_SSL_CONNECT_ERROR, FAIL_RETRY, "", ": cannot agree on TLS: " },
	{ CURLE_GOT_NOTHING, FAIL_RETRY, "", ": the connection was closed without an answer" },
	{ CURLE_SEND_FAIL_REWIND, FAIL_RETRY, "",
		": the connection broke before an answer; it may have been done" },
	{ CURLE_OK, FAIL_RETRY, "", ": " }, /* all others */
};

/* A request that took too long. */
static void classify_timeout(
	const struct exchange *exchange, const char *text, const char *host, struct fail *fail)
{
	double started = 0, limit = exchange->http->options.timeout;
	curl_off_t got = 0;
	curl_easy_getinfo(exchange->http->easy, CURLINFO_PRETRANSFER_TIME, &started);
	curl_easy_getinfo(exchange->http->easy, CURLINFO_SIZE_DOWNLOAD_T, &got);
	if (started <= 0)
		fail_set(fail, FAIL_RETRY, "cannot connect to %s: %s", host, text);
	else if (is_transfer(exchange->request))
		fail_set(fail, FAIL_RETRY, "%s: nothing moved for %g s", host, limit);
	else if (got > 0)
		fail_set(fail, FAIL_RETRY,
			"%s: the answer did not end within %g s (%lld bytes came)", host, limit,
			(long long)got);
	else
		fail_set(fail, FAIL_RETRY, "%s: no answer within %g s", host, limit);
}

static void classify(const struct exchange *exchange, CURLcode code, const char *text,
	const char *host, struct fail *fail)
{
	CURL *easy = exchange->http->easy;
	curl_off_t got = 0, whole = -1;
	long error = 0;
	size_t i = 0;
	curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &got);
	curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &whole);
	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
	if (!*text)
		text = curl_easy_strerror(code);
	if (code == CURLE_COULDNT_CONNECT && error)
		text = strerror((int)error);
	while (meanings[i].code && meanings[i].code != code)
		i++;
	const char *after = meanings[i].after;
	if (code == CURLE_OUT_OF_MEMORY)
		fail_memory(fail);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		classify_timeout(exchange, text, host, fail);
	else if (code == CURLE_PARTIAL_FILE && whole >= 0)
		fail_set(fail, FAIL_RETRY, "%s: the answer ended early (%lld of %lld bytes)",
			host, (long long)got, (long long)whole);
	else if (code == CURLE_PARTIAL_FILE)
		fail_set(fail, FAIL_RETRY, "%s: the answer ended early (%lld bytes came)", host,
			(long long)got);
	else if (code == CURLE_SSL_CONNECT_ERROR && strstr(text, "wrong version number"))
		fail_set(fail, FAIL_USAGE, "%s: what answers does not speak TLS", host);
	else
		fail_set(fail, meanings[i].kind, "%s%s%s%s", meanings[i].before, host, after,
			after[strlen(after) - 1] == ' ' ? text : "");
}

static long milliseconds(double seconds)
{
	double ms = seconds * 1000;
	return ms <= 0 ? 0 : ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : (long)ms;
}

static void set_deadlines(struct http *http, const struct http_request *request)
{
	const struct http_options *options = &http->options;
	long seconds = (long)(options->timeout < 1 ? 1 : options->timeout + 0.5);
	curl_easy_setopt(
		http->easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options->connect_timeout));
	if (request->take)
		return; /* it is for its owner to say what is too long */
	if (!is_transfer(request)) {
		curl_easy_setopt(
			http->easy, CURLOPT_TIMEOUT_MS, milliseconds(options->timeout));
	} else if (options->timeout > 0) {
		curl_easy_setopt(http->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(http->easy, CURLOPT_LOW_SPEED_TIME, seconds);
	}
}

/* Everything that every request has. */
static void set_up(struct exchange *exchange)
{
	struct http *http = exchange->http;
	CURL *easy = http->easy;
	const struct trust *trust = &http->trust;
	curl_easy_reset(easy); /* keeps the connection */
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* a key may have ".." in it */
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, keep_private);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "octi/" OCTI_VERSION);
	if (!exchange->request->take) /* what is compressed comes late */
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, watch);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, exchange);
	set_deadlines(http, exchange->request);
	if (!http->options.verify) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
		return;
	}
	/* each set, also to NULL: what is left alone is the system's */
	curl_easy_setopt(easy, CURLOPT_CAINFO, trust->text.len ? NULL : trust->file);
	curl_easy_setopt(easy, CURLOPT_CAPATH, trust->directory);
	if (trust->text.len) {
		struct curl_blob blob = { trust->text.data, trust->text.len, CURL_BLOB_NOCOPY };
		curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
	}
}

static CURLcode set_body(struct exchange *exchange)
{
	CURL *easy = exchange->http->easy;
	const struct http_request *request = exchange->request;
	struct source *source = &exchange->sources[0];
	curl_off_t len = (curl_off_t)request->len;
	if (!request->body_file && request->body) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, len);
		if (!request->once)
			return curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
		*source = (struct source){ .bytes = request->body, .len = request->len };
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_bytes);
		curl_easy_setopt(easy, CURLOPT_READDATA, source);
		return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_never);
	}
	if (request->body_file) {
		*source = (struct source){ .file = request->body_file, .len = request->len };
		curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, len);
		curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_bytes);
		curl_easy_setopt(easy, CURLOPT_READDATA, source);
		curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_bytes);
		curl_easy_setopt(easy, CURLOPT_SEEKDATA, source);
	}
	return CURLE_OK;
}

static CURLcode set_request(struct exchange *exchange)
{
	CURL *easy = exchange->http->easy;
	const struct http_request *request = exchange->request;
	bool bare = !request->body && !request->body_file && !request->parts;
	CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, request->url);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
	if (!code)
		code = set_body(exchange);
	if (!code && !strcmp(request->method, "HEAD"))
		code = curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (!code && (strcmp(request->method, "GET") != 0 || !bare))
		code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	if (!code && request->sigv4) {
		curl_easy_setopt(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, 1L);
		code = curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, request->sigv4);
	}
	if (!code && request->sigv4)
		code = curl_easy_setopt(easy, CURLOPT_USERPWD, request->user_pwd);
	/* curl reads only the lower-case name of this one */
	const char *proxy = getenv("HTTP_PROXY"), *lower = getenv("http_proxy");
	if (!code && exchange->plain && (!lower || !*lower) && proxy && *proxy)
		code = curl_easy_setopt(easy, CURLOPT_PROXY, proxy);
	return code;
}

/* ---- after it ---- */

/* What went wrong on our side. False when nothing did. */
static bool own_failure(const struct exchange *exchange, const char *host, struct fail *fail)
{
	const struct buf *body = &exchange->answer->body;
	for (size_t i = 0; i < exchange->source_count; i++)
		source_ok(&exchange->sources[i], fail);
	errno = exchange->write_error;
	if (exchange->write_error)
		fail_errno(fail, "writing the answer");
	if (body->state != BUF_OK)
		buf_ok(body, fail);
	if (body->state == BUF_FULL)
		fail_at(fail, "%s: the answer", host);
	if (exchange->interrupted)
		fail_set(fail, FAIL_RETRY, "stopped by signal %d", exchange->interrupted);
	return fail->kind;
}

/* Reads the rest of an answer that came whole. */
static bool finish(struct exchange *exchange, struct fail *fail)
{
	curl_off_t wait = 0;
	if (!decide(exchange))
		return fail_memory(fail);
	curl_easy_getinfo(exchange->http->easy, CURLINFO_RETRY_AFTER, &wait);
	if (wait > 0)
		exchange->answer->retry_after = (double)wait;
	struct curl_header *date;
	if (!curl_easy_header(exchange->http->easy, "Date", 0, CURLH_HEADER, -1, &date)) {
		time_t said = curl_getdate(date->value, NULL);
		exchange->answer->date = said > 0 ? said : 0;
	}
	if (exchange->answer->saved && exchange->request->to && fflush(exchange->request->to))
		return fail_errno(fail, "writing the answer");
	return true;
}

static void forget(struct http_answer *answer, size_t max)
{
	free(answer->type);
	buf_clear(&answer->body);
	buf_clear(&answer->reason);
	*answer = (struct http_answer){
		.retry_after = -1, .body = answer->body, .reason = answer->reason
	};
	answer->body.max = max;
}

/* ---- one request ---- */

/* Has the library know all of it; `take_apart` is due in any case. */
static bool put_together(struct exchange *exchange, struct fail *fail)
{
	const struct http_request *request = exchange->request;
	struct buf content = { 0 };
	exchange->signal = clock_stopped();
	exchange->source_count = request->part_count + 1;
	forget(exchange->answer, exchange->http->options.max_answer);
	fail_clear(fail);
	bool ok = name_host(request->url, &exchange->host, &exchange->plain, fail);
	buf_format(&content, "Content-Type: %s", request->type ? request->type : "");
	ok = ok && buf_ok(&content, fail) &&
		(!request->type || add_header(&exchange->headers, content.data, fail));
	for (const char *const *h = request->headers; ok && h && *h; h++)
		ok = add_header(&exchange->headers, *h, fail);
	buf_release(&content);
	/* never wait for 100 Continue; a header that is taken away would be signed all the same */
	if (!ok || (!request->sigv4 && !add_header(&exchange->headers, "Expect:", fail)))
		return false;
	exchange->sources = calloc(exchange->source_count, sizeof *exchange->sources);
	if (!exchange->sources)
		return fail_memory(fail);
	set_up(exchange);
	if (request->parts) {
		exchange->mime = make_mime(exchange, fail);
		if (!exchange->mime ||
			curl_easy_setopt(
				exchange->http->easy, CURLOPT_MIMEPOST, exchange->mime))
			return fail_memory(fail);
	}
	return true;
}

/* What the library's last word means. */
static bool conclude(struct exchange *exchange, CURLcode code, struct fail *fail)
{
	if (own_failure(exchange, buf_str(&exchange->host), fail))
		return false;
	bool peeked = exchange->request->peek && exchange->decided && code == CURLE_WRITE_ERROR;
	if (!code || peeked)
		return finish(exchange, fail);
	classify(exchange, code, exchange->error, buf_str(&exchange->host), fail);
	return false;
}

static void take_apart(struct exchange *exchange)
{
	curl_easy_reset(exchange->http->easy); /* of all that points into this exchange */
	curl_mime_free(exchange->mime);
	curl_slist_free_all(exchange->headers);
	free(exchange->sources);
	buf_release(&exchange->host);
}

bool http_send(struct http *http, const struct http_request *request,
	struct http_answer *answer, struct fail *fail)
{
	struct exchange exchange = { .http = http, .request = request, .answer = answer };
	bool ok = put_together(&exchange, fail);
	if (ok) {
		CURLcode code = set_request(&exchange);
		if (!code)
			code = curl_easy_perform(http->easy);
		ok = conclude(&exchange, code, fail);
	}
	take_apart(&exchange);
	return ok;
}

/* ---- one that goes on ---- */

bool http_begin(struct http *http, const struct http_request *request,
	struct http_answer *answer, struct fail *fail)
{
	http_end(http);
	http->multi = curl_multi_init();
	if (!http->multi)
		return fail_memory(fail);
	http->exchange =
		(struct exchange){ .http = http, .request = request, .answer = answer };
	bool ok = put_together(&http->exchange, fail);
	CURLcode code = ok ? set_request(&http->exchange) : CURLE_OK;
	if (code)
		ok = conclude(&http->exchange, code, fail);
	else if (ok && curl_multi_add_handle(http->multi, http->easy))
		ok = fail_memory(fail);
	if (!ok)
		http_end(http);
	return ok;
}

enum http_step http_go_on(struct http *http, struct fail *fail)
{
	int left = 0;
	CURLMsg *last = NULL;
	CURLMcode code = curl_multi_perform(http->multi, &left);
	if (!code)
		last = curl_multi_info_read(http->multi, &left);
	if (!code && !last)
		return HTTP_GOES_ON;
	CURLcode result = last ? last->data.result : CURLE_OUT_OF_MEMORY;
	bool whole = conclude(&http->exchange, result, fail);
	http_end(http);
	return whole ? HTTP_WHOLE : HTTP_FAILED;
}

size_t http_polls(struct http *http, struct pollfd polls[HTTP_POLLS])
{
	fd_set in, out, odd;
	int last = -1;
	size_t count = 0;
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&odd);
	if (!http->multi || curl_multi_fdset(http->multi, &in, &out, &odd, &last))
		return 0;
	for (int fd = 0; fd <= last && count < HTTP_POLLS; fd++) {
		short events = (short)((FD_ISSET(fd, &in) ? POLLIN : 0) |
			(FD_ISSET(fd, &out) ? POLLOUT : 0));
		if (events)
			polls[count++] = (struct pollfd){ .fd = fd, .events = events };
	}
	return count;
}

double http_due(struct http *http)
{
	struct pollfd polls[HTTP_POLLS];
	long milliseconds = -1;
	if (!http->multi)
		return HUGE_VAL;
	curl_multi_timeout(http->multi, &milliseconds);
	double seconds = milliseconds < 0 ? HUGE_VAL : (double)milliseconds / 1000;
	/* names are looked up by a thread of the library's that wakes nobody */
	return seconds > 0.1 && !http_polls(http, polls) ? 0.1 : seconds;
}

void http_end(struct http *http)
{
	if (!http->multi)
		return;
	curl_multi_remove_handle(http->multi, http->easy);
	take_apart(&http->exchange);
	curl_multi_cleanup(http->multi);
	http->multi = NULL;
}

void http_answer_release(struct http_answer *answer)
{
	free(answer->type);
	buf_release(&answer->body);
	buf_release(&answer->reason);
	*answer = (struct http_answer){ 0 };
}
