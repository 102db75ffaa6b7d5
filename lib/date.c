#include "date.h"

#include <time.h>

/* Days from 1970 to the first of March of the year, which begins the year here: so the leap day is
 * its last. */
static int64_t days_before(int64_t year)
{
	return 365 * year + year / 4 - year / 100 + year / 400 - 719468;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month == 2 && leap ? 29 : days[month - 1];
}

static int64_t days_of(int year, int month, int day)
{
	bool early = month < 3;
	int64_t y = early ? year - 1 : year, m = early ? month + 9 : month - 3;
	/* In the year -1 division rounds the other way. */
	int64_t shift = y < 0 ? 400 : 0;
	return days_before(y + shift) - (shift ? 146097 : 0) + (153 * m + 2) / 5 + day - 1;
}

/* Reads exactly n digits. */
static bool digits(const char **at, const char *end, int n, int *number)
{
	*number = 0;
	for (; n; n--, ++*at) {
		if (*at == end || **at < '0' || **at > '9')
			return false;
		*number = *number * 10 + (**at - '0');
	}
	return true;
}

static bool skip(const char **at, const char *end, char c)
{
	if (*at == end || **at != c)
		return false;
	++*at;
	return true;
}

static bool read_fraction(const char **at, const char *end, uint32_t *nanoseconds)
{
	uint32_t unit = 100000000;
	const char *begin = *at;
	for (; *at < end && **at >= '0' && **at <= '9'; ++*at, unit /= 10)
		*nanoseconds += unit * (uint32_t)(**at - '0');
	return *at > begin;
}

static bool read_time(const char **at, const char *end, struct date *date)
{
	int hour, minute, second = 0;
	if (!digits(at, end, 2, &hour) || !skip(at, end, ':') || !digits(at, end, 2, &minute))
		return false;
	if (skip(at, end, ':')) {
		if (!digits(at, end, 2, &second))
			return false;
		if (skip(at, end, '.') && !read_fraction(at, end, &date->nanoseconds))
			return false;
	}
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	date->seconds += hour * 3600 + minute * 60 + second;
	return true;
}

static bool read_zone(const char **at, const char *end, struct date *date)
{
	int hour, minute = 0;
	if (*at == end || skip(at, end, 'Z') || skip(at, end, 'z'))
		return true;
	int sign = skip(at, end, '+') ? 1 : skip(at, end, '-') ? -1 : 0;
	if (!sign || !digits(at, end, 2, &hour))
		return false;
	if (*at < end) {
		skip(at, end, ':');
		if (!digits(at, end, 2, &minute))
			return false;
	}
	if (hour > 23 || minute > 59)
		return false;
	date->seconds -= sign * (hour * 3600 + minute * 60);
	return true;
}

bool date_read(struct date *date, const char *text, size_t n)
{
	const char *at = text, *end = text + n;
	int year, month, day;
	if (!digits(&at, end, 4, &year) || !skip(&at, end, '-') ||
		!digits(&at, end, 2, &month) || !skip(&at, end, '-') ||
		!digits(&at, end, 2, &day))
		return false;
	if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
		return false;
	*date = (struct date){ .seconds = days_of(year, month, day) * 86400 };
	if (at < end &&
		!((skip(&at, end, 'T') || skip(&at, end, 't') || skip(&at, end, ' ')) &&
			read_time(&at, end, date) && read_zone(&at, end, date)))
		return false;
	return at == end && date->seconds >= days_of(0, 1, 1) * 86400 &&
		date->seconds < days_of(10000, 1, 1) * 86400;
}

struct date date_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (struct date){ now.tv_sec, (uint32_t)now.tv_nsec };
}

/* Adds so many digits of a number, and what follows them. By hand, for every object has dates. */
static void print_number(struct buf *to, unsigned number, size_t digits, char then)
{
	char text[8];
	text[digits] = then;
	for (size_t i = digits; i--; number /= 10)
		text[i] = (char)('0' + number % 10);
	buf_add(to, text, digits + (then != '\0'));
}

static void print(const struct date *date, struct buf *to)
{
	int64_t day = date->seconds / 86400, second = date->seconds % 86400;
	if (second < 0) {
		day--;
		second += 86400;
	}
	/* The year 0 begins at day -719528. */
	int year = (int)((day + 719528) * 400 / 146097), month = 1;
	while (days_of(year, 1, 1) > day)
		year--;
	while (days_of(year + 1, 1, 1) <= day)
		year++;
	while (month < 12 && days_of(year, month + 1, 1) <= day)
		month++;
	print_number(to, (unsigned)year, 4, '-');
	print_number(to, (unsigned)month, 2, '-');
	print_number(to, (unsigned)(day - days_of(year, month, 1)) + 1, 2, 'T');
	print_number(to, (unsigned)(second / 3600), 2, ':');
	print_number(to, (unsigned)(second / 60 % 60), 2, ':');
	print_number(to, (unsigned)(second % 60), 2, '\0');
}

void date_print(const struct date *date, struct buf *to)
{
	print(date, to);
	buf_char(to, '.');
	print_number(to, date->nanoseconds / 1000000, 3, 'Z');
}

void date_print_short(const struct date *date, struct buf *to)
{
	unsigned fraction = date->nanoseconds / 1000, width = 6;
	print(date, to);
	for (; fraction && fraction % 10 == 0; fraction /= 10)
		width--;
	if (fraction)
		buf_format(to, ".%0*u", (int)width, fraction);
	buf_char(to, 'Z');
}
