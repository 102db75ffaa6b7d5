#include "variables.h"

#include "buf.h"

#include <stdlib.h>

void variables_add(struct variables *variables, const char *name, const char *value)
{
	struct buf pair = { 0 };
	if (variables->count == VARIABLES_MAX)
		abort();
	buf_format(&pair, "%s%s%s", name, value ? "=" : "", value ? value : "");
	char *text = buf_take(&pair);
	if (text)
		variables->list[variables->count++] = text;
	else
		variables->failed = true;
}

void variables_add_path(
	struct variables *variables, const char *name, const char *directory, const char *file)
{
	struct buf path = { 0 };
	buf_format(&path, "%s/%s", directory, file);
	if (path.state == BUF_OK)
		variables_add(variables, name, path.data);
	else
		variables->failed = true;
	buf_release(&path);
}

bool variables_ok(const struct variables *variables, struct fail *fail)
{
	return !variables->failed || fail_memory(fail);
}

const char *const *variables_list(const struct variables *variables)
{
	return (const char *const *)variables->list;
}

void variables_release(struct variables *variables)
{
	for (size_t i = 0; i < variables->count; i++)
		free(variables->list[i]);
	*variables = (struct variables){ 0 };
}
