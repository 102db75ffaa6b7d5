#include "proc.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { IN, ERR, PIPES }; /* pipes; stdout is a file */
enum { CHUNK = 1 << 16 };

/* A child while it runs. */
struct child {
	const struct proc_options *options;
	struct proc *proc;
	pid_t pid;
	int fds[PIPES];                     /* our ends, -1 when closed */
	size_t written;                     /* of the input */
	double begin, next_tick, killed_at; /* killed_at 0: it was not told to end */
	bool exited;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static int open_output(struct fail *fail)
{
	const char *dir = getenv("TMPDIR");
	struct buf path = { 0 };
	int fd = -1;
	buf_format(&path, "%s/octi.XXXXXX", dir && *dir ? dir : "/tmp");
	if (buf_ok(&path, fail)) {
		fd = mkstemp(path.data);
		if (fd < 0)
			fail_errno(fail, "%s", path.data);
		else
			unlink(path.data);
	}
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	buf_release(&path);
	return fd;
}

/* Takes "NAME=VALUE" into the environment, or "NAME" out of it. */
static void add_variable(const char *pair)
{
	struct buf name = { 0 };
	size_t n = strcspn(pair, "=");
	buf_add(&name, pair, n);
	if (name.state == BUF_OK && pair[n])
		setenv(name.data, pair + n + 1, 1);
	else if (name.state == BUF_OK)
		unsetenv(name.data);
	buf_release(&name);
}

/* The child's side of the fork. */
static _Noreturn void become(const struct proc_options *options, int in, int out, int err)
{
	sigset_t none;
	struct sigaction standard = { .sa_handler = SIG_DFL };
	static const int caught[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD };
	setpgid(0, 0);
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
		sigaction(caught[i], &standard, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	for (size_t i = 0; options->extra && options->extra[i]; i++)
		add_variable(options->extra[i]);
	execvp(options->argv[0], options->argv);
	int status = errno == ENOENT ? 127 : 126;
	const char *why = strerror(errno);
	if (write(STDERR_FILENO, options->argv[0], strlen(options->argv[0])) < 0 ||
		write(STDERR_FILENO, ": ", 2) < 0 ||
		write(STDERR_FILENO, why, strlen(why)) < 0 || write(STDERR_FILENO, "\n", 1) < 0)
		_exit(status);
	_exit(status);
}

static bool start(struct child *child, struct fail *fail)
{
	int in[2] = { -1, -1 }, err[2] = { -1, -1 };
	if (pipe(in) || pipe(err)) {
		fail_errno(fail, "pipe");
	} else if ((child->pid = fork()) == 0) {
		close(in[1]);
		close(err[0]);
		become(child->options, in[0], child->proc->output, err[1]);
	} else if (child->pid < 0) {
		fail_errno(fail, "fork");
	}
	close_fd(&in[0]);
	close_fd(&err[1]);
	child->fds[IN] = in[1];
	child->fds[ERR] = err[0];
	if (child->pid <= 0) {
		close_fd(&child->fds[IN]);
		close_fd(&child->fds[ERR]);
		return false;
	}
	setpgid(child->pid, child->pid); /* whichever of us is first */
	for (int i = 0; i < PIPES; i++) {
		fcntl(child->fds[i], F_SETFL, O_NONBLOCK);
		fcntl(child->fds[i], F_SETFD, FD_CLOEXEC);
	}
	return true;
}

static void feed(struct child *child)
{
	const struct proc_options *options = child->options;
	while (child->written < options->input_len) {
		ssize_t n = write(child->fds[IN], options->input + child->written,
			options->input_len - child->written);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)
			break; /* it does not want the rest */
		child->written += (size_t)n;
	}
	close_fd(&child->fds[IN]);
}

/* Passes stderr on, and keeps its end. */
static void listen_to(struct child *child)
{
	char bytes[4096];
	struct buf *tail = &child->proc->tail;
	ssize_t n;
	while ((n = read(child->fds[ERR], bytes, sizeof bytes)) > 0) {
		for (ssize_t at = 0; at < n;) {
			ssize_t done = write(STDERR_FILENO, bytes + at, (size_t)(n - at));
			if (done < 0 && errno != EINTR)
				break;
			at += done > 0 ? done : 0;
		}
		buf_add(tail, bytes, (size_t)n);
		if (tail->state == BUF_OK &&
			tail->len > 2 * child->options->tail + sizeof bytes) {
			size_t keep = child->options->tail;
			memmove(tail->data, tail->data + tail->len - keep, keep + 1);
			tail->len = keep;
		}
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(&child->fds[ERR]);
}

static void signal_group(struct child *child, int signal)
{
	kill(-child->pid, signal);
	if (!child->killed_at)
		child->killed_at = clock_now();
}

/* Looks at the clock and at the signals that came. */
static void look(struct child *child)
{
	const struct proc_options *options = child->options;
	double now = clock_now();
	if (clock_stopped() && !child->proc->stopped) {
		child->proc->stopped = true;
		signal_group(child, clock_stopped());
	}
	if (options->timeout > 0 && now - child->begin > options->timeout &&
		!child->proc->timed_out) {
		child->proc->timed_out = true;
		signal_group(child, SIGTERM);
	}
	if (child->killed_at && now - child->killed_at > options->grace)
		kill(-child->pid, SIGKILL);
	if (options->tick > 0 && now >= child->next_tick) {
		child->next_tick = now + options->tick;
		if (options->on_tick)
			options->on_tick(options->ctx);
	}
}

static void reap(struct child *child)
{
	int status;
	pid_t pid = waitpid(child->pid, &status, WNOHANG);
	if (pid != child->pid)
		return;
	child->exited = true;
	child->proc->status =
		WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Serves the pipes until the child has ended, and its stderr with it (or soon after, when others
 * hold it open). */
static void serve(struct child *child)
{
	double ended = 0;
	while (!child->exited || child->fds[ERR] >= 0) {
		struct pollfd polls[PIPES] = { { .fd = child->fds[IN], .events = POLLOUT },
			{ .fd = child->fds[ERR], .events = POLLIN } };
		poll(polls, PIPES, child->exited ? 10 : 50);
		if (polls[IN].fd >= 0 && polls[IN].revents)
			feed(child);
		if (polls[ERR].fd >= 0 && polls[ERR].revents)
			listen_to(child);
		if (!child->exited) {
			look(child);
			reap(child);
		} else if (!ended) {
			ended = clock_now();
		} else if (clock_now() - ended > 0.2) {
			break;
		}
	}
}

bool proc_run(const struct proc_options *options, struct proc *proc, struct fail *fail)
{
	struct child child = { .options = options, .proc = proc, .fds = { -1, -1 } };
	*proc = (struct proc){ .output = open_output(fail) };
	if (proc->output < 0)
		return false;
	child.begin = clock_now();
	child.next_tick = child.begin + options->tick;
	if (!start(&child, fail)) {
		close_fd(&proc->output);
		return false;
	}
	serve(&child);
	close_fd(&child.fds[IN]);
	close_fd(&child.fds[ERR]);
	lseek(proc->output, 0, SEEK_SET);
	size_t keep = options->tail;
	if (proc->tail.state == BUF_OK && proc->tail.len > keep) {
		memmove(proc->tail.data, proc->tail.data + proc->tail.len - keep, keep + 1);
		proc->tail.len = keep;
	}
	return true;
}

void proc_release(struct proc *proc)
{
	close_fd(&proc->output);
	buf_release(&proc->tail);
}
