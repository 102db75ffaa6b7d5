#include "answer.h"

#include <stdlib.h>

void answer_clear(struct answer *answer, size_t max)
{
	free(answer->type);
	buf_clear(&answer->body);
	buf_clear(&answer->reason);
	*answer = (struct answer){
		.retry_after = -1, .body = answer->body, .reason = answer->reason
	};
	answer->body.max = max;
}

void answer_line(struct answer *answer, const char *line, size_t len)
{
	size_t skip = 0;
	if (len < 5 || memcmp(line, "HTTP/", 5) != 0)
		return;
	while (len && (line[len - 1] == '\r' || line[len - 1] == '\n' || line[len - 1] == ' '))
		len--;
	for (int words = 0; skip < len && words < 2; skip++)
		words += line[skip] == ' ';
	buf_clear(&answer->reason);
	buf_add(&answer->reason, line + skip, len - skip);
}

void answer_release(struct answer *answer)
{
	free(answer->type);
	buf_release(&answer->body);
	buf_release(&answer->reason);
	*answer = (struct answer){ 0 };
}
