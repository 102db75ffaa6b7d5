#include "upload.h"

#include "buf.h"
#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_SIZE = 1 << 16 };

/* A new file without a name; NULL with errno on failure. */
static FILE *open_nameless(void)
{
	const char *folder = getenv("TMPDIR");
	struct buf path = { 0 };
	FILE *file = NULL;
	buf_format(&path, "%s/octi.XXXXXX", folder && *folder ? folder : "/tmp");
	errno = ENOMEM;
	int fd = path.state == BUF_OK ? mkstemp(path.data) : -1;
	if (fd >= 0) {
		unlink(path.data);
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		file = fdopen(fd, "w+b");
		if (!file)
			close(fd);
	}
	int error = errno;
	buf_release(&path);
	errno = error;
	return file;
}

static bool copy(int from, const char *name, FILE *to, uint64_t *len, struct fail *fail)
{
	char bytes[COPY_SIZE];
	for (;;) {
		ssize_t n = read(from, bytes, sizeof bytes);
		if (n < 0 && errno == EINTR && !clock_stopped())
			continue;
		if (n < 0 && errno == EINTR)
			return fail_set(fail, FAIL_RETRY, "%s: stopped by signal %d", name,
				clock_stopped());
		if (n < 0)
			return fail_errno(fail, "%s", name);
		if (!n)
			break;
		if (fwrite(bytes, 1, (size_t)n, to) != (size_t)n)
			return fail_errno(fail, "%s: a temporary file", name);
		*len += (uint64_t)n;
	}
	return !fflush(to) || fail_errno(fail, "%s: a temporary file", name);
}

/* Copies what can be read only once. shown: what errors call it. */
static bool spool(struct upload *upload, int from, const char *shown, struct fail *fail)
{
	upload->ours = true;
	upload->file = open_nameless();
	if (!upload->file)
		return fail_errno(fail, "%s: a temporary file", shown);
	return copy(from, shown, upload->file, &upload->len, fail);
}

bool upload_open(struct upload *upload, const char *operand, struct fail *fail)
{
	bool is_stdin = !strcmp(operand, "-");
	const char *shown = is_stdin ? "stdin" : operand, *slash = strrchr(shown, '/');
	struct stat st;
	*upload = (struct upload){ .name = slash ? slash + 1 : shown };
	int fd = is_stdin ? STDIN_FILENO : open(operand, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && !fstat(fd, &st);
	if (!ok)
		fail_errno(fail, "%s", shown);
	/* a file of size 0 may be one of /proc, whose size is known when it was read */
	bool direct = ok && S_ISREG(st.st_mode) && st.st_size > 0 &&
		(!is_stdin || !lseek(fd, 0, SEEK_CUR));
	if (direct) {
		upload->len = (uint64_t)st.st_size;
		upload->ours = !is_stdin;
		upload->file = is_stdin ? stdin : fdopen(fd, "rb");
		ok = upload->file || fail_memory(fail);
	} else if (ok) {
		ok = spool(upload, fd, shown, fail);
	}
	if (fd >= 0 && !is_stdin && !(direct && ok))
		close(fd);
	if (!ok)
		upload_close(upload);
	return ok;
}

void upload_close(struct upload *upload)
{
	if (upload->ours && upload->file)
		fclose(upload->file);
	upload->file = NULL;
	upload->len = 0;
}
