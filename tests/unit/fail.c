#include "fail.h"
#include "check.h"

#include <errno.h>

static void of_errno(int error, enum fail_kind kind)
{
	struct fail fail = { 0 };
	char wanted[200];
	errno = error;
	CHECK(!fail_errno(&fail, "%s%d", "what", 1));
	snprintf(wanted, sizeof wanted, "what1: %s", strerror(error));
	CHECK_FAIL(&fail, kind, wanted);
}

int main(void)
{
	struct fail fail = { 0 };
	CHECK_TEXT(fail_text(&fail), "no error");
	CHECK(!fail_at(&fail, "nowhere"));
	CHECK(fail.kind == FAIL_NONE && !fail.text);

	CHECK(!fail_set(&fail, FAIL_NO, "%s", "a"));
	CHECK(!fail_at(&fail, "file:%d", 3));
	CHECK_TEXT(fail_text(&fail), "file:3: a");
	CHECK(!fail_set(&fail, FAIL_USAGE, "was %s", fail_text(&fail)));
	CHECK_FAIL(&fail, FAIL_USAGE, "was file:3: a");
	CHECK(fail.kind == FAIL_NONE);

	/* What the network sends does not reach the terminal. */
	fail_set(&fail, FAIL_NO, "a\nb\x1b[31m\x7f\t\xc3\xa9");
	CHECK_FAIL(&fail, FAIL_NO, "a?b?[31m??\xc3\xa9");

	CHECK(!fail_memory(&fail));
	CHECK_TEXT(fail_text(&fail), "out of memory");
	fail_at(&fail, "reading");
	CHECK_FAIL(&fail, FAIL_RETRY, "reading: out of memory");

	of_errno(ENOENT, FAIL_NO);
	of_errno(EACCES, FAIL_NO);
	of_errno(EBADF, FAIL_NO);
	of_errno(ENOSPC, FAIL_RETRY);
	of_errno(EPIPE, FAIL_RETRY);
	of_errno(ECONNREFUSED, FAIL_RETRY);
	of_errno(ETIMEDOUT, FAIL_RETRY);
	errno = ENOMEM;
	fail_errno(&fail, "what");
	CHECK_FAIL(&fail, FAIL_RETRY, "out of memory");
	return check_end("fail");
}
