#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *format_text(const char *format, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		return NULL;
	char *text = malloc((size_t)n + 1);
	if (!text)
		return NULL;
	vsnprintf(text, (size_t)n + 1, format, ap);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	return text;
}

bool fail_set(struct fail *fail, enum fail_kind kind, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	char *text = format_text(format, ap); /* may quote the text it replaces */
	va_end(ap);
	free(fail->text);
	fail->kind = kind;
	fail->text = text;
	return false;
}

bool fail_at(struct fail *fail, const char *format, ...)
{
	if (!fail->kind)
		return false;
	va_list ap;
	va_start(ap, format);
	char *what = format_text(format, ap);
	va_end(ap);
	if (what)
		fail_set(fail, fail->kind, "%s: %s", what, fail_text(fail));
	free(what);
	return false;
}

bool fail_memory(struct fail *fail)
{
	fail_clear(fail);
	fail->kind = FAIL_RETRY;
	return false;
}

bool fail_errno(struct fail *fail, const char *format, ...)
{
	int error = errno;
	va_list ap;
	va_start(ap, format);
	char *what = format_text(format, ap);
	va_end(ap);
	enum fail_kind kind = FAIL_NO;
	switch (error) {
	case ENOMEM:
		free(what);
		return fail_memory(fail);
	case EAGAIN:
	case ECONNABORTED:
	case ECONNREFUSED:
	case ECONNRESET:
	case EDQUOT:
	case EFBIG:
	case EHOSTUNREACH:
	case EINTR:
	case EIO:
	case EMFILE:
	case ENETDOWN:
	case ENETUNREACH:
	case ENFILE:
	case ENOBUFS:
	case ENOSPC:
	case EPIPE:
	case ETIMEDOUT:
		kind = FAIL_RETRY;
		break;
	default:
		break;
	}
	fail_set(fail, kind, "%s: %s", what ? what : "?", strerror(error));
	free(what);
	return false;
}

const char *fail_text(const struct fail *fail)
{
	if (fail->text)
		return fail->text;
	return fail->kind ? "out of memory" : "no error";
}

void fail_clear(struct fail *fail)
{
	free(fail->text);
	fail->kind = FAIL_NONE;
	fail->text = NULL;
}
