#include "position.h"

#include "clock.h"
#include "opt.h"
#include "print.h"
#include "state.h"

#include <string.h>

static void set(struct buf *to, const char *text)
{
	buf_clear(to);
	buf_text(to, text);
}

bool position_begin(struct position *position, const struct conf *conf, struct fail *fail)
{
	const char *start = conf_text(conf, CONNECTOR_LIVE_STREAM_START_TIMESTAMP);
	const char *until = conf_text(conf, CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE);
	uint64_t milliseconds;
	bool word;
	set(&position->from, start && *start ? start : "0");
	if (opt_number(buf_str(&position->from), &milliseconds))
		buf_text(&position->from, "-0");
	buf_clear(&position->held);
	if (!until || !*until)
		position_catch_up(position);
	else
		set(&position->recover, conf_parse_bool(until, &word) ? "" : until);
	return position_ok(position, fail);
}

void position_catch_up(struct position *position)
{
	buf_clear(&position->recover);
	clock_print_utc(&position->recover);
}

/* The text of the first of two keys that has one. */
static bool read_key(struct span state, const char *older, const char *newer, struct buf *to)
{
	struct span value;
	buf_clear(to);
	if ((state_get(state, older, strlen(older), &value) && *value.text == '"') ||
		(state_get(state, newer, strlen(newer), &value) && *value.text == '"'))
		span_decode(value, to);
	return to->len;
}

const char *position_until(const struct position *position)
{
	static const char *const none[] = { "", "no", "none", "No", "None", "false", "False" };
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		if (!strcmp(buf_str(&position->recover), none[i]))
			return NULL;
	return position->recover.data;
}

bool position_read(struct position *position, struct span state, struct fail *fail)
{
	buf_clear(&position->held);
	bool found = read_key(state, "connectorLastEventId", "start_from", &position->from);
	read_key(state, "connectorStartTime", "recover_until", &position->recover);
	return position_ok(position, fail) && found;
}

static void set_key(struct buf *state, const char *key, const char *text)
{
	struct buf value = { 0 }, next = { 0 };
	if (text)
		print_text(&value, text);
	else
		buf_text(&value, "false");
	if (value.state == BUF_OK && state->state == BUF_OK)
		state_set((struct span){ state->data, state->len }, key, strlen(key),
			(struct span){ value.data, value.len }, &next);
	else
		next.state = BUF_NO_MEMORY;
	buf_release(&value);
	buf_release(state);
	*state = next;
}

void position_print(const struct position *position, struct span state, struct buf *to)
{
	struct buf text = { 0 };
	struct span value;
	const char *until = position->recover.len ? position->recover.data : NULL;
	buf_add(&text, state.text, state.len);
	set_key(&text, "start_from", buf_str(&position->from));
	set_key(&text, "recover_until", until);
	/* older names go before the newer ones when pycti reads them: they are to say the same */
	if (state_get(state, "connectorLastEventId", 20, &value))
		set_key(&text, "connectorLastEventId", buf_str(&position->from));
	if (state_get(state, "connectorStartTime", 18, &value))
		set_key(&text, "connectorStartTime", until);
	buf_add(to, buf_str(&text), text.len);
	if (text.state != BUF_OK)
		to->state = text.state;
	buf_release(&text);
}

bool position_pass(struct position *position, const char *id, enum position_sort sort,
	const char *resume_from)
{
	bool held = !strcmp(buf_str(&position->held), id);
	if (sort == POSITION_DEPENDENCY || sort == POSITION_NO_RECOVER)
		set(&position->held, id);
	if (sort == POSITION_NO_RECOVER) {
		buf_clear(&position->recover);
		if (resume_from)
			set(&position->from, resume_from);
		return true;
	}
	if (sort == POSITION_DEPENDENCY || (sort == POSITION_BEAT && held))
		return false;
	set(&position->from, id);
	return true;
}

/* Milliseconds of an id such as "1700000000000-0"; false for anything else. */
static bool read_id(const char *text, uint64_t *milliseconds, uint64_t *number)
{
	struct buf first = { 0 };
	size_t n = strcspn(text, "-");
	buf_add(&first, text, n);
	bool ok = text[n] && first.state == BUF_OK &&
		opt_number(buf_str(&first), milliseconds) && opt_number(text + n + 1, number);
	buf_release(&first);
	return ok;
}

/* Whether what is at an id, or at a date, comes before this event. */
static bool is_before(const char *text, const char *id, const char *date)
{
	uint64_t ours, theirs, our_number, their_number;
	if (!read_id(text, &ours, &our_number))
		return date && !strncmp(text, "20", 2) && strcmp(text, date) < 0;
	return id && read_id(id, &theirs, &their_number) &&
		(ours < theirs || (ours == theirs && our_number < their_number));
}

bool position_missed(const struct position *position, const char *id, const char *date)
{
	return is_before(buf_str(&position->from), id, date) &&
		(!position_until(position) || is_before(position_until(position), id, date));
}

bool position_ok(const struct position *position, struct fail *fail)
{
	return buf_ok(&position->from, fail) && buf_ok(&position->recover, fail) &&
		buf_ok(&position->held, fail);
}

void position_copy(struct position *to, const struct position *from)
{
	set(&to->from, buf_str(&from->from));
	set(&to->recover, buf_str(&from->recover));
	set(&to->held, buf_str(&from->held));
}

void position_release(struct position *position)
{
	buf_release(&position->from);
	buf_release(&position->recover);
	buf_release(&position->held);
}
