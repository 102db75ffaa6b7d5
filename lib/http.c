#include "http.h"

#include "exchange.h"
#include "opt.h"
#include "trust.h"

#include <curl/curl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

struct http {
	CURL *easy;
	struct http_options options;
	struct trust trust;
	struct buf host;           /* of the last request */
	CURLM *multi;              /* of http_begin; NULL: nothing has begun */
	struct exchange *exchange; /* that has begun */
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
	buf_release(&http->host);
	free(http);
}

/* ---- where it leads ---- */

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

void http_hurry(struct http *http, double seconds)
{
	if (http->options.timeout <= 0 || http->options.timeout > seconds)
		http->options.timeout = seconds;
}

/* ---- one request ---- */

/* Has the handle know all of it; NULL when that fails. */
static struct exchange *start(struct http *http, const struct request *request,
	struct answer *answer, struct fail *fail)
{
	const struct http_options *options = &http->options;
	struct exchange_terms terms = { .easy = http->easy,
		.trust = options->verify ? &http->trust : NULL,
		.timeout = options->timeout,
		.connect_timeout = options->connect_timeout };
	bool plain;
	answer_clear(answer, options->max_answer);
	fail_clear(fail);
	buf_clear(&http->host);
	if (!name_host(request->url, &http->host, &plain, fail))
		return NULL;
	return exchange_open(&terms, request, answer, http->host.data, plain, fail);
}

bool http_send(struct http *http, const struct request *request, struct answer *answer,
	struct fail *fail)
{
	struct exchange *exchange = start(http, request, answer, fail);
	bool ok = exchange && exchange_end(exchange, (int)curl_easy_perform(http->easy), fail);
	exchange_close(exchange);
	return ok;
}

/* ---- one that goes on ---- */

bool http_begin(struct http *http, const struct request *request, struct answer *answer,
	struct fail *fail)
{
	http_end(http);
	http->multi = curl_multi_init();
	if (!http->multi)
		return fail_memory(fail);
	http->exchange = start(http, request, answer, fail);
	bool ok = http->exchange;
	if (ok && curl_multi_add_handle(http->multi, http->easy))
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
	bool whole = exchange_end(http->exchange, (int)result, fail);
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
	exchange_close(http->exchange);
	http->exchange = NULL;
	curl_multi_cleanup(http->multi);
	http->multi = NULL;
}
