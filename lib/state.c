#include "state.h"

#include "file.h"
#include "input.h"
#include "json.h"
#include "lock.h"
#include "print.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *state_file(void)
{
	const char *path = getenv("OCTI_STATE");
	return path && *path ? path : NULL;
}

/* Reduces text to the object that it holds, or to "{}". */
void state_normalise(struct buf *text)
{
	struct scan scan;
	struct span value;
	struct buf state = { 0 };
	scan_init(&scan, buf_str(text), text->len);
	if (scan_value(&scan, &value) && scan_peek(&scan) == -1 && *value.text == '{')
		print_line(&state, value);
	else
		buf_text(&state, "{}");
	scan_release(&scan);
	buf_release(text);
	*text = state;
}

static bool read_file(const char *path, struct buf *state, struct fail *fail)
{
	struct input input;
	if (access(path, F_OK) && errno == ENOENT)
		return true;
	if (!input_open(&input, path, fail))
		return fail_at(fail, "OCTI_STATE");
	buf_add(state, input.data, input.len);
	input_close(&input);
	return buf_ok(state, fail);
}

/* Opens a regular file, and no other: who opens a pipe waits for a writer. */
static int open_file(const char *path, struct fail *fail)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bool ok = fd >= 0 && !fstat(fd, &st);
	if (!ok)
		fail_errno(fail, "%s", path);
	else if (!S_ISREG(st.st_mode))
		ok = fail_set(fail, FAIL_NO, "%s: not a regular file", path);
	if (!ok && fd >= 0)
		close(fd);
	return ok ? fd : -1;
}

bool state_read_file(const char *path, struct buf *state, struct fail *fail)
{
	struct input input;
	struct scan scan;
	struct span value;
	buf_clear(state);
	int fd = open_file(path, fail);
	bool ok = fd >= 0 && input_open_fd(&input, fd, path, fail);
	if (fd >= 0)
		close(fd);
	if (!ok)
		return false;
	scan_init(&scan, input.data, input.len);
	ok = scan_value(&scan, &value) && scan_peek(&scan) == -1 && *value.text == '{';
	if (ok)
		print_line(state, value);
	else
		fail_set(fail, FAIL_NO, "%s: not a JSON object", path);
	scan_release(&scan);
	input_close(&input);
	return ok && buf_ok(state, fail);
}

bool state_read(struct platform *platform, const struct tool *tool, struct buf *state,
	struct fail *fail)
{
	bool ok, reset, unknown;
	struct buf id = { 0 };
	buf_clear(state);
	if (state_file())
		ok = read_file(state_file(), state, fail);
	else
		ok = platform_open(platform, tool, fail) &&
			connector_own_id(platform, &id, fail) &&
			connector_state(platform, id.data, state, &reset, &unknown, fail);
	buf_release(&id);
	if (ok)
		state_normalise(state);
	return ok && buf_ok(state, fail);
}

static bool write_platform(
	struct platform *platform, const char *id, const char *state, struct fail *fail)
{
	struct buf answer = { 0 }, back = { 0 };
	int turn;
	bool ok = connector_turn(platform, &turn, fail), stored = false, reset, unknown;
	for (int tries = 0; ok && !stored && tries < 2; tries++) {
		ok = connector_ping(platform, id, state, NULL, &answer, &unknown, fail);
		struct json *json = ok ? json_parse(answer.data, answer.len, fail) : NULL;
		const char *kept = json_text(json, "connector_state");
		stored = kept && !strcmp(kept, state);
		if (ok && !stored && !tries)
			platform_say(
				platform, "a reset of the state was pending; pinged again");
		json_free(json);
	}
	ok = ok && connector_state(platform, id, &back, &reset, &unknown, fail);
	if (ok && strcmp(buf_str(&back), state) != 0)
		ok = fail_set(fail, FAIL_RETRY,
			"the state is not what was set: somebody else changed it");
	lock_drop(turn);
	buf_release(&answer);
	buf_release(&back);
	return ok;
}

bool state_write(struct platform *platform, const struct tool *tool, const char *state,
	struct fail *fail)
{
	struct buf id = { 0 }, line = { 0 };
	if (state_file()) {
		buf_format(&line, "%s\n", strcmp(state, "null") ? state : "{}");
		bool written = buf_ok(&line, fail) &&
			file_replace(state_file(), line.data, line.len, 0600, fail);
		buf_release(&line);
		return written;
	}
	bool ok = (platform->graphql || platform_open(platform, tool, fail)) &&
		connector_own_id(platform, &id, fail) &&
		write_platform(platform, id.data, state, fail);
	buf_release(&id);
	return ok;
}

/* No state is "" until a ping says "null". */
static const char *state_in(const struct connector_memory *memory)
{
	const char *text = buf_str(&memory->state);
	return strcmp(text, "null") ? text : "";
}

bool state_store(struct platform *platform, const char *id,
	const struct connector_memory *before, const char *state,
	const struct connector_info *info, bool *kept, struct fail *fail)
{
	struct connector_memory now = { 0 };
	struct buf answer = { 0 };
	int turn;
	bool unknown,
		ok = connector_turn(platform, &turn, fail) &&
		connector_recall(platform, id, &now, fail);
	*kept = ok && !now.reset && !strcmp(state_in(&now), state_in(before)) &&
		!strcmp(buf_str(&now.reset_at), buf_str(&before->reset_at));
	if (*kept) {
		ok = connector_ping(platform, id, state, info, &answer, &unknown, fail) &&
			connector_recall(platform, id, &now, fail);
		if (ok && strcmp(buf_str(&now.state), state) != 0)
			ok = fail_set(fail, FAIL_RETRY,
				"the state is not what was set: somebody else changed it");
	}
	lock_drop(turn);
	connector_forget(&now);
	buf_release(&answer);
	return ok;
}

/* Memory is needed for one with escapes only. */
static bool is_key(struct span string, const char *key, size_t len)
{
	struct buf text = { 0 };
	if (span_is_raw(string))
		return string.len == len + 2 && !memcmp(string.text + 1, key, len);
	span_decode(string, &text);
	bool same = text.len == len && !memcmp(buf_str(&text), key, len);
	buf_release(&text);
	return same;
}

bool state_get(struct span state, const char *key, size_t len, struct span *value)
{
	struct span name, member;
	bool found = false;
	for (const char *at = state.text + 1; span_member(&at, &name, &member);)
		if (is_key(name, key, len)) {
			*value = member;
			found = true;
		}
	return found;
}

void state_set(
	struct span state, const char *key, size_t len, struct span value, struct buf *to)
{
	struct span name, member;
	bool found = false;
	buf_char(to, '{');
	for (const char *at = state.text + 1; span_member(&at, &name, &member);) {
		bool same = is_key(name, key, len);
		if (same && found)
			continue;
		buf_text(to, to->len > 1 ? ", " : "");
		print_value(to, name);
		buf_text(to, ": ");
		print_value(to, same ? value : member);
		found = found || same;
	}
	if (!found) {
		buf_text(to, to->len > 1 ? ", " : "");
		print_string(to, key, len);
		buf_text(to, ": ");
		print_value(to, value);
	}
	buf_char(to, '}');
}
