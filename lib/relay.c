#include "relay.h"

#include "buf.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

static const int passed_on[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };

/* ---- lines ---- */

struct lines {
	relay_take *take;
	void *ctx;
	struct buf part; /* of a line, that has no end yet */
};

/* NUL bytes would end the line for whoever reads it. */
static bool give(struct lines *lines, struct fail *fail)
{
	for (size_t i = 0; i < lines->part.len; i++)
		if (!lines->part.data[i])
			lines->part.data[i] = '?';
	bool ok = buf_ok(&lines->part, fail) &&
		lines->take(lines->ctx, buf_str(&lines->part), fail);
	buf_clear(&lines->part);
	return ok;
}

static bool give_whole(struct lines *lines, struct fail *fail)
{
	if (lines->part.len && lines->part.data[lines->part.len - 1] == '\r')
		lines->part.data[--lines->part.len] = '\0';
	return give(lines, fail);
}

/* How many bytes at the end are the beginning of a character only. */
static size_t begun(const struct buf *part)
{
	for (size_t n = 1; n <= 3 && n < part->len; n++) {
		unsigned char first = (unsigned char)part->data[part->len - n];
		size_t whole = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
		if ((first & 0xc0) != 0x80)
			return whole > n ? n : 0;
	}
	return 0;
}

/* A line that is too long, as far as it goes; a character is not cut. */
static bool give_part(struct lines *lines, struct fail *fail)
{
	char rest[4];
	size_t n = begun(&lines->part);
	memcpy(rest, lines->part.data + lines->part.len - n, n);
	lines->part.data[lines->part.len -= n] = '\0';
	bool ok = give(lines, fail);
	buf_add(&lines->part, rest, n);
	return ok;
}

static bool feed(struct lines *lines, const char *bytes, size_t n, struct fail *fail)
{
	bool ok = true;
	while (ok && n) {
		const char *end = memchr(bytes, '\n', n);
		size_t len = end ? (size_t)(end - bytes) : n;
		if (len > RELAY_LINE_MAX - lines->part.len)
			len = RELAY_LINE_MAX - lines->part.len;
		buf_add(&lines->part, bytes, len);
		bool whole = end == bytes + len;
		if (whole)
			ok = give_whole(lines, fail);
		else if (lines->part.len == RELAY_LINE_MAX)
			ok = give_part(lines, fail);
		bytes += len + whole;
		n -= len + whole;
	}
	return ok;
}

/* What there is. 1: there may be more; 0: the end, or for now (EAGAIN) nothing; -1: a failure. */
static int take_some(struct lines *lines, int fd, struct fail *fail)
{
	char bytes[1 << 14];
	ssize_t n = read(fd, bytes, sizeof bytes);
	if (n > 0)
		return feed(lines, bytes, (size_t)n, fail) ? 1 : -1;
	if (n == 0)
		return 0;
	if (errno == EINTR)
		return 1;
	if (errno == EAGAIN)
		return 0;
	fail_set(fail, FAIL_RETRY, "%s", strerror(errno));
	return -1;
}

static bool end(struct lines *lines, struct fail *fail)
{
	bool ok = fail->kind ? false : !lines->part.len || give_whole(lines, fail);
	buf_release(&lines->part);
	return ok;
}

bool relay_lines(int fd, relay_take *take, void *ctx, struct fail *fail)
{
	struct lines lines = { .take = take, .ctx = ctx };
	while (take_some(&lines, fd, fail) > 0)
		;
	return end(&lines, fail);
}

/* ---- the program ---- */

static volatile sig_atomic_t child;

static void pass_on(int signal, siginfo_t *info, void *context)
{
	int error = errno;
	(void)context;
	if (child && info->si_code <= 0) /* a process sent it, not the kernel */
		kill((pid_t)child, signal);
	errno = error;
}

static void wake(int signal)
{
	(void)signal;
}

/* From now on signals come only while they are waited for. */
static void catch_signals(sigset_t *before)
{
	sigset_t ours;
	struct sigaction old, action = { .sa_sigaction = pass_on, .sa_flags = SA_SIGINFO };
	struct sigaction waking = { .sa_handler = wake };
	sigemptyset(&ours);
	sigemptyset(&action.sa_mask);
	sigemptyset(&waking.sa_mask);
	sigaddset(&ours, SIGCHLD);
	for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
		sigaddset(&ours, passed_on[i]);
	sigprocmask(SIG_BLOCK, &ours, before);
	sigdelset(before, SIGCHLD);
	sigaction(SIGCHLD, &waking, NULL);
	for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
		if (!sigaction(passed_on[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(passed_on[i], &action, NULL);
}

/* What is sent to it before it is the program is the program's all the same: no handler of ours takes it. */
static void leave_signals(void)
{
	struct sigaction old;
	for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++)
		if (!sigaction(passed_on[i], NULL, &old) && old.sa_handler != SIG_IGN)
			signal(passed_on[i], SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
}

static _Noreturn void become(char *const *argv, int stderr_fd, const sigset_t *mask)
{
	dup2(stderr_fd, STDERR_FILENO);
	leave_signals();
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	int error = errno;
	dprintf(STDERR_FILENO, "%s: cannot be run: %s\n", argv[0], strerror(error));
	_exit(error == ENOENT ? 127 : 126);
}

/* Reads until the program has ended and what it said is taken. */
static bool follow(pid_t pid, int fd, const sigset_t *mask, struct lines *lines, int *state,
	struct fail *fail)
{
	bool ended = false, open = true;
	while (!ended) {
		fd_set set;
		FD_ZERO(&set);
		if (open)
			FD_SET(fd, &set);
		pselect(open ? fd + 1 : 0, &set, NULL, NULL, NULL, mask);
		ended = waitpid(pid, state, WNOHANG) == pid;
		int more = 1;
		while (open && more > 0)
			more = take_some(lines, fd, fail);
		/* nothing for now, or never again; a failure stops the reading only */
		if (open && (more < 0 || errno != EAGAIN))
			open = false;
	}
	return end(lines, fail);
}

bool relay_run(char *const *argv, relay_take *take, void *ctx, int *status, struct fail *fail)
{
	struct lines lines = { .take = take, .ctx = ctx };
	sigset_t before;
	int ends[2], state = 0;
	if (pipe(ends))
		return fail_errno(fail, "pipe");
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	catch_signals(&before);
	pid_t pid = fork();
	if (pid == 0)
		become(argv, ends[1], &before);
	if (pid < 0)
		fail_errno(fail, "fork");
	child = pid > 0 ? (sig_atomic_t)pid : 0;
	close(ends[1]);
	bool ok = pid > 0 && follow(pid, ends[0], &before, &lines, &state, fail);
	child = 0;
	close(ends[0]);
	*status = WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state);
	return ok;
}
