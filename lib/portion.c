#include "portion.h"

#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

enum { PORTION_SIZE = 1 << 20 };

bool portion_open(struct portions *portions, const char *operand, struct fail *fail)
{
	bool is_stdin = !operand || !strcmp(operand, "-");
	*portions = (struct portions){ .name = is_stdin ? "stdin" : operand };
	portions->fd = is_stdin ? STDIN_FILENO : open(operand, O_RDONLY | O_CLOEXEC);
	return portions->fd >= 0 || fail_errno(fail, "%s", operand);
}

void portion_close(struct portions *portions)
{
	if (portions->fd > STDIN_FILENO)
		close(portions->fd);
	buf_release(&portions->bytes);
	*portions = (struct portions){ 0 };
}

/* Looks at what has not been looked at; returns where the last whole value ends, 0 for nowhere. */
static size_t look(struct portions *portions)
{
	const char *data = portions->bytes.data, *end = data + portions->bytes.len;
	const char *at = data + portions->scanned, *whole = data;
	while (at < end) {
		if (portions->quoted) {
			const char *quote = memchr(at, '"', (size_t)(end - at));
			const char *stop = quote ? quote : end, *back = stop;
			while (back > at && back[-1] == '\\')
				back--;
			bool escapes = (stop - back) % 2;
			if (!quote && escapes) { /* what it escapes is yet to be read */
				at = end - 1;
				break;
			}
			portions->quoted = !quote || escapes;
			at = quote ? quote + 1 : end;
			continue;
		}
		switch (*at++) {
		case '"':
			portions->quoted = true;
			break;
		case '{':
		case '[':
			portions->depth++;
			break;
		case '}':
		case ']':
			portions->depth -= portions->depth > 0;
			if (!portions->depth)
				whole = at;
			break;
		case '\n':
			if (!portions->depth)
				whole = at;
			break;
		default:
			break;
		}
	}
	portions->scanned = (size_t)(at - data);
	return (size_t)(whole - data);
}

/* Forgets the portion that was out; of what is left of it the beginning is kept. */
static void move_on(struct portions *portions)
{
	struct buf *bytes = &portions->bytes;
	if (!portions->begin)
		return;
	portions->line += scan_line(bytes->data, bytes->data + portions->begin) - 1;
	memmove(bytes->data, bytes->data + portions->begin, bytes->len - portions->begin);
	bytes->len -= portions->begin;
	bytes->data[bytes->len] = '\0';
	portions->scanned -= portions->begin;
	portions->begin = 0;
}

/* Reads more behind what there is. */
static bool read_some(struct portions *portions, struct fail *fail)
{
	struct buf *bytes = &portions->bytes;
	struct pollfd ready = { .fd = portions->fd, .events = POLLIN };
	char *room = buf_room(bytes, PORTION_SIZE);
	ssize_t n;
	if (!room)
		return buf_ok(bytes, fail);
	if (portions->wait && !poll(&ready, 1, 0))
		portions->wait(portions->ctx);
	while ((n = read(portions->fd, room, PORTION_SIZE)) < 0)
		if (errno != EINTR)
			return fail_errno(fail, "%s", portions->name);
	bytes->len += (size_t)n;
	bytes->data[bytes->len] = '\0';
	portions->ended = !n;
	return true;
}

bool portion_next(struct portions *portions, struct input *portion, struct fail *fail)
{
	struct buf *bytes = &portions->bytes;
	move_on(portions);
	while (!portions->begin && !portions->ended) {
		if (!read_some(portions, fail))
			return false;
		portions->begin = look(portions);
	}
	if (portions->ended)
		portions->begin = portions->scanned = bytes->len;
	*portion = (struct input){ .name = portions->name,
		.data = buf_str(bytes),
		.len = portions->begin,
		.lines = portions->line };
	return true;
}
