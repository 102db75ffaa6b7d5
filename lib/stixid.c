#include "stixid.h"

#include "canonical.h"
#include "coerce.h"
#include "date.h"
#include "given.h"
#include "hashes.h"
#include "stix.h"
#include "tlp.h"
#include "uid.h"
#include "unicode.h"

#include <stdlib.h>

/* An id in the making. */
struct maker {
	struct given given;
	struct buf text, value, hashed;
	struct fail *fail;
};

static struct span of_buf(const struct buf *buf)
{
	return (struct span){ buf_str(buf), buf->len };
}

/* ---- one part */

static bool wrong(struct maker *maker, const struct idrule_part *part, const char *what)
{
	return fail_set(maker->fail, FAIL_NO, "its %s is %s", part->property, what);
}

/* Adds the string as the part wants it. */
static bool add_text(struct maker *maker, const struct idrule_part *part, struct span value)
{
	struct buf *text = &maker->text, *to = &maker->value;
	enum unicode_space space = part->how == IDRULE_STRIP || part->how == IDRULE_LOWER_STRIP
		? UNICODE_PYTHON
		: UNICODE_JAVASCRIPT;
	struct buf mapped = { 0 };
	buf_clear(text);
	span_decode(value, text);
	/* An unpaired surrogate is found in the string as it is. */
	if (memchr(buf_str(text), 0xed, text->len) &&
		!canonical_value(&mapped, value, maker->fail)) {
		buf_release(&mapped);
		return fail_at(maker->fail, "its %s", part->property);
	}
	buf_clear(&mapped);
	struct span result = of_buf(text);
	if (part->how == IDRULE_LOWER || part->how == IDRULE_LOWER_STRIP ||
		part->how == IDRULE_LOWER_TRIM) {
		unicode_lower(&mapped, result.text, result.len);
		result = of_buf(&mapped);
	} else if (part->how == IDRULE_UPPER) {
		unicode_upper(&mapped, result.text, result.len);
		result = of_buf(&mapped);
	}
	if (part->how != IDRULE_LOWER && part->how != IDRULE_UPPER)
		result = unicode_trim(result, space);
	canonical_string(to, result.text, result.len);
	/* Told here, for the next part clears the text. */
	bool ok = buf_ok(text, maker->fail) && buf_ok(&mapped, maker->fail);
	buf_release(&mapped);
	return ok;
}

static bool add_date(struct maker *maker, const struct idrule_part *part, struct span value)
{
	struct date date;
	if (*value.text != '"' || !date_read(&date, value.text + 1, value.len - 2))
		return wrong(maker, part, "no date");
	buf_char(&maker->value, '"');
	if (part->how == IDRULE_DATE)
		date_print(&date, &maker->value);
	else
		date_print_short(&date, &maker->value);
	buf_char(&maker->value, '"');
	return true;
}

static bool add_hash(struct maker *maker, const struct idrule_part *part, struct span value)
{
	struct span name, hash;
	if (*value.text != '{')
		return wrong(maker, part, "no object");
	buf_char(&maker->value, '{');
	if (hashes_choose(value, part->how == IDRULE_UPPER_HASH, &name, &hash)) {
		if (!canonical_value(&maker->value, name, maker->fail))
			return false;
		buf_char(&maker->value, ':');
		if (!canonical_value(&maker->value, hash, maker->fail))
			return false;
	}
	buf_char(&maker->value, '}');
	return true;
}

static bool add_extensions(struct maker *maker, struct span value)
{
	struct buf *text = &maker->text;
	if (*value.text == '{') {
		buf_clear(text);
		hashes_print_extensions(text, value);
		value = of_buf(text);
	}
	return buf_ok(text, maker->fail) && canonical_value(&maker->value, value, maker->fail);
}

static int by_text(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);
	return order ? order : (x->len > y->len) - (x->len < y->len);
}

static bool add_sorted(struct maker *maker, const struct idrule_part *part, struct span value)
{
	if (*value.text != '[')
		return wrong(maker, part, "no list");
	size_t count = 0;
	struct span element, *all = NULL;
	for (const char *at = value.text + 1; span_member(&at, NULL, &element);)
		count++;
	if (count && !(all = malloc(count * sizeof *all)))
		return fail_memory(maker->fail);
	size_t n = 0;
	for (const char *at = value.text + 1; span_member(&at, NULL, &element);)
		all[n++] = element;
	if (n)
		qsort(all, n, sizeof *all, by_text);
	bool ok = true;
	buf_char(&maker->value, '[');
	for (size_t i = 0; ok && i < n; i++) {
		if (i)
			buf_char(&maker->value, ',');
		ok = canonical_value(&maker->value, all[i], maker->fail);
	}
	buf_char(&maker->value, ']');
	free(all);
	return ok;
}

/* Adds the value as the part wants it. */
static bool add_value(struct maker *maker, const struct idrule_part *part, struct span value)
{
	struct buf *to = &maker->value;
	bool ok = false, is_text = *value.text == '"';
	switch (part->how) {
	case IDRULE_STRIP:
	case IDRULE_LOWER:
	case IDRULE_LOWER_STRIP:
	case IDRULE_LOWER_TRIM:
	case IDRULE_UPPER:
		return is_text ? add_text(maker, part, value) : wrong(maker, part, "no string");
	case IDRULE_TRIM:
		if (is_text)
			return add_text(maker, part, value);
		ok = canonical_value(to, value, maker->fail);
		break;
	case IDRULE_DATE:
	case IDRULE_SHORT_DATE:
		return add_date(maker, part, value);
	case IDRULE_HASH:
	case IDRULE_UPPER_HASH:
		return add_hash(maker, part, value);
	case IDRULE_EXTENSIONS:
		ok = add_extensions(maker, value);
		break;
	case IDRULE_SORTED:
		return add_sorted(maker, part, value);
	case IDRULE_TEXT:
		ok = coerce_text(to, value, maker->fail);
		break;
	case IDRULE_TEXTS:
		ok = coerce_texts(to, value, maker->fail);
		break;
	case IDRULE_INTEGER:
		ok = coerce_integer(to, value, maker->fail);
		break;
	case IDRULE_TYPE:
	case IDRULE_AS_IS:
		ok = canonical_value(to, value, maker->fail);
		break;
	}
	return ok || fail_at(maker->fail, "its %s", part->property);
}

static bool is_empty(const struct buf *value)
{
	return value->len == 2 && strchr("\"[{", value->data[0]);
}

/* ---- one way */

enum outcome { WAY_TAKEN, WAY_NOTHING, WAY_MISSING, WAY_WRONG };

/* Adds what is hashed; *missing is the property that the way cannot do without. */
static enum outcome take(struct maker *maker, const struct idrule *rule,
	const struct idrule_way *way, const char **missing)
{
	struct buf *to = &maker->hashed;
	const char *comma = "{\"";
	buf_clear(to);
	for (const struct idrule_part *part = way->parts; part->property; part++) {
		struct span value = given_value(&maker->given, part->property);
		bool needed = part->need == IDRULE_NEEDED || part->need == IDRULE_FILLED;
		buf_clear(&maker->value);
		if (part->how == IDRULE_TYPE)
			buf_format(&maker->value, "\"%s\"", rule->type);
		else if (value.len) {
			if (!add_value(maker, part, value))
				return WAY_WRONG;
		} else if (part->need == IDRULE_NULL)
			buf_text(&maker->value, "null");
		if (!buf_ok(&maker->value, maker->fail))
			return WAY_WRONG;
		bool filled = maker->value.len;
		if (filled && is_empty(&maker->value))
			filled = part->need == IDRULE_NEEDED || part->need == IDRULE_NULL ||
				(part->need == IDRULE_OPTIONAL && maker->value.data[0] == '"');
		if (!filled && needed) {
			*missing = part->property;
			return WAY_MISSING;
		}
		if (!filled)
			continue;
		buf_text(to, comma);
		buf_text(to, part->as);
		buf_text(to, "\":");
		buf_add(to, maker->value.data, maker->value.len);
		comma = ",\"";
	}
	buf_char(to, '}');
	if (!buf_ok(to, maker->fail))
		return WAY_WRONG;
	return to->len > 1 ? WAY_TAKEN : WAY_NOTHING;
}

/* Adds the string as it is, or in upper case. */
static void add_name(struct buf *to, struct span string, bool upper)
{
	struct buf text = { 0 };
	span_decode(string, &text);
	if (upper)
		unicode_upper(to, buf_str(&text), text.len);
	else
		buf_add(to, buf_str(&text), text.len);
	buf_release(&text);
}

/* The Traffic Light Protocol has ids of its own; pycti knows it by its names to the letter. */
static const char *tlp_marking(struct maker *maker)
{
	struct span type = given_value(&maker->given, "definition_type"),
		    definition = given_value(&maker->given, "definition");
	bool upper = maker->given.platform;
	if (!type.len || !definition.len || *type.text != '"' || *definition.text != '"')
		return NULL;
	buf_clear(&maker->text);
	buf_clear(&maker->value);
	add_name(&maker->text, type, upper);
	add_name(&maker->value, definition, upper);
	const char *name = buf_str(&maker->value);
	enum tlp level = tlp_named(name);
	bool known = !strcmp(buf_str(&maker->text), "TLP") &&
		(!strcmp(name, tlp_name(level)) || !strcmp(name, "TLP:WHITE"));
	return known ? tlp_id(level) : NULL;
}

static enum stixid_result make(struct maker *maker, const struct idrule *rule,
	const struct idrule_way *const *ways, struct buf *id)
{
	const char *missing = NULL;
	enum outcome outcome = WAY_NOTHING;
	if (!given_collect(&maker->given, rule, ways, maker->fail))
		return STIXID_FAILED;
	const char *known =
		strcmp(rule->type, "marking-definition") ? NULL : tlp_marking(maker);
	if (known) {
		buf_text(id, known);
		return buf_ok(id, maker->fail) ? STIXID_MADE : STIXID_FAILED;
	}
	for (int i = 0; i < IDRULE_WAYS && ways[i]; i++) {
		outcome = take(maker, rule, ways[i], &missing);
		if (outcome == WAY_TAKEN || outcome == WAY_WRONG)
			break;
	}
	if (outcome == WAY_WRONG || !buf_ok(&maker->hashed, maker->fail) ||
		!buf_ok(&maker->text, maker->fail) || !buf_ok(&maker->value, maker->fail))
		return STIXID_FAILED;
	/* Observables need no id of their contents. */
	if (outcome == WAY_NOTHING ||
		(outcome == WAY_MISSING &&
			stix_family(rule->type, strlen(rule->type)) == STIX_OBSERVABLE))
		return STIXID_RANDOM;
	if (outcome == WAY_MISSING) {
		fail_set(
			maker->fail, FAIL_NO, "it has no %s, of which its id is made", missing);
		return STIXID_MISSING;
	}
	char uuid[UID_LEN + 1];
	uid_of(maker->hashed.data, maker->hashed.len, uuid);
	buf_add(id, rule->type, strcspn(rule->type, "/"));
	buf_text(id, "--");
	buf_add(id, uuid, UID_LEN);
	return buf_ok(id, maker->fail) ? STIXID_MADE : STIXID_FAILED;
}

enum stixid_result stixid_make(
	enum stixid_rules rules, struct span object, struct buf *id, struct fail *fail)
{
	bool platform = rules == STIXID_PLATFORM;
	struct maker maker = { .given = { .platform = platform, .object = object },
		.fail = fail };
	struct span type;
	if (!span_find(object, "type", &type) || *type.text != '"') {
		fail_set(fail, FAIL_NO, "it has no type");
		return STIXID_MISSING;
	}
	const struct idrule *rule = given_rule(&maker.given, type);
	if (!rule)
		return STIXID_RANDOM;
	enum stixid_result result =
		make(&maker, rule, platform ? rule->platform : rule->pycti, id);
	given_release(&maker.given);
	buf_release(&maker.text);
	buf_release(&maker.value);
	buf_release(&maker.hashed);
	return result;
}

bool stixid_rules_named(const char *name, enum stixid_rules *rules)
{
	if (strcmp(name, "pycti") != 0 && strcmp(name, "platform") != 0)
		return false;
	*rules = strcmp(name, "pycti") ? STIXID_PLATFORM : STIXID_PYCTI;
	return true;
}
