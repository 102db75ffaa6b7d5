#include "http.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct http {
	CURL *easy;
	struct http_options options;
	const char *ca_file, *ca_directory; /* borrowed; NULL: not used */
	struct buf ca_text;                 /* PEM, instead of ca_file */
};

/* A part's bytes while the library reads them. */
struct source {
	const char *bytes;
	size_t len, at;
};

static bool is_pem(const char *text)
{
	text += strspn(text, " \t\r\n");
	return !strncmp(text, "-----BEGIN", 10);
}

static const char *environment(const char *name)
{
	const char *text = getenv(name);
	return text && *text ? text : NULL;
}

/* Adds PEM text, or that of a file, and a newline. */
static bool add_authorities(struct buf *to, const char *pem_or_path, struct fail *fail)
{
	if (is_pem(pem_or_path)) {
		buf_text(to, pem_or_path);
	} else {
		FILE *file = fopen(pem_or_path, "re");
		char *room = NULL;
		size_t n = 0;
		if (file)
			while ((room = buf_room(to, 8192)) &&
				(n = fread(room, 1, 8192, file))) {
				to->len += n;
				room[n] = '\0';
			}
		bool bad = !file || ferror(file);
		int error = errno;
		if (file)
			fclose(file);
		if (bad)
			return fail_set(
				fail, FAIL_USAGE, "%s: %s", pem_or_path, strerror(error));
	}
	buf_char(to, '\n');
	return true;
}

/* Finds out whom to trust. */
static bool choose_authorities(struct http *http, struct fail *fail)
{
	const char *ca = http->options.ca, *extra = http->options.extra_ca;
	struct stat st;
	if (!ca)
		ca = environment("REQUESTS_CA_BUNDLE");
	if (!ca)
		ca = environment("CURL_CA_BUNDLE");
	if (!ca)
		ca = environment("SSL_CERT_FILE");
	if (ca && is_pem(ca)) {
		if (!add_authorities(&http->ca_text, ca, fail))
			return false;
	} else if (ca) {
		if (stat(ca, &st))
			return fail_set(fail, FAIL_USAGE, "%s: %s", ca, strerror(errno));
		if (S_ISDIR(st.st_mode))
			http->ca_directory = ca;
		else
			http->ca_file = ca;
	} else {
		curl_easy_getinfo(http->easy, CURLINFO_CAINFO, &http->ca_file);
		curl_easy_getinfo(http->easy, CURLINFO_CAPATH, &http->ca_directory);
	}
	if (extra) {
		size_t before;
		if (http->ca_file && !add_authorities(&http->ca_text, http->ca_file, fail))
			return false;
		before = http->ca_text.len;
		if (!add_authorities(&http->ca_text, extra, fail))
			return false;
		if (http->ca_text.state == BUF_OK &&
			!strstr(http->ca_text.data + before, "-----BEGIN CERTIFICATE-----"))
			return fail_set(fail, FAIL_USAGE, "%s: no certificate in it",
				is_pem(extra) ? "PEM text" : extra);
	}
	return buf_ok(&http->ca_text, fail);
}

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
	if (!http->easy || (options->verify && !choose_authorities(http, fail))) {
		http_close(http);
		return NULL;
	}
	return http;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	curl_easy_cleanup(http->easy);
	curl_global_cleanup();
	buf_release(&http->ca_text);
	free(http);
}

static size_t take_body(char *bytes, size_t size, size_t n, void *ctx)
{
	struct buf *body = ctx;
	buf_add(body, bytes, size * n);
	return body->state == BUF_OK ? size * n : 0;
}

static size_t give_part(char *to, size_t size, size_t n, void *ctx)
{
	struct source *source = ctx;
	size_t len = size * n, left = source->len - source->at;
	if (len > left)
		len = left;
	if (len)
		memcpy(to, source->bytes + source->at, len);
	source->at += len;
	return len;
}

static int seek_part(void *ctx, curl_off_t offset, int origin)
{
	struct source *source = ctx;
	if (origin != SEEK_SET || offset < 0 || (uint64_t)offset > source->len)
		return CURL_SEEKFUNC_FAIL;
	source->at = (size_t)offset;
	return CURL_SEEKFUNC_OK;
}

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

static curl_mime *make_mime(struct http *http, const struct http_request *request,
	struct source *sources, struct fail *fail)
{
	curl_mime *mime = curl_mime_init(http->easy);
	CURLcode code = mime ? CURLE_OK : CURLE_OUT_OF_MEMORY;
	for (size_t i = 0; !code && i < request->part_count; i++) {
		const struct http_part *from = &request->parts[i];
		curl_mimepart *part = curl_mime_addpart(mime);
		sources[i] = (struct source){ .bytes = from->data, .len = from->len };
		code = part ? curl_mime_name(part, from->name) : CURLE_OUT_OF_MEMORY;
		if (!code && from->file_name)
			code = curl_mime_filename(part, from->file_name);
		if (!code && from->type)
			code = curl_mime_type(part, from->type);
		if (!code)
			code = curl_mime_data_cb(part, (curl_off_t)from->len, give_part,
				seek_part, NULL, &sources[i]);
	}
	if (!code)
		return mime;
	curl_mime_free(mime);
	fail_memory(fail);
	return NULL;
}

static void classify(
	struct http *http, CURLcode code, const char *text, const char *host, struct fail *fail)
{
	double started = 0;
	curl_off_t got = 0, whole = -1;
	long error = 0;
	curl_easy_getinfo(http->easy, CURLINFO_PRETRANSFER_TIME, &started);
	curl_easy_getinfo(http->easy, CURLINFO_SIZE_DOWNLOAD_T, &got);
	curl_easy_getinfo(http->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &whole);
	if (!*text)
		text = curl_easy_strerror(code);
	switch (code) {
	case CURLE_OUT_OF_MEMORY:
		fail_memory(fail);
		break;
	case CURLE_URL_MALFORMAT:
		fail_set(fail, FAIL_USAGE, "%s: not an address: %s", host, text);
		break;
	case CURLE_UNSUPPORTED_PROTOCOL: /* the address was checked, so it is the answer's */
		fail_set(fail, FAIL_USAGE, "%s: what answers does not speak HTTP", host);
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_PROXY:
		fail_set(fail, FAIL_RETRY, "cannot connect to %s: %s", host, text);
		break;
	case CURLE_COULDNT_CONNECT:
		curl_easy_getinfo(http->easy, CURLINFO_OS_ERRNO, &error);
		fail_set(fail, FAIL_RETRY, "cannot connect to %s: %s", host,
			error ? strerror((int)error) : text);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		fail_set(fail, FAIL_NO, "%s: certificate not accepted: %s", host, text);
		break;
	case CURLE_SSL_CACERT_BADFILE:
		fail_set(fail, FAIL_USAGE, "%s: cannot read whom to trust: %s", host, text);
		break;
	case CURLE_SSL_CONNECT_ERROR:
		if (strstr(text, "wrong version number")) {
			fail_set(fail, FAIL_USAGE, "%s: what answers does not speak TLS", host);
			break;
		}
		fail_set(fail, FAIL_RETRY, "%s: cannot agree on TLS: %s", host, text);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		if (started <= 0)
			fail_set(fail, FAIL_RETRY, "cannot connect to %s: %s", host, text);
		else if (got > 0)
			fail_set(fail, FAIL_RETRY,
				"%s: the answer did not end within %g s (%lld bytes came)",
				host, http->options.timeout, (long long)got);
		else
			fail_set(fail, FAIL_RETRY, "%s: no answer within %g s", host,
				http->options.timeout);
		break;
	case CURLE_PARTIAL_FILE:
		if (whole >= 0)
			fail_set(fail, FAIL_RETRY,
				"%s: the answer ended early (%lld of %lld bytes)", host,
				(long long)got, (long long)whole);
		else
			fail_set(fail, FAIL_RETRY,
				"%s: the answer ended early (%lld bytes came)", host,
				(long long)got);
		break;
	case CURLE_GOT_NOTHING:
		fail_set(fail, FAIL_RETRY, "%s: the connection was closed without an answer",
			host);
		break;
	default:
		fail_set(fail, FAIL_RETRY, "%s: %s", host, text);
	}
}

static long milliseconds(double seconds)
{
	double ms = seconds * 1000;
	return ms <= 0 ? 0 : ms < 1 ? 1 : ms > INT_MAX ? INT_MAX : (long)ms;
}

/* Everything that does not depend on the request. */
static void set_up(struct http *http, struct http_answer *answer, char *error)
{
	CURL *easy = http->easy;
	const struct http_options *options = &http->options;
	curl_easy_reset(easy); /* keeps the connection */
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* a key may have ".." in it */
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, milliseconds(options->timeout));
	curl_easy_setopt(
		easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options->connect_timeout));
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "octi/" OCTI_VERSION);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer->body);
	if (!options->verify) {
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
		return;
	}
	/* each set, also to NULL: what is left alone is the system's */
	curl_easy_setopt(easy, CURLOPT_CAINFO, http->ca_text.len ? NULL : http->ca_file);
	curl_easy_setopt(easy, CURLOPT_CAPATH, http->ca_directory);
	if (http->ca_text.len) {
		struct curl_blob blob = { http->ca_text.data, http->ca_text.len,
			CURL_BLOB_NOCOPY };
		curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
	}
}

static CURLcode set_request(struct http *http, const struct http_request *request, bool plain,
	struct curl_slist *headers)
{
	CURL *easy = http->easy;
	CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, request->url);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	if (!code && !strcmp(request->method, "HEAD"))
		code = curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else if (!code &&
		(strcmp(request->method, "GET") != 0 || request->body || request->parts))
		code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	if (!code && request->body) {
		code = curl_easy_setopt(
			easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->len);
		if (!code)
			code = curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
	}
	if (!code && request->sigv4)
		code = curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, request->sigv4);
	if (!code && request->sigv4)
		code = curl_easy_setopt(easy, CURLOPT_EXPECT_100_TIMEOUT_MS, 1L);
	if (!code && request->sigv4)
		code = curl_easy_setopt(easy, CURLOPT_USERPWD, request->user_pwd);
	/* curl reads only the lower-case name of this one */
	if (!code && plain && !getenv("http_proxy") && environment("HTTP_PROXY"))
		code = curl_easy_setopt(easy, CURLOPT_PROXY, environment("HTTP_PROXY"));
	return code;
}

bool http_send(struct http *http, const struct http_request *request,
	struct http_answer *answer, struct fail *fail)
{
	char error[CURL_ERROR_SIZE] = "";
	struct buf host = { 0 };
	struct curl_slist *headers = NULL;
	struct source *sources = NULL;
	curl_mime *mime = NULL;
	bool plain = false, ok = false;

	free(answer->type);
	answer->type = NULL;
	answer->status = 0;
	answer->retry_after = -1;
	buf_clear(&answer->body);
	answer->body.max = http->options.max_answer;
	fail_clear(fail);
	if (!name_host(request->url, &host, &plain, fail))
		goto out;
	for (const char *const *h = request->headers; h && *h; h++)
		if (!add_header(&headers, *h, fail))
			goto out;
	/* never wait for 100 Continue; a header that is taken away would be signed all the same */
	if (!request->sigv4 && !add_header(&headers, "Expect:", fail))
		goto out;
	set_up(http, answer, error);
	if (request->parts) {
		sources = calloc(request->part_count + 1, sizeof *sources);
		mime = sources ? make_mime(http, request, sources, fail) : NULL;
		if (!mime || curl_easy_setopt(http->easy, CURLOPT_MIMEPOST, mime)) {
			fail_memory(fail);
			goto out;
		}
	}
	CURLcode code = set_request(http, request, plain, headers);
	if (!code)
		code = curl_easy_perform(http->easy);
	if (answer->body.state != BUF_OK) {
		buf_ok(&answer->body, fail);
		if (answer->body.state == BUF_FULL)
			fail_at(fail, "%s: the answer", buf_str(&host));
	} else if (code) {
		classify(http, code, error, buf_str(&host), fail);
	} else {
		curl_off_t wait = 0;
		const char *type = NULL;
		curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &answer->status);
		curl_easy_getinfo(http->easy, CURLINFO_CONTENT_TYPE, &type);
		curl_easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &wait);
		if (wait > 0)
			answer->retry_after = (double)wait;
		answer->type = type ? strdup(type) : NULL;
		ok = !type || answer->type;
		if (!ok)
			fail_memory(fail);
	}
out:
	curl_easy_reset(http->easy); /* of all that points into this call */
	curl_mime_free(mime);
	curl_slist_free_all(headers);
	free(sources);
	buf_release(&host);
	return ok;
}

void http_answer_release(struct http_answer *answer)
{
	free(answer->type);
	buf_release(&answer->body);
	*answer = (struct http_answer){ 0 };
}
