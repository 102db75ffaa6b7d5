#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t done = write(fd, bytes, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return false;
		bytes += done;
		n -= (size_t)done;
	}
	return true;
}

/* So that the new name survives a power failure too; not all file systems can. */
static void sync_directory(const char *path)
{
	struct buf copy = { 0 };
	buf_text(&copy, path);
	if (copy.state == BUF_OK) {
		int fd = open(dirname(copy.data), O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			fsync(fd);
			close(fd);
		}
	}
	buf_release(&copy);
}

int file_nameless(struct fail *fail)
{
	const char *dir = getenv("TMPDIR");
	struct buf path = { 0 };
	int fd = -1;
	buf_format(&path, "%s/octi.XXXXXX", dir && *dir ? dir : "/tmp");
	if (buf_ok(&path, fail)) {
		fd = mkstemp(path.data);
		if (fd < 0)
			fail_errno(fail, "%s", path.data);
		else
			unlink(path.data);
	}
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	buf_release(&path);
	return fd;
}

bool file_replace(const char *path, const void *bytes, size_t n, mode_t mode, struct fail *fail)
{
	struct buf beside = { 0 };
	buf_format(&beside, "%s.tmp", path);
	if (!buf_ok(&beside, fail)) {
		buf_release(&beside);
		return false;
	}
	unlink(beside.data);
	int fd = open(beside.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	bool ok = fd >= 0 && write_all(fd, bytes, n) && !fsync(fd);
	int error = errno;
	if (fd >= 0 && close(fd) && ok) {
		ok = false;
		error = errno;
	}
	if (ok && rename(beside.data, path)) {
		ok = false;
		error = errno;
	}
	if (ok) {
		sync_directory(path);
	} else {
		if (fd >= 0)
			unlink(beside.data);
		errno = error;
		fail_errno(fail, "%s", path);
	}
	buf_release(&beside);
	return ok;
}

bool file_write(const char *path, const void *bytes, size_t n, mode_t mode, struct fail *fail)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	bool ok = fd >= 0 && write_all(fd, bytes, n);
	int error = errno;
	if (fd >= 0 && close(fd) && ok) {
		ok = false;
		error = errno;
	}
	if (!ok) {
		if (fd >= 0)
			unlink(path);
		errno = error;
		fail_errno(fail, "%s", path);
	}
	return ok;
}

bool file_begin(struct file_writer *writer, const char *path, mode_t mode, struct fail *fail)
{
	struct stat st;
	mode_t mask = umask(0);
	umask(mask);
	writer->path = path;
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return fail_set(fail, FAIL_USAGE, "%s: not a regular file", path);
	buf_format(&writer->beside, "%s.XXXXXX", path);
	if (!buf_ok(&writer->beside, fail))
		return false;
	int fd = mkstemp(writer->beside.data);
	if (fd < 0)
		return fail_errno(fail, "%s", path);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	writer->to = fdopen(fd, "wb");
	if (!writer->to || fchmod(fd, mode & ~mask)) {
		fail_errno(fail, "%s", path);
		unlink(writer->beside.data);
		if (!writer->to)
			close(fd);
		file_abandon(writer);
		return false;
	}
	return true;
}

bool file_finish(struct file_writer *writer, struct fail *fail)
{
	bool ok = !fflush(writer->to) && !fsync(fileno(writer->to));
	int error = errno;
	if (fclose(writer->to) && ok) {
		ok = false;
		error = errno;
	}
	writer->to = NULL;
	if (ok && rename(writer->beside.data, writer->path)) {
		ok = false;
		error = errno;
	}
	if (ok) {
		sync_directory(writer->path);
	} else {
		unlink(writer->beside.data);
		errno = error;
		fail_errno(fail, "%s", writer->path);
	}
	return ok;
}

void file_abandon(struct file_writer *writer)
{
	if (writer->to) {
		fclose(writer->to);
		unlink(writer->beside.data);
	}
	buf_release(&writer->beside);
	writer->to = NULL;
}
