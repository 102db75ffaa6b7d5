#include "proc.h"
#include "check.h"

#include <fcntl.h>
#include <signal.h>
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

int main(void)
{
	static const char *const extra[] = { "OCTI_A=b=c", "OCTI_GONE", NULL };
	static char *const nowhere[] = { "/nowhere", NULL };
	static char *const folder[] = { "/", NULL };
	int silent = open("/dev/null", O_WRONLY), said = dup(STDERR_FILENO);
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
	proc_release(&proc);
	return check_end("proc");
}
