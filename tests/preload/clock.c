/* clock: a clock that a test sets, for programs that run with this preloaded. $CLOCK names a file with one line of
 * whole numbers, MACHINE SHOWN SPEED: at the microsecond MACHINE of the machine's calendar it shows SHOWN, and
 * goes SPEED times as fast; with 0 it stands still. Every clock of a program shows the same, and whoever waits for
 * a time waits for this one to show it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { MACHINE, SHOWN, SPEED, NUMBERS };
static const int64_t second = 1000000,
		     longest =
			     10000; /* microseconds; until it looks again whether it was set */

static int64_t machine(void)
{
	struct timespec now;
	syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
	return now.tv_sec * second + now.tv_nsec / 1000;
}

/* As it is set now; without a file it is the machine's. */
static void look(int64_t set[NUMBERS])
{
	const char *path = getenv("CLOCK");
	char line[128], *at = line;
	int before = errno, fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
	if (fd >= 0)
		close(fd);
	errno = before;
	set[MACHINE] = set[SHOWN] = 0;
	set[SPEED] = 1;
	if (n <= 0)
		return;
	line[n] = '\0';
	for (int i = 0; i < NUMBERS; i++)
		set[i] = strtoll(at, &at, 10);
}

static int64_t shown(void)
{
	int64_t set[NUMBERS];
	look(set);
	return set[SHOWN] + (machine() - set[MACHINE]) * set[SPEED];
}

/* Waits for one of the descriptors, until so many microseconds have passed on the clock; while that stands still, on the
 * machine's, as what is asked again and again is asked with a short wait. Negative: for ever. As poll. */
static int wait_for(struct pollfd *polls, nfds_t count, int64_t wait)
{
	int64_t began = machine(), until = shown() + wait;
	for (;;) {
		int64_t set[NUMBERS];
		look(set);
		int64_t speed = set[SPEED],
			left = speed ? (until - shown()) / speed : began + wait - machine();
		bool over = wait >= 0 && (left <= 0 || shown() >= until);
		if (wait < 0 || left > longest)
			left = longest;
		struct timespec nap = { 0, over ? 0 : left * 1000 };
		int ready = (int)syscall(SYS_ppoll, polls, count, &nap, NULL, 0);
		if (ready || over)
			return ready;
	}
}

/* ---- what programs call */

int clock_gettime(clockid_t clock, struct timespec *time)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC &&
		clock != CLOCK_MONOTONIC_RAW && clock != CLOCK_REALTIME_COARSE &&
		clock != CLOCK_MONOTONIC_COARSE)
		return (int)syscall(SYS_clock_gettime, clock, time);
	int64_t now = shown();
	*time = (struct timespec){ now / second, now % second * 1000 };
	return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	int64_t now = shown();
	(void)zone;
	*time = (struct timeval){ now / second, now % second };
	return 0;
}

time_t time(time_t *to)
{
	time_t now = shown() / second;
	if (to)
		*to = now;
	return now;
}

int poll(struct pollfd *polls, nfds_t count, int timeout)
{
	return wait_for(polls, count, timeout * (second / 1000));
}

/* What poll is in programs that were built with checks of lengths. */
int __poll_chk(struct pollfd *polls, nfds_t count, int timeout, size_t len);
int __poll_chk(struct pollfd *polls, nfds_t count, int timeout, size_t len)
{
	if (len / sizeof *polls < count)
		abort();
	return poll(polls, count, timeout);
}

int nanosleep(const struct timespec *nap, struct timespec *left)
{
	if (left)
		*left = *nap;
	return wait_for(NULL, 0, nap->tv_sec * second + nap->tv_nsec / 1000);
}

int clock_nanosleep(
	clockid_t clock, int flags, const struct timespec *nap, struct timespec *left)
{
	int64_t wait = nap->tv_sec * second + nap->tv_nsec / 1000;
	(void)clock;
	(void)left;
	if (flags & TIMER_ABSTIME)
		wait = wait > shown() ? wait - shown() : 0;
	return wait_for(NULL, 0, wait) ? errno : 0;
}
