#include "mishap.h"
#include "check.h"

static void check_told(struct mishap mishap, enum fail_kind kind, const char *text)
{
	struct fail fail = { 0 };
	mishap.host = "a.example:8080";
	mishap.text = "WORDS";
	mishap_tell(&mishap, &fail);
	CHECK_FAIL(&fail, kind, text);
}

static void test_meanings(void)
{
	static const struct {
		enum mishap_kind kind;
		enum fail_kind status;
		const char *text;
	} rows[] = {
		{ MISHAP_OTHER, FAIL_RETRY, "a.example:8080: WORDS" },
		{ MISHAP_MEMORY, FAIL_RETRY, "out of memory" },
		{ MISHAP_HEADER, FAIL_RETRY,
			"a.example:8080: out of memory, or a line of the answer's header is "
			"longer than 100 KB" },
		{ MISHAP_ADDRESS, FAIL_USAGE, "a.example:8080: not an address: WORDS" },
		{ MISHAP_PROTOCOL, FAIL_USAGE,
			"a.example:8080: what answers does not speak HTTP" },
		{ MISHAP_PLAIN, FAIL_USAGE, "a.example:8080: what answers does not speak TLS" },
		{ MISHAP_CONNECT, FAIL_RETRY, "cannot connect to a.example:8080: WORDS" },
		{ MISHAP_CERTIFICATE, FAIL_NO,
			"a.example:8080: certificate not accepted: WORDS" },
		{ MISHAP_AUTHORITIES, FAIL_USAGE,
			"a.example:8080: cannot read whom to trust: WORDS" },
		{ MISHAP_TLS, FAIL_RETRY, "a.example:8080: cannot agree on TLS: WORDS" },
		{ MISHAP_CLOSED, FAIL_RETRY,
			"a.example:8080: the connection was closed without an answer" },
		{ MISHAP_ONCE, FAIL_RETRY,
			"a.example:8080: the connection broke before an answer; it may have "
			"been done" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check_told(
			(struct mishap){ .kind = rows[i].kind }, rows[i].status, rows[i].text);
}

static void test_timeouts(void)
{
	struct mishap mishap = { .kind = MISHAP_TIMEOUT, .limit = 1.5 };
	check_told(mishap, FAIL_RETRY, "cannot connect to a.example:8080: WORDS");
	mishap.connected = true;
	check_told(mishap, FAIL_RETRY, "a.example:8080: no answer within 1.5 s");
	mishap.got = 7;
	check_told(mishap, FAIL_RETRY,
		"a.example:8080: the answer did not end within 1.5 s (7 bytes came)");
	mishap.moves_file = true;
	check_told(mishap, FAIL_RETRY, "a.example:8080: nothing moved for 1.5 s");
}

static void test_cut(void)
{
	struct mishap mishap = { .kind = MISHAP_CUT, .got = 3, .whole = 10 };
	check_told(
		mishap, FAIL_RETRY, "a.example:8080: the answer ended early (3 of 10 bytes)");
	mishap.whole = -1;
	check_told(mishap, FAIL_RETRY, "a.example:8080: the answer ended early (3 bytes came)");
}

int main(void)
{
	test_meanings();
	test_timeouts();
	test_cut();
	return check_end("mishap");
}
