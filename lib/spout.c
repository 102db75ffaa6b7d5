#include "spout.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes that a pipe takes at once when poll says that it takes any (PIPE_BUF on Linux). */
enum { PIECE = 4096 };

/* What stdout is may be others' too, so it is not made non-blocking; opened once more, a pipe is ours alone. */
void spout_open(struct spout *spout)
{
	struct stat info = { 0 };
	int fd = -1;
	bool known = !fstat(STDOUT_FILENO, &info);
	if (known && S_ISFIFO(info.st_mode))
		fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	*spout = (struct spout){ .fd = fd >= 0 ? fd : STDOUT_FILENO,
		.waits = fd < 0 && !(known && S_ISREG(info.st_mode)) };
}

/* As write; with EAGAIN where it would wait. */
static ssize_t write_some(const struct spout *spout, const char *bytes, size_t len)
{
	struct pollfd out = { .fd = spout->fd, .events = POLLOUT };
	if (spout->waits && poll(&out, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(spout->fd, bytes, spout->waits && len > PIECE ? PIECE : len);
}

bool spout_write(
	struct spout *spout, const char *bytes, size_t len, size_t *written, struct fail *fail)
{
	*written = 0;
	spout->blocked = false;
	while (*written < len && !spout->blocked) {
		ssize_t n = write_some(spout, bytes + *written, len - *written);
		spout->blocked = n < 0 && errno == EAGAIN;
		if (n < 0 && !spout->blocked && errno != EINTR)
			return fail_errno(fail, "stdout");
		*written += n > 0 ? (size_t)n : 0;
	}
	return true;
}

void spout_close(struct spout *spout)
{
	if (spout->fd != STDOUT_FILENO)
		close(spout->fd);
	spout->fd = STDOUT_FILENO;
}
