#include "kept.h"

#include "file.h"

#include <unistd.h>

static bool write_all(struct kept *kept, const void *bytes, size_t n, struct fail *fail)
{
	if (!n || (fwrite(bytes, 1, n, kept->file) == n && !fflush(kept->file)))
		return true;
	return fail_errno(fail, "a temporary file");
}

static bool begin_file(struct kept *kept, struct fail *fail)
{
	int fd = file_nameless(fail);
	if (fd < 0)
		return false;
	kept->file = fdopen(fd, "w+");
	if (!kept->file) {
		close(fd);
		return fail_memory(fail);
	}
	bool ok = write_all(kept, kept->bytes.data, kept->bytes.len, fail);
	buf_release(&kept->bytes);
	return ok;
}

bool kept_add(struct kept *kept, const void *bytes, size_t n, struct fail *fail)
{
	if (!kept->file && n <= kept->most && kept->bytes.len <= kept->most - n) {
		buf_add(&kept->bytes, bytes, n);
		return buf_ok(&kept->bytes, fail);
	}
	return (kept->file || begin_file(kept, fail)) && write_all(kept, bytes, n, fail);
}

bool kept_open(struct kept *kept, struct input *input, const char *name, struct fail *fail)
{
	if (kept->file) {
		rewind(kept->file);
		return input_open_fd(input, fileno(kept->file), name, fail);
	}
	*input = (struct input){
		.name = name, .data = buf_str(&kept->bytes), .len = kept->bytes.len
	};
	return true;
}

void kept_release(struct kept *kept)
{
	if (kept->file)
		fclose(kept->file);
	buf_release(&kept->bytes);
	*kept = (struct kept){ .most = kept->most };
}
