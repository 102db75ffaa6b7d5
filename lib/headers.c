#include "headers.h"

#include "buf.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_named(const char *header, const char *name, size_t n)
{
	return !strncasecmp(header, name, n) && (header[n] == ':' || header[n] == ';');
}

static void drop(struct headers *headers, const char *name, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < headers->count; i++) {
		if (is_named(headers->list[i], name, n))
			free(headers->list[i]);
		else
			headers->list[kept++] = headers->list[i];
	}
	headers->count = kept;
	if (headers->list)
		headers->list[kept] = NULL;
}

/* Adds the header, or replaces the one of that name. An empty value is sent empty. */
static bool put(struct headers *headers, const char *name, size_t n, const char *value,
	struct fail *fail)
{
	struct buf header = { 0 };
	if (*value)
		buf_format(&header, "%.*s: %s", (int)n, name, value);
	else
		buf_format(&header, "%.*s;", (int)n, name);
	char *text = buf_take(&header);
	char **longer = realloc(headers->list, (headers->count + 2) * sizeof *longer);
	if (longer)
		headers->list = longer;
	if (!text || !longer) {
		free(text);
		return fail_memory(fail);
	}
	drop(headers, name, n);
	longer[headers->count++] = text;
	longer[headers->count] = NULL;
	return true;
}

bool headers_set(
	struct headers *headers, const char *name, const char *value, struct fail *fail)
{
	if (value)
		return put(headers, name, strlen(name), value, fail);
	drop(headers, name, strlen(name));
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_token(const char *name, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] <= ' ' || (unsigned char)name[i] >= 0x7f ||
			strchr("\"(),/:;<=>?@[\\]{}", name[i]))
			return false;
	return n > 0;
}

bool headers_custom(struct headers *headers, const char *text, struct fail *fail)
{
	for (unsigned i = 1; text && *text; i++) {
		const char *end = text + strcspn(text, ";"), *next = *end ? end + 1 : end;
		while (text < end && is_blank(*text))
			text++;
		while (text < end && is_blank(end[-1]))
			end--;
		const char *colon = memchr(text, ':', (size_t)(end - text));
		if (text == end) {
			text = next;
			continue;
		}
		size_t n = (size_t)((colon ? colon : text) - text);
		while (n && is_blank(text[n - 1]))
			n--;
		if (!is_token(text, n))
			return fail_set(fail, FAIL_USAGE,
				"OPENCTI_CUSTOM_HEADERS: pair %u is not Name:value (pairs are "
				"separated by ;)",
				i);
		if (n == 12 && !strncasecmp(text, "Content-Type", 12))
			return fail_set(fail, FAIL_USAGE,
				"OPENCTI_CUSTOM_HEADERS: Content-Type is not one to choose");
		struct buf value = { 0 };
		while (colon + 1 < end && is_blank(colon[1]))
			colon++;
		buf_add(&value, colon + 1, (size_t)(end - colon) - 1);
		bool ok = buf_ok(&value, fail) && put(headers, text, n, buf_str(&value), fail);
		buf_release(&value);
		if (!ok)
			return false;
		text = next;
	}
	return true;
}

void headers_release(struct headers *headers)
{
	for (size_t i = 0; i < headers->count; i++)
		free(headers->list[i]);
	free(headers->list);
	*headers = (struct headers){ 0 };
}
