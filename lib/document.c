#include "document.h"

#include "input.h"
#include "print.h"

#include <string.h>

bool document_read(const char *text, const char *file, struct buf *document, struct fail *fail)
{
	struct input input;
	if (text && strcmp(text, "-") != 0) {
		buf_text(document, text);
	} else {
		if (!input_open(&input, file, fail))
			return false;
		buf_add(document, input.data, input.len);
		input_close(&input);
	}
	const char *at = buf_str(document), *end = at + document->len;
	for (size_t n; at < end; at += n)
		if (!*at || !(n = scan_utf8(at, end)))
			return fail_set(fail, FAIL_USAGE, "the document is not UTF-8 text");
	return buf_ok(document, fail);
}

bool document_variable(struct buf *to, const char *pair, bool json, struct fail *fail)
{
	const char *equal = strchr(pair, '=');
	if (!equal || equal == pair)
		return fail_set(
			fail, FAIL_USAGE, "not NAME=%s: %s", json ? "JSON" : "STRING", pair);
	buf_text(to, to->len ? ", " : "");
	print_string(to, pair, (size_t)(equal - pair));
	buf_text(to, ": ");
	if (!json) {
		print_text(to, equal + 1);
		return true;
	}
	struct scan scan;
	struct span value;
	scan_init(&scan, equal + 1, strlen(equal + 1));
	bool ok = scan_value(&scan, &value) && scan_peek(&scan) == -1;
	if (ok)
		print_value(to, value);
	else
		fail_set(fail, FAIL_USAGE, "%.*s: not JSON: %s", (int)(equal - pair), pair,
			equal + 1);
	scan_release(&scan);
	return ok;
}
