#include "patch.h"
#include "check.h"

static const char text[] = "[one, two, three]";
static struct patch patch;
static struct fail failure;

/* Puts new text in place of a part of the text. */
static void replace(size_t from, size_t to, const char *with)
{
	CHECK(patch_replace(&patch, text + from, text + to, with, strlen(with), &failure));
}

static void gives(const char *wanted, size_t wanted_lost)
{
	char is[64] = "";
	size_t lost = 0;
	FILE *to = fmemopen(is, sizeof is, "w");
	CHECK(to != NULL);
	patch.at = text;
	CHECK(patch_write(&patch, text + sizeof text - 1, to, &lost, &failure));
	fclose(to);
	CHECK_TEXT(is, wanted);
	CHECK(lost == wanted_lost);
}

/* Drops those of the three elements whose bit is set. */
static void drop(unsigned which, const char *wanted)
{
	static const size_t begin[] = { 1, 6, 11 }, end[] = { 4, 9, 16 };
	struct patch_list list = { 0 };
	for (int i = 0; i < 3; i++) {
		const char *from, *to;
		if (!(which >> i & 1)) {
			patch_keep(&list, text + end[i]);
			continue;
		}
		patch_drop(&list, text + begin[i], text + end[i],
			i < 2 ? text + begin[i + 1] : NULL, &from, &to);
		CHECK(patch_replace(&patch, from, to, "", 0, &failure));
	}
	gives(wanted, 0);
}

int main(void)
{
	gives(text, 0);
	replace(6, 9, "2");
	replace(1, 4, "1");
	replace(17, 17, "!");
	replace(17, 17, "?");
	gives("[1, 2, three]!?", 0);

	/* Of two that overlap the first that was made counts. */
	replace(1, 9, "a");
	replace(6, 16, "b");
	replace(11, 16, "c");
	gives("[a, c]", 1);
	replace(6, 9, "b");
	replace(1, 16, "a");
	gives("[one, b, three]", 1);

	drop(0, text);
	drop(1, "[two, three]");
	drop(2, "[one, three]");
	drop(4, "[one, two]");
	drop(3, "[three]");
	drop(5, "[two]");
	drop(6, "[one]");
	drop(7, "[]");
	patch_release(&patch);
	return check_end("patch");
}
