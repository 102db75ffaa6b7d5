#include "diagnosis.h"

#include "clock.h"
#include "print.h"

#include <stdarg.h>

static const char *const names[] = {
#define X(check, name) name,
	DIAGNOSIS_CHECKS(X)
#undef X
};

static const char *const verdicts[] = { "ok", "warning", "problem", "skipped" };

static void print_json(struct buf *line, enum check check, enum verdict verdict,
	const char *text, const char *advice)
{
	buf_format(line, "{\"state\": \"%s\", \"name\": \"%s\", \"text\": ", verdicts[verdict],
		names[check]);
	print_text(line, text);
	if (advice) {
		buf_text(line, ", \"advice\": ");
		print_text(line, advice);
	}
	buf_char(line, '}');
}

static void print_plain(struct buf *line, enum check check, enum verdict verdict,
	const char *text, const char *advice)
{
	buf_format(line, "%s %s: %s", verdicts[verdict], names[check], text);
	if (advice)
		buf_format(line, "; %s", advice);
	for (size_t i = 0; i < line->len; i++)
		if ((unsigned char)line->data[i] < 0x20 || line->data[i] == 0x7f)
			line->data[i] = '?';
}

void diagnosis_say(struct diagnosis *diagnosis, enum check check, enum verdict verdict,
	const char *advice, const char *format, ...)
{
	va_list ap;
	struct buf text = { 0 }, line = { 0 };
	va_start(ap, format);
	buf_vformat(&text, format, ap);
	va_end(ap);
	(diagnosis->json ? print_json : print_plain)(
		&line, check, verdict, buf_str(&text), advice);
	buf_char(&line, '\n');
	fwrite(buf_str(&line), 1, line.len, diagnosis->to);
	fflush(diagnosis->to);
	if (text.state != BUF_OK || line.state != BUF_OK)
		diagnosis->out_of_memory = true;
	diagnosis->problems += verdict == DIAGNOSIS_PROBLEM;
	if (verdict == DIAGNOSIS_PROBLEM || verdict == DIAGNOSIS_SKIPPED)
		diagnosis->lacks[check] = true;
	buf_release(&text);
	buf_release(&line);
}

bool diagnosis_ready(struct diagnosis *diagnosis, enum check check, enum check needs)
{
	if (diagnosis->lacks[needs])
		diagnosis_say(
			diagnosis, check, DIAGNOSIS_SKIPPED, NULL, "needs %s", names[needs]);
	return !diagnosis->lacks[needs];
}

double diagnosis_deadline(const struct diagnosis *diagnosis)
{
	return clock_now() + diagnosis->timeout;
}
