#include "kept.h"
#include "check.h"

static void holds(struct kept *kept, const char *wanted, bool in_file)
{
	struct input input;
	struct fail fail = { 0 };
	CHECK(kept_open(kept, &input, "x", &fail));
	CHECK(input.len == strlen(wanted) && !memcmp(input.data, wanted, input.len));
	CHECK(!kept->file == !in_file);
	input_close(&input);
}

int main(void)
{
	struct fail fail = { 0 };
	struct kept kept = { .most = 10 };
	holds(&kept, "", false);
	CHECK(kept_add(&kept, "12345", 5, &fail) && kept_add(&kept, "67890", 5, &fail));
	holds(&kept, "1234567890", false);
	CHECK(kept_add(&kept, "abc", 3, &fail) && kept_add(&kept, "d", 1, &fail));
	holds(&kept, "1234567890abcd", true);
	kept_release(&kept);
	CHECK(kept_add(&kept, "12345678901", 11, &fail));
	holds(&kept, "12345678901", true);
	kept_release(&kept);

	kept.most = 0;
	setenv("TMPDIR", "/nowhere", 1);
	CHECK(!kept_add(&kept, "x", 1, &fail));
	CHECK(fail.kind && strstr(fail_text(&fail), "/nowhere/octi."));
	fail_clear(&fail);
	kept.file = fopen("/dev/full", "w");
	CHECK(kept.file && !kept_add(&kept, "x", 1, &fail));
	CHECK_FAIL(&fail, FAIL_RETRY, "a temporary file: No space left on device");
	kept_release(&kept);
	return check_end("kept");
}
