#include "mishap.h"

#include <string.h>

/* BEFORE, the host, AFTER, and what the library says of it when AFTER ends in ": ". */
static const struct {
	enum fail_kind kind;
	const char *before, *after;
} meanings[] = {
	[MISHAP_OTHER] = { FAIL_RETRY, "", ": " },
	[MISHAP_HEADER] = { FAIL_RETRY, "",
		": out of memory, or a line of the answer's header is longer than 100 KB" },
	[MISHAP_ADDRESS] = { FAIL_USAGE, "", ": not an address: " },
	[MISHAP_PROTOCOL] = { FAIL_USAGE, "", ": what answers does not speak HTTP" },
	[MISHAP_PLAIN] = { FAIL_USAGE, "", ": what answers does not speak TLS" },
	[MISHAP_CONNECT] = { FAIL_RETRY, "cannot connect to ", ": " },
	[MISHAP_CERTIFICATE] = { FAIL_NO, "", ": certificate not accepted: " },
	[MISHAP_AUTHORITIES] = { FAIL_USAGE, "", ": cannot read whom to trust: " },
	[MISHAP_TLS] = { FAIL_RETRY, "", ": cannot agree on TLS: " },
	[MISHAP_CLOSED] = { FAIL_RETRY, "", ": the connection was closed without an answer" },
	[MISHAP_ONCE] = { FAIL_RETRY, "",
		": the connection broke before an answer; it may have been done" },
};

static void tell_meaning(const struct mishap *mishap, enum mishap_kind kind, struct fail *fail)
{
	const char *after = meanings[kind].after;
	fail_set(fail, meanings[kind].kind, "%s%s%s%s", meanings[kind].before, mishap->host,
		after, after[strlen(after) - 1] == ' ' ? mishap->text : "");
}

static void tell_timeout(const struct mishap *mishap, struct fail *fail)
{
	const char *host = mishap->host;
	if (!mishap->connected)
		tell_meaning(mishap, MISHAP_CONNECT, fail);
	else if (mishap->moves_file)
		fail_set(fail, FAIL_RETRY, "%s: nothing moved for %g s", host, mishap->limit);
	else if (mishap->got > 0)
		fail_set(fail, FAIL_RETRY,
			"%s: the answer did not end within %g s (%lld bytes came)", host,
			mishap->limit, mishap->got);
	else
		fail_set(fail, FAIL_RETRY, "%s: no answer within %g s", host, mishap->limit);
}

static void tell_cut(const struct mishap *mishap, struct fail *fail)
{
	if (mishap->whole >= 0)
		fail_set(fail, FAIL_RETRY, "%s: the answer ended early (%lld of %lld bytes)",
			mishap->host, mishap->got, mishap->whole);
	else
		fail_set(fail, FAIL_RETRY, "%s: the answer ended early (%lld bytes came)",
			mishap->host, mishap->got);
}

void mishap_tell(const struct mishap *mishap, struct fail *fail)
{
	switch (mishap->kind) {
	case MISHAP_MEMORY:
		fail_memory(fail);
		break;
	case MISHAP_TIMEOUT:
		tell_timeout(mishap, fail);
		break;
	case MISHAP_CUT:
		tell_cut(mishap, fail);
		break;
	default:
		tell_meaning(mishap, mishap->kind, fail);
	}
}
