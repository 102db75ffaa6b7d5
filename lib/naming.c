#include "naming.h"

#include "uid.h"
#include "unicode.h"

/* ---- ids ---- */

char naming_version(struct span id)
{
	return id.len > UID_LEN ? id.text[id.len - UID_LEN + 14] : '\0';
}

static bool is_id(const struct exam *exam, const struct buf *made)
{
	struct span id = exam->object.id;
	return made->len && id.len == made->len && !memcmp(id.text, made->data, id.len);
}

static bool is_made(const struct exam *exam)
{
	return is_id(exam, &exam->pycti_id) || is_id(exam, &exam->platform_id);
}

/* The id that it should have: the one of both, else the platform's. */
static const struct buf *wanted(const struct exam *exam)
{
	return exam->platform_id.len ? &exam->platform_id : &exam->pycti_id;
}

void naming_random(struct exam *exam)
{
	char version = naming_version(exam->object.id);
	if (version && version != '5' && version != '1' && !is_made(exam) && wanted(exam)->len)
		exam_report(exam, "its contents give %s", buf_str(wanted(exam)));
}

void naming_mismatch(struct exam *exam)
{
	if (!is_made(exam) && wanted(exam)->len && naming_version(exam->object.id) == '5')
		exam_report(exam, "its contents give %s", buf_str(wanted(exam)));
}

void naming_version1(struct exam *exam)
{
	if (naming_version(exam->object.id) == '1')
		exam_report(exam, "%.*s", (int)exam->object.id.len, exam->object.id.text);
}

void naming_other_rules(struct exam *exam)
{
	if (is_id(exam, &exam->pycti_id) && exam->platform_id.len &&
		!is_id(exam, &exam->platform_id))
		exam_report(exam, "the platform makes it %s", buf_str(&exam->platform_id));
}

/* ---- names ---- */

static bool differs(struct span a, struct span b)
{
	return a.len != b.len || memcmp(a.text, b.text, a.len) != 0;
}

void naming_blank(struct exam *exam)
{
	struct span name;
	if (exam_text(exam, "name", &name) &&
		differs(name, unicode_trim(name, UNICODE_JAVASCRIPT)))
		exam_report(exam, "\"%.*s\"", (int)name.len, name.text);
}

/* The number of a name among those of the kind, however it is written; 0 when memory runs out. */
static uint64_t number_of(struct exam *exam, struct span name)
{
	struct buf lower = { 0 };
	struct span trimmed = unicode_trim(name, UNICODE_JAVASCRIPT);
	unicode_lower(&lower, trimmed.text, trimmed.len);
	uint64_t number = scan_hash(buf_str(&lower), lower.len) + exam->kind;
	bool ok = buf_ok(&lower, exam->fail);
	buf_release(&lower);
	return ok ? number : 0;
}

static bool find_aliases(const struct exam *exam, struct span *list)
{
	static const char *const names[] = { "x_opencti_aliases", "x_mitre_aliases",
		"x_amitt_aliases", "aliases" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (exam_list(exam, names[i], list))
			return true;
	return false;
}

void naming_own_alias(struct exam *exam)
{
	struct span name, list, alias, text;
	struct patch_list left = { 0 };
	if (!find_aliases(exam, &list) || !exam_text(exam, "name", &name))
		return;
	uint64_t own = number_of(exam, name);
	for (const char *at = list.text + 1; span_member(&at, NULL, &alias);) {
		const char *end = alias.text + alias.len, *after = at;
		struct span next;
		if (!exam_decode(exam, alias, &text) || number_of(exam, text) != own) {
			patch_keep(&left, end);
			continue;
		}
		const char *from, *to;
		patch_drop(&left, alias.text, end,
			span_member(&after, NULL, &next) ? next.text : NULL, &from, &to);
		exam_fix(exam, from, to, (struct span){ "", 0 }, "%.*s", (int)alias.len,
			alias.text);
	}
}

/* Names and aliases are noted as they come; the second of a pair tells. */
void naming_other_alias(struct exam *exam)
{
	struct span name, list, alias, text;
	uint64_t own = 0;
	/* What has no aliases is not taken for another. */
	if (exam->kind == KIND_INDICATOR || (exam->family & FAMILY_CONTAINER))
		return;
	if (exam_text(exam, "name", &name)) {
		own = number_of(exam, name);
		if (!set_add(&exam->names, own, NULL))
			fail_memory(exam->fail);
		if (set_has(&exam->aliases, own))
			exam_report(exam, "its name \"%.*s\" is an alias of another",
				(int)name.len, name.text);
	}
	if (!find_aliases(exam, &list))
		return;
	for (const char *at = list.text + 1; span_member(&at, NULL, &alias);) {
		if (!exam_decode(exam, alias, &text))
			continue;
		uint64_t number = number_of(exam, text);
		if (number == own)
			continue;
		if (!set_add(&exam->aliases, number, NULL))
			fail_memory(exam->fail);
		if (set_has(&exam->names, number))
			exam_report(exam, "its alias %.*s is the name of another",
				(int)alias.len, alias.text);
	}
}
