/* callback: a line that is an Authorization header, or the head of a token, with its claims on the next,
 * which are signed; a line of keys (none: those of the signature); the rest is a body. Whatever they are,
 * nothing breaks, a token that is not signed is not good, and what is taken is a JSON object. */
#include "callback.h"
#include "fuzz.h"
#include "scan.h"

#include "../unit/jwt.h"

static bool take(void *ctx, const struct buf *job)
{
	*(bool *)ctx = true;
	struct scan scan;
	struct span value;
	scan_init(&scan, buf_str(job), job->len);
	CHECK(scan_value(&scan, &value) && *value.text == '{' && scan_peek(&scan) == -1);
	scan_release(&scan);
	return job->len % 2;
}

static void refuse(void *ctx, enum bearer why)
{
	(void)ctx;
	CHECK(why != BEARER_GOOD && *bearer_text(why));
}

static void next_line(const uint8_t **at, const uint8_t *end, struct buf *line)
{
	const uint8_t *stop = memchr(*at, '\n', (size_t)(end - *at));
	buf_add(line, *at, (size_t)((stop ? stop : end) - *at));
	*at = stop ? stop + 1 : end;
}

static void check_body(struct callback *callback, const uint8_t *at, size_t len, bool *taken)
{
	struct buf body = { 0 };
	struct web_answer answer = { 0 };
	struct web_request request = { .method = "POST", .path = "/", .body = &body };
	buf_add(&body, at, len);
	callback_answer(callback, &request, &answer);
	CHECK(answer.status == (!*taken ? 400 : len % 2 ? 202 : 503));
	buf_release(&answer.body);
	request.authorization = "Bearer ..";
	answer = (struct web_answer){ 0 };
	CHECK(!callback_admit(callback, &request, &answer) && answer.status == 401);
	buf_release(&answer.body);
	buf_release(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const uint8_t *at = bytes, *end = bytes + len;
	struct buf head = { 0 }, claims = { 0 }, jwks = { 0 }, header = { 0 };
	bool taken = false;
	next_line(&at, end, &head);
	bool raw = head.len && (head.data[0] | 32) == 'b';
	if (!raw)
		next_line(&at, end, &claims);
	next_line(&at, end, &jwks);
	if (raw) {
		buf_text(&header, buf_str(&head));
	} else {
		buf_text(&header, "Bearer ");
		jwt_sign(&header, buf_str(&head), buf_str(&claims));
	}
	const char *keys = jwks.len ? jwks.data : JWT_KEYS;
	enum bearer bearer = bearer_check(header.data, keys, "", 2000);
	CHECK(!raw || jwks.len || bearer != BEARER_GOOD);
	CHECK(bearer_check(header.data, "", "", 2000) != BEARER_GOOD);
	struct callback callback = { .jwks = keys,
		.token = "secret",
		.take = take,
		.refuse = refuse,
		.take_ctx = &taken };
	check_body(&callback, at, (size_t)(end - at), &taken);
	buf_release(&head);
	buf_release(&claims);
	buf_release(&jwks);
	buf_release(&header);
	return 0;
}
