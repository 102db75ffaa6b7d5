#include "tap.h"

#include "clock.h"

#include <math.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const double first_delay = 0.5, last_delay = 30;

void tap_open(struct tap *tap)
{
	tap->delay = first_delay;
}

/* ---- asking ---- */

static void add_encoded(struct buf *to, const char *text)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	for (; *text; text++) {
		if (strchr(plain, *text))
			buf_char(to, *text);
		else
			buf_format(to, "%%%02X", (unsigned)(unsigned char)*text);
	}
}

static const char *truth(const struct conf *conf, enum conf_key key)
{
	return conf_bool(conf, key) ? "true" : "false";
}

static bool set_headers(struct tap *tap, struct fail *fail)
{
	const struct conf *conf = tap->agent->platform.conf;
	struct graphql *graphql = tap->graphql;
	return graphql_header(graphql, "Accept", "text/event-stream", fail) &&
		graphql_header(graphql, "Cache-Control", "no-cache", fail) &&
		graphql_header(graphql, "Last-Event-ID", buf_str(&tap->position->from), fail) &&
		graphql_header(graphql, "listen-delete",
			truth(conf, CONNECTOR_LIVE_STREAM_LISTEN_DELETE), fail) &&
		graphql_header(graphql, "no-dependencies",
			truth(conf, CONNECTOR_LIVE_STREAM_NO_DEPENDENCIES), fail) &&
		graphql_header(graphql, "with-inferences",
			truth(conf, CONNECTOR_LIVE_STREAM_WITH_INFERENCES), fail);
}

static bool is_stream(const struct answer *answer)
{
	return answer->type && !strncasecmp(answer->type, "text/event-stream", 17);
}

static bool take(void *ctx, const char *bytes, size_t len)
{
	struct tap *tap = ctx;
	tap->heard = tap->now;
	if (!tap->flowing) {
		tap->flowing = tap->was_flowing = tap->agent->linked = true;
		agent_say(tap->agent, LOG_INFO, NULL, "following the stream%s",
			tap->said_lost || tap->said_away ? " again" : "");
		tap->said_lost = tap->said_away = false;
		tap->began = tap->heard;
		agent_ready(tap->agent);
	}
	return sse_feed(&tap->sse, bytes, len, &tap->stop);
}

static bool connect_to(struct tap *tap, struct fail *fail)
{
	tap->heard = clock_now();
	tap->flowing = false;
	sse_reset(&tap->sse);
	if (!tap->graphql)
		tap->graphql = graphql_open(tap->agent->platform.conf, fail);
	if (!tap->graphql || !set_headers(tap, fail))
		return false;
	buf_clear(&tap->url);
	buf_format(&tap->url, "%s/stream", graphql_base(tap->graphql));
	if (tap->stream) {
		buf_char(&tap->url, '/');
		add_encoded(&tap->url, tap->stream);
	}
	if (position_until(tap->position)) {
		buf_text(&tap->url, "?recover=");
		add_encoded(&tap->url, position_until(tap->position));
	}
	tap->request = (struct request){ .method = "GET",
		.url = buf_str(&tap->url),
		.headers = graphql_headers(tap->graphql),
		.take = take,
		.take_ctx = tap,
		.wanted = is_stream };
	tap->going = buf_ok(&tap->url, fail) &&
		http_begin(graphql_http(tap->graphql), &tap->request, &tap->answer, fail);
	return tap->going;
}

/* ---- losing it ---- */

/* What an answer says that is no stream. */
static bool refused(const struct tap *tap, struct fail *fail)
{
	const struct answer *answer = &tap->answer;
	const char *type = answer->type ? answer->type : "no type";
	long status = answer->status;
	bool page = !strncasecmp(type, "text/html", 9);
	enum fail_kind kind =
		status >= 500 || status == 429 || status == 408 ? FAIL_RETRY : FAIL_NO;
	const char *hint = "";
	if (status == 200)
		return fail_set(fail, FAIL_NO, "the answer is %s, not a stream%s",
			page ? "a web page" : type,
			page ? ": is OPENCTI_URL right, with its path?" : "");
	if (status == 401)
		hint = " (the stream is unknown or not for this user, or OPENCTI_TOKEN is not "
		       "right)";
	else if (status == 410)
		hint = " (start it on the platform)";
	else if (status == 429)
		hint = " (too many requests)";
	else if (status == 404 || (status >= 300 && status < 400))
		hint = " (is OPENCTI_URL right, with its path?)";
	return fail_set(fail, kind, "HTTP %ld: %s%s", status,
		answer->reason.len ? buf_str(&answer->reason) : "refused", hint);
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* Says it, once until it is mended, and puts the next try off. */
static void lose(struct tap *tap, struct fail *fail)
{
	bool lost = tap->flowing;
	bool *said = lost ? &tap->said_lost : &tap->said_away;
	if (!*said)
		agent_say(tap->agent, lost ? LOG_WARNING : LOG_ERROR, NULL,
			"the stream: %s; trying again", fail_text(fail));
	*said = true;
	fail_clear(fail);
	if (lost && clock_now() - tap->began > last_delay)
		tap->delay = first_delay;
	double wait = larger(larger(tap->delay, tap->sse.retry), tap->answer.retry_after);
	tap->at = clock_now() + wait * clock_jitter(0.1);
	tap->delay = tap->delay * 2 < last_delay ? tap->delay * 2 : last_delay;
	tap->flowing = tap->agent->linked = false;
}

/* The request has ended. */
static bool end(struct tap *tap, enum http_step step, struct fail *fail)
{
	tap->going = false;
	if (tap->stop.kind) {
		fail_clear(fail);
		*fail = tap->stop;
		tap->stop = (struct fail){ 0 };
		if (fail->kind != FAIL_RETRY)
			return false;
	} else if (step == HTTP_WHOLE && tap->answer.saved) {
		fail_set(fail, FAIL_RETRY, "the platform has ended it");
	} else if (step == HTTP_WHOLE) {
		refused(tap, fail);
	}
	if (fail->kind != FAIL_RETRY && !tap->was_flowing)
		return fail_at(fail, "the stream %s", tap->stream ? tap->stream : "");
	lose(tap, fail);
	return true;
}

/* ---- the rounds ---- */

void tap_pause(struct tap *tap, bool paused)
{
	if (tap->paused && !paused)
		tap->heard = clock_now();
	tap->paused = paused;
}

size_t tap_polls(struct tap *tap, struct pollfd polls[HTTP_POLLS])
{
	return tap->going && !tap->paused ? http_polls(graphql_http(tap->graphql), polls) : 0;
}

double tap_due(struct tap *tap)
{
	if (tap->paused)
		return HUGE_VAL;
	if (!tap->going)
		return tap->at - clock_now();
	double due = http_due(graphql_http(tap->graphql));
	double silent = tap->heard + tap->silence - clock_now();
	return due < silent ? due : silent;
}

bool tap_serve(struct tap *tap, struct fail *fail)
{
	if (tap->paused || (!tap->going && clock_now() < tap->at))
		return true;
	if (!tap->going && !connect_to(tap, fail)) {
		if (fail->kind != FAIL_RETRY)
			return false;
		lose(tap, fail);
		return true;
	}
	tap->now = clock_now();
	enum http_step step = http_go_on(graphql_http(tap->graphql), fail);
	if (step == HTTP_GOES_ON && clock_now() - tap->heard > tap->silence) {
		http_end(graphql_http(tap->graphql));
		fail_set(fail, FAIL_RETRY, "nothing came for %g s", tap->silence);
		step = HTTP_FAILED;
	}
	return step == HTTP_GOES_ON || end(tap, step, fail);
}

void tap_renew(struct tap *tap)
{
	graphql_close(tap->graphql);
	tap->graphql = NULL;
	tap->going = tap->flowing = tap->agent->linked = false;
	tap->at = 0;
}

void tap_forget(struct tap *tap)
{
	struct pollfd polls[HTTP_POLLS];
	size_t count = tap->going ? http_polls(graphql_http(tap->graphql), polls) : 0;
	for (size_t i = 0; i < count; i++)
		close(polls[i].fd);
}

void tap_close(struct tap *tap)
{
	tap_renew(tap);
	answer_release(&tap->answer);
	buf_release(&tap->url);
	sse_release(&tap->sse);
	fail_clear(&tap->stop);
}
