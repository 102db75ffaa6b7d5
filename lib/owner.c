#include "owner.h"

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

/* When a process started, in ticks since the machine did; 0 where that is not told (Linux tells). */
static unsigned long long start_of(long pid)
{
	struct buf path = { 0 };
	char line[1024] = "";
	buf_format(&path, "/proc/%ld/stat", pid);
	FILE *file = path.state == BUF_OK ? fopen(path.data, "r") : NULL;
	buf_release(&path);
	if (!file)
		return 0;
	const char *at = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
	fclose(file);
	/* the fields after the name, which may hold blanks, begin with the third; this is the 22nd */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

static void print_mark(struct buf *to)
{
	long pid = (long)getpid();
	buf_format(to, "%s%ld on ", mark, pid);
	host_name(to);
	buf_format(to, " since %llu", start_of(pid));
}

/* Whether the message is the mark of a process of this host that is gone. */
static bool is_orphan(const char *message, const char *host)
{
	if (!message || strncmp(message, mark, sizeof mark - 1) != 0)
		return false;
	char *at, *end;
	const char *digits = message + sizeof mark - 1;
	unsigned long long pid = strtoull(digits, &at, 10);
	size_t n = strlen(host);
	if (at == digits || !pid || pid > INT32_MAX || strncmp(at, " on ", 4) != 0 ||
		strncmp(at + 4, host, n) != 0 || strncmp(at + 4 + n, " since ", 7) != 0)
		return false;
	unsigned long long start = strtoull(at + 4 + n + 7, &end, 10);
	if (*end)
		return false;
	if (kill((pid_t)pid, 0))
		return errno == ESRCH;
	return start && start_of((long)pid) && start != start_of((long)pid);
}

static bool close_orphan(
	struct platform *platform, const struct json *work, const char *host, struct fail *fail)
{
	const char *id = json_text(work, "id"), *status = json_text(work, "status");
	const struct json *message = json_at(json_get(work, "messages"), 0);
	/* One that was closed waits for the workers. */
	if (!id || !status || !strcmp(status, "complete") || json_text(work, "processed_time"))
		return true;
	while (message && !is_orphan(json_text(message, "message"), host))
		message = json_next(message);
	if (!message)
		return true;
	platform_warn(platform, "closing work %s, which a killed run left open", id);
	return work_abandon(platform, id, "the process that sent it was killed", fail);
}

static bool close_orphans(
	struct platform *platform, const char *connector_id, struct fail *fail)
{
	struct buf lines = { 0 }, host = { 0 };
	bool ok = work_list(platform, connector_id, 50, &lines, fail);
	host_name(&host);
	for (const char *line = buf_str(&lines); ok && *line;) {
		size_t n = strcspn(line, "\n");
		struct json *work = json_parse(line, n, fail);
		ok = work && close_orphan(platform, work, buf_str(&host), fail);
		json_free(work);
		line += n + (line[n] == '\n');
	}
	buf_release(&lines);
	buf_release(&host);
	return ok;
}

bool owner_open(struct platform *platform, const char *connector_id, const char *name,
	struct buf *id, struct fail *fail)
{
	struct buf message = { 0 };
	struct fail ignored = { 0 };
	/* A user who may open works and not list them can still send. */
	if (!close_orphans(platform, connector_id, &ignored)) {
		if (ignored.kind != FAIL_NO) {
			*fail = ignored;
			return false;
		}
		platform_say(platform, "open works are not looked at: %s", fail_text(&ignored));
		fail_clear(&ignored);
	}
	print_mark(&message);
	bool ok = buf_ok(&message, fail) &&
		work_start(platform, connector_id, name, message.data, id, fail);
	buf_release(&message);
	return ok;
}

bool owner_close(struct platform *platform, const char *id, size_t reports, const char *message,
	bool in_error, struct fail *fail)
{
	return (!in_error || reports == SIZE_MAX || work_settle(platform, id, reports, fail)) &&
		work_processed(platform, id, message, in_error, fail);
}
