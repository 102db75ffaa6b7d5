/* schedule: a text as a period, and as cron's fields. What is taken has sense. */
#include "cron.h"
#include "fuzz.h"
#include "period.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const time_t now = 1774747800;
	struct fail fail = { 0 };
	struct cron cron;
	double seconds;
	char *text = malloc(len + 1);
	memcpy(text, bytes, len);
	text[len] = '\0';
	if (period_read(text, &seconds, &fail) && !(seconds >= 0 && seconds < 4e9))
		abort();
	fail_clear(&fail);
	if (cron_read(text, &cron, &fail)) {
		time_t next = cron_next(&cron, now);
		if (next <= now || next % 60 || next > now + 41 * 366 * 86400L)
			abort();
	}
	fail_clear(&fail);
	free(text);
	return 0;
}
