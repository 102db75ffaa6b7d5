/* fuzz: what the targets have in common. */
#ifndef OCTI_TESTS_FUZZ_H
#define OCTI_TESTS_FUZZ_H

#include "scan.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* What breaks this is what is looked for. */
static inline void must(bool truth)
{
	if (!truth)
		abort();
}

/* The text is one whole JSON value. */
static inline void must_be_json(const struct buf *text)
{
	struct scan scan;
	struct span value;
	struct fail fail = { 0 };
	must(buf_ok(text, &fail));
	scan_init(&scan, buf_str(text), text->len);
	must(scan_value(&scan, &value) && scan_peek(&scan) == -1);
	scan_release(&scan);
}

#endif
