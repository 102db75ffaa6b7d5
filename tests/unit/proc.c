#include "proc.h"
#include "check.h"

#include "clock.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct proc proc = { .output = -1 };
static char output[4096];

/* Runs a shell script; what it prints goes to `output`. */
static void run(const char *script, struct proc_options options)
{
	char *const argv[] = { "sh", "-c", (char *)script, NULL };
	struct fail fail = { 0 };
	if (!options.argv)
		options.argv = argv;
	proc_release(&proc);
	CHECK(proc_run(&options, &proc, &fail));
	ssize_t n = read(proc.output, output, sizeof output - 1);
	CHECK(n >= 0);
	output[n] = '\0';
}

static unsigned ticks;
static void count(void *ctx)
{
	(void)ctx;
	ticks++;
}

/* The handler has stdin, stdout and stderr, and nothing else of ours. */
static void test_descriptors(void)
{
	run("for n in 3 4 5 6 7 8 9 10 11 12 13 14 15; do [ ! -e /proc/$$/fd/$n ] || echo $n; "
	    "done",
		(struct proc_options){ 0 });
	CHECK_TEXT(output, "");
}

/* Bytes of output, now. */
static off_t size(void)
{
	struct stat st = { 0 };
	fstat(proc.output, &st);
	return st.st_size;
}

/* What goes on writing after the end does not write over what was there. */
static void test_late_writer(void)
{
	char *const argv[] = { "sh", "-c",
		"(sleep 0.3; printf late) 2>/dev/null & printf early", NULL };
	struct proc_options options = { .argv = argv };
	struct fail fail = { 0 };
	proc_release(&proc);
	CHECK(proc_run(&options, &proc, &fail));
	CHECK(size() == 5);
	clock_wait(0.5);
	ssize_t n = read(proc.output, output, sizeof output - 1);
	output[n > 0 ? n : 0] = '\0';
	CHECK_TEXT(output, "earlylate");
}

/* Deadlines hold while stderr never stops, and while ours takes nothing. */
static void test_floods(int said)
{
	int full[2];
	char page[4096] = { 0 };
	struct proc_options options = { .timeout = 0.3, .grace = 0.3, .tail = 10 };
	run("trap '' TERM; while :; do yes; done >&2", options);
	bool flooded = proc.timed_out;
	CHECK(!pipe(full));
	dup2(full[1], STDERR_FILENO);
	fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
	while (write(STDERR_FILENO, page, sizeof page) > 0)
		;
	fcntl(STDERR_FILENO, F_SETFL, 0);
	run("printf 0123456789 >&2; yes >&2", options);
	bool stuck = proc.timed_out;
	run("printf last >&2", options);
	dup2(said, STDERR_FILENO);
	close(full[0]);
	close(full[1]);
	CHECK(flooded && stuck);
	CHECK_TEXT(buf_str(&proc.tail), "last");
}

/* Who is told to end ends with all it started. */
static void test_group(void)
{
	run("(trap '' TERM; while :; do echo x; sleep 0.05; done) & wait",
		(struct proc_options){ .timeout = 0.3, .grace = 5 });
	off_t before = size();
	clock_wait(0.3);
	CHECK(proc.timed_out && before > 0 && size() == before);
}

/* Output that did not fit is no output, whatever the status says. */
static void test_full(void)
{
	struct rlimit before, small;
	struct fail fail = { 0 };
	char *const argv[] = { "sh", "-c", "trap '' XFSZ; yes 2>/dev/null; exit 0", NULL };
	struct proc_options options = { .argv = argv };
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 8192;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	proc_release(&proc);
	CHECK(!proc_run(&options, &proc, &fail));
	CHECK(fail.kind == FAIL_RETRY);
	CHECK_TEXT(fail_text(&fail), "the handler's output: File too large");
	setrlimit(RLIMIT_FSIZE, &before);

	setenv("TMPDIR", "/nowhere", 1); /* not a no: it may be there another time */
	CHECK(!proc_run(&options, &proc, &fail));
	CHECK(fail.kind == FAIL_RETRY);
	unsetenv("TMPDIR");
	fail_clear(&fail);
}

static size_t taken, most;
static bool take(void *ctx, const char *bytes, size_t n)
{
	CHECK(ctx == &taken && bytes[0] == 'x' && bytes[n - 1] == 'x');
	taken += n;
	return taken < most;
}

/* What it prints is taken as it comes, until no more is wanted. */
static void takes(const char *script, size_t wanted, size_t limit)
{
	char *const argv[] = { "sh", "-c", (char *)script, NULL };
	struct proc_options options = { .argv = argv, .grace = 5, .take = take, .ctx = &taken };
	struct fail fail = { 0 };
	taken = 0;
	most = limit;
	proc_release(&proc);
	CHECK(proc_run(&options, &proc, &fail));
	CHECK(proc.output == -1 && taken == wanted);
}

int main(void)
{
	static const char *const extra[] = { "OCTI_A=b=c", "OCTI_GONE", NULL };
	static char *const nowhere[] = { "/nowhere", NULL };
	static char *const folder[] = { "/", NULL };
	for (int fd = 3; fd < 16; fd++) /* what is inherited is not ours */
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	int silent = open("/dev/null", O_WRONLY | O_CLOEXEC),
	    said = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	CHECK(silent >= 0 && said >= 0);
	signal(SIGPIPE, SIG_IGN);
	setenv("OCTI_GONE", "x", 1);

	run("cat; exit 3", (struct proc_options){ .input = "in", .input_len = 2 });
	CHECK(proc.status == 3 && !proc.timed_out && !proc.stopped);
	CHECK_TEXT(output, "in");
	run("printf %s \"$OCTI_A ${OCTI_GONE-unset}\"",
		(struct proc_options){ .extra = extra });
	CHECK_TEXT(output, "b=c unset");
	run("kill -KILL $$", (struct proc_options){ 0 });
	CHECK(proc.status == 128 + SIGKILL);

	takes("head -c 1000000 /dev/zero | tr '\\0' x; exit 4", 1000000, SIZE_MAX);
	CHECK(proc.status == 4 && !proc.unwanted);
	takes("printf x; sleep 0.1; printf xx; sleep 30 &", 3,
		SIZE_MAX); /* nobody waits for it */
	CHECK(proc.status == 0);
	takes("printf xxx; exec sleep 30", 3, 2);
	CHECK(proc.status == 128 + SIGTERM && proc.unwanted && !proc.stopped);

	static char large[1 << 20]; /* nobody reads it */
	run("exec <&-; sleep 0.1",
		(struct proc_options){ .input = large, .input_len = sizeof large });
	CHECK(proc.status == 0);

	dup2(silent, STDERR_FILENO);
	run("printf 0123456789 >&2", (struct proc_options){ .tail = 4 });
	struct buf tail = proc.tail;
	proc.tail = (struct buf){ 0 };
	run(NULL, (struct proc_options){ .argv = nowhere, .tail = 100 });
	int not_found = proc.status;
	struct buf why = proc.tail;
	proc.tail = (struct buf){ 0 };
	run(NULL, (struct proc_options){ .argv = folder });
	dup2(said, STDERR_FILENO);
	CHECK_TEXT(buf_str(&tail), "6789");
	CHECK(not_found == 127 && proc.status == 126);
	CHECK_TEXT(buf_str(&why), "/nowhere: No such file or directory\n");
	buf_release(&tail);
	buf_release(&why);

	run("sleep 30 & wait", (struct proc_options){ .timeout = 0.2, .grace = 5 });
	CHECK(proc.timed_out && proc.status == 128 + SIGTERM);
	run("trap '' TERM; while :; do sleep 0.05; done",
		(struct proc_options){ .timeout = 0.2, .grace = 0.2 });
	CHECK(proc.timed_out && proc.status == 128 + SIGKILL);
	run("sleep 0.5", (struct proc_options){ .tick = 0.1, .on_tick = count });
	CHECK(ticks >= 2);

	alarm(60);
	test_descriptors();
	test_late_writer();
	dup2(silent, STDERR_FILENO);
	test_floods(said);
	test_group();
	test_full();
	proc_release(&proc);
	return check_end("proc");
}
