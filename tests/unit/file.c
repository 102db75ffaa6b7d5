#include "file.h"
#include "buf.h"
#include "check.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/octi-file-XXXXXX";

static void holds(const char *path, const char *wanted)
{
	char got[100] = "";
	FILE *file = fopen(path, "r");
	CHECK(file != NULL);
	got[fread(got, 1, sizeof got - 1, file)] = '\0';
	fclose(file);
	CHECK_TEXT(got, wanted);
}

static mode_t mode_of(const char *path)
{
	struct stat st;
	CHECK(!stat(path, &st));
	return st.st_mode & 0777;
}

/* No file of that name and six letters is left. */
static bool nothing_beside(const char *name)
{
	DIR *folder = opendir(".");
	struct dirent *entry;
	bool found = false;
	size_t n = strlen(name);
	while ((entry = readdir(folder)))
		found = found || (!strncmp(entry->d_name, name, n) && entry->d_name[n] == '.');
	closedir(folder);
	return !found;
}

static void test_writer(void)
{
	struct fail fail = { 0 };
	struct file_writer writer = { 0 };
	CHECK(file_begin(&writer, "one", 0666, &fail));
	CHECK(fputs("slowly", writer.to) >= 0 && !nothing_beside("one"));
	holds("one", "");
	CHECK(file_finish(&writer, &fail));
	file_abandon(&writer);
	holds("one", "slowly");
	CHECK(mode_of("one") == 0644 && nothing_beside("one"));

	CHECK(file_begin(&writer, "one", 0666, &fail));
	CHECK(fputs("half", writer.to) >= 0);
	file_abandon(&writer);
	holds("one", "slowly");
	CHECK(nothing_beside("one"));

	CHECK(!file_begin(&writer, "/dev/null", 0666, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "/dev/null: not a regular file");
	file_abandon(&writer);
	CHECK(!file_begin(&writer, "absent/one", 0666, &fail));
	CHECK_FAIL(&fail, FAIL_NO, "absent/one: No such file or directory");
	file_abandon(&writer);
	CHECK(!mkdir("gone", 0700) && file_begin(&writer, "gone", 0666, &fail) == false);
	CHECK_FAIL(&fail, FAIL_USAGE, "gone: not a regular file");
	file_abandon(&writer);
	CHECK(file_begin(&writer, "other", 0666, &fail));
	CHECK(!mkdir("other", 0700) && !file_finish(&writer, &fail));
	CHECK_FAIL(&fail, FAIL_NO, "other: Is a directory");
	file_abandon(&writer);
	CHECK(nothing_beside("other") && !rmdir("other") && !rmdir("gone"));
}

int main(void)
{
	struct fail fail = { 0 };
	CHECK(mkdtemp(directory) && !chdir(directory));
	umask(022);

	CHECK(file_replace("one", "first", 5, 0600, &fail));
	holds("one", "first");
	CHECK(mode_of("one") == 0600);
	CHECK(file_replace("one", "second, longer", 14, 0600, &fail));
	holds("one", "second, longer");
	CHECK(file_replace("one", "", 0, 0644, &fail));
	holds("one", "");
	CHECK(mode_of("one") == 0644);

	/* What another run has left behind is no obstacle, and nobody is written through. */
	CHECK(!symlink("one", "two.tmp"));
	CHECK(file_replace("two", "2", 1, 0600, &fail));
	holds("two", "2");
	holds("one", "");
	CHECK(access("two.tmp", F_OK) != 0);

	CHECK(!file_replace("absent/one", "x", 1, 0600, &fail));
	CHECK_FAIL(&fail, FAIL_NO, "absent/one: No such file or directory");
	CHECK(!mkdir("folder", 0700));
	CHECK(!file_replace("folder", "x", 1, 0600, &fail));
	CHECK_FAIL(&fail, FAIL_NO, "folder: Is a directory");
	CHECK(access("folder.tmp", F_OK) != 0);

	CHECK(file_write("three", "3", 1, 0600, &fail));
	holds("three", "3");
	CHECK(mode_of("three") == 0600);
	CHECK(!file_write("three", "again", 5, 0600, &fail));
	CHECK_FAIL(&fail, FAIL_NO, "three: File exists");
	holds("three", "3");
	CHECK(!file_write("absent/one", "x", 1, 0600, &fail));
	CHECK_FAIL(&fail, FAIL_NO, "absent/one: No such file or directory");

	test_writer();
	CHECK(!unlink("three") && !unlink("one") && !unlink("two") && !rmdir("folder") &&
		!rmdir(directory));
	return check_end("file");
}
