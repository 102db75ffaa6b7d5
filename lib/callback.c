#include "callback.h"

#include "scan.h"

#include <time.h>

/* Seconds until a job that could not be kept is posted again, by who asks. */
enum { LATER = 10 };

static void say(struct web_answer *answer, unsigned status, const char *body)
{
	answer->status = status;
	answer->type = "application/json";
	buf_text(&answer->body, body);
}

bool callback_admit(void *ctx, const struct web_request *request, struct web_answer *answer)
{
	const struct callback *callback = ctx;
	enum bearer bearer = bearer_check(
		request->authorization, callback->jwks, callback->token, (long long)time(NULL));
	if (bearer == BEARER_GOOD)
		return true;
	callback->refuse(callback->refuse_ctx, bearer);
	say(answer, 401, "{\"error\":\"Invalid credentials\"}");
	return false;
}

static bool is_object(const char *text, size_t len)
{
	struct scan scan;
	struct span value;
	scan_init(&scan, text, len);
	bool ok = scan_value(&scan, &value) && scan_peek(&scan) == -1 && *value.text == '{';
	scan_release(&scan);
	return ok;
}

void callback_answer(void *ctx, const struct web_request *request, struct web_answer *answer)
{
	const struct callback *callback = ctx;
	if (!is_object(buf_str(request->body), request->body->len)) {
		say(answer, 400, "{\"error\":\"Invalid JSON payload\"}");
	} else if (callback->take(callback->take_ctx, request->body)) {
		say(answer, 202, "{\"message\":\"Message successfully received\"}");
	} else {
		say(answer, 503, "{\"error\":\"Message cannot be kept now\"}");
		answer->retry_after = LATER;
	}
}
