#include "journal.h"

#include "clock.h"
#include "file.h"
#include "input.h"
#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const double patience = 5; /* seconds that the directory may be another's */
static const char prefix[] = "job-";

bool journal_lock(const char *directory, int *lock, struct fail *fail)
{
	struct buf path = { 0 };
	double until = clock_now() + patience;
	*lock = -1;
	buf_format(&path, "%s/.lock", directory);
	bool ok = buf_ok(&path, fail);
	if (ok) {
		*lock = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		ok = *lock >= 0 || fail_errno(fail, "%s", directory);
	}
	while (ok && flock(*lock, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			ok = fail_errno(fail, "%s", path.data);
		else if (clock_now() >= until || !clock_wait(0.1))
			ok = fail_set(
				fail, FAIL_RETRY, "%s: another octi-listen has it", directory);
	}
	if (!ok && *lock >= 0) {
		close(*lock);
		*lock = -1;
	}
	buf_release(&path);
	return ok;
}

bool journal_write(
	const char *directory, const struct buf *body, struct buf *path, struct fail *fail)
{
	static unsigned number;
	struct buf name = { 0 };
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	buf_format(&name, "%s/%s", directory, prefix);
	clock_print_local(&name);
	buf_format(&name, "-%lld%09ld-%ld-%06u.json", (long long)now.tv_sec, now.tv_nsec,
		(long)getpid(), number++);
	bool ok = buf_ok(&name, fail) &&
		file_replace(name.data, buf_str(body), body->len, 0600, fail);
	if (ok && path)
		buf_text(path, name.data);
	buf_release(&name);
	return ok && (!path || buf_ok(path, fail));
}

bool journal_usable(const char *directory, struct fail *fail)
{
	struct stat there;
	if (!stat(directory, &there) && !S_ISDIR(there.st_mode))
		errno = ENOTDIR;
	else if (!access(directory, W_OK | X_OK))
		return true;
	return fail_errno(fail, "%s", directory);
}

bool journal_same(const char *directory, const char *other)
{
	struct stat one, two;
	return !stat(directory, &one) && !stat(other, &two) && one.st_dev == two.st_dev &&
		one.st_ino == two.st_ino;
}

static bool load(const char *path, struct pool *pool, struct fail *fail)
{
	struct input input;
	struct buf body = { 0 };
	if (!input_open(&input, path, fail))
		return false;
	buf_add(&body, input.data, input.len);
	input_close(&input);
	bool ok = buf_ok(&body, fail) && pool_add(pool, &body, path, 0, true, fail);
	buf_release(&body);
	return ok;
}

static bool is_own(const char *name)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* Removes what file_replace left of jobs that it was not to finish; the broker has them still. */
static void clean(const char *directory)
{
	static const char suffix[] = ".json.tmp";
	DIR *dir = opendir(directory);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		size_t n = strlen(entry->d_name);
		if (is_own(entry->d_name) && n > strlen(suffix) &&
			!strcmp(entry->d_name + n - strlen(suffix), suffix))
			unlinkat(dirfd(dir), entry->d_name, 0);
	}
	if (dir)
		closedir(dir);
}

bool journal_load(const char *directory, struct pool *pool, struct fail *fail)
{
	struct buf paths = { 0 };
	bool ok = spool_list(directory, &paths, fail);
	if (ok)
		clean(directory);
	for (const char *path = buf_str(&paths); ok && path < buf_str(&paths) + paths.len;
		path += strlen(path) + 1)
		if (is_own(path + strlen(directory) + 1))
			ok = load(path, pool, fail);
	buf_release(&paths);
	return ok;
}

bool journal_remove(const char *path, struct fail *fail)
{
	return !unlink(path) || errno == ENOENT || fail_errno(fail, "%s", path);
}
