#include "period.h"

#include <math.h>
#include <string.h>

static const double day = 86400, century = 100 * 365 * 86400.0;

/* What is left to read; NULL once something did not fit. */
struct reader {
	const char *at;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take(struct reader *reader, const char *text)
{
	size_t n = strlen(text);
	if (!reader->at || strncmp(reader->at, text, n) != 0)
		return false;
	reader->at += n;
	return true;
}

static double take_digits(struct reader *reader)
{
	double number = 0;
	if (!reader->at || !is_digit(*reader->at)) {
		reader->at = NULL;
		return 0;
	}
	while (is_digit(*reader->at))
		number = number * 10 + (*reader->at++ - '0');
	return number;
}

/* A number that may have a fraction, after a point or a comma. */
static double take_decimal(struct reader *reader, bool *fraction)
{
	double number = take_digits(reader), unit = 1;
	*fraction = take(reader, ".") || take(reader, ",");
	while (*fraction && is_digit(*reader->at))
		number += (*reader->at++ - '0') * (unit /= 10);
	return number;
}

/* One character of `units` says what the number before it counts. */
static double take_unit(struct reader *reader, const char *units, const double *seconds)
{
	const char *unit = reader->at && *reader->at ? strchr(units, *reader->at) : NULL;
	if (!unit) {
		reader->at = NULL;
		return 0;
	}
	reader->at++;
	return seconds[unit - units];
}

/* What follows the P. */
static double read_iso(struct reader *reader)
{
	static const double days[] = { 365 * 86400.0, 30 * 86400.0, 7 * 86400.0, 86400 },
			    times[] = { 3600, 60, 1 };
	double sum = 0;
	bool in_time = false, fraction = false, any = false;
	while (reader->at && *reader->at) {
		if (!in_time && take(reader, "T")) {
			in_time = true;
			continue;
		}
		if (fraction) /* only the last number has one */
			reader->at = NULL;
		double number = take_decimal(reader, &fraction);
		sum += number *
			(in_time ? take_unit(reader, "HMS", times)
				 : take_unit(reader, "YMWD", days));
		any = true;
	}
	if (!any)
		reader->at = NULL;
	return sum;
}

static double take_pair(struct reader *reader)
{
	const char *begin = reader->at;
	double number = take_digits(reader);
	if (reader->at && (reader->at - begin != 2 || number > 59))
		reader->at = NULL;
	return number;
}

/* HH:MM or HH:MM:SS, with as many digits for the hours as it takes, two at least. */
static double read_time(struct reader *reader)
{
	const char *begin = reader->at;
	double hours = take_digits(reader), minutes = 0, seconds = 0;
	bool fraction;
	if (!reader->at || reader->at - begin < 2 || !take(reader, ":"))
		reader->at = NULL;
	minutes = take_pair(reader);
	if (take(reader, ":")) {
		seconds = take_pair(reader);
		if (reader->at && (*reader->at == '.' || *reader->at == ',')) {
			reader->at--;
			take_decimal(reader, &fraction); /* cut off */
		}
	}
	return hours * 3600 + minutes * 60 + seconds;
}

/* Days, and a time after them. */
static double read_days(struct reader *reader)
{
	double sum = take_digits(reader) * day;
	take(reader, " ");
	if (!take(reader, "d") && !take(reader, "D"))
		reader->at = NULL;
	if (take(reader, "ay"))
		take(reader, "s");
	take(reader, ",");
	take(reader, " ");
	if (reader->at && *reader->at) {
		double time = read_time(reader);
		if (time >= day)
			reader->at = NULL;
		sum += time;
	}
	return sum;
}

/* 1h30m and the like. */
static double read_units(struct reader *reader)
{
	static const double units[] = { 1, 60, 3600, 86400, 7 * 86400.0 };
	double sum = 0;
	bool fraction;
	do {
		double number = take_decimal(reader, &fraction);
		sum += number * take_unit(reader, "smhdw", units);
	} while (reader->at && *reader->at);
	return sum;
}

static bool all_read(const struct reader *reader)
{
	return reader->at && !*reader->at;
}

bool period_read(const char *text, double *seconds, struct fail *fail)
{
	struct reader reader = { text };
	if (!strcmp(text, "0")) {
		*seconds = 0;
		return true;
	}
	*seconds = read_units(&reader);
	if (!all_read(&reader)) {
		reader.at = text;
		take(&reader, "+");
		*seconds = floor(take(&reader, "P")   ? read_iso(&reader)
				: strpbrk(text, "dD") ? read_days(&reader)
						      : read_time(&reader));
	}
	if (!all_read(&reader))
		return fail_set(fail, FAIL_USAGE,
			"no period: \"%s\" (such as 90s, 15m, 6h, 1d, PT6H or P1D)", text);
	if (*seconds > century)
		return fail_set(
			fail, FAIL_USAGE, "a period of more than a hundred years: %s", text);
	return true;
}
