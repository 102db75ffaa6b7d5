#include "progress.h"

#include "clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 30 };

static bool wanted(void)
{
	const char *term = getenv("TERM");
	return isatty(STDERR_FILENO) && !(term && !strcmp(term, "dumb"));
}

void progress_show(struct progress *progress, uint64_t done, uint64_t total)
{
	double now = clock_now();
	if (!progress->begun) {
		progress->begun = true;
		progress->start = now;
	}
	if (now - progress->start < 1 || now - progress->shown < 0.1 || !wanted())
		return;
	progress->shown = now;
	progress->drawn = true;
	int full = total ? (int)((double)WIDTH * (double)done / (double)total) : 0;
	full = full > WIDTH ? WIDTH : full;
	double left = done && total > done
		? (now - progress->start) / (double)done * (double)(total - done)
		: 0;
	if (!total) {
		fprintf(stderr, "\r%s %llu \033[K", progress->label, (unsigned long long)done);
		fflush(stderr);
		return;
	}
	fprintf(stderr, "\r%s [%.*s%*s] %llu of %llu, %.0f s left \033[K", progress->label,
		full, "##############################", WIDTH - full, "",
		(unsigned long long)done, (unsigned long long)total, left);
	fflush(stderr);
}

void progress_clear(struct progress *progress)
{
	if (progress->drawn)
		fputs("\r\033[K", stderr);
	progress->drawn = false;
}
