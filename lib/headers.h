/* headers: what a client sends with every request. */
#ifndef OCTI_HEADERS_H
#define OCTI_HEADERS_H

#include "fail.h"

#include <stddef.h>

/* Zero-initialised; headers_release at the end. */
struct headers {
	char **list; /* "Name: value" or "Name;" (sent empty), NULL-terminated; NULL when there are none */
	size_t count;
};

/* Adds a header, or replaces those of that name (in any case); an empty value is sent empty, NULL takes
 * the header away. The text is copied. */
bool headers_set(
	struct headers *headers, const char *name, const char *value, struct fail *fail);

/*
 * Sets what OPENCTI_CUSTOM_HEADERS has: "Name:value;Name2:value2", each side trimmed, empty pairs passed
 * over. Content-Type is refused, for it goes with the body. The text may hold secrets: a FAIL_USAGE
 * counts pairs and quotes none. NULL is an empty text.
 */
bool headers_custom(struct headers *headers, const char *text, struct fail *fail);

void headers_release(struct headers *headers);

#endif
