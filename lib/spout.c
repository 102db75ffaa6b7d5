#include "spout.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
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

/* As writev; with EAGAIN where it would wait. */
static ssize_t write_some(const struct spout *spout, const struct iovec *lines, size_t count)
{
	struct iovec pieces[SPOUT_LINES];
	struct pollfd out = { .fd = spout->fd, .events = POLLOUT };
	size_t left = spout->waits ? PIECE : SIZE_MAX, skip = spout->written, n = 0;
	if (spout->waits && poll(&out, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	for (; n < count && n < SPOUT_LINES && left; n++) {
		size_t len = lines[n].iov_len - skip;
		pieces[n] = (struct iovec){ (char *)lines[n].iov_base + skip,
			len < left ? len : left };
		left -= pieces[n].iov_len;
		skip = 0;
	}
	return writev(spout->fd, pieces, (int)n);
}

bool spout_write(struct spout *spout, const struct iovec *lines, size_t count, size_t *whole,
	struct fail *fail)
{
	*whole = 0;
	spout->blocked = false;
	while (*whole < count && !spout->blocked) {
		ssize_t n = write_some(spout, lines + *whole, count - *whole);
		spout->blocked = n < 0 && errno == EAGAIN;
		if (n < 0 && !spout->blocked && errno != EINTR)
			return fail_errno(fail, "stdout");
		spout->written += n > 0 ? (size_t)n : 0;
		for (; *whole < count && spout->written >= lines[*whole].iov_len; ++*whole)
			spout->written -= lines[*whole].iov_len;
	}
	return true;
}

void spout_close(struct spout *spout)
{
	if (spout->fd != STDOUT_FILENO)
		close(spout->fd);
	spout->fd = STDOUT_FILENO;
}
