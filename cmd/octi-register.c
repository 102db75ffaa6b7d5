/* octi-register [-o FILE] [--ping [--state JSON] | --keepalive | --unregister]
 * Registers a connector and prints the registration; pings it; unregisters it. */
#include "clock.h"
#include "connector.h"
#include "file.h"
#include "json.h"
#include "print.h"

#include <string.h>
#include <unistd.h>

/* pycti's period; the platform counts a connector as dead after five minutes. */
static const double ping_period = 40;

static struct platform platform;
static struct connector_info info;
static const char *output, *state_text;
static bool ping, keepalive, unregister;

static const struct opt options[] = {
	{ 'o', "output", "FILE", "write the registration to FILE, readable by its owner only",
		OPT_TEXT, &output },
	{ 0, "ping", NULL, "send one ping and print the answer, without registering", OPT_FLAG,
		&ping },
	{ 0, "state", "JSON", "store JSON as the state with the ping", OPT_TEXT, &state_text },
	{ 0, "keepalive", NULL, "register, then ping every 40 s until SIGTERM", OPT_FLAG,
		&keepalive },
	{ 0, "unregister", NULL, "delete the connector, its works, queues and state", OPT_FLAG,
		&unregister },
	PLATFORM_OPTIONS(platform, 'v'),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-register",
	.synopsis = "[-v] [-c FILE] [-s NAME=VALUE] [-o FILE] "
		    "[--ping [--state JSON] | --keepalive | --unregister]",
	.summary = "Register a connector and print the registration as one line of JSON.",
	.options = options };

static bool print_registration(const struct registration *registration, struct fail *fail)
{
	struct buf line = { 0 };
	registration_print(registration, !output && isatty(STDOUT_FILENO), &line);
	buf_char(&line, '\n');
	bool ok = buf_ok(&line, fail);
	if (ok && output)
		ok = file_replace(output, line.data, line.len, 0600, fail);
	else if (ok)
		ok = (fwrite(line.data, 1, line.len, stdout) == line.len && !fflush(stdout)) ||
			fail_errno(fail, "stdout");
	buf_release(&line);
	return ok;
}

static bool register_once(struct fail *fail)
{
	struct registration registration = { 0 };
	bool ok = registration_make(&platform, &registration, fail) &&
		print_registration(&registration, fail);
	registration_release(&registration);
	return ok;
}

static bool ping_state(const char *id, struct buf *answer, struct fail *fail)
{
	struct scan scan;
	struct span value;
	struct buf state = { 0 };
	bool unknown;
	scan_init(&scan, state_text, strlen(state_text));
	bool ok = scan_value(&scan, &value) && scan_peek(&scan) == -1;
	if (ok)
		print_value(&state, value);
	else
		fail_set(fail, FAIL_USAGE, "--state: not JSON: %s", state_text);
	scan_release(&scan);
	ok = ok && buf_ok(&state, fail) &&
		connector_ping(&platform, id, state.data, &info, answer, &unknown, fail);
	if (ok && !connector_kept(answer, state.data)) {
		puts(answer->data);
		ok = fail_set(fail, FAIL_NO,
			"the state was reset on the platform; this one is not stored");
	}
	buf_release(&state);
	return ok;
}

static bool ping_once(struct fail *fail)
{
	struct buf id = { 0 }, answer = { 0 };
	bool reset = false, unknown;
	bool ok = connector_own_id(&platform, &id, fail) &&
		(state_text ? ping_state(id.data, &answer, fail)
			    : connector_beat(&platform, id.data, &info, &answer, &reset,
				      &unknown, fail));
	if (ok)
		puts(answer.data);
	if (reset)
		tool_say(&tool, "the state was reset on the platform");
	buf_release(&id);
	buf_release(&answer);
	return ok;
}

/* One round of the long run. False: again soon. */
static bool beat(const char *id, bool *failing)
{
	struct fail fail = { 0 };
	struct buf answer = { 0 };
	bool reset = false, unknown = false;
	bool ok = connector_beat(&platform, id, &info, &answer, &reset, &unknown, &fail);
	if (!ok && unknown) {
		tool_say(&tool,
			"the platform does not know the connector any more; registering again");
		fail_clear(&fail);
		ok = register_once(&fail);
	}
	if (!ok && !*failing && !clock_stopped())
		tool_say(&tool, "ping: %s; trying on", fail_text(&fail));
	if (ok && *failing)
		tool_say(&tool, "ping: back to normal");
	if (ok && reset)
		tool_say(&tool, "the state was reset on the platform");
	*failing = !ok;
	fail_clear(&fail);
	buf_release(&answer);
	return ok;
}

static bool keep_alive(struct fail *fail)
{
	const char *id;
	bool failing = false;
	double retry = 5;
	clock_catch_signals();
	if (!register_once(fail) || !conf_need(platform.conf, CONNECTOR_ID, &id, fail))
		return false;
	do {
		bool ok = beat(id, &failing);
		double delay = ok ? ping_period : retry;
		retry = ok ? 5 : retry * 2 < ping_period ? retry * 2 : ping_period;
		if (!clock_wait(delay * clock_jitter(0.1)))
			break;
	} while (!clock_stopped());
	return true;
}

static bool unregister_once(struct fail *fail)
{
	struct buf id = { 0 };
	bool ok = connector_own_id(&platform, &id, fail) &&
		connector_unregister(&platform, id.data, fail);
	buf_release(&id);
	return ok;
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	if (first < argc)
		tool_usage(&tool, "no operands: %s", argv[first]);
	if (ping + keepalive + unregister > 1)
		tool_usage(&tool, "--ping, --keepalive and --unregister exclude each other");
	if (state_text && !ping)
		tool_usage(&tool, "--state goes with --ping");

	if (platform_open(&platform, &tool, &fail)) {
		info.run_and_terminate = conf_bool(platform.conf, CONNECTOR_RUN_AND_TERMINATE);
		if (ping)
			ping_once(&fail);
		else if (unregister)
			unregister_once(&fail);
		else if (keepalive)
			keep_alive(&fail);
		else
			register_once(&fail);
	}
	platform_close(&platform);
	return tool_end(&tool, &fail);
}
