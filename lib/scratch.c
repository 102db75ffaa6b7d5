#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Letters that mkdtemp chooses. */
enum { CHOSEN = 6 };

static const char *parent(void)
{
	const char *dir = getenv("TMPDIR");
	return dir && *dir ? dir : "/tmp";
}

/* Opens a directory and locks it: who has the lock may remove it. -1: somebody else has it (errno
 * EWOULDBLOCK), or it is gone (ENOENT), not ours, or nothing that can be locked. */
static int take(const char *path)
{
	struct stat st = { 0 };
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int error = 0;
	if (flock(fd, LOCK_EX | LOCK_NB) || fstat(fd, &st))
		error = errno;
	else if (st.st_uid != geteuid())
		error = EPERM;
	else if (!st.st_nlink)
		error = ENOENT;
	if (!error)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

/* Removes the directory with all that is in it: links themselves, not what they lead to. A directory in it keeps it,
 * unless all that is in it is ours to remove. */
static void destroy(int at, const char *name, bool ours)
{
	/* it may be one to read only; what cannot be changed may do as it is */
	(void)(ours && fchmodat(at, name, S_IRWXU, AT_SYMLINK_NOFOLLOW));
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
			unlinkat(fd, entry->d_name, 0) && ours)
			destroy(fd, entry->d_name, true);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	unlinkat(at, name, AT_REMOVEDIR);
}

void scratch_sweep(const char *name)
{
	size_t n = strlen(name);
	DIR *dir = opendir(parent());
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		struct buf path = { 0 };
		if (strncmp(entry->d_name, name, n) != 0 || entry->d_name[n] != '.' ||
			strlen(entry->d_name + n + 1) != CHOSEN)
			continue;
		buf_format(&path, "%s/%s", parent(), entry->d_name);
		int fd = path.state == BUF_OK ? take(path.data) : -1;
		if (fd >= 0) {
			destroy(AT_FDCWD, path.data, false); /* others may call theirs so */
			close(fd);
		}
		buf_release(&path);
	}
	if (dir)
		closedir(dir);
}

bool scratch_open(struct scratch *scratch, const char *name, struct fail *fail)
{
	bool swept;
	do {
		buf_clear(&scratch->path);
		buf_format(&scratch->path, "%s/%s.XXXXXX", parent(), name);
		if (!buf_ok(&scratch->path, fail))
			return false;
		if (!mkdtemp(scratch->path.data)) {
			fail_errno(fail, "%s", scratch->path.data);
			buf_release(&scratch->path);
			return false;
		}
		scratch->lock = take(scratch->path.data);
		/* before we had the lock; where none can be had, nobody sweeps */
		swept = scratch->lock < 0 && (errno == EWOULDBLOCK || errno == ENOENT);
	} while (swept);
	return true;
}

void scratch_file(const struct scratch *scratch, const char *file, struct buf *to)
{
	buf_format(to, "%s/%s", buf_str(&scratch->path), file);
}

void scratch_remove(struct scratch *scratch)
{
	if (!scratch->path.len)
		return;
	destroy(AT_FDCWD, scratch->path.data, true);
	if (scratch->lock >= 0)
		close(scratch->lock);
	buf_release(&scratch->path);
}
