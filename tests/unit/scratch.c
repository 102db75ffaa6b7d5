#include "scratch.h"
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

enum { OTHER = 65534 }; /* root may write everywhere: the test is not to be root */

int main(void)
{
	char parent[] = "/tmp/octi-scratch.XXXXXX";
	struct scratch scratch = { 0 };
	struct fail fail = { 0 };
	struct stat st;
	CHECK(mkdtemp(parent) && !chdir(parent) && !setenv("TMPDIR", parent, 1));
	if (!geteuid())
		CHECK(!chown(".", OTHER, OTHER) && !setgid(OTHER) && !setuid(OTHER));
	CHECK(!mkdir("kept", 0700) && !mkdir("kept/in", 0700));

	CHECK(scratch_open(&scratch, "name", &fail) && !chdir(scratch.path.data));
	CHECK(!stat(scratch.path.data, &st) && (st.st_mode & 07777) == 0700);
	/* whatever somebody has left in it goes, but not what a link leads to */
	CHECK(!mkdir("a", 0700) && !mkdir("a/b", 0700) && !mkdir("a/b/c", 0700));
	CHECK(!mkfifo("pipe", 0600) && !mkfifo("a/b/pipe", 0600));
	CHECK(!symlink(parent, "link") && !symlink("../../../kept", "a/b/link"));
	CHECK(!stat("a/b/link/in", &st));
	CHECK(!chmod("a/b/c", 0) && !chmod("a/b", 0500) && !chmod("a", 0500) &&
		!chmod(".", 0500) && !chdir(parent));
	scratch_remove(&scratch);
	scratch_remove(&scratch);
	/* a directory that somebody else calls so stays */
	CHECK(!mkdir("name.others", 0700) && !mkdir("name.others/own", 0700));
	CHECK(!mkdir("name.killed", 0700) && !mkfifo("name.killed/pipe", 0600));
	scratch_sweep("name");
	CHECK(!rmdir("name.others/own") && !rmdir("name.others"));
	CHECK(!rmdir("kept/in") && !rmdir("kept") && !rmdir(parent));
	return check_end("scratch");
}
