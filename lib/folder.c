#include "folder.h"

#include "file.h"

static bool again_later(struct fail *fail)
{
	fail->kind = FAIL_RETRY;
	return false;
}

bool folder_make(struct folder *folder, struct fail *fail)
{
	return scratch_open(&folder->scratch, FOLDER_NAME, fail) || again_later(fail);
}

bool folder_file(
	const struct folder *folder, const char *name, struct buf *path, struct fail *fail)
{
	scratch_file(&folder->scratch, name, path);
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
	scratch_remove(&folder->scratch);
}
