#include "spout.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* Bytes that a pipe takes at once when poll says that it takes any (PIPE_BUF on Linux). */
enum { PIECE = 4096 };

/* A file description of ours may be others' too, so it is not made non-blocking. */
bool spout_write(struct spout *spout, const struct buf *line, bool *whole, struct fail *fail)
{
	spout->blocked = false;
	while (spout->written < line->len) {
		struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
		size_t left = line->len - spout->written;
		if (poll(&out, 1, 0) == 0) {
			spout->blocked = true;
			break;
		}
		ssize_t n = write(STDOUT_FILENO, line->data + spout->written,
			left < PIECE ? left : PIECE);
		if (n < 0 && errno != EINTR)
			return fail_errno(fail, "stdout");
		spout->written += n > 0 ? (size_t)n : 0;
	}
	*whole = spout->written == line->len;
	if (*whole)
		spout->written = 0;
	return true;
}
