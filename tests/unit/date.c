#include "date.h"
#include "check.h"

static void reads(const char *text, const char *wanted, const char *wanted_short)
{
	struct date date;
	struct buf to = { 0 };
	CHECK(date_read(&date, text, strlen(text)));
	date_print(&date, &to);
	CHECK_TEXT(buf_str(&to), wanted);
	buf_clear(&to);
	date_print_short(&date, &to);
	CHECK_TEXT(buf_str(&to), wanted_short);
	buf_release(&to);
}

int main(void)
{
	reads("2020-01-01T00:00:00Z", "2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00Z");
	reads("2020-01-01", "2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00Z");
	reads("2020-02-29 23:59z", "2020-02-29T23:59:00.000Z", "2020-02-29T23:59:00Z");
	reads("2020-01-01t02:00:00+02:00", "2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00Z");
	reads("2020-01-01T00:00:00-0130", "2020-01-01T01:30:00.000Z", "2020-01-01T01:30:00Z");
	reads("2020-01-01T00:00:00+01", "2019-12-31T23:00:00.000Z", "2019-12-31T23:00:00Z");
	reads("2020-01-01T12:30:45.1299", "2020-01-01T12:30:45.129Z",
		"2020-01-01T12:30:45.1299Z");
	reads("2020-01-01T12:30:45.0000071234Z", "2020-01-01T12:30:45.000Z",
		"2020-01-01T12:30:45.000007Z");
	reads("2020-01-01T12:30:45.500000Z", "2020-01-01T12:30:45.500Z",
		"2020-01-01T12:30:45.5Z");
	reads("0000-01-01", "0000-01-01T00:00:00.000Z", "0000-01-01T00:00:00Z");
	reads("0000-02-29", "0000-02-29T00:00:00.000Z", "0000-02-29T00:00:00Z");
	reads("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999Z",
		"9999-12-31T23:59:59.999999Z");
	reads("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z", "1969-12-31T23:59:59.5Z");
	reads("2000-12-31T00:00:00Z", "2000-12-31T00:00:00.000Z", "2000-12-31T00:00:00Z");
	reads("1900-03-01T00:00:00Z", "1900-03-01T00:00:00.000Z", "1900-03-01T00:00:00Z");

	static const char *const wrong[] = { "", "2020", "2020-1-1", "2020-13-01", "2020-00-01",
		"2020-01-00", "2020-02-30", "1900-02-29", "2020-01-01T", "2020-01-01T24:00:00Z",
		"2020-01-01T00:60:00Z", "2020-01-01T00:00:60Z", "2020-01-01T00:00:00.Z",
		"2020-01-01T00:00:00Z ", " 2020-01-01", "2020-01-01T00:00:00+1",
		"2020-01-01T00:00:00+24:00", "2020-01-01T00:00:00+00:60", "1577836800",
		"2020-01-01X00:00:00Z", "0000-01-01T00:00:00+01:00",
		"9999-12-31T23:59:59-01:00" };
	struct date date;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		CHECK(!date_read(&date, wrong[i], strlen(wrong[i])));

	/* Every day of some years is the day after the one before. */
	struct buf text = { 0 };
	for (int64_t day = -800000; day < 2900000; day += 97) {
		struct date one = { day * 86400 + 86399, 0 }, again;
		if (day < -719528)
			continue;
		buf_clear(&text);
		date_print(&one, &text);
		CHECK(date_read(&again, text.data, text.len) && again.seconds == one.seconds);
	}
	buf_release(&text);
	CHECK(date_now().seconds > 1700000000);
	return check_end("date");
}
