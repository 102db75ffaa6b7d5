#include "feed.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 16 };

/* What has been read and not yet been used. */
struct feed {
	struct buf bytes;
	size_t looked; /* how much of it was looked at */
	size_t whole;  /* up to where there are whole values and lines */
	size_t depth;  /* of brackets, at `looked` */
	bool string;   /* in one, at `looked` */
	size_t lines;  /* that were used */
};

/* Looks at what is new. In a string a line cannot end, so what is wrong with it is told at once. */
static void look(struct feed *feed)
{
	const char *text = feed->bytes.data;
	for (; feed->looked < feed->bytes.len; feed->looked++) {
		char c = text[feed->looked];
		if (c == '\n') {
			feed->whole =
				feed->depth && !feed->string ? feed->whole : feed->looked + 1;
			feed->string = false;
		} else if (feed->string) {
			if (c == '"')
				feed->string = false;
			else if (c == '\\' && feed->looked + 1 < feed->bytes.len)
				feed->looked++;
			else if (c == '\\')
				return;
		} else if (c == '"') {
			feed->string = true;
		} else if (c == '{' || c == '[') {
			feed->depth++;
		} else if ((c == '}' || c == ']') && feed->depth) {
			feed->depth--;
		}
	}
}

/* Reads the first n bytes, and moves what follows them to the front. */
static bool use(struct feed *feed, size_t n, struct bundle_reader *reader, const char *name,
	struct fail *fail)
{
	struct input part = {
		.name = name, .data = feed->bytes.data, .len = n, .lines = feed->lines
	};
	if (!n)
		return true;
	if (!bundle_read(reader, &part, fail))
		return false;
	feed->lines += scan_line(part.data, part.data + n) - 1;
	memmove(feed->bytes.data, feed->bytes.data + n, feed->bytes.len - n + 1);
	feed->bytes.len -= n;
	feed->looked -= n;
	feed->whole = 0;
	return true;
}

static bool read_some(int fd, const char *name, struct buf *to, bool *end,
	void (*wait)(void *ctx), void *ctx, struct fail *fail)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char *room = buf_room(to, READ_SIZE);
	ssize_t n;
	if (!room)
		return buf_ok(to, fail);
	if (wait && !poll(&ready, 1, 0))
		wait(ctx);
	while ((n = read(fd, room, READ_SIZE)) < 0)
		if (errno != EINTR)
			return fail_errno(fail, "%s", name);
	room[n] = '\0';
	to->len += (size_t)n;
	*end = !n;
	return true;
}

static bool read_pipe(struct bundle_reader *reader, int fd, const char *name,
	void (*wait)(void *ctx), void *ctx, struct fail *fail)
{
	struct feed feed = { 0 };
	bool ok = true, end = false;
	while (ok && !end) {
		ok = read_some(fd, name, &feed.bytes, &end, wait, ctx, fail);
		if (!ok)
			break;
		look(&feed);
		ok = use(&feed, end ? feed.bytes.len : feed.whole, reader, name, fail);
	}
	buf_release(&feed.bytes);
	return ok;
}

bool feed_read(struct bundle_reader *reader, const char *operand, void (*wait)(void *ctx),
	void *ctx, struct fail *fail)
{
	bool is_stdin = !operand || !strcmp(operand, "-");
	const char *name = is_stdin ? "stdin" : operand;
	int fd = is_stdin ? STDIN_FILENO : open(operand, O_RDONLY | O_CLOEXEC);
	struct stat st;
	struct input input;
	bool ok;
	if (fd < 0)
		return fail_errno(fail, "%s", name);
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		ok = input_open_fd(&input, fd, name, fail);
		if (ok) {
			ok = bundle_read(reader, &input, fail);
			input_close(&input);
		}
	} else {
		ok = read_pipe(reader, fd, name, wait, ctx, fail);
	}
	if (!is_stdin)
		close(fd);
	return ok;
}
