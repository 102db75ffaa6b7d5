#include "clock.h"
#include "check.h"

#include <signal.h>
#include <time.h>
#include <sys/wait.h>
#include <unistd.h>

static void form(const struct buf *text, const char *pattern)
{
	CHECK(text->len == strlen(pattern));
	for (size_t i = 0; pattern[i]; i++)
		CHECK(pattern[i] == '0' ? text->data[i] >= '0' && text->data[i] <= '9'
					: text->data[i] == pattern[i]);
}

static void times(void)
{
	struct buf text = { 0 };
	struct tm tm = { 0 };
	time_t before = time(NULL);
	clock_print_utc(&text);
	form(&text, "0000-00-00T00:00:00Z");
	CHECK(sscanf(text.data, "%d-%d-%dT%d:%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		      &tm.tm_hour, &tm.tm_min, &tm.tm_sec) == 6);
	tm.tm_year -= 1900;
	tm.tm_mon--;
	setenv("TZ", "UTC0", 1);
	tzset();
	time_t printed = mktime(&tm);
	CHECK(printed >= before && printed <= time(NULL));
	buf_clear(&text);
	clock_print_local(&text);
	form(&text, "00000000-000000");
	buf_release(&text);
}

int main(void)
{
	double begin = clock_now();
	CHECK(clock_wait(0) && clock_wait(0.05));
	CHECK(clock_now() - begin >= 0.05 && clock_now() >= begin);
	for (int i = 0; i < 1000; i++) {
		double factor = clock_jitter(0.1);
		CHECK(factor >= 0.9 && factor <= 1.1);
	}
	times();

	int status = 0;
	signal(SIGCHLD, SIG_IGN);
	clock_catch_signals();
	CHECK(!clock_stopped());
	pid_t short_lived = fork();
	if (!short_lived)
		_exit(3);
	CHECK(waitpid(short_lived, &status, 0) == short_lived && WEXITSTATUS(status) == 3);
	raise(SIGPIPE);
	CHECK(!clock_stopped() && clock_wait(0));

	/* A signal ends a wait that has begun. */
	pid_t self = getpid(), child = fork();
	CHECK(child >= 0);
	if (!child) {
		struct timespec nap = { 0, 200000000 };
		nanosleep(&nap, NULL);
		_exit(kill(self, SIGTERM));
	}
	CHECK(!clock_wait(60));
	CHECK(clock_stopped() == SIGTERM);
	CHECK(!clock_wait(60));
	return check_end("clock");
}
