#include "intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 18 };

/* Puts what is held at the beginning and makes room for a chunk behind it. */
static bool make_room(struct intake *intake, struct fail *fail)
{
	size_t held = (size_t)(intake->end - intake->at), cap = intake->cap;
	if (held)
		memmove(intake->bytes, intake->at, held);
	if (held + CHUNK > cap) {
		cap = held > CHUNK ? held * 2 : 2 * CHUNK;
		char *bytes = cap > held ? realloc(intake->bytes, cap) : NULL;
		if (!bytes)
			return fail_memory(fail);
		intake->bytes = bytes;
		intake->cap = cap;
	}
	intake->at = intake->bytes;
	intake->end = intake->bytes + held;
	return true;
}

bool intake_more(struct intake *intake, struct fail *fail)
{
	if (!make_room(intake, fail))
		return false;
	size_t held = (size_t)(intake->end - intake->at), wanted = held > CHUNK ? held : 1;
	while (wanted && !intake->ended) {
		ssize_t n = read(intake->fd, intake->end,
			intake->cap - (size_t)(intake->end - intake->bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(fail, "%s", intake->name);
		intake->ended = !n;
		intake->end += n;
		wanted -= (size_t)n < wanted ? (size_t)n : wanted;
	}
	return true;
}

/* A byte order mark of UTF-8 is passed over; UTF-16 is refused by its own. */
static bool read_mark(struct intake *intake, struct fail *fail)
{
	do {
		if (!intake_more(intake, fail))
			return false;
	} while (intake->end - intake->at < 3 && !intake->ended);
	size_t held = (size_t)(intake->end - intake->at);
	if (held >= 2 &&
		(!memcmp(intake->at, "\xff\xfe", 2) || !memcmp(intake->at, "\xfe\xff", 2)))
		return fail_set(fail, FAIL_NO, "%s: is UTF-16; iconv -f UTF-16 -t UTF-8 helps",
			intake->name);
	if (held >= 3 && !memcmp(intake->at, "\xef\xbb\xbf", 3))
		intake->at += 3;
	return true;
}

bool intake_open(struct intake *intake, const char *operand, struct fail *fail)
{
	bool is_stdin = !operand || !strcmp(operand, "-");
	*intake = (struct intake){ .name = is_stdin ? "stdin" : operand };
	intake->fd = is_stdin ? STDIN_FILENO : open(operand, O_RDONLY | O_CLOEXEC);
	if (intake->fd < 0)
		return fail_errno(fail, "%s", operand);
	if (read_mark(intake, fail))
		return true;
	intake_close(intake);
	return false;
}

void intake_close(struct intake *intake)
{
	if (intake->fd != STDIN_FILENO)
		close(intake->fd);
	free(intake->bytes);
	intake->bytes = intake->at = intake->end = NULL;
}
