/* measure FILE N PROGRAM [ARG ...]: runs the program N times, one after the other, and appends a line to FILE for each:
 * WALL USER SYSTEM PEAK STATUS, in seconds and KiB. A program of its own, because a child's peak of memory is never
 * told as less than what its parent had when it was forked. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* From the BSDs; POSIX has no way to ask for the peak of one child. */
pid_t wait4(pid_t, int *, int, struct rusage *);

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: measure FILE N PROGRAM [ARG ...]\n");
		return 2;
	}
	FILE *to = fopen(argv[1], "a");
	if (!to || fcntl(fileno(to), F_SETFD, FD_CLOEXEC) < 0) {
		perror(argv[1]);
		return 75;
	}
	for (long n = strtol(argv[2], NULL, 10); n > 0; n--) {
		int status;
		struct rusage used;
		double begin = now();
		pid_t pid = fork();
		if (!pid) {
			execvp(argv[3], argv + 3);
			perror(argv[3]);
			_exit(127);
		}
		if (pid < 0 || wait4(pid, &status, 0, &used) < 0) {
			perror("measure");
			return 75;
		}
		double wall = now() - begin;
		fprintf(to, "%.6f %.6f %.6f %ld %d\n", wall, seconds(used.ru_utime),
			seconds(used.ru_stime), used.ru_maxrss,
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	}
	return fclose(to) ? 75 : 0;
}
