#include "exchange.h"

#include "clock.h"
#include "mishap.h"
#include "source.h"
#include "trust.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

struct exchange {
	struct exchange_terms terms;
	const struct request *request;
	struct answer *answer;
	const char *host;
	struct source *sources; /* of the parts; one, of the body */
	size_t source_count;
	struct curl_slist *headers;
	curl_mime *mime;
	char error[CURL_ERROR_SIZE];
	int signal;      /* what clock_stopped said at its beginning */
	int interrupted; /* the signal that came since */
	int write_error; /* errno of a write to the request's `to` */
	int no_socket;   /* errno when there was none */
	bool decided;    /* where the body goes */
	bool plain;      /* no TLS */
};

/* ---- while it is under way ---- */

/* Reads what the answer says of its body, and whether it goes to the request's `to`. */
static bool decide(struct exchange *exchange)
{
	struct answer *answer = exchange->answer;
	const struct request *request = exchange->request;
	struct curl_header *header;
	const char *type = NULL;
	if (exchange->decided)
		return true;
	exchange->decided = true;
	curl_easy_getinfo(exchange->terms.easy, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_easy_getinfo(exchange->terms.easy, CURLINFO_CONTENT_TYPE, &type);
	answer->attachment = !curl_easy_header(exchange->terms.easy, "Content-Disposition", 0,
				     CURLH_HEADER, -1, &header) &&
		!strncasecmp(header->value, "attachment", 10);
	answer->type = type ? strdup(type) : NULL;
	answer->saved = request_saves(request, answer);
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
	return request_take(
		       exchange->request, exchange->answer, bytes, len, &exchange->write_error)
		? len
		: 0;
}

static size_t take_header(char *bytes, size_t size, size_t n, void *ctx)
{
	struct exchange *exchange = ctx;
	answer_line(exchange->answer, bytes, size * n);
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
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct exchange *exchange = ctx;
	(void)purpose;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		exchange->no_socket = errno;
	return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* Called often, and at least once a second, and after each signal. */
static int watch(
	void *ctx, curl_off_t to_get, curl_off_t got, curl_off_t to_put, curl_off_t put)
{
	struct exchange *exchange = ctx;
	const struct request *request = exchange->request;
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
	const struct request *request = exchange->request;
	curl_mime *mime = curl_mime_init(exchange->terms.easy);
	CURLcode code = mime ? CURLE_OK : CURLE_OUT_OF_MEMORY;
	for (size_t i = 0; !code && i < request->part_count; i++) {
		const struct request_part *from = &request->parts[i];
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

static long milliseconds(double seconds)
{
	double ms = seconds * 1000;
	return ms <= 0 ? 0 : ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : (long)ms;
}

static void set_deadlines(const struct exchange *exchange)
{
	CURL *easy = exchange->terms.easy;
	double timeout = exchange->terms.timeout;
	long seconds = (long)(timeout < 1 ? 1 : timeout + 0.5);
	curl_easy_setopt(
		easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(exchange->terms.connect_timeout));
	if (exchange->request->take)
		return; /* it is for its owner to say what is too long */
	if (!request_moves_file(exchange->request)) {
		curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(timeout));
	} else if (timeout > 0) {
		curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, seconds);
	}
}

/* Everything that every request has. */
static void set_up(struct exchange *exchange)
{
	CURL *easy = exchange->terms.easy;
	const struct trust *trust = exchange->terms.trust;
	curl_easy_reset(easy); /* keeps the connection */
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* a key may have ".." in it */
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "octi/" OCTI_VERSION);
	if (!exchange->request->take) /* what is compressed comes late */
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(
		easy, CURLOPT_BUFFERSIZE, 64L << 10); /* what comes fast comes in few calls */
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, watch);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, exchange);
	set_deadlines(exchange);
	if (!trust) {
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
	CURL *easy = exchange->terms.easy;
	const struct request *request = exchange->request;
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
	CURL *easy = exchange->terms.easy;
	const struct request *request = exchange->request;
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

/* What the library's word means. The address was checked, so that another protocol is the answer's. */
static enum mishap_kind kind_of(CURLcode code, const char *text)
{
	switch (code) {
	case CURLE_OUT_OF_MEMORY:
		return MISHAP_MEMORY;
	case CURLE_URL_MALFORMAT:
		return MISHAP_ADDRESS;
	case CURLE_UNSUPPORTED_PROTOCOL:
		return MISHAP_PROTOCOL;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_PROXY:
	case CURLE_COULDNT_CONNECT:
		return MISHAP_CONNECT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return MISHAP_CERTIFICATE;
	case CURLE_SSL_CACERT_BADFILE:
		return MISHAP_AUTHORITIES;
	case CURLE_SSL_CONNECT_ERROR:
		return strstr(text, "wrong version number") ? MISHAP_PLAIN : MISHAP_TLS;
	case CURLE_GOT_NOTHING:
		return MISHAP_CLOSED;
	case CURLE_SEND_FAIL_REWIND:
		return MISHAP_ONCE;
	case CURLE_OPERATION_TIMEDOUT:
		return MISHAP_TIMEOUT;
	case CURLE_PARTIAL_FILE:
		return MISHAP_CUT;
	default:
		return MISHAP_OTHER;
	}
}

static void tell(const struct exchange *exchange, CURLcode code, struct fail *fail)
{
	CURL *easy = exchange->terms.easy;
	const char *text = *exchange->error ? exchange->error : curl_easy_strerror(code);
	curl_off_t got = 0, whole = -1;
	double started = 0;
	long error = exchange->no_socket;
	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME, &started);
	curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &got);
	curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &whole);
	curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
	if (!error)
		error = exchange->no_socket;
	if (code == CURLE_COULDNT_CONNECT && error)
		text = strerror((int)error);
	enum mishap_kind kind = kind_of(code, text);
	/* Before its version 8.6 the library has one word for both. */
	if (kind == MISHAP_MEMORY && started > 0 && !exchange->decided)
		kind = MISHAP_HEADER;
	struct mishap mishap = { .kind = kind,
		.host = exchange->host,
		.text = text,
		.connected = started > 0,
		.moves_file = request_moves_file(exchange->request),
		.limit = exchange->terms.timeout,
		.got = got,
		.whole = whole };
	mishap_tell(&mishap, fail);
}

/* What went wrong on our side. False when nothing did. */
static bool own_failure(const struct exchange *exchange, struct fail *fail)
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
		fail_at(fail, "%s: the answer", exchange->host);
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
	curl_easy_getinfo(exchange->terms.easy, CURLINFO_RETRY_AFTER, &wait);
	if (wait > 0)
		exchange->answer->retry_after = (double)wait;
	struct curl_header *date;
	if (!curl_easy_header(exchange->terms.easy, "Date", 0, CURLH_HEADER, -1, &date)) {
		time_t said = curl_getdate(date->value, NULL);
		exchange->answer->date = said > 0 ? said : 0;
	}
	if (exchange->answer->saved && exchange->request->to && fflush(exchange->request->to))
		return fail_errno(fail, "writing the answer");
	return true;
}

/* ---- the door ---- */

static bool put_together(struct exchange *exchange, struct fail *fail)
{
	const struct request *request = exchange->request;
	struct buf content = { 0 };
	buf_format(&content, "Content-Type: %s", request->type ? request->type : "");
	bool ok = buf_ok(&content, fail) &&
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
				exchange->terms.easy, CURLOPT_MIMEPOST, exchange->mime))
			return fail_memory(fail);
	}
	CURLcode code = set_request(exchange);
	return !code || exchange_end(exchange, (int)code, fail);
}

struct exchange *exchange_open(const struct exchange_terms *terms,
	const struct request *request, struct answer *answer, const char *host, bool plain,
	struct fail *fail)
{
	struct exchange *exchange = malloc(sizeof *exchange);
	if (!exchange) {
		fail_memory(fail);
		return NULL;
	}
	*exchange = (struct exchange){ .terms = *terms,
		.request = request,
		.answer = answer,
		.host = host,
		.plain = plain,
		.source_count = request->part_count + 1,
		.signal = clock_stopped() };
	if (!put_together(exchange, fail)) {
		exchange_close(exchange);
		exchange = NULL;
	}
	return exchange;
}

bool exchange_end(struct exchange *exchange, int code, struct fail *fail)
{
	if (own_failure(exchange, fail))
		return false;
	bool peeked = exchange->request->peek && exchange->decided && code == CURLE_WRITE_ERROR;
	if (!code || peeked)
		return finish(exchange, fail);
	tell(exchange, (CURLcode)code, fail);
	return false;
}

void exchange_close(struct exchange *exchange)
{
	if (!exchange)
		return;
	curl_easy_reset(exchange->terms.easy); /* of all that points into this exchange */
	curl_mime_free(exchange->mime);
	curl_slist_free_all(exchange->headers);
	free(exchange->sources);
	free(exchange);
}
