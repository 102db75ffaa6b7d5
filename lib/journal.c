#include "journal.h"

#include "clock.h"
#include "file.h"
#include "input.h"
#include "spool.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

bool journal_write(
	const char *directory, const struct buf *body, struct buf *path, struct fail *fail)
{
	static unsigned number;
	struct buf name = { 0 };
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	buf_format(&name, "%s/job-", directory);
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

bool journal_load(const char *directory, struct pool *pool, struct fail *fail)
{
	struct buf paths = { 0 };
	bool ok = spool_list(directory, &paths, fail);
	for (const char *path = buf_str(&paths); ok && path < buf_str(&paths) + paths.len;
		path += strlen(path) + 1)
		ok = load(path, pool, fail);
	buf_release(&paths);
	return ok;
}
