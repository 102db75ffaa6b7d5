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

void clock_forget(void)
{
	stopped = 0;
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

static void print_time(struct buf *to, const char *format, bool utc)
{
	char text[64];
	time_t now = time(NULL);
	struct tm tm;
	if (utc ? gmtime_r(&now, &tm) : localtime_r(&now, &tm))
		if (strftime(text, sizeof text, format, &tm))
			buf_text(to, text);
}

void clock_print_utc(struct buf *to)
{
	print_time(to, "%Y-%m-%dT%H:%M:%SZ", true);
}

void clock_print_local(struct buf *to)
{
	print_time(to, "%Y%m%d-%H%M%S", false);
}
