#include "portion.h"
#include "check.h"

#include <unistd.h>

static struct fail failure;

/* Reads the text through a file; *parts gets how many portions it came in. Each portion but the last ends
 * at the end of a value or a line. Frees the text. */
static void read_back(struct buf *text, size_t *parts)
{
	char path[] = "/tmp/octi-portion-XXXXXX";
	int fd = mkstemp(path);
	CHECK(fd >= 0 && write(fd, text->data, text->len) == (ssize_t)text->len);
	close(fd);
	struct portions portions = { 0 };
	struct input portion;
	struct buf all = { 0 };
	size_t lines = 0;
	*parts = 0;
	CHECK(portion_open(&portions, path, &failure));
	while (CHECK(portion_next(&portions, &portion, &failure)), portion.len) {
		++*parts;
		CHECK(portion.lines == lines);
		CHECK(portion.data[portion.len] == '\0' || portion.len);
		for (size_t i = 0; i < portion.len; i++)
			lines += portion.data[i] == '\n';
		buf_add(&all, portion.data, portion.len);
		char last = portion.data[portion.len - 1];
		CHECK(last == '\n' || last == '}' || last == ']' || all.len == text->len);
	}
	CHECK(all.len == text->len && !memcmp(all.data, text->data, all.len));
	portion_close(&portions);
	unlink(path);
	buf_release(&all);
	buf_release(text);
}

int main(void)
{
	struct buf text = { 0 };
	size_t parts;
	for (int i = 0; i < 100000; i++)
		buf_format(
			&text, "{\"n\": %d, \"s\": \"}{][\\\"\\\\\"}%s", i, i % 3 ? "\n" : " ");
	read_back(&text, &parts);
	CHECK(parts >= 3);

	/* One value is one portion, however long, with backslashes wherever reading may end. */
	for (size_t shift = 0; shift < 2; shift++) {
		buf_text(&text, shift ? "[ \"" : "[\"");
		for (int i = 0; i < 1500000; i++)
			buf_text(&text, "\\\\");
		buf_text(&text, "\", {\"a\": [1]}]\n");
		read_back(&text, &parts);
		CHECK(parts == 1);
	}
	buf_text(&text, "{ \"never closed\": \"");
	for (int i = 0; i < 1200000; i++)
		buf_text(&text, "x\n");
	read_back(&text, &parts);
	CHECK(parts == 1);

	struct portions none = { 0 };
	CHECK(!portion_open(&none, "/nowhere", &failure));
	CHECK_FAIL(&failure, FAIL_NO, "/nowhere: No such file or directory");
	return check_end("portion");
}
