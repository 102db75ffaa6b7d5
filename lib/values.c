#include "values.h"

#include "date.h"
#include "grammar.h"
#include "hashes.h"
#include "opt.h"
#include "pattern.h"
#include "print.h"
#include "syntax.h"
#include "vocabulary.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

static bool is_null(struct span value)
{
	return *value.text == 'n';
}

static const char *end_of(struct span value)
{
	return value.text + value.len;
}

/* Fixes by putting a string in place of the value. */
static void fix_string(struct exam *exam, struct span value, struct span text, const char *what,
	const char *name)
{
	struct buf json = { 0 };
	print_string(&json, text.text, text.len);
	if (buf_ok(&json, exam->fail))
		exam_fix(exam, value.text, end_of(value), (struct span){ json.data, json.len },
			"%s %s%s%.*s", name, what, *what ? ": " : "",
			(int)(value.len < 200 ? value.len : 200), value.text);
	buf_release(&json);
}

/* ---- dates ---- */

static bool is_date_key(enum kind kind, struct span key)
{
	static const struct span names[] = { TEXT("created"), TEXT("modified"),
		TEXT("first_seen"), TEXT("last_seen"), TEXT("start_time"), TEXT("stop_time"),
		TEXT("valid_from"), TEXT("valid_until"), TEXT("published"),
		TEXT("first_observed"), TEXT("last_observed"), TEXT("submitted"),
		TEXT("analysis_started"), TEXT("analysis_ended"), TEXT("ctime"), TEXT("mtime"),
		TEXT("atime"), TEXT("validity_not_before"), TEXT("validity_not_after"),
		TEXT("account_created"), TEXT("account_expires"), TEXT("account_first_login"),
		TEXT("account_last_login"), TEXT("credential_last_changed"),
		TEXT("created_time"), TEXT("date"), TEXT("modified_time"), TEXT("due_date"),
		TEXT("expiration_date"), TEXT("date_of_birth"), TEXT("x_opencti_modified_at"),
		TEXT("x_opencti_first_seen_active") };
	struct span name = text_inside(key);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (text_same(name, names[i]))
			return true;
	return kind == KIND_NETWORK_TRAFFIC &&
		(span_equals(key, "start") || span_equals(key, "end"));
}

void values_date(struct exam *exam)
{
	const struct object *object = &exam->object;
	for (size_t i = 0; i < object->count; i++) {
		const struct member *member = &object->all[i];
		struct span value = member->value, name = text_inside(member->key);
		struct date date;
		struct buf text = { 0 };
		if (!is_date_key(exam->kind, member->key) || is_null(value) ||
			(*value.text == '"' && syntax_date(text_inside(value))))
			continue;
		if (*value.text == '"' && value.len > 2 &&
			date_read(&date, value.text + 1, value.len - 2)) {
			buf_char(&text, '"');
			date_print(&date, &text);
			buf_char(&text, '"');
			if (buf_ok(&text, exam->fail))
				exam_fix(exam, value.text, end_of(value),
					(struct span){ text.data, text.len }, "%.*s is %.*s",
					(int)name.len, name.text, (int)value.len, value.text);
		} else {
			exam_report(exam, "%.*s is %.*s", (int)name.len, name.text,
				(int)(value.len < 80 ? value.len : 80), value.text);
		}
		buf_release(&text);
	}
}

static bool date_of(const struct object *object, const char *name, struct span *date)
{
	return object_text(object, name, date) && syntax_date(*date);
}

void values_order(struct exam *exam)
{
	static const struct {
		const char *begin, *end;
		bool equal; /* may be the same */
	} pairs[] = { { "start_time", "stop_time", true }, { "first_seen", "last_seen", true },
		{ "first_observed", "last_observed", true },
		{ "valid_from", "valid_until", false } };
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct span begin, end;
		if (!date_of(&exam->object, pairs[i].begin, &begin) ||
			!date_of(&exam->object, pairs[i].end, &end) ||
			syntax_compare_dates(begin, end) < pairs[i].equal)
			continue;
		exam_report(exam, "%s is %.*s, %s %.*s", pairs[i].begin, (int)begin.len,
			begin.text, pairs[i].end, (int)end.len, end.text);
	}
}

void values_past(struct exam *exam)
{
	struct span until, now = { exam->now, strlen(exam->now) };
	if (date_of(&exam->object, "valid_until", &until) &&
		syntax_compare_dates(until, now) < 0)
		exam_report(exam, "valid_until is %.*s", (int)until.len, until.text);
}

/* ---- numbers ---- */

/* Reads an integer as JSON writes it. */
static bool is_integer(struct span value, double *number)
{
	if (*value.text != '-' && (*value.text < '0' || *value.text > '9'))
		return false;
	*number = strtod(value.text, NULL);
	return *number == trunc(*number);
}

/* What GraphQL takes for an Int. */
static bool is_int(struct span value)
{
	double number;
	return is_integer(value, &number) && number >= INT32_MIN && number <= INT32_MAX;
}

/* A number in quotes is fixed by taking them off. */
static void tell_integer(struct exam *exam, const char *name, struct span value)
{
	struct span inside = text_inside(value);
	uint64_t number;
	char digits[16];
	size_t n = inside.len < sizeof digits ? inside.len : 0;
	memcpy(digits, inside.text, n);
	digits[n] = '\0';
	if (*value.text == '"' && *digits != '0' && opt_number(digits, &number) &&
		number <= INT32_MAX)
		exam_fix(exam, value.text, value.text + value.len, inside, "%s is %.*s", name,
			(int)value.len, value.text);
	else
		exam_report(exam, "%s is %.*s", name, (int)value.len, value.text);
}

void values_integer(struct exam *exam)
{
	/* clang-format off */
	static const struct { enum kind kind; const char *name; } integers[] = {
		{ KIND_AUTONOMOUS_SYSTEM, "number" }, { KIND_FILE, "size" },
		{ KIND_PROCESS, "pid" }, { KIND_NETWORK_TRAFFIC, "src_port" },
		{ KIND_NETWORK_TRAFFIC, "dst_port" }, { KIND_NETWORK_TRAFFIC, "src_byte_count" },
		{ KIND_NETWORK_TRAFFIC, "dst_byte_count" },
		{ KIND_NETWORK_TRAFFIC, "src_packets" }, { KIND_NETWORK_TRAFFIC, "dst_packets" },
		{ KIND_WINDOWS_REGISTRY_KEY, "number_of_subkeys" },
		{ KIND_OBSERVED_DATA, "number_observed" }, { KIND_SIGHTING, "count" },
		{ KIND_NOTE, "likelihood" },
	};
	/* clang-format on */
	for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
		const struct span *value = integers[i].kind == exam->kind
			? object_get(&exam->object, integers[i].name)
			: NULL;
		if (value && !is_null(*value) && !is_int(*value))
			tell_integer(exam, integers[i].name, *value);
	}
}

void values_score(struct exam *exam)
{
	static const char *const names[] = { "x_opencti_score", "confidence" };
	for (size_t i = 0; i < 2; i++) {
		const struct span *value = object_get(&exam->object, names[i]);
		double number;
		if (!value || is_null(*value))
			continue;
		if (!is_integer(*value, &number) || number < 0 || number > 100)
			exam_report(exam, "%s is %.*s", names[i], (int)value->len, value->text);
	}
}

void values_confidence(struct exam *exam)
{
	const struct span *value = object_get(&exam->object, "confidence");
	double number;
	if (exam->max_confidence && value && is_integer(*value, &number) &&
		number > (double)exam->max_confidence)
		exam_report(exam, "confidence is %.*s", (int)value->len, value->text);
}

/* ---- observables ---- */

void values_syntax(struct exam *exam)
{
	struct span value;
	const char *what = "";
	if (exam_text(exam, "value", &value) && !syntax_value(exam->kind, value, &what))
		exam_report(exam, "%.*s is not %s", (int)value.len, value.text, what);
}

/* Walks the hashes of the object; *at is NULL to begin with. */
static bool next_hash(
	const struct exam *exam, const char **at, struct span *name, struct span *value)
{
	const struct span *hashes = object_get(&exam->object, "hashes");
	if (!*at) {
		if (!hashes || *hashes->text != '{')
			return false;
		*at = hashes->text + 1;
	}
	return span_member(at, name, value);
}

void values_hash(struct exam *exam)
{
	struct span name, value;
	const struct span *hashes = object_get(&exam->object, "hashes");
	if (hashes && !is_null(*hashes) && *hashes->text != '{')
		exam_report(exam, "hashes is %.*s, no object", (int)hashes->len, hashes->text);
	for (const char *at = NULL; next_hash(exam, &at, &name, &value);) {
		const char *proper = hashes_name(name);
		struct span is = text_inside(name), known = is;
		if (proper)
			known = (struct span){ proper + 1, strlen(proper) - 2 };
		if (*value.text != '"' || !span_is_raw(value) ||
			!syntax_hash(known, text_inside(value)) || value.len < 7)
			exam_report(exam, "%.*s is %.*s", (int)is.len, is.text, (int)value.len,
				value.text);
	}
}

void values_hash_name(struct exam *exam)
{
	struct span name, value;
	for (const char *at = NULL; next_hash(exam, &at, &name, &value);) {
		const char *proper = hashes_name(name);
		if (proper && !span_equals(name, "") &&
			(strlen(proper) != name.len ||
				memcmp(proper, name.text, name.len) != 0))
			exam_fix(exam, name.text, end_of(name),
				(struct span){ proper, strlen(proper) }, "%.*s is not %s",
				(int)name.len, name.text, proper);
	}
}

static bool has(const struct exam *exam, const char *name)
{
	const struct span *value = object_get(&exam->object, name);
	return value && !is_null(*value) && !(*value->text == '"' && value->len == 2);
}

static bool has_hash(const struct exam *exam)
{
	const struct span *hashes = object_get(&exam->object, "hashes");
	struct span name, value;
	return hashes && *hashes->text == '{' && hashes_choose(*hashes, true, &name, &value);
}

void values_file(struct exam *exam)
{
	if (!has(exam, "name") && !has_hash(exam))
		exam_report(exam,
			has(exam, "hashes")
				? "its hashes are none that the platform knows it by"
				: "it has neither hashes nor a name");
}

void values_artifact(struct exam *exam)
{
	if (!has_hash(exam) && !has(exam, "url") && !has(exam, "payload_bin"))
		exam_report(exam, "it has neither hashes, a url nor payload_bin");
	else if (has(exam, "url") && has(exam, "payload_bin"))
		exam_report(exam, "it has both payload_bin and a url");
}

void values_software(struct exam *exam)
{
	struct span cpe;
	if (!has(exam, "name") && !has(exam, "swid") &&
		(!exam_text(exam, "cpe", &cpe) || !syntax_is_cpe(cpe)))
		exam_report(exam, "it has no name, no swid, and no cpe:/...");
}

void values_upper_case(struct exam *exam)
{
	const struct span *value = object_get(&exam->object, "value");
	struct span text;
	bool upper = false;
	if (exam->kind != KIND_DOMAIN_NAME && exam->kind != KIND_EMAIL_ADDR)
		return;
	if (!value || !exam_text(exam, "value", &text))
		return;
	for (size_t i = 0; i < text.len; i++)
		upper = upper || (text.text[i] >= 'A' && text.text[i] <= 'Z');
	if (!upper)
		return;
	struct span id = exam->object.id;
	struct buf lower = { 0 };
	buf_add(&lower, text.text, text.len);
	for (size_t i = 0; i < lower.len; i++)
		if (lower.data[i] >= 'A' && lower.data[i] <= 'Z')
			lower.data[i] = (char)(lower.data[i] - 'A' + 'a');
	/* The id has to be that of the value in lower case already. */
	if (id.len == exam->platform_id.len && id.len &&
		!memcmp(id.text, exam->platform_id.data, id.len))
		fix_string(
			exam, *value, (struct span){ buf_str(&lower), lower.len }, "", "value");
	else
		exam_report(exam, "value %.*s", (int)value->len, value->text);
	buf_release(&lower);
}

void values_create_indicator(struct exam *exam)
{
	const struct span *value = object_get(&exam->object, "x_opencti_create_indicator");
	if (value && *value->text == 't')
		exam_report(exam, "x_opencti_create_indicator is true");
}

/* ---- indicators ---- */

static bool is_stix(const struct exam *exam)
{
	struct span type;
	return object_text(&exam->object, "pattern_type", &type) && type.len == 4 &&
		!strncasecmp(type.text, "stix", 4);
}

void values_pattern(struct exam *exam)
{
	struct span pattern, type;
	const char *error;
	size_t at;
	if (!is_stix(exam) || !object_text(&exam->object, "pattern_type", &type) ||
		!exam_text(exam, "pattern", &pattern))
		return;
	if (!grammar_check(pattern, &error, &at))
		exam_report(exam, "%s at byte %zu: %.*s", error, at + 1,
			(int)(pattern.len < 200 ? pattern.len : 200), pattern.text);
}

void values_pattern_form(struct exam *exam)
{
	const struct span *value = object_get(&exam->object, "pattern");
	struct span pattern;
	struct buf clean = { 0 };
	const char *error;
	size_t at;
	if (!is_stix(exam) || !value || !exam_text(exam, "pattern", &pattern) ||
		!grammar_check(pattern, &error, &at))
		return;
	pattern_clean(pattern, &clean);
	if (buf_ok(&clean, exam->fail) &&
		(clean.len != pattern.len || memcmp(clean.data, pattern.text, clean.len) != 0))
		fix_string(exam, *value, (struct span){ buf_str(&clean), clean.len },
			"is kept otherwise", "pattern");
	buf_release(&clean);
}

/* What x_opencti_main_observable_type may be, beside Unknown. */
static bool is_observable(struct span name)
{
	return text_is(name, "File") || (kind_family(kind_named(name)) & FAMILY_OBSERVABLE);
}

void values_main_type(struct exam *exam)
{
	struct span name;
	if (exam_text(exam, "x_opencti_main_observable_type", &name) &&
		!text_is(name, "Unknown") && !is_observable(name))
		exam_report(exam, "x_opencti_main_observable_type is %.*s", (int)name.len,
			name.text);
}

void values_no_main_type(struct exam *exam)
{
	const struct object *object = &exam->object;
	struct span pattern, type = { "", 0 };
	const struct span *extensions = object_get(object, "extensions");
	if (has(exam, "x_opencti_main_observable_type") ||
		(extensions &&
			span_find(*extensions,
				"extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba."
				"main_observable_type",
				&type)))
		return;
	if (!is_stix(exam) || !exam_text(exam, "pattern", &pattern) ||
		!pattern_type(pattern, &type) ||
		!(kind_family(kind_of_type(type)) & FAMILY_OBSERVABLE)) {
		exam_report(exam, "it has no x_opencti_main_observable_type");
		return;
	}
	struct buf text = { 0 };
	const char *at = end_of(object->text) - 1;
	buf_format(&text, ", \"x_opencti_main_observable_type\": \"%s\"",
		kind_name(kind_of_type(type)));
	if (buf_ok(&text, exam->fail))
		exam_fix(exam, at, at, (struct span){ text.data, text.len },
			"it has no x_opencti_main_observable_type; its pattern is of %s",
			kind_name(kind_of_type(type)));
	buf_release(&text);
}

void values_no_valid_until(struct exam *exam)
{
	if (!has(exam, "valid_until"))
		exam_report(exam, "it has no valid_until");
}

void values_no_score(struct exam *exam)
{
	struct span score;
	const struct span *extensions = object_get(&exam->object, "extensions");
	if (!has(exam, "x_opencti_score") && !has(exam, "score") &&
		!(extensions &&
			span_find(*extensions,
				"extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba."
				"score",
				&score)))
		exam_report(exam, "it has no x_opencti_score");
}

/* ---- words ---- */

static void ask_word(struct exam *exam, const struct vocabulary *vocabulary, struct span value)
{
	struct span word;
	bool exact;
	if (!exam_decode(exam, value, &word))
		return;
	const char *near = vocabulary_find(vocabulary, word, &exact);
	/* The platform's own list has " ransomware", with a blank; all write it without. */
	if (exact || (near && *near == ' '))
		return;
	if (near)
		fix_string(exam, value, (struct span){ near, strlen(near) }, vocabulary->name,
			vocabulary->property);
	else
		exam_report(exam, "%s %s: \"%.*s\"", vocabulary->property, vocabulary->name,
			(int)word.len, word.text);
}

void values_word(struct exam *exam)
{
	const struct vocabulary *vocabulary = vocabulary_of(exam->kind);
	for (; vocabulary && vocabulary->kind == exam->kind; vocabulary++) {
		const struct span *value = object_get(&exam->object, vocabulary->property);
		struct span element;
		if (!value)
			continue;
		if (*value->text != '[')
			ask_word(exam, vocabulary, *value);
		else
			for (const char *at = value->text + 1;
				span_member(&at, NULL, &element);)
				ask_word(exam, vocabulary, element);
	}
}

static bool contains(struct span text, const char *what)
{
	size_t n = strlen(what);
	for (const char *at = text.text, *end = at + text.len; end - at >= (ptrdiff_t)n; at++) {
		at = memchr(at, *what, (size_t)(end - at) - n + 1);
		if (!at)
			return false;
		if (!memcmp(at, what, n))
			return true;
	}
	return false;
}

void values_markup(struct exam *exam)
{
	const struct span *value = object_get(&exam->object, "description");
	if (!value || *value->text != '"')
		return;
	if (contains(*value, "<code>"))
		exam_report(exam, "description has <code>");
	if (contains(*value, "](data:"))
		exam_report(exam, "description has an image in a data: URL");
}
