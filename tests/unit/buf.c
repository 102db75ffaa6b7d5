#include "buf.h"
#include "check.h"

static void adding(void)
{
	struct buf buf = { 0 };
	struct fail fail = { 0 };
	CHECK_TEXT(buf_str(&buf), "");
	CHECK(buf_ok(&buf, &fail));
	buf_add(&buf, "a\0b", 3);
	buf_char(&buf, 'c');
	buf_text(&buf, "def");
	buf_format(&buf, "%s-%d", "g", 7);
	CHECK(buf.len == 10 && !memcmp(buf.data, "a\0bcdefg-7", 11));
	buf_clear(&buf);
	CHECK(buf.len == 0 && buf.cap > 0);
	CHECK_TEXT(buf_str(&buf), "");
	for (int i = 0; i < 100000; i++)
		buf_format(&buf, "%05d", i);
	CHECK(buf.len == 500000 && buf_ok(&buf, &fail));
	CHECK(!memcmp(buf.data + 499995, "99999", 6));
	buf_add(&buf, NULL, 0);
	CHECK(buf.len == 500000);
	buf_release(&buf);
	CHECK(!buf.data && !buf.len && !buf.cap);
}

static void room(void)
{
	struct buf buf = { 0 };
	char *at = buf_room(&buf, 3);
	CHECK(at != NULL);
	memcpy(at, "xyz", 4);
	buf.len += 3;
	buf_text(&buf, "!");
	CHECK_TEXT(buf_str(&buf), "xyz!");
	buf_release(&buf);
}

static void ceiling(void)
{
	struct buf buf = { .max = 5 };
	struct fail fail = { 0 };
	buf_text(&buf, "12345");
	CHECK(buf_ok(&buf, &fail));
	buf_char(&buf, '6');
	buf_text(&buf, "");
	CHECK_TEXT(buf_str(&buf), "12345");
	CHECK(!buf_room(&buf, 0));
	CHECK(!buf_take(&buf));
	CHECK(!buf_ok(&buf, &fail));
	CHECK_FAIL(&fail, FAIL_NO, "larger than 5 bytes");
	buf_clear(&buf);
	CHECK(buf_ok(&buf, &fail) && buf.max == 5);
	buf_format(&buf, "%s", "123456");
	CHECK(!buf_ok(&buf, &fail));
	fail_clear(&fail);
	buf_release(&buf);
}

/* More than there is: it fails as memory does, and does not overflow. */
static void too_much(void)
{
	struct buf buf = { 0 };
	struct fail fail = { 0 };
	buf_text(&buf, "1");
	CHECK(!buf_room(&buf, SIZE_MAX - 1));
	CHECK(!buf_ok(&buf, &fail));
	CHECK_FAIL(&fail, FAIL_RETRY, "out of memory");
	CHECK_TEXT(buf_str(&buf), "1");
	buf_release(&buf);
}

static void taking(void)
{
	struct buf buf = { .max = 9 };
	char *text = buf_take(&buf);
	CHECK_TEXT(text, "");
	free(text);
	buf_text(&buf, "mine");
	text = buf_take(&buf);
	CHECK_TEXT(text, "mine");
	CHECK(!buf.data && buf.max == 9);
	free(text);
	buf_release(&buf);
}

static void base64(const char *bytes, size_t n, const char *wanted)
{
	struct buf buf = { 0 };
	buf_text(&buf, ">");
	buf_base64(&buf, bytes, n);
	CHECK_TEXT(buf_str(&buf) + 1, wanted);
	CHECK(buf.len == strlen(wanted) + 1);
	buf_release(&buf);
}

int main(void)
{
	adding();
	room();
	ceiling();
	too_much();
	taking();
	base64("", 0, "");
	base64("f", 1, "Zg==");
	base64("fo", 2, "Zm8=");
	base64("foo", 3, "Zm9v");
	base64("foobar", 6, "Zm9vYmFy");
	base64("\0\xff\xfe>?", 5, "AP/+Pj8=");
	return check_end("buf");
}
