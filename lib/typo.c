#include "typo.h"

#include <string.h>
#include <strings.h>

bool typo_is(const char *typed, const char *word)
{
	while (*typed && !strncasecmp(typed, word, 1)) {
		typed++;
		word++;
	}
	if (!*typed || !*word)
		return strlen(typed) + strlen(word) <= 1;
	return !strcasecmp(typed + 1, word) || !strcasecmp(typed, word + 1) ||
		!strcasecmp(typed + 1, word + 1) ||
		(!strncasecmp(typed, word + 1, 1) && !strncasecmp(typed + 1, word, 1) &&
			!strcasecmp(typed + 2, word + 2));
}
