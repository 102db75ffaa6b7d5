/* yamlfile: reads bytes as a connector's config.yml. Whatever they are, nothing breaks: what is taken has a
 * line that the file has, and what is refused is told with one. */
#include "fuzz.h"
#include "yamlfile.h"

#include <string.h>

static bool knows(const char *section)
{
	return !strcmp(section, "connector") || !strcmp(section, "opencti");
}

static bool take(void *ctx, const char *section, const char *key, const char *value,
	unsigned line, struct fail *fail)
{
	const size_t *len = ctx;
	(void)fail;
	must(line >= 1 && line <= *len + 1);
	must(section && (key || !value) && (!key || knows(section)) && (!value || *value));
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct yamlfile file = {
		.path = "config.yml", .list = "scope", .knows = knows, .take = take, .ctx = &len
	};
	struct fail fail = { 0 };
	struct buf text = { 0 };
	buf_add(&text, bytes, len);
	if (!yamlfile_read(&file, &text, &fail))
		must(fail.kind == FAIL_USAGE && !strncmp(fail_text(&fail), "config.yml:", 11));
	fail_clear(&fail);
	buf_release(&text);
	return 0;
}
