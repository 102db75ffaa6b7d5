#include "mate.h"

#include "clock.h"
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MAX = 1 << 16 /* bytes */ };

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

bool mate_open(struct mate *mate, struct fail *fail)
{
	mate->in = mate->out = -1;
	mate->answer.max = ANSWER_MAX;
	mate->sent = calloc(mate->window, sizeof *mate->sent);
	return mate->sent || fail_memory(fail);
}

/* ---- its life ---- */

static bool start(struct mate *mate, struct fail *fail)
{
	struct outlet *outlet = mate->outlet;
	struct variables variables = { 0 };
	int in[2] = { -1, -1 }, out[2] = { -1, -1 };
	outlet_environment(outlet, &variables);
	bool ok = variables_ok(&variables, fail) &&
		((!pipe(in) && !pipe(out)) || fail_errno(fail, "pipe"));
	for (int i = 0; ok && i < 2; i++) {
		fcntl(in[i], F_SETFD, FD_CLOEXEC);
		fcntl(out[i], F_SETFD, FD_CLOEXEC);
	}
	ok = ok &&
		proc_start(outlet->handler, variables_list(&variables), in[0], out[1],
			STDERR_FILENO, &mate->pid, fail);
	close_fd(&in[0]);
	close_fd(&out[1]);
	if (!ok) {
		mate->pid = 0;
		close_fd(&in[1]);
		close_fd(&out[0]);
	}
	mate->in = in[1];
	mate->out = out[0];
	if (ok) {
		fcntl(mate->in, F_SETFL, O_NONBLOCK);
		fcntl(mate->out, F_SETFL, O_NONBLOCK);
		metrics_add(outlet->agent->metrics, METRIC_RUNS, 1);
	}
	variables_release(&variables);
	return ok;
}

static struct backlog_event *event_of(const struct mate *mate, uint64_t number)
{
	const struct backlog *backlog = &mate->outlet->backlog;
	return backlog_at(backlog, (size_t)(number - backlog->dropped));
}

/* ---- events that are done, or are not ---- */

static bool has_failed(const struct mate *mate, const struct backlog_event *event)
{
	return !event->handed && event->tries >= mate->outlet->max_tries;
}

/* An event is to be sent again, unless it has failed for good. */
static void fail_event(struct mate *mate, struct backlog_event *event, const char *why)
{
	struct outlet *outlet = mate->outlet;
	const struct log_note notes[] = { { "id", buf_str(&event->id), 0 },
		{ "tries", NULL, event->tries + 1 }, { NULL, NULL, 0 } };
	event->handed = false;
	event->due = clock_now() + outlet_delay(++event->tries);
	buf_clear(&event->why);
	buf_text(&event->why, why);
	if (has_failed(mate, event))
		return;
	agent_say(outlet->agent, LOG_WARNING, notes, "%s; trying again", why);
	metrics_add(outlet->agent->metrics, METRIC_EVENTS_RETRIED, 1);
}

/* Lets go of the first events, as far as they are done or have failed. */
static bool settle(struct mate *mate, struct fail *fail)
{
	struct outlet *outlet = mate->outlet;
	while (outlet->backlog.count) {
		struct backlog_event *event = backlog_at(&outlet->backlog, 0);
		if (event->done) {
			if (!outlet_done(outlet, 1, fail))
				return false;
		} else if (!has_failed(mate, event) || event->due > clock_now() + 15) {
			break;
		} else if (!outlet_give_up(outlet, buf_str(&event->why), fail)) {
			return false;
		}
	}
	return true;
}

static void take_answer(struct mate *mate, const char *answer)
{
	struct agent *agent = mate->outlet->agent;
	if (!mate->sent_count || (mate->half && mate->sent_count == 1)) {
		agent_say(agent, LOG_WARNING, NULL,
			"the handler answers without having been asked: %s", answer);
		return;
	}
	struct backlog_event *event = event_of(mate, mate->sent[0]);
	mate->sent_count--;
	memmove(mate->sent, mate->sent + 1, mate->sent_count * sizeof *mate->sent);
	mate->falls = 0;
	if (strcmp(answer, "ok") != 0)
		fail_event(mate, event, *answer ? answer : "the handler says no");
	else
		event->done = true;
}

static bool take_answers(struct mate *mate, struct fail *fail)
{
	struct buf *answer = &mate->answer;
	char bytes[4096];
	ssize_t n;
	while (mate->out >= 0 && (n = read(mate->out, bytes, sizeof bytes)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return true;
		for (const char *at = bytes, *end = bytes + n; at < end;) {
			const char *stop = memchr(at, '\n', (size_t)(end - at));
			buf_add(answer, at, (size_t)((stop ? stop : end) - at));
			if (!buf_ok(answer, fail))
				return fail_at(fail, "an answer of the handler");
			if (stop) {
				take_answer(mate, buf_str(answer));
				buf_clear(answer);
			}
			at = stop ? stop + 1 : end;
		}
	}
	if (mate->out >= 0)
		mate->closed = clock_now();
	close_fd(&mate->out);
	return true;
}

/* It has ended: what it had not answered is sent again, the first of it having failed. */
static bool bury(struct mate *mate, int status, struct fail *fail)
{
	struct outlet *outlet = mate->outlet;
	struct buf why = { 0 };
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	size_t sent = mate->sent_count;
	mate->pid = 0;
	mate->sent_count = 0;
	mate->half = false;
	mate->closed = 0;
	close_fd(&mate->in);
	close_fd(&mate->out);
	buf_clear(&mate->answer);
	if (proc_not_run(code))
		return fail_set(fail, (enum fail_kind)code, "the handler cannot be run: %s",
			outlet->handler[0]);
	buf_format(&why, "the handler ended with status %d", code);
	for (size_t i = sent; i-- > 1;)
		event_of(mate, mate->sent[i])->handed = false;
	if (sent) {
		fail_event(mate, event_of(mate, mate->sent[0]), buf_str(&why));
		event_of(mate, mate->sent[0])->due = 0; /* the next handler is late enough */
	} else if (code && !outlet->agent->stopped)
		agent_say(outlet->agent, LOG_WARNING, NULL, "%s; starting it again",
			buf_str(&why));
	buf_release(&why);
	mate->due = clock_now() + (code || mate->falls ? outlet_delay(++mate->falls) : 0);
	return true;
}

static bool look(struct mate *mate, struct fail *fail)
{
	int status;
	if (!mate->pid)
		return true;
	if (mate->closed > 0 && clock_now() - mate->closed > mate->outlet->grace)
		kill(-mate->pid, SIGKILL);
	if (waitpid(mate->pid, &status, WNOHANG) != mate->pid)
		return true;
	kill(-mate->pid, SIGKILL); /* what it has left behind */
	return take_answers(mate, fail) && bury(mate, status, fail);
}

/* ---- giving ---- */

/* The next event to send, and seconds until it may be; HUGE_VAL: there is none. */
static struct backlog_event *next_event(const struct mate *mate, uint64_t *number, double *due)
{
	const struct backlog *backlog = &mate->outlet->backlog;
	struct backlog_event *next = NULL;
	double now = clock_now();
	*due = HUGE_VAL;
	if (mate->sent_count == mate->window)
		return NULL;
	for (size_t i = 0; i<backlog->count && * due> 0; i++) {
		struct backlog_event *event = backlog_at(backlog, i);
		double wait = event->due > now ? event->due - now : 0;
		if (event->handed || event->done || event->tries >= mate->outlet->max_tries ||
			wait >= *due)
			continue;
		next = event;
		*number = backlog->dropped + i;
		*due = wait;
	}
	double pace = next ? pace_due(&mate->outlet->pace, 1) : 0;
	*due = pace > *due ? pace : *due;
	return next;
}

/* Writes what the pipe takes of the event that is under way. */
static void write_on(struct mate *mate)
{
	const struct backlog *backlog = &mate->outlet->backlog;
	struct span line = backlog_line(backlog, (size_t)(mate->writing - backlog->dropped));
	while (mate->half) {
		ssize_t n =
			write(mate->in, line.text + mate->written, line.len - mate->written);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			close_fd(&mate->in); /* it does not want the rest: it is about to end */
		if (n < 0)
			return;
		mate->written += (size_t)n;
		mate->half = mate->written < line.len;
	}
}

static void give(struct mate *mate, bool fresh)
{
	double due;
	uint64_t number;
	if (mate->half && mate->in >= 0)
		write_on(mate);
	while (fresh && mate->in >= 0 && !mate->half) {
		struct backlog_event *event = next_event(mate, &number, &due);
		if (!event || due > 0)
			break;
		event->handed = true;
		mate->sent[mate->sent_count++] = number;
		mate->writing = number;
		mate->written = 0;
		mate->half = true;
		pace_note(&mate->outlet->pace, 1);
		write_on(mate);
	}
}

/* ---- the rounds ---- */

size_t mate_polls(const struct mate *mate, struct pollfd polls[MATE_POLLS])
{
	size_t count = 0;
	if (mate->out >= 0)
		polls[count++] = (struct pollfd){ .fd = mate->out, .events = POLLIN };
	if (mate->in >= 0 && mate->half)
		polls[count++] = (struct pollfd){ .fd = mate->in, .events = POLLOUT };
	return count;
}

double mate_due(const struct mate *mate)
{
	double due;
	uint64_t number;
	if (mate->pid && (mate->closed > 0 || mate->in < 0))
		return 0.1;
	if (mate->half)
		return HUGE_VAL;
	next_event(mate, &number, &due);
	double wait = mate->pid ? 0 : mate->due - clock_now();
	return due > wait ? due : wait;
}

bool mate_serve(struct mate *mate, bool giving, struct fail *fail)
{
	double due;
	uint64_t number;
	if (!take_answers(mate, fail) || !look(mate, fail) || !settle(mate, fail))
		return false;
	if (giving && !mate->pid && clock_now() >= mate->due &&
		next_event(mate, &number, &due) && due <= 0 && !start(mate, fail))
		return false;
	if (mate->pid)
		give(mate, giving);
	return true;
}

void mate_finish(struct mate *mate)
{
	close_fd(&mate->in);
	mate->half = false;
}

void mate_signal(const struct mate *mate, int signal)
{
	if (mate->pid)
		kill(-mate->pid, signal);
}

void mate_release(struct mate *mate)
{
	close_fd(&mate->in);
	close_fd(&mate->out);
	buf_release(&mate->answer);
	free(mate->sent);
}
