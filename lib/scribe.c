#include "scribe.h"

#include <math.h>
#include <unistd.h>

/* Bytes of lines that are worth a call to write them. */
enum { ENOUGH = 1 << 16 };

void scribe_open(struct scribe *scribe)
{
	spout_open(&scribe->spout);
}

/* Lines from the first on that go in one call, and their bytes. */
static size_t next_lines(const struct backlog *backlog, size_t most, size_t *len)
{
	size_t count = 0;
	for (*len = 0; count < most && count < backlog->count && *len < ENOUGH; count++)
		*len += backlog_at(backlog, count)->len;
	return count;
}

static bool print(struct scribe *scribe, bool giving, struct fail *fail)
{
	struct outlet *outlet = scribe->outlet;
	const struct backlog *backlog = &outlet->backlog;
	size_t most = giving ? pace_room(&outlet->pace) : scribe->begun != 0;
	size_t len, written, count;
	bool ok = true;
	scribe->tried = backlog->to;
	while (ok && (count = next_lines(backlog, most, &len))) {
		size_t done = 0;
		ok = spout_write(&scribe->spout, backlog_line(backlog, 0).text + scribe->begun,
			len - scribe->begun, &written, fail);
		scribe->begun += written;
		for (; done < count && scribe->begun >= backlog_at(backlog, done)->len; done++)
			scribe->begun -= backlog_at(backlog, done)->len;
		most -= done;
		pace_note(&outlet->pace, done);
		ok = outlet_done(outlet, done, fail) && ok && !scribe->spout.blocked;
	}
	return !fail->kind;
}

void scribe_take(struct scribe *scribe)
{
	const struct outlet *outlet = scribe->outlet;
	if (!scribe->failed.kind && outlet->backlog.to - scribe->tried >= ENOUGH)
		print(scribe, !agent_stopped(outlet->agent), &scribe->failed);
}

bool scribe_serve(struct scribe *scribe, bool giving, struct fail *fail)
{
	if (!scribe->failed.kind)
		return print(scribe, giving, fail);
	*fail = scribe->failed;
	scribe->failed = (struct fail){ 0 };
	return false;
}

size_t scribe_polls(const struct scribe *scribe, struct pollfd polls[1])
{
	polls[0] = (struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT };
	return scribe->spout.blocked;
}

double scribe_due(const struct scribe *scribe)
{
	const struct outlet *outlet = scribe->outlet;
	bool waits = outlet->backlog.count && !scribe->spout.blocked;
	return waits ? pace_due(&outlet->pace, 1) : HUGE_VAL;
}

void scribe_close(struct scribe *scribe)
{
	spout_close(&scribe->spout);
	fail_clear(&scribe->failed);
}
