#include "folder.h"

#include "file.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static bool again_later(struct fail *fail)
{
	fail->kind = FAIL_RETRY;
	return false;
}

bool folder_make(struct folder *folder, struct fail *fail)
{
	const char *dir = getenv("TMPDIR");
	buf_format(&folder->path, "%s/octi-job.XXXXXX", dir && *dir ? dir : "/tmp");
	if (!buf_ok(&folder->path, fail))
		return false;
	if (mkdtemp(folder->path.data))
		return true;
	fail_errno(fail, "%s", folder->path.data);
	buf_release(&folder->path);
	return again_later(fail);
}

bool folder_file(
	const struct folder *folder, const char *name, struct buf *path, struct fail *fail)
{
	buf_format(path, "%s/%s", buf_str(&folder->path), name);
	return buf_ok(path, fail);
}

FILE *folder_open(
	const struct folder *folder, const char *name, struct buf *path, struct fail *fail)
{
	if (!folder_file(folder, name, path, fail))
		return NULL;
	FILE *file = fopen(path->data, "wx");
	if (!file) {
		fail_errno(fail, "%s", path->data);
		again_later(fail);
	}
	return file;
}

bool folder_write(const struct folder *folder, const char *name, const void *bytes, size_t n,
	struct fail *fail)
{
	struct buf path = { 0 };
	bool ok = folder_file(folder, name, &path, fail) &&
		file_write(path.data, bytes, n, 0600, fail);
	buf_release(&path);
	return ok || again_later(fail);
}

void folder_remove(struct folder *folder)
{
	if (!folder->path.len)
		return;
	DIR *dir = opendir(folder->path.data);
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		unlinkat(dirfd(dir), entry->d_name, 0); /* "." and ".." are refused */
	if (dir)
		closedir(dir);
	rmdir(folder->path.data);
	buf_release(&folder->path);
}
