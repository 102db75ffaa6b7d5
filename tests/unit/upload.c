#include "upload.h"
#include "check.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void check_contents(struct upload *upload, const char *wanted)
{
	char bytes[100] = "";
	CHECK(upload->len == strlen(wanted));
	CHECK(pread(fileno(upload->file), bytes, sizeof bytes, 0) == (ssize_t)upload->len);
	CHECK_TEXT(bytes, wanted);
}

static void write_file(const char *path, const char *bytes)
{
	FILE *file = fopen(path, "we");
	CHECK(file && fputs(bytes, file) >= 0 && !fclose(file));
}

int main(void)
{
	struct fail fail = { 0 };
	struct upload upload;
	char folder[] = "/tmp/upload.XXXXXX";
	CHECK(mkdtemp(folder) && !chdir(folder) && !mkdir("in", 0700));

	write_file("in/file.txt", "contents");
	CHECK(upload_open(&upload, "in/file.txt", &fail));
	CHECK_TEXT(upload.name, "file.txt");
	CHECK(!upload.type && !upload.bytes && upload.ours);
	check_contents(&upload, "contents");
	upload_close(&upload);
	CHECK(upload_open(&upload, "/proc/self/comm", &fail)); /* whose size is said to be 0 */
	check_contents(&upload, "upload\n");
	upload_close(&upload);

	/* a pipe, and no space for it */
	CHECK(!mkfifo("pipe", 0600));
	for (int i = 0; i < 2; i++) {
		pid_t child = fork();
		if (!child) {
			write_file("pipe", "through");
			_exit(0);
		}
		CHECK(!setenv("TMPDIR", i ? "/nowhere" : folder, 1));
		CHECK(upload_open(&upload, "pipe", &fail) == !i);
		if (i) {
			CHECK_FAIL(&fail, FAIL_NO,
				"pipe: a temporary file: No such file or directory");
		} else {
			CHECK_TEXT(upload.name, "pipe");
			check_contents(&upload, "through");
			upload_close(&upload);
		}
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	unsetenv("TMPDIR");

	/* stdin: the file itself, but only from its beginning */
	CHECK(freopen("in/file.txt", "re", stdin));
	CHECK(upload_open(&upload, "-", &fail));
	CHECK_TEXT(upload.name, "stdin");
	CHECK(upload.file == stdin && !upload.ours);
	check_contents(&upload, "contents");
	upload_close(&upload);
	CHECK(lseek(STDIN_FILENO, 3, SEEK_SET) == 3 && upload_open(&upload, "-", &fail));
	CHECK(upload.file != stdin);
	check_contents(&upload, "tents");
	upload_close(&upload);

	CHECK(!upload_open(&upload, "nothing", &fail));
	CHECK_FAIL(&fail, FAIL_NO, "nothing: No such file or directory");
	CHECK(!upload_open(&upload, "in/", &fail));
	CHECK_FAIL(&fail, FAIL_NO, "in/: Is a directory");
	close(STDIN_FILENO);
	CHECK(!upload_open(&upload, "-", &fail));
	CHECK_FAIL(&fail, FAIL_NO, "stdin: Bad file descriptor");
	CHECK(!unlink("in/file.txt") && !rmdir("in") && !unlink("pipe") && !rmdir(folder));
	return check_end("upload");
}
