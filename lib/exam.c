#include "exam.h"

#include <stdarg.h>

void exam_tell(struct exam *exam, const struct finding *finding)
{
	if (exam->fail->kind)
		return;
	if (finding->fixed)
		exam->fixed++;
	else if (finding->rule->severity == ERROR)
		exam->errors++;
	else
		exam->warnings++;
	if (buf_ok(&exam->reason, exam->fail))
		exam->found(exam->ctx, finding, exam->fail);
}

static void add_reason(struct buf *to, const char *format, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	char *room = n < 0 ? NULL : buf_room(to, (size_t)n);
	if (!room)
		return;
	vsnprintf(room, (size_t)n + 1, format, ap);
	to->len += (size_t)n;
}

static void report(struct exam *exam, bool fixed, const char *format, va_list ap)
{
	buf_clear(&exam->reason);
	add_reason(&exam->reason, format, ap);
	struct finding finding = { exam->rule, exam->input, exam->line, exam->number,
		exam->object.id, exam->object.type, buf_str(&exam->reason), fixed };
	exam_tell(exam, &finding);
}

void exam_report(struct exam *exam, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	report(exam, false, format, ap);
	va_end(ap);
}

void exam_fix(struct exam *exam, const char *from, const char *to, struct span text,
	const char *format, ...)
{
	va_list ap;
	if (exam->fix)
		patch_replace(&exam->patch, from, to, text.text, text.len, exam->fail);
	va_start(ap, format);
	report(exam, exam->fix, format, ap);
	va_end(ap);
}

bool exam_decode(struct exam *exam, struct span value, struct span *text)
{
	if (*value.text != '"')
		return false;
	*text = text_inside(value);
	if (span_is_raw(value))
		return true;
	buf_clear(&exam->text);
	span_decode(value, &exam->text);
	*text = (struct span){ buf_str(&exam->text), exam->text.len };
	return buf_ok(&exam->text, exam->fail);
}

bool exam_text(struct exam *exam, const char *name, struct span *text)
{
	const struct span *value = object_get(&exam->object, name);
	return value && exam_decode(exam, *value, text);
}

bool exam_list(const struct exam *exam, const char *name, struct span *list)
{
	const struct span *value = object_get(&exam->object, name);
	if (!value || *value->text != '[')
		return false;
	*list = *value;
	return true;
}

void exam_release(struct exam *exam)
{
	object_release(&exam->object);
	patch_release(&exam->patch);
	ties_release(&exam->ties);
	set_release(&exam->names);
	set_release(&exam->aliases);
	set_release(&exam->inside);
	buf_release(&exam->text);
	buf_release(&exam->pycti_id);
	buf_release(&exam->platform_id);
	buf_release(&exam->reason);
	*exam = (struct exam){ 0 };
}
