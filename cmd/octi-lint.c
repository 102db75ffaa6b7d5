/* octi-lint [-q] [--json] [--fix] [--strict] [--known FILE] [--ignore CODES] [FILE ...]
 * Says what OpenCTI would refuse, lose or distort of STIX objects, before they are sent. */
#include "bundle.h"
#include "date.h"
#include "lint.h"
#include "portion.h"
#include "print.h"
#include "rule.h"
#include "stix.h"
#include "tool.h"

#include <stdlib.h>

static bool json, fix, strict, list, quiet;
static const char *ignore;
static struct opt_list known;
static uint64_t max_refs, max_confidence;

static const struct opt options[] = {
	{ 0, "json", NULL, "print findings as JSON, one a line", OPT_FLAG, &json },
	{ 0, "fix", NULL,
		"print the objects with what is mechanical put right; findings on stderr",
		OPT_FLAG, &fix },
	{ 0, "strict", NULL, "warnings are errors", OPT_FLAG, &strict },
	{ 0, "known", "FILE",
		"what is already there: ids, one a line, or STIX; may be repeated", OPT_LIST,
		&known },
	{ 0, "ignore", "CODES", "leave these rules out; commas between them", OPT_TEXT,
		&ignore },
	{ 0, "max-refs", "N", "the platform's objects_max_refs", OPT_NUMBER, &max_refs },
	{ 0, "max-confidence", "N", "the confidence that the user may give", OPT_NUMBER,
		&max_confidence },
	{ 0, "list", NULL, "print the rules and exit", OPT_FLAG, &list },
	{ 'q', "quiet", NULL, "do not count the findings on stderr", OPT_FLAG, &quiet },
	{ 0, NULL, NULL, NULL, OPT_END, NULL },
};

static const struct tool tool = { .name = "octi-lint",
	.synopsis = "[-q] [--json] [--fix] [--strict] [--known FILE] [--ignore CODES] "
		    "[--max-refs N] [--max-confidence N] [--list] [FILE ...]",
	.summary = "Say what OpenCTI would refuse, lose or distort of STIX objects, before "
		   "they are "
		   "sent.",
	.options = options };

static const char *severity(const struct rule *rule)
{
	return rule->severity == ERROR ? "error" : "warning";
}

/* ---- findings ---- */

struct output {
	FILE *to;
	struct buf line;
	const char *line_at; /* where exam->line is, in the present portion */
	struct exam *exam;
};

static void write_json(const struct finding *finding, struct buf *to)
{
	const struct rule *rule = finding->rule;
	const struct {
		const char *key;
		struct span text;
	} texts[] = { { "code", { rule->code, strlen(rule->code) } },
		{ "severity", { severity(rule), strlen(severity(rule)) } },
		{ "file", { finding->input, strlen(finding->input) } }, { "id", finding->id },
		{ "type", finding->type }, { "text", { rule->text, strlen(rule->text) } },
		{ "reason", { finding->reason, strlen(finding->reason) } },
		{ "fix", { rule->fix, strlen(rule->fix) } } };
	buf_char(to, '{');
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		buf_format(to, "\"%s\": ", texts[i].key);
		print_string(to, texts[i].text.text, texts[i].text.len);
		buf_text(to, ", ");
	}
	buf_format(to, "\"line\": %zu, \"object\": %zu, \"fixed\": %s}\n", finding->line,
		finding->number, finding->fixed ? "true" : "false");
}

static void write_text(const struct finding *finding, struct buf *to)
{
	const struct rule *rule = finding->rule;
	buf_format(to, "%s:%zu: object %zu", finding->input, finding->line, finding->number);
	if (finding->id.len)
		buf_format(to, " (%.*s)", (int)finding->id.len, finding->id.text);
	buf_format(to, ": %s %s: %s: %s; %s%s", rule->code, severity(rule), rule->text,
		finding->reason, finding->fixed ? "fixed: " : "", rule->fix);
	for (size_t i = 0; i < to->len; i++)
		if ((unsigned char)to->data[i] < 0x20 || to->data[i] == 0x7f)
			to->data[i] = '?';
	buf_char(to, '\n');
}

static bool print_finding(void *ctx, const struct finding *finding, struct fail *fail)
{
	struct output *output = ctx;
	struct buf *line = &output->line;
	buf_clear(line);
	if (json)
		write_json(finding, line);
	else
		write_text(finding, line);
	if (!buf_ok(line, fail))
		return false;
	return fwrite(line->data, 1, line->len, output->to) == line->len ||
		fail_errno(fail, fix ? "stderr" : "stdout");
}

static void print_rules(void)
{
	for (size_t i = 0; i < rule_count(); i++) {
		const struct rule *rule = &rule_all()[i];
		printf("%s\t%s\t%s\t%s\n", rule->code, severity(rule), rule->text, rule->fix);
	}
}

/* ---- reading ---- */

typedef bool object_fn(void *ctx, struct scan *scan, struct fail *fail);

static bool look_at(void *ctx, struct scan *scan, struct fail *fail)
{
	struct output *output = ctx;
	struct exam *exam = output->exam;
	exam->line += scan_line(output->line_at, scan->at) - 1;
	output->line_at = scan->at;
	if (!lint_object(exam, scan, fail))
		return false;
	if (!fix)
		return true;
	const struct span text = exam->object.text;
	return patch_write(&exam->patch, text.text + text.len, stdout, NULL, fail) &&
		(!ferror(stdout) || fail_errno(fail, "stdout"));
}

static bool take_known(void *ctx, struct scan *scan, struct fail *fail)
{
	struct exam *exam = ((struct output *)ctx)->exam;
	if (!object_read(&exam->object, scan, fail))
		return false;
	if (!exam->object.id.len)
		return fail_set(fail, FAIL_NO, "it has no id");
	return lint_known(exam, exam->object.id, kind_of_object(&exam->object), fail);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool take_known_lines(struct exam *exam, const struct input *input, struct fail *fail)
{
	const char *at = input->data, *end = at + input->len;
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t n = (size_t)((stop ? stop : end) - at);
		struct span id = { at, n };
		while (id.len && is_blank(id.text[id.len - 1]))
			id.len--;
		if (id.len && !stix_id(id.text, id.len))
			return fail_set(fail, FAIL_NO, "%s:%zu: no id of STIX: %.*s",
				input->name, exam->line, (int)(id.len < 100 ? id.len : 100),
				id.text);
		if (id.len && !lint_known(exam, id, kind_of_id(id), fail))
			return false;
		at += n + 1;
		exam->line++;
	}
	return true;
}

static bool is_json(const struct input *input)
{
	size_t i = 0;
	while (i < input->len && is_blank(input->data[i]))
		i++;
	return i < input->len && (input->data[i] == '{' || input->data[i] == '[');
}

static bool read_input(
	struct output *output, const char *operand, object_fn *each, struct fail *fail)
{
	struct bundle_reader reader = { .object = each, .ctx = output };
	struct portions portions = { 0 };
	struct input portion = { 0 };
	struct exam *exam = output->exam;
	if (!portion_open(&portions, operand, fail))
		return false;
	bool ok, lines = false, begun = false;
	do {
		ok = portion_next(&portions, &portion, fail);
		if (!ok || !portion.len)
			break;
		lines = each == take_known && (begun ? lines : !is_json(&portion));
		begun = true;
		exam->input = portion.name;
		exam->line = portion.lines + 1;
		output->line_at = exam->patch.at = portion.data;
		ok = lines ? take_known_lines(exam, &portion, fail)
			   : bundle_read(&reader, &portion, fail);
		if (ok && fix && each == look_at)
			ok = patch_write(
				&exam->patch, portion.data + portion.len, stdout, NULL, fail);
	} while (ok);
	portion_close(&portions);
	return ok;
}

static bool read_all(
	struct output *output, char *const *operands, size_t count, struct fail *fail)
{
	for (size_t i = 0; i < known.count; i++)
		if (!read_input(output, known.items[i], take_known, fail))
			return false;
	size_t i = 0;
	do
		if (!read_input(output, count ? operands[i] : NULL, look_at, fail))
			return false;
	while (++i < count);
	return lint_end(output->exam, fail);
}

/* ---- */

/* Findings that could not be written count for more than that there are some. */
static bool flush(struct fail *fail)
{
	return (!fflush(stdout) && !ferror(stdout)) || fail_errno(fail, "stdout");
}

static void judge(const struct exam *exam, struct fail *fail)
{
	struct buf text = { 0 };
	buf_format(&text, "%zu errors, %zu warnings", exam->errors, exam->warnings);
	if (fix)
		buf_format(&text, ", %zu fixed", exam->fixed);
	buf_format(&text, ", in %zu objects", exam->number);
	bool bad = exam->errors || (strict && exam->warnings);
	if (bad)
		fail_set(fail, FAIL_NO, "%s", buf_str(&text));
	else if (!quiet && (exam->warnings || exam->fixed))
		tool_say(&tool, "%s", buf_str(&text));
	buf_release(&text);
}

int main(int argc, char **argv)
{
	int first = tool_begin(&tool, argc, argv);
	struct fail fail = { 0 };
	struct date date = date_now();
	struct buf now = { 0 };
	date_print(&date, &now);
	struct exam exam = { .max_refs = max_refs,
		.max_confidence = max_confidence,
		.fix = fix,
		.now = buf_str(&now),
		.found = print_finding };
	struct output output = { .to = fix ? stderr : stdout, .exam = &exam };
	exam.ctx = &output;
	const char *unknown;
	if (ignore && !rule_ignore(ignore, exam.ignored, &unknown))
		tool_usage(&tool, "--ignore: no such rule: %s", unknown);
	if (list)
		print_rules();
	else if (read_all(&output, argv + first, (size_t)(argc - first), &fail) && flush(&fail))
		judge(&exam, &fail);

	exam_release(&exam);
	buf_release(&output.line);
	buf_release(&now);
	free(known.items);
	return tool_end(&tool, &fail);
}
