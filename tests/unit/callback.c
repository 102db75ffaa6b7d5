#include "callback.h"
#include "check.h"
#include "jwt.h"

#include <time.h>

static struct buf taken;
static bool full;
static enum bearer refused;

static bool take(void *ctx, const struct buf *job)
{
	(void)ctx;
	if (!full)
		buf_add(&taken, job->data, job->len);
	return !full;
}

static void refuse(void *ctx, enum bearer why)
{
	(void)ctx;
	refused = why;
}

static struct callback callback = {
	.jwks = JWT_KEYS, .token = "secret", .take = take, .refuse = refuse
};

static void check_answer(const struct web_answer *answer, unsigned status, const char *body)
{
	CHECK(answer->status == status);
	CHECK_TEXT(answer->type, "application/json");
	CHECK_TEXT(buf_str(&answer->body), body);
}

static void test_admission(void)
{
	struct buf header = { 0 }, none = { 0 };
	struct web_answer answer = { 0 };
	struct web_request request = { .method = "POST", .path = "/", .body = &none };
	CHECK(!callback_admit(&callback, &request, &answer));
	check_answer(&answer, 401, "{\"error\":\"Invalid credentials\"}");
	CHECK(refused == BEARER_NONE);
	buf_release(&answer.body);
	for (int late = 0; late < 2; late++) {
		struct buf claims = { 0 };
		buf_format(&claims, "{\"iss\":\"opencti\",\"sub\":\"connector\",\"exp\":%lld}",
			(long long)time(NULL) + (late ? -1 : 60));
		buf_clear(&header);
		buf_text(&header, "Bearer ");
		jwt_sign(&header, JWT_HEAD, claims.data);
		request.authorization = header.data;
		CHECK(callback_admit(&callback, &request, &answer) == !late);
		buf_release(&claims);
	}
	CHECK(refused == BEARER_EXPIRED);
	buf_release(&answer.body);
	buf_release(&header);
	callback.jwks = "";
	request.authorization = "Bearer secret";
	CHECK(callback_admit(&callback, &request, &answer));
	callback.jwks = JWT_KEYS;
}

static void post(const char *body, unsigned status, const char *said)
{
	struct buf text = { 0 };
	struct web_answer answer = { 0 };
	struct web_request request = { .method = "POST", .path = "/", .body = &text };
	buf_clear(&taken);
	if (*body)
		buf_text(&text, body);
	callback_answer(&callback, &request, &answer);
	check_answer(&answer, status, said);
	CHECK((answer.retry_after > 0) == (status == 503));
	CHECK_TEXT(buf_str(&taken), status == 202 ? body : "");
	buf_release(&answer.body);
	buf_release(&text);
}

int main(void)
{
	static const char *const bad[] = { "", "null", "[]", "[{}]", "\"{}\"", "{", "{}x",
		"{} {}", "{\"a\":}", "{\"a\":\"\xff\"}", "no" };
	test_admission();
	post("{\"a\": 1}\n", 202, "{\"message\":\"Message successfully received\"}");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		post(bad[i], 400, "{\"error\":\"Invalid JSON payload\"}");
	full = true;
	post("{}", 503, "{\"error\":\"Message cannot be kept now\"}");
	buf_release(&taken);
	return check_end("callback");
}
