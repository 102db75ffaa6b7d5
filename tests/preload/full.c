/* full: a disk that is full, for programs that run with this preloaded. Files whose path matches the pattern $FULL can be
 * made, and what is written to them is written to /dev/full. Who asks how much room there is, is told of $ROOM megabytes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* The same descriptor, of a file that was just made. */
static int fill(int fd, const char *path)
{
	const char *pattern = getenv("FULL");
	if (fd < 0 || !pattern || fnmatch(pattern, path, 0) != 0)
		return fd;
	int full = openat(AT_FDCWD, "/dev/full", O_RDWR | O_CLOEXEC);
	if (full < 0 || dup3(full, fd, O_CLOEXEC) < 0)
		abort();
	close(full);
	return fd;
}

int open(const char *path, int flags, ...)
{
	va_list ap;
	va_start(ap, flags);
	mode_t mode = flags & O_CREAT ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	int fd = openat(AT_FDCWD, path, flags, mode);
	return flags & O_CREAT ? fill(fd, path) : fd;
}

int mkstemp(char *path)
{
	int (*make)(char *) = (int (*)(char *))dlsym(RTLD_NEXT, "mkstemp");
	return fill(make(path), path);
}

int statvfs(const char *path, struct statvfs *to)
{
	int (*ask)(const char *, struct statvfs *) =
		(int (*)(const char *, struct statvfs *))dlsym(RTLD_NEXT, "statvfs");
	const char *pattern = getenv("FULL"), *room = getenv("ROOM");
	int status = ask(path, to);
	if (!status && pattern && !fnmatch(pattern, path, 0)) {
		to->f_frsize = 1 << 20;
		to->f_bavail = room ? strtoul(room, NULL, 10) : 0;
	}
	return status;
}
