#include "json.h"
#include "scan.h"

#include <cjson/cJSON.h>
#include <string.h>

/* The first \u0000 of checked text, at which cJSON would cut the string; NULL when there is none. */
static const char *find_nul(const char *at, const char *end)
{
	while ((at = memchr(at, '\\', (size_t)(end - at)))) {
		if (!strncmp(at, "\\u0000", 6))
			return at;
		at += 2;
	}
	return NULL;
}

/* cJSON takes text after the value, control characters, invalid UTF-8 and numbers such as 01. */
static bool check(const char *text, size_t len, struct fail *fail)
{
	struct scan scan;
	struct span value;
	scan_init(&scan, text, len);
	if (scan_value(&scan, &value)) {
		const char *nul = find_nul(text, text + len);
		if (scan_peek(&scan) != -1) {
			scan.error = "text after the value";
		} else if (nul) {
			scan.at = nul;
			scan.error = "NUL in a string";
		}
	}
	scan_release(&scan);
	return !scan.error || scan_fail(&scan, "JSON", fail);
}

/* True for what passes the check and has no place in a tree: NaN, Infinity, a lone surrogate. */
static bool is_unfit(const char *at, const char *end)
{
	if (*at == 'N' || *at == 'I' || (*at == '-' && end - at > 1 && at[1] == 'I'))
		return true;
	while ((at = memchr(at, '\\', (size_t)(end - at)))) {
		if (at[1] == 'u' && (at[2] == 'd' || at[2] == 'D'))
			return true;
		at += 2;
	}
	return false;
}

struct json *json_parse(const char *text, size_t len, struct fail *fail)
{
	if (!check(text, len, fail))
		return NULL;
	const char *end = text;
	cJSON *root = cJSON_ParseWithLengthOpts(text, len, &end, false);
	if (!root && end < text + len && is_unfit(end, text + len)) {
		struct scan scan;
		scan_init(&scan, text, len);
		scan.at = end;
		scan.error = "not a value that can be kept";
		scan_fail(&scan, "JSON", fail);
	} else if (!root) {
		fail_memory(fail);
	}
	return (struct json *)root;
}

void json_free(struct json *root)
{
	cJSON_Delete((cJSON *)root);
}

const struct json *json_get(const struct json *json, const char *path)
{
	const cJSON *at = (const cJSON *)json;
	while (at && *path) {
		size_t n = strcspn(path, ".");
		const cJSON *member = cJSON_IsObject(at) ? at->child : NULL;
		while (member && (strncmp(member->string, path, n) != 0 || member->string[n]))
			member = member->next;
		at = member;
		path += n + (path[n] == '.');
	}
	return (const struct json *)at;
}

const char *json_text(const struct json *json, const char *path)
{
	return cJSON_GetStringValue((const cJSON *)json_get(json, path));
}

bool json_number(const struct json *json, const char *path, double *number)
{
	const cJSON *at = (const cJSON *)json_get(json, path);
	if (!cJSON_IsNumber(at))
		return false;
	*number = at->valuedouble;
	return true;
}

bool json_true(const struct json *json, const char *path)
{
	return cJSON_IsTrue((const cJSON *)json_get(json, path));
}

bool json_null(const struct json *json, const char *path)
{
	const cJSON *at = (const cJSON *)json_get(json, path);
	return !at || cJSON_IsNull(at);
}

size_t json_count(const struct json *json)
{
	size_t n = 0;
	for (const struct json *at = json_at(json, 0); at; at = json_next(at))
		n++;
	return n;
}

const struct json *json_at(const struct json *json, size_t index)
{
	const cJSON *at = (const cJSON *)json;
	if (!cJSON_IsArray(at) && !cJSON_IsObject(at))
		return NULL;
	for (at = at->child; at && index; index--)
		at = at->next;
	return (const struct json *)at;
}

const struct json *json_next(const struct json *json)
{
	return (const struct json *)((const cJSON *)json)->next;
}
