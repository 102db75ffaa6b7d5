#include "owner.h"

#include "clock.h"
#include "json.h"
#include "work.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* PROCESS on HOST since START, where START tells a process from another that got its number later. */
static const char mark[] = "octi: opened by process ";

static void host_name(struct buf *to)
{
	char name[256] = "";
	gethostname(name, sizeof name - 1);
	buf_text(to, *name ? name : "localhost");
}

/* When a process started, in ticks since the machine did; 0 where that is not told (Linux tells). *dead: it
 * has ended, and only its parent has not noticed. */
static unsigned long long start_of(long pid, bool *dead)
{
	struct buf path = { 0 };
	char line[1024] = "";
	*dead = false;
	buf_format(&path, "/proc/%ld/stat", pid);
	FILE *file = path.state == BUF_OK ? fopen(path.data, "r") : NULL;
	buf_release(&path);
	if (!file)
		return 0;
	const char *at = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
	fclose(file);
	if (at && at[1] == ' ')
		*dead = at[2] == 'Z' || at[2] == 'X';
	/* the fields after the name, which may hold blanks, begin with the third; this is the 22nd */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

static void print_mark(struct buf *to)
{
	bool dead;
	long pid = (long)getpid();
	buf_format(to, "%s%ld on ", mark, pid);
	host_name(to);
	buf_format(to, " since %llu", start_of(pid, &dead));
}

enum life { UNMARKED, GONE, ALIVE, ELSEWHERE };

/* What became of the process whose mark the message is. */
static enum life life_of(const char *message, const char *host)
{
	if (!message || strncmp(message, mark, sizeof mark - 1) != 0)
		return UNMARKED;
	char *at, *end;
	const char *digits = message + sizeof mark - 1;
	unsigned long long pid = strtoull(digits, &at, 10);
	size_t n = strlen(host);
	const char *since = strstr(at, " since ");
	if (at == digits || !pid || pid > INT32_MAX || strncmp(at, " on ", 4) != 0 || !since)
		return UNMARKED;
	unsigned long long start = strtoull(since + 7, &end, 10);
	if (*end)
		return UNMARKED;
	if ((size_t)(since - at) != 4 + n || strncmp(at + 4, host, n) != 0)
		return ELSEWHERE;
	if (kill((pid_t)pid, 0))
		return errno == ESRCH ? GONE : ALIVE;
	bool dead;
	unsigned long long is = start_of((long)pid, &dead);
	return dead || (start && is && start != is) ? GONE : ALIVE;
}

/* Whether the work was opened so long ago. */
static bool is_older(const struct json *work, double seconds)
{
	struct buf then = { 0 };
	const char *at = json_text(work, "timestamp");
	clock_print_utc_of(&then, time(NULL) - (time_t)seconds);
	bool older = at && then.len && strncmp(at, then.data, then.len - 1) < 0;
	buf_release(&then);
	return older;
}

/* Whether it is ours, by its name, and has not got its mark. */
static bool is_bare(const struct json *work, const char *name)
{
	const char *called = json_text(work, "name");
	return name && called && !strncmp(called, name, strlen(name)) &&
		!json_at(json_get(work, "messages"), 0) &&
		!json_at(json_get(work, "errors"), 0);
}

static bool look_at(struct platform *platform, const struct json *work, const char *host,
	struct owner_watch *watch, struct fail *fail)
{
	const char *id = json_text(work, "id"), *status = json_text(work, "status");
	const struct json *message = json_at(json_get(work, "messages"), 0);
	enum life life = UNMARKED;
	/* One that was closed waits for the workers. */
	if (!id || !status || !strcmp(status, "complete") || json_text(work, "processed_time"))
		return true;
	for (; message && life == UNMARKED; message = json_next(message))
		life = life_of(json_text(message, "message"), host);
	bool late = life == ELSEWHERE && watch && watch->patience > 0 &&
		is_older(work, watch->patience);
	if (watch && life == UNMARKED && is_bare(work, watch->name)) {
		late = is_older(work, OWNER_MARK_SECONDS);
		watch->young = watch->young || !late;
	}
	if (life == GONE || late) {
		platform_warn(platform, "closing work %s, which a killed run left open", id);
		return work_abandon(platform, id, "the process that sent it was killed", fail);
	}
	if (life == UNMARKED || !watch || (watch->mine && !strcmp(watch->mine, id)))
		return true;
	if (watch->rival.len && strcmp(watch->rival.data, id) <= 0) /* ids end in the time */
		return true;
	buf_clear(&watch->rival);
	buf_text(&watch->rival, id);
	return buf_ok(&watch->rival, fail);
}

bool owner_sweep(struct platform *platform, const char *connector_id, struct owner_watch *watch,
	struct fail *fail)
{
	struct buf lines = { 0 }, host = { 0 };
	bool ok = work_list(platform, connector_id, 50, &lines, fail);
	host_name(&host);
	for (const char *line = buf_str(&lines); ok && *line;) {
		size_t n = strcspn(line, "\n");
		struct json *work = json_parse(line, n, fail);
		ok = work && look_at(platform, work, buf_str(&host), watch, fail);
		json_free(work);
		line += n + (line[n] == '\n');
	}
	buf_release(&lines);
	buf_release(&host);
	return ok;
}

bool owner_begin(struct platform *platform, const char *connector_id, const char *name,
	struct buf *id, struct fail *fail)
{
	struct buf message = { 0 };
	print_mark(&message);
	bool ok = buf_ok(&message, fail) &&
		work_start(platform, connector_id, name, message.data, id, fail);
	buf_release(&message);
	return ok;
}

bool owner_open(struct platform *platform, const char *connector_id, const char *name,
	struct buf *id, struct fail *fail)
{
	struct fail ignored = { 0 };
	/* A user who may open works and not list them can still send. */
	if (!owner_sweep(platform, connector_id, NULL, &ignored)) {
		if (ignored.kind != FAIL_NO) {
			*fail = ignored;
			return false;
		}
		platform_say(platform, "open works are not looked at: %s", fail_text(&ignored));
		fail_clear(&ignored);
	}
	return owner_begin(platform, connector_id, name, id, fail);
}

bool owner_close(struct platform *platform, const char *id, size_t reports, const char *message,
	bool in_error, struct fail *fail)
{
	return (!in_error || reports == SIZE_MAX || work_settle(platform, id, reports, fail)) &&
		work_processed(platform, id, message, in_error, fail);
}
