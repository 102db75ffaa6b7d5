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

#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { IN, OUT, ERR, PIPES }; /* pipes; stdout is a file unless somebody takes it */
enum { CHUNK = 1 << 16 };
enum { PIECE = 4096 }; /* bytes that poll promises room for, in a pipe */
enum { PIPE_PIECES = 16 };

/* A child while it runs. */
struct child {
	const struct proc_options *options;
	struct proc *proc;
	pid_t pid;
	int fds[PIPES];                     /* our ends, -1 when closed */
	int output;                         /* to write to; the reader has a place of its own */
	bool full;                          /* our stderr takes nothing now */
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

/* A file without a name, opened twice, so that what still writes to it after the end and what we read
 * do not move each other. Without a place for it there is no try: that is not the program's fault. */
static bool open_output(struct child *child, struct fail *fail)
{
	const char *dir = getenv("TMPDIR");
	struct buf path = { 0 };
	buf_format(&path, "%s/octi.XXXXXX", dir && *dir ? dir : "/tmp");
	bool ok = buf_ok(&path, fail);
	if (ok) {
		child->output = mkstemp(path.data);
		if (child->output >= 0) {
			fcntl(child->output, F_SETFD, FD_CLOEXEC);
			child->proc->output = open(path.data, O_RDONLY | O_CLOEXEC);
			unlink(path.data);
		}
		ok = child->proc->output >= 0;
		if (!ok) {
			fail_errno(fail, "%s", path.data);
			fail->kind = FAIL_RETRY;
		}
	}
	buf_release(&path);
	return ok;
}

/* Programs often exit with 0 though their output did not fit: one byte more tells. */
static bool check_room(struct child *child, struct fail *fail)
{
	off_t end = lseek(child->output, 0, SEEK_END);
	bool ok = pwrite(child->output, "", 1, end) == 1 && !ftruncate(child->output, end);
	if (!ok) {
		fail_errno(fail, "the handler's output");
		fail->kind = FAIL_RETRY;
	}
	return ok;
}

/* Takes "NAME=VALUE" into the environment, or "NAME" out of it. */
static bool set_variable(const char *pair)
{
	struct buf name = { 0 };
	size_t n = strcspn(pair, "=");
	buf_add(&name, pair, n);
	bool ok = name.state == BUF_OK &&
		!(pair[n] ? setenv(name.data, pair + n + 1, 1) : unsetenv(name.data));
	buf_release(&name);
	return ok;
}

/* The exit status for a program that cannot be run, as a shell's; 75 when it can be another time. */
static int status_of(int error)
{
	switch (error) {
	case ENOENT:
		return FAIL_NOT_FOUND;
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ETXTBSY: /* it is being written */
		return FAIL_RETRY;
	default:
		return FAIL_NOT_RUN;
	}
}

/* The child's side of the fork; the signals that stop us are still blocked. */
static _Noreturn void become(
	char *const *argv, const char *const *extra, int in, int out, int err)
{
	sigset_t none;
	struct sigaction standard = { .sa_handler = SIG_DFL };
	static const int caught[] = { SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGCHLD, SIGXFSZ };
	bool ok = true;
	setpgid(0, 0);
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would take what it prints */
#endif
	for (size_t i = 0; i < sizeof caught / sizeof *caught; i++)
		sigaction(caught[i], &standard, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	for (size_t i = 0; ok && extra && extra[i]; i++)
		ok = set_variable(extra[i]);
	if (ok)
		execvp(argv[0], argv);
	int status = status_of(errno);
	const char *why = strerror(errno);
	if (write(STDERR_FILENO, argv[0], strlen(argv[0])) < 0 ||
		write(STDERR_FILENO, ": ", 2) < 0 ||
		write(STDERR_FILENO, why, strlen(why)) < 0 || write(STDERR_FILENO, "\n", 1) < 0)
		_exit(status);
	_exit(status);
}

/* A pipe that no program inherits; its ends get other numbers by dup2. */
static bool make_pipe(int ends[2])
{
	if (pipe(ends))
		return false;
	for (int i = 0; i < 2; i++)
		fcntl(ends[i], F_SETFD, FD_CLOEXEC);
	return true;
}

bool proc_start(char *const *argv, const char *const *extra, int in, int out, int err,
	pid_t *pid, struct fail *fail)
{
	static const int stops[] = { SIGTERM, SIGINT, SIGHUP };
	sigset_t held, before;
	/* a signal that comes between fork and exec must not end in our handler */
	sigemptyset(&held);
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		sigaddset(&held, stops[i]);
	sigprocmask(SIG_BLOCK, &held, &before);
	*pid = fork();
	if (*pid == 0)
		become(argv, extra, in, out, err);
	if (*pid < 0)
		fail_errno(fail, "fork");
	else
		setpgid(*pid, *pid); /* whichever of us is first */
	sigprocmask(SIG_SETMASK, &before, NULL);
	return *pid > 0;
}

static bool start(struct child *child, struct fail *fail)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	const struct proc_options *options = child->options;
	bool taken = options->take;
	if (!make_pipe(in) || !make_pipe(err) || (taken && !make_pipe(out))) {
		fail_errno(fail, "pipe");
	} else {
		proc_start(options->argv, options->extra, in[0], taken ? out[1] : child->output,
			err[1], &child->pid, fail);
	}
	close_fd(&in[0]);
	close_fd(&out[1]);
	close_fd(&err[1]);
	child->fds[IN] = in[1];
	child->fds[OUT] = out[0];
	child->fds[ERR] = err[0];
	if (child->pid <= 0) {
		for (int i = 0; i < PIPES; i++)
			close_fd(&child->fds[i]);
		return false;
	}
	for (int i = 0; i < PIPES; i++)
		if (child->fds[i] >= 0)
			fcntl(child->fds[i], F_SETFL, O_NONBLOCK);
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

/* Reads a piece of stderr and keeps its end; "" when there is none now. */
static size_t take_piece(struct child *child, char bytes[PIECE])
{
	struct buf *tail = &child->proc->tail;
	size_t keep = child->options->tail;
	ssize_t n = read(child->fds[ERR], bytes, PIECE);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_fd(&child->fds[ERR]);
	if (n <= 0)
		return 0;
	buf_add(tail, bytes, (size_t)n);
	if (tail->state == BUF_OK && tail->len > 2 * keep + PIECE) {
		memmove(tail->data, tail->data + tail->len - keep, keep + 1);
		tail->len = keep;
	}
	return (size_t)n;
}

/* Passes a piece of stderr on. One only, for the clock and the signals are to be looked at; and not
 * when ours takes nothing, for they are to be looked at then too: the rest waits in the pipe. */
static void listen_to(struct child *child)
{
	char bytes[PIECE];
	struct pollfd ours = { .fd = STDERR_FILENO, .events = POLLOUT };
	child->full = poll(&ours, 1, 0) == 0;
	if (child->full)
		return;
	size_t n = take_piece(child, bytes);
	for (size_t at = 0; at < n;) {
		ssize_t done = write(STDERR_FILENO, bytes + at, n - at);
		if (done < 0 && errno != EINTR)
			break;
		at += done > 0 ? (size_t)done : 0;
	}
}

static void signal_group(struct child *child, int signal)
{
	kill(-child->pid, signal);
	if (!child->killed_at)
		child->killed_at = clock_now();
}

/* Hands over what has been printed, a piece of it. */
static void take_output(struct child *child)
{
	static char bytes[CHUNK];
	const struct proc_options *options = child->options;
	ssize_t n = read(child->fds[OUT], bytes, sizeof bytes);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close_fd(&child->fds[OUT]);
	} else if (!child->proc->unwanted && !options->take(options->ctx, bytes, (size_t)n)) {
		child->proc->unwanted = true;
		signal_group(child, SIGTERM);
	}
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
	siginfo_t info = { 0 };
	int status;
	if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid)
		return;
	if (child->killed_at) /* while its number is still taken: those that did not end with it */
		kill(-child->pid, SIGKILL);
	waitpid(child->pid, &status, 0);
	child->exited = true;
	child->proc->status =
		WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Serves the pipes until the child has ended, and its output with it (or soon after the last of it, when
 * others hold it open). */
static void serve(struct child *child)
{
	double quiet = 0; /* since when, after its end */
	int nap = 1;      /* once its output is closed, the end is near, mostly */
	while (!child->exited || child->fds[OUT] >= 0 || child->fds[ERR] >= 0) {
		bool open = child->fds[ERR] >= 0, taken = child->fds[OUT] >= 0;
		struct pollfd polls[PIPES] = { { .fd = child->fds[IN], .events = POLLOUT },
			{ .fd = child->fds[OUT], .events = POLLIN },
			{ .fd = child->full ? STDERR_FILENO : child->fds[ERR],
				.events = child->full ? POLLOUT : POLLIN } };
		poll(polls, PIPES, child->exited ? 10 : open || taken ? 50 : nap);
		nap = open || taken || nap >= 50 ? nap : nap * 2;
		if (polls[IN].fd >= 0 && polls[IN].revents)
			feed(child);
		if (taken && polls[OUT].revents)
			take_output(child);
		if (open && polls[ERR].revents)
			listen_to(child);
		if (!child->exited) {
			look(child);
			reap(child);
		} else if (!(quiet > 0) || (taken && polls[OUT].revents)) {
			quiet = clock_now();
		} else if (clock_now() - quiet > 0.2) {
			break;
		}
	}
	char bytes[PIECE]; /* what could not be passed on is its last words nevertheless */
	for (int i = 0; child->full && child->fds[ERR] >= 0 && i < PIPE_PIECES; i++)
		take_piece(child, bytes);
}

bool proc_run(const struct proc_options *options, struct proc *proc, struct fail *fail)
{
	struct child child = {
		.options = options, .proc = proc, .fds = { -1, -1, -1 }, .output = -1
	};
	*proc = (struct proc){ .output = -1 };
	child.begin = clock_now();
	child.next_tick = child.begin + options->tick;
	bool ok = (options->take || open_output(&child, fail)) && start(&child, fail);
	if (ok) {
		serve(&child);
		ok = options->take || check_room(&child, fail);
	}
	for (int i = 0; i < PIPES; i++)
		close_fd(&child.fds[i]);
	close_fd(&child.output);
	if (!ok)
		close_fd(&proc->output);
	size_t keep = options->tail;
	if (proc->tail.state == BUF_OK && proc->tail.len > keep) {
		memmove(proc->tail.data, proc->tail.data + proc->tail.len - keep, keep + 1);
		proc->tail.len = keep;
	}
	return ok;
}

bool proc_not_run(int status)
{
	return status == FAIL_NOT_RUN || status == FAIL_NOT_FOUND;
}

void proc_release(struct proc *proc)
{
	close_fd(&proc->output);
	buf_release(&proc->tail);
}
