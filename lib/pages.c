#define _DEFAULT_SOURCE /* madvise */
#include "pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Of a file, to be executed and not to be written: no page of it can be ours alone. */
static void give_back(const char *line)
{
	char *end;
	uintmax_t from = strtoumax(line, &end, 16);
	if (*end != '-')
		return;
	uintmax_t to = strtoumax(end + 1, &end, 16);
	if (!strncmp(end, " r-xp ", 6) && strchr(end, '/'))
		madvise((void *)(uintptr_t)from, (size_t)(to - from), MADV_DONTNEED);
}

void pages_return(void)
{
	char *line = NULL;
	size_t cap = 0;
	FILE *maps = fopen("/proc/self/maps", "re");
	if (!maps)
		return;
	while (getline(&line, &cap, maps) > 0)
		give_back(line);
	free(line);
	fclose(maps);
}
