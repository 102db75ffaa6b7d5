#include "column.h"

#include "array.h"
#include "date.h"
#include "print.h"

#include <stdlib.h>

static const struct {
	const char *property;
	bool of_indicator;
} kinds[] = {
	[COLUMN_CONFIDENCE] = { "confidence", true },
	[COLUMN_CREATED] = { "created", true },
	[COLUMN_CUSTOM] = { NULL, false },
	[COLUMN_DESCRIPTION] = { "description", false },
	[COLUMN_FIRST_SEEN] = { "first_seen", true },
	[COLUMN_INDICATOR_TYPES] = { "indicator_types", true },
	[COLUMN_LABELS] = { "labels", false },
	[COLUMN_MALWARE] = { "malware", false },
	[COLUMN_NAME] = { "name", true },
	[COLUMN_REFERENCE] = { "reference", false },
	[COLUMN_SCORE] = { "score", false },
	[COLUMN_VALID_FROM] = { "valid_from", true },
	[COLUMN_VALID_UNTIL] = { "valid_until", true },
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static bool unknown(const char *property, struct fail *fail)
{
	struct buf names = { 0 };
	for (int i = 0; i < KINDS; i++)
		if (kinds[i].property)
			buf_format(&names, "%s, ", kinds[i].property);
	fail_set(fail, FAIL_USAGE, "no property that can be set: %s; it is one of %sx_...",
		property, buf_str(&names));
	buf_release(&names);
	return false;
}

static bool add_piece(
	struct column *column, const char *field, struct span same, struct fail *fail)
{
	if (!ARRAY_RESERVE(column, pieces, column->count + 1, fail))
		return false;
	column->pieces[column->count++] = (struct column_piece){ field, same };
	return true;
}

/* Cuts the text, which is the column's, into its pieces. */
static bool read_pieces(struct column *column, struct fail *fail)
{
	struct span none = { NULL, 0 };
	char *at = column->text, *open, *close;
	if (*at == ':')
		return add_piece(column, NULL, (struct span){ at + 1, strlen(at + 1) }, fail);
	if (!strchr(at, '{'))
		return add_piece(column, at, none, fail);
	for (; (open = strchr(at, '{')); at = close + 1) {
		close = strchr(open, '}');
		if (!close || close == open + 1)
			return fail_set(fail, FAIL_USAGE, "%s: %s", column->property,
				close ? "no field in {}" : "a { without a }");
		*close = '\0';
		if ((open > at &&
			    !add_piece(column, NULL, (struct span){ at, (size_t)(open - at) },
				    fail)) ||
			!add_piece(column, open + 1, none, fail))
			return false;
	}
	return !*at || add_piece(column, NULL, (struct span){ at, strlen(at) }, fail);
}

bool column_read(struct column *column, const char *text, struct fail *fail)
{
	const char *equal = strchr(text, '=');
	int kind = 0;
	*column = (struct column){ 0 };
	if (!equal || equal == text || !equal[1])
		return fail_set(fail, FAIL_USAGE, "not PROPERTY=FIELD: %s", text);
	column->text = strdup(equal + 1);
	column->property = strndup(text, (size_t)(equal - text));
	if (!column->property || !column->text)
		return fail_memory(fail);
	char *colon = strchr(column->property, ':');
	if (colon && !strncmp(column->property, "reference:", 10) && colon[1]) {
		*colon = '\0';
		column->source = colon + 1;
	}
	while (kind < KINDS &&
		(!kinds[kind].property || strcmp(kinds[kind].property, column->property) != 0))
		kind++;
	if (kind == KINDS && !strncmp(column->property, "x_", 2))
		kind = COLUMN_CUSTOM;
	if (kind == KINDS)
		return unknown(column->property, fail);
	column->kind = (enum column_kind)kind;
	return read_pieces(column, fail);
}

void column_release(struct column *column)
{
	free(column->property);
	free(column->pieces);
	free(column->text);
	buf_release(&column->value);
	*column = (struct column){ 0 };
}

bool column_take(struct column *column, const struct span **values, struct span *value,
	struct fail *fail)
{
	bool any = false;
	buf_clear(&column->value);
	for (size_t i = 0; i < column->count; i++) {
		const struct column_piece *piece = &column->pieces[i];
		*value = piece->field ? *(*values)++ : piece->same;
		any |= piece->field && value->len;
		if (column->count > 1 && value->len)
			buf_add(&column->value, value->text, value->len);
	}
	if (column->count > 1)
		*value = (struct span){ buf_str(&column->value), any ? column->value.len : 0 };
	return buf_ok(&column->value, fail);
}

bool column_of_indicator(const struct column *column)
{
	return kinds[column->kind].of_indicator;
}

bool column_is_text(struct span value)
{
	for (const char *at = value.text, *end = at + value.len; at < end;) {
		size_t n = (unsigned char)*at < 0x80 ? 1 : scan_utf8(at, end);
		if (!n)
			return false;
		at += n;
	}
	return true;
}

/* A number from 0 to 100, without a fraction that is not 0. */
static bool percent(struct span value, unsigned *number)
{
	size_t i = 0;
	*number = 0;
	while (i < value.len && i < 3 && value.text[i] >= '0' && value.text[i] <= '9')
		*number = *number * 10 + (unsigned)(value.text[i++] - '0');
	if (!i || *number > 100)
		return false;
	if (i + 1 < value.len && value.text[i] == '.')
		for (i++; i < value.len && value.text[i] == '0';)
			i++;
	return i == value.len;
}

/* A date as date_read takes it, also with UTC or GMT behind it; or seconds or milliseconds since
 * 1970. */
static bool moment(struct span value, struct date *date)
{
	uint64_t number = 0;
	size_t digits = 0;
	while (digits < value.len && value.text[digits] >= '0' && value.text[digits] <= '9')
		number = number * 10 + (uint64_t)(value.text[digits++] - '0');
	if (digits == value.len && (digits == 10 || digits == 13)) {
		bool is_milli = digits == 13;
		*date = (struct date){ (int64_t)(is_milli ? number / 1000 : number),
			is_milli ? (uint32_t)(number % 1000) * 1000000 : 0 };
		return true;
	}
	if (value.len > 4 &&
		(!memcmp(value.text + value.len - 4, " UTC", 4) ||
			!memcmp(value.text + value.len - 4, " GMT", 4)))
		value.len -= 4;
	return date_read(date, value.text, value.len);
}

static void add_key(struct buf *to, const char *key)
{
	buf_char(to, ',');
	print_text(to, key);
	buf_char(to, ':');
}

/* As python-stix2 writes dates: those of the object itself to the millisecond, others short. */
static void add_date(struct buf *to, const char *key, const struct date *date)
{
	add_key(to, key);
	buf_char(to, '"');
	if (strcmp(key, "created") != 0)
		date_print_short(date, to);
	else
		date_print(date, to);
	buf_char(to, '"');
}

static void add_string(struct buf *to, const char *key, struct span value)
{
	add_key(to, key);
	print_string(to, value.text, value.len);
}

/* The host of a URL, which names a reference that has no other name. */
static struct span host_of(struct span url)
{
	const char *at = url.text, *end = at + url.len, *slash = memchr(at, '/', url.len);
	if (slash && end - slash > 2 && slash[1] == '/')
		at = slash + 2;
	const char *stop = at;
	while (stop < end && *stop != '/' && *stop != ':')
		stop++;
	return (struct span){ at, (size_t)(stop - at) };
}

static void add_reference(
	struct buf *to, struct span url, enum column_family family, const char *source)
{
	add_key(to,
		family == COLUMN_OBSERVABLE ? "x_opencti_external_references"
					    : "external_references");
	buf_text(to, "[{\"source_name\":");
	struct span host = host_of(url);
	if (source)
		print_text(to, source);
	else
		print_string(to, host.text, host.len);
	add_string(to, "url", url);
	buf_text(to, "}]");
}

static void add_list(struct buf *to, const char *key, struct span value)
{
	struct buf copy = { 0 };
	buf_add(&copy, value.text, value.len);
	add_key(to, key);
	print_list(to, buf_str(&copy));
	if (copy.state != BUF_OK)
		to->state = copy.state;
	buf_release(&copy);
}

bool column_print(const struct column *column, struct span value, enum column_family family,
	struct buf *to, const char **why)
{
	bool is_observable = family == COLUMN_OBSERVABLE;
	struct date date;
	unsigned number;
	if (!value.len || (kinds[column->kind].of_indicator && family != COLUMN_INDICATOR))
		return true;
	if (!column_is_text(value)) {
		*why = "not UTF-8";
		return false;
	}
	switch (column->kind) {
	case COLUMN_SCORE:
	case COLUMN_CONFIDENCE:
		if (!percent(value, &number)) {
			*why = "not a number from 0 to 100";
			return false;
		}
		add_key(to, column->kind == COLUMN_SCORE ? "x_opencti_score" : "confidence");
		buf_format(to, "%u", number);
		break;
	case COLUMN_CREATED:
	case COLUMN_FIRST_SEEN:
	case COLUMN_VALID_FROM:
	case COLUMN_VALID_UNTIL:
		if (!moment(value, &date)) {
			*why = "not a date";
			return false;
		}
		if (column->kind == COLUMN_FIRST_SEEN)
			add_date(to, "created", &date);
		add_date(to,
			column->kind == COLUMN_FIRST_SEEN ? "valid_from" : column->property,
			&date);
		break;
	case COLUMN_DESCRIPTION:
		add_string(to, is_observable ? "x_opencti_description" : "description", value);
		break;
	case COLUMN_REFERENCE:
		add_reference(to, value, family, column->source);
		break;
	case COLUMN_INDICATOR_TYPES:
		add_list(to, "indicator_types", value);
		break;
	case COLUMN_NAME:
	case COLUMN_CUSTOM:
		add_string(to, column->property, value);
		break;
	case COLUMN_LABELS:
	case COLUMN_MALWARE:
		break;
	}
	return true;
}
