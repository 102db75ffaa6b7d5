/* octi-stream [options] [ID] [-- HANDLER [ARG ...]]
 * Follows a stream of the platform: prints its events, or has HANDLER work on them. */
#include "bookmark.h"
#include "clock.h"
#include "errand.h"
#include "journal.h"
#include "json.h"
#include "mate.h"
#include "program.h"
#include "scribe.h"
#include "sieve.h"
#include "tap.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static void forget(void *ctx);
static void renewed(void *ctx);
static bool take(void *ctx, const struct sse_event *event, struct fail *fail);

static struct agent agent = { .link = "stream", .forget = forget, .renewed = renewed };
static struct position received; /* where to go on, as far as events have come */
static struct outlet outlet = { .agent = &agent };
static struct tap tap = { .agent = &agent, .position = &received, .sse = { .event = take } };
static struct bookmark bookmark = { .agent = &agent };
static struct errand errand = { .outlet = &outlet };
static struct mate mate = { .outlet = &outlet };
static struct scribe scribe = { .outlet = &outlet };
static struct sieve sieve;
static const char *given; /* the stream's id, as an operand; NULL: none */
static struct buf stream; /* the id of the one that is followed */
static bool catch_up, stix, piped;
static bool drifted;       /* the position moved, though nothing was done */
static bool starting_over; /* the state was reset: what is in hand is the last of it */

static uint64_t batch, window = 100, max_tries = 5, max_bytes = 256u << 20;
static double linger = -1, grace = 30;
static const char *rate;
static uint64_t per_minute;

/* Events that are taken and not done, beyond which the server waits. */
enum { MOST = 1000, MOST_BYTES = 64 << 20 };

static const struct opt options[] = {
	{ 'e', "event", "LIST", "only what happened so: create,update,delete,merge", OPT_TEXT,
		&sieve.events },
	{ 't', "type", "LIST", "only objects of these types: indicator,IPv4-Addr", OPT_TEXT,
		&sieve.types },
	{ 0, "pattern-type", "LIST", "only indicators whose pattern is of these types",
		OPT_TEXT, &sieve.pattern_types },
	{ 0, "where", "KEY=VALUE", "only objects of which OpenCTI's extensions say this",
		OPT_LIST, &sieve.values },
	{ 0, "stix", NULL, "hand on the object alone, not the event", OPT_FLAG, &stix },
	{ 0, "state", "FILE", "keep the position in FILE, not on the platform", OPT_TEXT,
		&bookmark.file },
	{ 0, "catch-up", NULL, "read the database when events were missed", OPT_FLAG,
		&catch_up },
	{ 0, "batch", "N", "run HANDLER on up to N events at a time (1)", OPT_NUMBER, &batch },
	{ 0, "linger", "SECONDS", "wait so long for a batch to be full (5)", OPT_SECONDS,
		&linger },
	{ 0, "pipe", NULL, "run HANDLER once: events in, an answer out for each", OPT_FLAG,
		&piped },
	{ 0, "window", "N", "events that wait for an answer, with --pipe (100)", OPT_NUMBER,
		&window },
	{ 0, "rate", "N", "hand on at most N events a minute (also N/min)", OPT_TEXT, &rate },
	{ 0, "max-tries", "N", "tries of what fails (5)", OPT_NUMBER, &max_tries },
	{ 0, "timeout", "SECONDS", "end a run that takes longer", OPT_SECONDS,
		&errand.timeout },
	{ 0, "grace", "SECONDS", "after SIGTERM, wait so long for HANDLER (30)", OPT_SECONDS,
		&grace },
	{ 0, "dead-letter", "DIR", "keep the events that failed in DIR, a file each", OPT_TEXT,
		&outlet.dead_letter },
	{ 0, "silence", "SECONDS", "connect anew when nothing comes for so long (45)",
		OPT_SECONDS, &tap.silence },
	{ 0, "max-bytes", "N", "refuse events of more bytes (268435456)", OPT_NUMBER,
		&max_bytes },
	PLATFORM_OPTIONS(agent.platform, 'v'),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-stream",
	.synopsis = "[-v] [-c FILE] [-s NAME=VALUE] [option ...] [ID] [-- HANDLER [ARG ...]]",
	.summary =
		"Follow a stream of the platform, and print its events or run HANDLER on them.",
	.options = options };

/* ---- what comes ---- */

/* The first thing that the platform says: what it still has. */
static bool greet(const struct event *event, struct fail *fail)
{
	struct buf id = { 0 }, date = { 0 };
	bool missed = event_text(event, "firstEventId", &id) &&
		position_missed(&received, id.data,
			event_text(event, "firstEventDate", &date) ? date.data : NULL);
	bool ok = buf_ok(&id, fail) && buf_ok(&date, fail);
	if (ok && missed) {
		const struct log_note notes[] = { { "position", buf_str(&received.from), 0 },
			{ "first", id.data, 0 }, { NULL, NULL, 0 } };
		agent_say(&agent, LOG_WARNING, notes,
			"the position is older than the first event that the stream has: some "
			"may be missed; %s",
			catch_up ? "reading the database"
				 : "--catch-up would read the database");
	}
	if (ok && missed && catch_up) {
		position_catch_up(&received);
		position_catch_up(&outlet.done);
		ok = fail_set(fail, FAIL_RETRY, "reading the database");
	}
	buf_release(&id);
	buf_release(&date);
	return ok;
}

static bool complain(const struct event *event, struct fail *fail)
{
	struct buf message = { 0 };
	event_text(event, "message", &message);
	fail_set(fail, FAIL_RETRY, "the platform says: %s", buf_str(&message));
	buf_release(&message);
	return false;
}

/* Once all that is in hand is done, it may go on behind this event. */
static bool move(const struct event *event, enum position_sort sort, struct fail *fail)
{
	struct buf resume = { 0 };
	const char *from =
		sort == POSITION_NO_RECOVER && event_text(event, "resume_from", &resume)
		? resume.data
		: NULL;
	bool moved = event->id && position_pass(&received, event->id, sort, from);
	if (sort == POSITION_NO_RECOVER)
		buf_clear(&outlet.done.recover);
	buf_release(&resume);
	if (moved && outlet.backlog.count)
		return backlog_resume(&outlet.backlog, buf_str(&received.from), fail);
	if (moved) {
		position_copy(&outlet.done, &received);
		drifted = true;
	}
	return position_ok(&received, fail);
}

static enum position_sort sort_of(const struct event *event)
{
	if (!strcmp(event->name, "heartbeat") || !strcmp(event->name, "consumer_metrics"))
		return POSITION_BEAT;
	if (!strcmp(event->name, "no-recover"))
		return POSITION_NO_RECOVER;
	return event->dependency ? POSITION_DEPENDENCY : POSITION_EVENT;
}

static bool take(void *ctx, const struct sse_event *from, struct fail *fail)
{
	struct event event;
	(void)ctx;
	event_read(&event, from);
	if (!strcmp(event.name, "connected"))
		return greet(&event, fail);
	if (!strcmp(event.name, "error"))
		return complain(&event, fail);
	enum position_sort sort = sort_of(&event);
	bool data = sort == POSITION_EVENT || sort == POSITION_DEPENDENCY, wanted = false;
	if (sort == POSITION_NO_RECOVER)
		agent_say(&agent, LOG_WARNING, NULL,
			"this stream does not read the database; it goes on from there");
	if (data && !sieve_passes(&sieve, &event, &wanted, fail))
		return false;
	wanted = wanted && (!stix || event.object.len);
	if (data && !wanted)
		metrics_add(agent.metrics, METRIC_EVENTS_FILTERED, 1);
	if (wanted)
		event_print(&event, stix, backlog_room(&outlet.backlog));
	bool ok = (!wanted || backlog_add(&outlet.backlog, event.id, tap.heard, fail)) &&
		move(&event, sort, fail);
	if (!outlet.handler)
		scribe_take(&scribe);
	return ok;
}

/* ---- what goes ---- */

static bool serve_outlet(bool giving, struct fail *fail)
{
	if (!outlet.handler)
		return scribe_serve(&scribe, giving, fail);
	return piped ? mate_serve(&mate, giving, fail) : errand_serve(&errand, giving, fail);
}

static size_t outlet_polls(struct pollfd polls[MATE_POLLS])
{
	if (piped)
		return mate_polls(&mate, polls);
	return outlet.handler ? 0 : scribe_polls(&scribe, polls);
}

static double outlet_due(void)
{
	if (!outlet.handler)
		return scribe_due(&scribe);
	return piped ? mate_due(&mate) : errand_due(&errand);
}

/* Whether anybody works on events: a handler does, or a line is half written. */
static bool busy(void)
{
	if (!outlet.handler)
		return scribe.begun;
	return piped ? mate.sent_count : errand.pool.count;
}

/* ---- the rounds ---- */

/* The one that was asked for, or is configured. */
static bool choose_stream(struct fail *fail)
{
	const char *id = given;
	struct buf before = stream, fresh = { 0 };
	bool ok = id || conf_need(agent.platform.conf, CONNECTOR_LIVE_STREAM_ID, &id, fail);
	if (ok)
		buf_text(&fresh, id);
	ok = ok && buf_ok(&fresh, fail);
	stream = ok ? fresh : before;
	tap.stream = outlet.stream = buf_str(&stream);
	buf_release(ok ? &before : &fresh);
	return ok;
}

static void renewed(void *ctx)
{
	struct fail fail = { 0 };
	(void)ctx;
	if (!choose_stream(&fail))
		agent_say(&agent, LOG_ERROR, NULL, "the stream stays as it was: %s",
			fail_text(&fail));
	fail_clear(&fail);
	tap_renew(&tap);
}

static void forget(void *ctx)
{
	(void)ctx;
	tap_forget(&tap);
}

static double nearer(double a, double b)
{
	return a < b ? a : b;
}

static void tell_status(void)
{
	struct buf text = { 0 };
	buf_text(&text,
		agent.stopped          ? "ending"
			: agent.linked ? "following"
				       : "waiting for the stream");
	if (outlet.backlog.count)
		buf_format(&text, "; events in hand: %zu", outlet.backlog.count);
	agent_status(&agent, busy(), buf_str(&text));
	metrics_set(agent.metrics, METRIC_EVENTS_IN_HAND, (double)outlet.backlog.count);
	buf_release(&text);
}

/* The state was reset on the platform: once what is in hand has ended, it begins as if for the first time. */
static bool start_over(struct fail *fail)
{
	if (agent.reset && !bookmark.file)
		starting_over = true;
	agent.reset = false;
	if (!starting_over || busy())
		return true;
	starting_over = false;
	agent_say(&agent, LOG_WARNING, NULL,
		"the state was reset on the platform; beginning again");
	backlog_clear(&outlet.backlog);
	tap_renew(&tap);
	if (!position_begin(&received, agent.platform.conf, fail))
		return false;
	position_copy(&outlet.done, &received);
	return bookmark_reset(&bookmark, &outlet.done, fail);
}

static bool keep_position(struct fail *fail)
{
	bool moved = outlet.moved, beaten = drifted;
	outlet.moved = drifted = false;
	return !(moved || beaten) || bookmark_move(&bookmark, &outlet.done, moved, fail);
}

/* One round, of so many seconds at most. False: it cannot go on. */
static bool turn(double seconds, struct fail *fail)
{
	struct pollfd polls[AGENT_POLLS];
	bool giving = !agent.stopped && !starting_over;
	const struct backlog *backlog = &outlet.backlog;
	tap_pause(&tap,
		!giving || backlog->count >= MOST + batch || backlog->bytes >= MOST_BYTES);
	tell_status();
	size_t count = tap_polls(&tap, polls);
	count += outlet_polls(polls + count);
	if (giving)
		seconds = nearer(seconds, nearer(outlet_due(), bookmark_due(&bookmark)));
	agent_wait(&agent, polls, count, nearer(seconds, tap_due(&tap)));
	bool ok = start_over(fail) && tap_serve(&tap, fail);
	/* what has come may go, whatever comes no more */
	struct fail other = { 0 };
	giving = giving && !agent_stopped(&agent);
	if (!serve_outlet(giving, ok ? fail : &other))
		ok = false;
	fail_clear(&other);
	return ok && keep_position(fail) && (agent.stopped || bookmark_serve(&bookmark, fail));
}

static bool wait_for_handler(double seconds, struct fail *fail)
{
	double until = clock_now() + seconds, now;
	while (!fail->kind && (busy() || mate.pid) && (now = clock_now()) < until)
		turn(nearer(until - now, 0.2), fail);
	return !busy() && !mate.pid;
}

/* Nothing new; the handler may end what it has, for a while. */
static void finish(struct fail *fail)
{
	struct fail last = { 0 };
	agent_stop(&agent);
	if (piped)
		mate_finish(&mate);
	if (!wait_for_handler(grace, &last) && outlet.handler) {
		pool_signal(&errand.pool, SIGTERM);
		mate_signal(&mate, SIGTERM);
		if (!wait_for_handler(grace + 5, &last))
			mate_signal(&mate, SIGKILL);
	}
	bool ok = keep_position(&last) && bookmark_store(&bookmark, &last);
	if (!ok && !fail->kind)
		*fail = last;
	else
		fail_clear(&last);
}

static void follow(struct fail *fail)
{
	bool ok = bookmark_open(&bookmark, &received, fail);
	if (!ok)
		return;
	position_copy(&outlet.done, &received);
	ok = position_ok(&outlet.done, fail) &&
		pace_init(&outlet.pace, (size_t)per_minute, fail) && agent_start(&agent, fail);
	tap_open(&tap);
	scribe_open(&scribe);
	errand_open(&errand);
	if (ok && piped)
		ok = mate_open(&mate, fail);
	while (ok && !agent_stopped(&agent))
		ok = turn(HUGE_VAL, fail);
	finish(fail);
}

static bool begin(struct fail *fail)
{
	agent.tool = &tool;
	if (!agent_load(&agent, fail) || !sieve_check(&sieve, fail))
		return false;
	return choose_stream(fail) &&
		(!outlet.dead_letter || journal_usable(outlet.dead_letter, fail)) &&
		agent_open(&agent, fail);
}

/* "60" or "60/min". */
static void read_rate(void)
{
	struct buf number = { 0 };
	buf_add(&number, rate, strcspn(rate, "/"));
	const char *unit = rate + number.len;
	bool ok = opt_number(buf_str(&number), &per_minute) && per_minute &&
		per_minute <= 1000000 && (!*unit || !strcmp(unit, "/min"));
	buf_release(&number);
	if (!ok)
		tool_usage(&tool, "--rate: not from 1 to 1000000 a minute: %s", rate);
}

/* What fits together, and what was not said. */
static void check_options(void)
{
	if (!outlet.handler && (piped || batch || linger >= 0))
		tool_usage(&tool, "--batch, --linger and --pipe need a handler");
	if (piped && (batch || linger >= 0 || errand.timeout > 0))
		tool_usage(&tool, "--batch, --linger and --timeout do not go with --pipe");
	if (!window || window > 10000)
		tool_usage(&tool, "--window: not from 1 to 10000: %llu",
			(unsigned long long)window);
	if (rate)
		read_rate();
	if (batch > 100000)
		tool_usage(&tool, "--batch: more than 100000: %llu", (unsigned long long)batch);
	if (!max_tries)
		tool_usage(&tool, "--max-tries: not from 1 on");
	errand.batch = batch ? (size_t)batch : linger >= 0 ? MOST : 1;
	errand.linger = linger >= 0 ? linger : 5;
	mate.window = (size_t)window;
	outlet.max_tries = (unsigned)max_tries;
	outlet.grace = grace;
	tap.sse.max_bytes = (size_t)max_bytes;
	bookmark.period = !bookmark.file ? 5 : outlet.handler && !piped ? 0 : 1;
}

/* How many words are ours: options may stand on both sides of the stream's id, but before "--". */
static int before_handler(int argc, char **argv)
{
	int words = 0;
	while (words < argc && strcmp(argv[words], "--") != 0)
		words++;
	return words;
}

int main(int argc, char **argv)
{
	tap.silence = 45;
	int words = before_handler(argc, argv), first = tool_begin(&tool, words, argv);
	struct fail fail = { 0 };
	if (words - first > 1)
		tool_usage(&tool, "one stream at a time: %s", argv[first + 1]);
	if (first < words)
		given = argv[first];
	if (words + 1 < argc)
		outlet.handler = argv + words + 1;
	check_options();
	if (outlet.handler && !program_look(outlet.handler[0], &fail))
		return tool_end(&tool, &fail);
	clock_catch_signals();
	if (begin(&fail)) {
		outlet.registration = agent.file.data;
		follow(&fail);
	}
	tap_close(&tap);
	scribe_close(&scribe);
	errand_release(&errand);
	mate_release(&mate);
	outlet_release(&outlet);
	position_release(&received);
	bookmark_release(&bookmark);
	free(sieve.values.items);
	buf_release(&stream);
	return agent_close(&agent, &fail);
}
