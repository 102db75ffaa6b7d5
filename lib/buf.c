#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *buf_room(struct buf *buf, size_t n)
{
	if (buf->state != BUF_OK)
		return NULL;
	if (n >= SIZE_MAX - buf->len) {
		buf->state = BUF_NO_MEMORY;
		return NULL;
	}
	size_t need = buf->len + n + 1;
	if (buf->max && need - 1 > buf->max) {
		buf->state = BUF_FULL;
		return NULL;
	}
	if (need > buf->cap) {
		size_t cap = buf->cap < 64 ? 64 : buf->cap;
		while (cap < need)
			cap = cap > SIZE_MAX / 2 ? need : cap * 2;
		char *data = realloc(buf->data, cap);
		if (!data) {
			buf->state = BUF_NO_MEMORY;
			return NULL;
		}
		buf->data = data;
		buf->cap = cap;
	}
	return buf->data + buf->len;
}

void buf_grow(struct buf *buf, const void *bytes, size_t n)
{
	char *room = buf_room(buf, n);
	if (!room)
		return;
	if (n)
		memcpy(room, bytes, n);
	room[n] = '\0';
	buf->len += n;
}

void buf_text(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_vformat(struct buf *buf, const char *format, va_list ap)
{
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	char *room = n < 0 ? NULL : buf_room(buf, (size_t)n);
	if (!room)
		return;
	vsnprintf(room, (size_t)n + 1, format, ap);
	buf->len += (size_t)n;
}

void buf_format(struct buf *buf, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	buf_vformat(buf, format, ap);
	va_end(ap);
}

void buf_base64(struct buf *buf, const void *bytes, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	size_t len = n / 3 * 4 + (n % 3 ? 4 : 0);
	char *to = buf_room(buf, len);
	if (!to)
		return;
	const unsigned char *from = bytes;
	for (; n >= 3; n -= 3, from += 3, to += 4) {
		uint32_t bits = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
		to[0] = digits[bits >> 18];
		to[1] = digits[bits >> 12 & 63];
		to[2] = digits[bits >> 6 & 63];
		to[3] = digits[bits & 63];
	}
	if (n) {
		uint32_t bits = (uint32_t)from[0] << 16 | (n > 1 ? (uint32_t)from[1] << 8 : 0);
		to[0] = digits[bits >> 18];
		to[1] = digits[bits >> 12 & 63];
		to[2] = n > 1 ? digits[bits >> 6 & 63] : '=';
		to[3] = '=';
	}
	buf->len += len;
	buf->data[buf->len] = '\0';
}

bool buf_ok(const struct buf *buf, struct fail *fail)
{
	if (buf->state == BUF_NO_MEMORY)
		return fail_memory(fail);
	if (buf->state == BUF_FULL)
		return fail_set(fail, FAIL_NO, "larger than %zu bytes", buf->max);
	return true;
}

const char *buf_str(const struct buf *buf)
{
	return buf->data ? buf->data : "";
}

char *buf_take(struct buf *buf)
{
	if (!buf_room(buf, 0))
		return NULL;
	char *text = buf->data;
	text[buf->len] = '\0';
	size_t max = buf->max;
	*buf = (struct buf){ 0 };
	buf->max = max;
	return text;
}

void buf_cut(struct buf *buf, size_t len)
{
	buf->len = len;
	buf->state = BUF_OK;
	if (buf->data)
		buf->data[len] = '\0';
}

void buf_clear(struct buf *buf)
{
	buf_cut(buf, 0);
}

void buf_release(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ 0 };
}
