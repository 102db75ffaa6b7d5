#include "bookmark.h"

#include "clock.h"
#include "file.h"
#include "graphql.h"
#include "http.h"
#include "state.h"

#include <errno.h>
#include <math.h>
#include <unistd.h>

static bool read_state(struct bookmark *bookmark, struct fail *fail)
{
	if (!bookmark->file)
		return state_read(&bookmark->agent->platform, bookmark->agent->tool,
			&bookmark->state, fail);
	if (!access(bookmark->file, F_OK) || errno != ENOENT)
		return state_read_file(bookmark->file, &bookmark->state, fail);
	buf_text(&bookmark->state, "{}");
	return buf_ok(&bookmark->state, fail);
}

bool bookmark_open(struct bookmark *bookmark, struct position *position, struct fail *fail)
{
	if (!read_state(bookmark, fail))
		return false;
	struct span state = { bookmark->state.data, bookmark->state.len };
	bool found = position_read(position, state, fail);
	if (fail->kind ||
		(!found && !position_begin(position, bookmark->agent->platform.conf, fail)))
		return false;
	bool ok = bookmark_move(bookmark, position, true, fail);
	bookmark->moved = bookmark->drifted = !found;
	return ok && (found || !bookmark->file || bookmark_store(bookmark, fail));
}

bool bookmark_move(struct bookmark *bookmark, const struct position *position, bool matters,
	struct fail *fail)
{
	struct span state = { bookmark->state.data, bookmark->state.len };
	if (!position_ok(position, fail))
		return false;
	buf_clear(&bookmark->text);
	position_print(position, state, &bookmark->text);
	bookmark->drifted = true;
	bookmark->moved = bookmark->moved || matters || bookmark->file;
	if (!buf_ok(&bookmark->text, fail))
		return false;
	if (!bookmark->file)
		agent_state(bookmark->agent, bookmark->text.data);
	return true;
}

bool bookmark_reset(
	struct bookmark *bookmark, const struct position *position, struct fail *fail)
{
	buf_clear(&bookmark->state);
	buf_text(&bookmark->state, "{}");
	return buf_ok(&bookmark->state, fail) && bookmark_move(bookmark, position, true, fail);
}

static bool write_file(struct bookmark *bookmark, struct fail *fail)
{
	struct buf line = { 0 };
	buf_format(&line, "%s\n", buf_str(&bookmark->text));
	bool ok = buf_ok(&line, fail) &&
		file_replace(bookmark->file, line.data, line.len, 0600, fail);
	buf_release(&line);
	return ok;
}

bool bookmark_serve(struct bookmark *bookmark, struct fail *fail)
{
	struct agent *agent = bookmark->agent;
	if (!bookmark->moved || clock_now() < bookmark->at ||
		(!bookmark->file && agent->pinger.pid))
		return true;
	bookmark->at = clock_now() + bookmark->period;
	if (bookmark->file && !write_file(bookmark, fail))
		return false;
	if (!bookmark->file)
		agent_ping(agent);
	bookmark->moved = bookmark->drifted = false;
	return true;
}

double bookmark_due(const struct bookmark *bookmark)
{
	if (!bookmark->moved || (!bookmark->file && bookmark->agent->pinger.pid))
		return HUGE_VAL;
	return bookmark->at - clock_now();
}

/* Seconds, for a supervisor has not the patience that requests have otherwise. */
enum { PATIENCE = 10 };

/* With a ping of our own, for there is no time for processes any more. When the pinger's has ended, no other one has
 * the state in hand. */
static bool ping(struct agent *agent, const char *state, struct fail *fail)
{
	struct buf answer = { 0 };
	bool unknown = false;
	double until = clock_now() + PATIENCE;
	/* What a ping that is under way stores is older. */
	while (agent->pinger.pid && clock_now() < until)
		agent_wait(agent, NULL, 0, until - clock_now());
	pinger_stop(&agent->pinger);
	bool ok = platform_open(&agent->platform, agent->tool, fail);
	if (ok)
		http_hurry(graphql_http(agent->platform.graphql), PATIENCE);
	ok = ok &&
		connector_ping(&agent->platform, registration_text(&agent->registration, "id"),
			state, &agent->info, &answer, &unknown, fail);
	if (ok && !connector_kept(&answer, state))
		agent_say(agent, LOG_INFO, NULL, "the state was reset on the platform");
	buf_release(&answer);
	return ok;
}

bool bookmark_store(struct bookmark *bookmark, struct fail *fail)
{
	if (!bookmark->drifted)
		return true;
	bookmark->moved = bookmark->drifted = false;
	bool ok = bookmark->file ? write_file(bookmark, fail)
				 : ping(bookmark->agent, buf_str(&bookmark->text), fail);
	return ok || fail_at(fail, "the position is not stored");
}

void bookmark_release(struct bookmark *bookmark)
{
	buf_release(&bookmark->state);
	buf_release(&bookmark->text);
}
