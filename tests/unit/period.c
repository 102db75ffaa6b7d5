#include "period.h"
#include "check.h"

static void reads(const char *text, double wanted)
{
	struct fail fail = { 0 };
	double seconds = -1;
	if (!period_read(text, &seconds, &fail))
		fprintf(stderr, "%s\n", fail_text(&fail));
	if (seconds < wanted - 1e-6 || seconds > wanted + 1e-6)
		fprintf(stderr, "%s: %f\n", text, seconds);
	CHECK(seconds >= wanted - 1e-6 && seconds <= wanted + 1e-6);
}

static void refuses(const char *text)
{
	struct fail fail = { 0 };
	double seconds;
	bool ok = period_read(text, &seconds, &fail);
	if (ok)
		fprintf(stderr, "%s: %f\n", text, seconds);
	CHECK(!ok && fail.kind == FAIL_USAGE && strstr(fail_text(&fail), text));
	fail_clear(&fail);
}

int main(void)
{
	static const char *const wrong[] = { "", "P", "PT", "pt1h", "60", "3600", "1.5", "1:00",
		"01:60", "01:00:60", "01:00.5", "01:00Z", "P1DT1D", "P1.5DT1H", "P1.5D1D",
		"P1H", "PT1D", "PTT1H", "PT1", "P1", "P.5D", "-P1D", "-1h", "-01:00", " 1h",
		"1h ", "1 h", "1H", "1x", "h", "1 week", "1dAyS", "1da", "1 dayss", "1  day",
		"1d 1:00", "1d 25:00", "12345", "01:00:00+01:00", "nan", "inf", "1e3s",
		"0x1s" };
	/* ours */
	reads("0", 0);
	reads("90s", 90);
	reads("0.25s", 0.25);
	reads("15m", 900);
	reads("6h", 21600);
	reads("1.5h", 5400);
	reads("1h30m", 5400);
	reads("1w2d", 9 * 86400.0);
	/* ISO 8601 */
	reads("PT6H", 21600);
	reads("P1D", 86400);
	reads("+P1D", 86400);
	reads("P1DT", 86400);
	reads("P2WT1H", 14 * 86400.0 + 3600);
	reads("PT1M1H", 3660);
	reads("P1D1D", 172800);
	reads("P1.5D", 129600);
	reads("P1,5D", 129600);
	reads("P1.D", 86400);
	reads("PT0.5S", 0);
	reads("P1DT1.5M", 86490);
	reads("P1Y2M3W4DT5H6M7S", 38898367);
	/* pydantic's */
	reads("01:00", 3600);
	reads("+01:00", 3600);
	reads("99:00", 356400);
	reads("12:30:15", 45015);
	reads("01:00:00.5", 3600);
	reads("1d", 86400);
	reads("1D", 86400);
	reads("1 day", 86400);
	reads("5 days", 432000);
	reads("1d,", 86400);
	reads("1 day, 01:00:00", 90000);
	reads("1d,01:00", 90000);
	reads("1d 12:00:00", 129600);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		refuses(wrong[i]);
	refuses("P101Y");
	refuses("9999999999999999999999999999999999999999h");
	return check_end("period");
}
