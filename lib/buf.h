/* buf: bytes that grow, up to a ceiling, always ended by a NUL. */
#ifndef OCTI_BUF_H
#define OCTI_BUF_H

#include "fail.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Zero-initialised, it is empty and has no ceiling. An allocation that fails, or an addition above the ceiling, marks the buffer as failed and
 * later additions do nothing: a sequence of additions is checked once, at its end, by buf_ok.
 */
struct buf {
	char *data; /* NULL only before the first addition; else data[len] is NUL */
	size_t len, cap;
	size_t max; /* ceiling for len in bytes; 0 is no ceiling */
	enum { BUF_OK, BUF_NO_MEMORY, BUF_FULL } state;
};

/* The slow way of buf_add: room has to be made. */
void buf_grow(struct buf *buf, const void *bytes, size_t n);

/* In line, for it is what printing is made of. */
static inline void buf_add(struct buf *buf, const void *bytes, size_t n)
{
	if (buf->state != BUF_OK || buf->max || n >= buf->cap - buf->len) {
		buf_grow(buf, bytes, n);
		return;
	}
	if (n)
		memcpy(buf->data + buf->len, bytes, n);
	buf->len += n;
	buf->data[buf->len] = '\0';
}

static inline void buf_char(struct buf *buf, char c)
{
	buf_add(buf, &c, 1);
}

void buf_text(struct buf *buf, const char *text);
void buf_format(struct buf *buf, const char *format, ...) FAIL_PRINTF(2, 3);
void buf_vformat(struct buf *buf, const char *format, va_list ap);

/* Room for n more bytes at data + len, which the caller fills and then counts by adding to len
 * (and ends with a NUL, for which there is room too). NULL when the buffer has failed. */
char *buf_room(struct buf *buf, size_t n);

/* Base64 of the bytes (RFC 4648, padded, one line). */
void buf_base64(struct buf *buf, const void *bytes, size_t n);

/* True when all additions so far were made; else false with FAIL_RETRY (memory) or FAIL_NO
 * (ceiling) in fail. */
bool buf_ok(const struct buf *buf, struct fail *fail);

/* The text, "" when nothing was added. Borrowed. */
const char *buf_str(const struct buf *buf);

/* Takes the text out (never NULL unless the buffer failed); the caller frees it. */
char *buf_take(struct buf *buf);

/* Forgets the contents and failures, keeps the memory and the ceiling. */
void buf_clear(struct buf *buf);

/* Keeps the first len bytes, of those that there are; forgets what comes after, and failures. */
void buf_cut(struct buf *buf, size_t len);

/* Frees the contents; the buffer is then as zero-initialised. */
void buf_release(struct buf *buf);

#endif
