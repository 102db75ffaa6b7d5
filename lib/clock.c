#include "clock.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stopped;

static void note(int signal)
{
	if (signal != SIGHUP ||
		!stopped) /* which may be dealt with; the others are to be heard */
		stopped = signal;
}

double clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int clock_milliseconds(double seconds)
{
	if (seconds <= 0)
		return 0;
	return seconds > 1e6 ? 1000000000 : (int)(seconds * 1000) + 1;
}

void clock_catch_signals(void)
{
	struct sigaction action = { .sa_handler = note };
	sigemptyset(&action.sa_mask);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
	action.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &action, NULL);
}

int clock_stopped(void)
{
	return stopped;
}

void clock_forget(int signal)
{
	sigset_t all, before;
	sigfillset(&all);
	sigprocmask(
		SIG_BLOCK, &all, &before); /* none comes between the question and the answer */
	if (stopped == signal)
		stopped = 0;
	sigprocmask(SIG_SETMASK, &before, NULL);
}

bool clock_wait(double seconds)
{
	double end = clock_now() + seconds;
	while (!stopped) {
		double left = end - clock_now();
		if (left <= 0)
			return true;
		/* Short naps, for a signal that comes between the test and the nap. */
		left = left < 0.2 ? left : 0.2;
		struct timespec nap = { 0, (long)(left * 1e9) };
		nanosleep(&nap, NULL);
	}
	return false;
}

double clock_jitter(double part)
{
	static bool seeded;
	if (!seeded) {
		struct timespec t;
		clock_gettime(CLOCK_REALTIME, &t);
		srand((unsigned)t.tv_nsec ^ (unsigned)getpid());
		seeded = true;
	}
	return 1 - part + 2 * part * ((double)rand() / RAND_MAX);
}

static void print_time(struct buf *to, const char *format, time_t time, bool utc)
{
	char text[64];
	struct tm tm;
	if (utc ? gmtime_r(&time, &tm) : localtime_r(&time, &tm))
		if (strftime(text, sizeof text, format, &tm))
			buf_text(to, text);
}

void clock_print_utc_of(struct buf *to, time_t time)
{
	print_time(to, "%Y-%m-%dT%H:%M:%SZ", time, true);
}

void clock_print_utc_micro(struct buf *to)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	print_time(to, "%Y-%m-%dT%H:%M:%S", now.tv_sec, true);
	buf_format(to, ".%06ldZ", now.tv_nsec / 1000);
}

void clock_print_utc(struct buf *to)
{
	clock_print_utc_of(to, time(NULL));
}

void clock_print_local(struct buf *to)
{
	print_time(to, "%Y%m%d-%H%M%S", time(NULL), false);
}
