#include "lock.h"
#include "check.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Whether another process gets it. */
static bool is_free(const char *path)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0) {
		struct fail fail = { 0 };
		bool taken;
		int lock = lock_take(path, false, &taken, &fail);
		_exit(lock >= 0 ? 0 : taken && !fail.kind ? 1 : 2);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		WEXITSTATUS(status) < 2);
	return !WEXITSTATUS(status);
}

int main(void)
{
	char path[] = "/tmp/octi-lock.XXXXXX";
	struct fail fail = { 0 };
	bool taken;
	int fd = mkstemp(path);
	CHECK(fd >= 0 && !close(fd) && !unlink(path));

	int lock = lock_take(path, false, &taken, &fail);
	CHECK(lock >= 0 && !taken && !is_free(path));
	lock_drop(lock);
	CHECK(is_free(path));
	lock = lock_take(path, true, &taken, &fail);
	CHECK(lock >= 0 && !is_free(path));
	/* a program that is run does not have it */
	pid_t pid = fork();
	if (pid == 0) {
		execlp("sleep", "sleep", "1", (char *)NULL);
		_exit(1);
	}
	lock_drop(lock);
	for (int i = 0; i < 50 && !is_free(path); i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	CHECK(is_free(path) && !waitpid(pid, NULL, WNOHANG));
	waitpid(pid, NULL, 0);

	CHECK(!unlink(path) && !symlink("/dev/null", path));
	CHECK(lock_take(path, false, &taken, &fail) < 0 && !taken && fail.kind == FAIL_NO);
	fail_clear(&fail);
	CHECK(!unlink(path) && lock_take("/nowhere/x", false, &taken, &fail) < 0);
	CHECK_FAIL(&fail, FAIL_NO, "/nowhere/x: No such file or directory");
	lock_drop(-1);
	return check_end("lock");
}
