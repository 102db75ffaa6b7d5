/* input: all bytes of a file or of stdin, held once. */
#ifndef OCTI_INPUT_H
#define OCTI_INPUT_H

#include "buf.h"

struct input {
	const char *name; /* as errors show it: the operand, or "stdin" */
	const char *data;
	size_t len;
	size_t lines; /* that came before the data */
	void *map; /* of a regular file, which must not shrink meanwhile; NULL: the bytes were read */
	size_t map_len;
	struct buf bytes;
};

/* operand: a path; NULL or "-" is stdin, from where it stands. The name is borrowed. A file that
 * cannot be read is FAIL_NO. Without success there is nothing to close. */
bool input_open(struct input *input, const char *operand, struct fail *fail);
void input_close(struct input *input);

/* The same for an open file, which stays the caller's. */
bool input_open_fd(struct input *input, int fd, const char *name, struct fail *fail);

/* All inputs of a command: its operands in their order, or stdin when there are none. */
struct inputs {
	struct input *all;
	size_t count;
};

/* Opens them all. On failure those that were opened are closed. */
bool inputs_open(struct inputs *inputs, char *const *operands, size_t count, struct fail *fail);
void inputs_close(struct inputs *inputs);

#endif
