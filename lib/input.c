#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_SIZE = 1 << 16 };

/* Maps what is left of a regular file. False when it has to be read instead. */
static bool map(struct input *input, int fd)
{
	struct stat st;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return false;
	off_t at = lseek(fd, 0, SEEK_CUR);
	if (at < 0 || at >= st.st_size || (uintmax_t)st.st_size > SIZE_MAX)
		return false;
	input->map_len = (size_t)st.st_size;
	input->map = mmap(NULL, input->map_len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (input->map == MAP_FAILED) {
		input->map = NULL;
		return false;
	}
	input->data = (const char *)input->map + at;
	input->len = (size_t)(st.st_size - at);
	return true;
}

static bool read_all(struct input *input, int fd, struct fail *fail)
{
	for (;;) {
		char *room = buf_room(&input->bytes, READ_SIZE);
		if (!room)
			return buf_ok(&input->bytes, fail);
		ssize_t n = read(fd, room, READ_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(fail, "%s", input->name);
		room[n] = '\0';
		input->bytes.len += (size_t)n;
		if (!n)
			break;
	}
	input->data = input->bytes.data;
	input->len = input->bytes.len;
	return true;
}

bool input_open(struct input *input, const char *operand, struct fail *fail)
{
	bool is_stdin = !operand || !strcmp(operand, "-");
	*input = (struct input){ .name = is_stdin ? "stdin" : operand };
	int fd = is_stdin ? STDIN_FILENO : open(operand, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(fail, "%s", operand);
	bool ok = map(input, fd) || read_all(input, fd, fail);
	if (!is_stdin)
		close(fd);
	if (!ok)
		input_close(input);
	return ok;
}

bool input_open_fd(struct input *input, int fd, const char *name, struct fail *fail)
{
	*input = (struct input){ .name = name };
	if (map(input, fd) || read_all(input, fd, fail))
		return true;
	input_close(input);
	return false;
}

void input_close(struct input *input)
{
	if (input->map)
		munmap(input->map, input->map_len);
	buf_release(&input->bytes);
	input->map = NULL;
	input->data = NULL;
	input->len = 0;
}

bool inputs_open(struct inputs *inputs, char *const *operands, size_t count, struct fail *fail)
{
	*inputs = (struct inputs){ calloc(count ? count : 1, sizeof *inputs->all), 0 };
	if (!inputs->all)
		return fail_memory(fail);
	do {
		const char *operand = count ? operands[inputs->count] : NULL;
		if (!input_open(&inputs->all[inputs->count], operand, fail)) {
			inputs_close(inputs);
			return false;
		}
	} while (++inputs->count < count);
	return true;
}

void inputs_close(struct inputs *inputs)
{
	while (inputs->count)
		input_close(&inputs->all[--inputs->count]);
	free(inputs->all);
	inputs->all = NULL;
}
