#include "ids.h"
#include "check.h"

static struct span span(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static void few(void)
{
	struct ids ids = { 0 };
	CHECK(ids_find(&ids, "a", 1) == IDS_NONE);
	uint32_t found;
	CHECK(ids_find_string(&ids, span("\"a\""), &found) && found == IDS_NONE);
	CHECK(ids_add(&ids, "a", 1) == 0);
	CHECK(ids_add(&ids, "", 0) == 1);
	CHECK(ids_add(&ids, "ab", 2) == 2);
	CHECK(ids_add(&ids, "ab", 1) == 0);
	CHECK(ids_add(&ids, "a\0b", 3) == 3);
	CHECK(ids_find(&ids, "a\0c", 3) == IDS_NONE);
	CHECK(ids_find(&ids, "a\0b", 3) == 3);
	CHECK(ids_find(&ids, "", 0) == 1);
	ids_release(&ids);
	CHECK(ids.count == 0 && ids_find(&ids, "a", 1) == IDS_NONE);
}

/* What is kept outlives the text. */
static void kept(void)
{
	struct ids ids = { 0 };
	char text[16];
	for (uint32_t i = 0; i < 1000; i++) {
		int n = snprintf(text, sizeof text, "id %u", (unsigned)i);
		CHECK(ids_keep(&ids, text, (size_t)n) == i);
		CHECK(ids_keep(&ids, text, (size_t)n) == i);
	}
	memset(text, 0, sizeof text);
	CHECK(ids_find(&ids, "id 0", 4) == 0 && ids_find(&ids, "id 999", 6) == 999);
	CHECK_TEXT(ids.all[500].text, "id 500");
	CHECK(ids_add_string(&ids, span("\"\\u0069d 7\"")) == 7);
	ids_release(&ids);
}

/* A string is known by its contents, however it is written. */
static void strings(void)
{
	struct ids ids = { 0 };
	CHECK(ids_add_string(&ids, span("\"caf\xc3\xa9\"")) == 0);
	CHECK(ids_add_string(&ids, span("\"caf\\u00e9\"")) == 0);
	uint32_t found;
	CHECK(ids_find_string(&ids, span("\"\\u0063af\\u00E9\""), &found) && found == 0);
	CHECK(ids_add_string(&ids, span("\"\\u0061\\/b\"")) == 1);
	CHECK(ids_find(&ids, "a/b", 3) == 1);
	CHECK(ids_add_string(&ids, span("\"a/b\"")) == 1);
	CHECK(ids_add_string(&ids, span("\"\\ud83d\\ude00\"")) == 2);
	CHECK(ids_find(&ids, "\xf0\x9f\x98\x80", 4) == 2);
	CHECK(ids_add_string(&ids, span("\"\\ud83d\"")) == 3);
	CHECK(ids_add_string(&ids, span("\"\\uD83D\"")) == 3);
	CHECK(ids_add_string(&ids, span("\"\\u0000\"")) == 4);
	CHECK(ids_find(&ids, "\0", 1) == 4);
	CHECK(ids.count == 5);
	ids_release(&ids);
}

static void many(void)
{
	enum { N = 50000 };
	struct ids ids = { 0 };
	char *text = malloc(N * 12);
	CHECK(text != NULL);
	for (unsigned i = 0; i < N; i++) {
		snprintf(text + i * 12, 12, "id-%08u", i);
		CHECK(ids_add(&ids, text + i * 12, 11) == i);
	}
	for (unsigned i = 0; i < N; i++) {
		char copy[12];
		memcpy(copy, text + i * 12, 12);
		CHECK(ids_find(&ids, copy, 11) == i);
	}
	CHECK(ids_find(&ids, "id-00050000", 11) == IDS_NONE);
	ids_release(&ids);
	free(text);
}

int main(void)
{
	few();
	kept();
	strings();
	many();
	return check_end("ids");
}
