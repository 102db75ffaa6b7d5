/*
 * json: a parsed JSON document, for reading what the platform answers.
 *
 * Numbers become doubles here, so nothing that is passed on travels this way: see scan.h.
 */
#ifndef OCTI_JSON_H
#define OCTI_JSON_H

#include "fail.h"

#include <stddef.h>

struct json; /* a value within a document; the document's root is freed with json_free */

/*
 * The whole text must be one value (RFC 8259, valid UTF-8), at most 1000 levels deep, without NaN,
 * lone surrogates and NUL in strings. NULL with FAIL_NO ("JSON:LINE:COLUMN: not JSON: ...")
 * otherwise. Of a key that an object repeats, json_get finds the first.
 */
struct json *json_parse(const char *text, size_t len, struct fail *fail);

/* Only for what json_parse returned. NULL is allowed. */
void json_free(struct json *root);

/* The member of an object at a path such as "config.connection.host"; keys are compared exactly.
 * NULL when it is absent, or json is NULL. Borrowed, as all below. */
const struct json *json_get(const struct json *json, const char *path);

/* The string at the path ("" for the value itself), NULL when it is none. */
const char *json_text(const struct json *json, const char *path);

/* The number at the path; false when it is none. */
bool json_number(const struct json *json, const char *path, double *number);

/* True when the value at the path is `true`. */
bool json_true(const struct json *json, const char *path);

/* True when the value is absent or null. */
bool json_null(const struct json *json, const char *path);

/* Elements of an array, members of an object; 0 for other values. json_at: NULL past the end. */
size_t json_count(const struct json *json);
const struct json *json_at(const struct json *json, size_t index);

/* The next sibling of an element: json_at(list, 0), json_next, ... without searching. */
const struct json *json_next(const struct json *json);

#endif
