#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int lock_take(const char *path, bool wait, bool *taken, struct fail *fail)
{
	*taken = false;
	int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600), done;
	if (fd < 0) {
		fail_errno(fail, "%s", path);
		return -1;
	}
	do
		done = flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB);
	while (done && errno == EINTR);
	if (!done)
		return fd;
	*taken = errno == EWOULDBLOCK;
	if (!*taken)
		fail_errno(fail, "%s", path);
	close(fd);
	return -1;
}

void lock_drop(int lock)
{
	if (lock >= 0)
		close(lock);
}
