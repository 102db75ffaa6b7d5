/* octi-new TYPE NAME
 * Makes the directory NAME with a new connector of that type, which works, in it. */
#include "scaffold.h"
#include "tool.h"

static const struct opt options[] = { { 0, NULL, NULL, NULL, OPT_END, NULL } };

static const struct tool tool = { .name = "octi-new",
	.synopsis = "external-import|internal-analysis|internal-enrichment|"
		    "internal-export-file|internal-import-file|stream NAME",
	.summary = "Make the directory NAME with a new connector in it.",
	.options = options };

int main(int argc, char **argv)
{
	struct fail fail = { 0 };
	struct buf share = { 0 };
	int first = tool_begin(&tool, argc, argv);
	if (argc - first != 2)
		tool_usage(&tool, "a type and a name are wanted");
	if (!scaffold_knows(argv[first]))
		tool_usage(&tool, "no type of connectors: %s", argv[first]);
	if (scaffold_share(&share, &fail))
		scaffold_make(buf_str(&share), argv[first], argv[first + 1], &fail);
	buf_release(&share);
	return tool_end(&tool, &fail);
}
