/* octi-state get [KEY] | set KEY=VALUE|KEY:=JSON ... | put | reset
 * Reads and writes the connector's state, on the platform or in $OCTI_STATE. */
#include "input.h"
#include "print.h"
#include "state.h"

#include <stdlib.h>
#include <string.h>

static struct platform platform;
static struct opt_list conditions;

static const struct opt options[] = {
	{ 0, "if", "KEY=VALUE",
		"go on only when KEY has this value (KEY:=JSON too); else exit 1", OPT_LIST,
		&conditions },
	PLATFORM_OPTIONS(platform, 'v'),
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-state",
	.synopsis = "[-v] [-c FILE] [-s NAME=VALUE] [--if KEY=VALUE] "
		    "get [KEY] | set KEY=VALUE|KEY:=JSON ... | put | reset",
	.summary = "Read and write the connector's state.",
	.options = options };

/* KEY=VALUE or KEY:=JSON; the value as JSON, in `value`. */
struct pair {
	const char *key;
	size_t len;
	struct buf value;
};

static bool parse_pair(const char *text, struct pair *pair, struct fail *fail)
{
	const char *equal = strchr(text, '=');
	*pair = (struct pair){ 0 };
	if (!equal || equal == text)
		return fail_set(fail, FAIL_USAGE, "not KEY=VALUE: %s", text);
	bool json = equal[-1] == ':';
	pair->key = text;
	pair->len = (size_t)(equal - text) - json;
	if (!pair->len)
		return fail_set(fail, FAIL_USAGE, "not KEY:=JSON: %s", text);
	if (!json) {
		struct buf quoted = { 0 };
		print_text(&pair->value, equal + 1);
		buf_release(&quoted);
		return buf_ok(&pair->value, fail);
	}
	struct scan scan;
	struct span value;
	scan_init(&scan, equal + 1, strlen(equal + 1));
	bool ok = scan_value(&scan, &value) && scan_peek(&scan) == -1;
	if (ok)
		print_value(&pair->value, value);
	else
		fail_set(fail, FAIL_USAGE, "%.*s: not JSON: %s", (int)pair->len, text,
			equal + 1);
	scan_release(&scan);
	return ok && buf_ok(&pair->value, fail);
}

static struct span span_of(const struct buf *buf)
{
	return (struct span){ buf_str(buf), buf->len };
}

/* Whether the state has the value; null is also what is absent. */
static bool holds(struct span state, const char *condition, struct fail *fail)
{
	struct pair pair;
	struct span value;
	struct buf text = { 0 };
	if (!parse_pair(condition, &pair, fail)) {
		buf_release(&pair.value);
		return false;
	}
	if (state_get(state, pair.key, pair.len, &value))
		print_value(&text, value);
	else
		buf_text(&text, "null");
	bool same = !strcmp(buf_str(&text), buf_str(&pair.value));
	if (!same)
		fail_set(fail, FAIL_NO, "%.*s is %s", (int)pair.len, pair.key, buf_str(&text));
	buf_release(&text);
	buf_release(&pair.value);
	return same;
}

static bool get(struct span state, const char *key, struct fail *fail)
{
	struct buf line = { 0 };
	struct span value = state;
	bool ok = !key || state_get(state, key, strlen(key), &value) ||
		fail_set(fail, FAIL_NO, "no key %s in the state", key);
	if (ok && key && *value.text == '"')
		span_decode(value, &line);
	else if (ok)
		print_line(&line, value);
	buf_char(&line, '\n');
	ok = ok && buf_ok(&line, fail);
	if (ok)
		fwrite(line.data, 1, line.len, stdout);
	buf_release(&line);
	return ok;
}

static bool set(struct buf *state, char *const *pairs, struct fail *fail)
{
	bool ok = true;
	for (; ok && *pairs; pairs++) {
		struct pair pair;
		struct buf changed = { 0 };
		ok = parse_pair(*pairs, &pair, fail);
		if (ok)
			state_set(span_of(state), pair.key, pair.len, span_of(&pair.value),
				&changed);
		ok = ok && buf_ok(&changed, fail);
		buf_release(&pair.value);
		buf_release(state);
		*state = changed;
	}
	return ok;
}

static bool put(struct buf *state, struct fail *fail)
{
	struct input input;
	struct scan scan;
	struct span value;
	if (!input_open(&input, NULL, fail))
		return false;
	scan_init(&scan, input.data, input.len);
	bool ok = scan_value(&scan, &value);
	if (ok && scan_peek(&scan) != -1)
		ok = fail_set(fail, FAIL_NO, "stdin: more than one value");
	else if (!ok)
		scan_fail(&scan, input.name, fail);
	else if (*value.text != '{')
		ok = fail_set(fail, FAIL_NO, "stdin: the state is an object, this is not");
	buf_clear(state);
	if (ok && scan.repeated)
		print_merged(state, value);
	else if (ok)
		print_value(state, value);
	scan_release(&scan);
	input_close(&input);
	return ok && buf_ok(state, fail);
}

static bool run(char **operands, int count, struct fail *fail)
{
	const char *verb = operands[0];
	bool is_get = !strcmp(verb, "get"), is_set = !strcmp(verb, "set"),
	     is_put = !strcmp(verb, "put");
	bool is_reset = !strcmp(verb, "reset");
	if (!is_get && !is_set && !is_put && !is_reset)
		tool_usage(&tool, "not get, set, put or reset: %s", verb);
	if (is_set ? count < 2 : count > 1 + is_get)
		tool_usage(&tool,
			is_set ? "set: KEY=VALUE is missing" : "%s: too many operands", verb);
	struct buf state = { 0 };
	bool ok = true;
	for (int i = 1; is_set && ok && i < count;
		i++) { /* a mistake is found before any call */
		struct pair pair;
		ok = parse_pair(operands[i], &pair, fail);
		buf_release(&pair.value);
	}
	if (ok && (is_get || is_set || conditions.count))
		ok = state_read(&platform, &tool, &state, fail);
	for (size_t i = 0; ok && i < conditions.count; i++)
		ok = holds(span_of(&state), conditions.items[i], fail);
	if (ok && is_get)
		ok = get(span_of(&state), operands[1], fail);
	else if (ok)
		ok = (is_reset ||
			     (is_set ? set(&state, operands + 1, fail) : put(&state, fail))) &&
			state_write(&platform, &tool, is_reset ? "null" : state.data, fail);
	buf_release(&state);
	return ok;
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	if (first == argc)
		tool_usage(&tool, "get, set, put or reset is missing");
	run(argv + first, argc - first, &fail);
	platform_close(&platform);
	free(conditions.items);
	return tool_end(&tool, &fail);
}
