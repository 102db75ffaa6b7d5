#include "ties.h"
#include "check.h"

static struct ties ties;

static struct span span(const char *text)
{
	return (struct span){ text, strlen(text) };
}

static char *id_of(unsigned n)
{
	static char id[64];
	snprintf(id, sizeof id, "malware--%08x-0000-4000-8000-000000000000", n * 2654435761u);
	return id;
}

static void refer(const char *id, bool needed, size_t number)
{
	struct place place = ties_place(&ties, "in", number, number, span("tool--odd"));
	CHECK(ties_refer(&ties, span(id), needed, &place));
}

/* What the n-th reference that is left leads to. */
static void waits_for(size_t n, const char *wanted, uint32_t number, uint32_t count)
{
	struct buf text = { 0 };
	CHECK(n < ties.waiting);
	ties_print(&ties, &ties.absents[n].id, &text);
	CHECK_TEXT(buf_str(&text), wanted);
	CHECK(ties.absents[n].place.number == number && ties.absents[n].count == count);
	buf_release(&text);
}

int main(void)
{
	enum { N = 5000 };
	bool met;
	CHECK(ties_kind(&ties, span("identity--x"), &met) == KIND_IDENTITY && !met);
	CHECK(ties_meet(&ties, span("identity--x"), KIND_SECTOR));
	CHECK(ties_kind(&ties, span("identity--x"), &met) == KIND_SECTOR && met);
	CHECK(ties_kind(&ties, span("nothing"), &met) == KIND_NONE && !met);

	/* All are waited for, then all but three come, in another order. */
	for (unsigned i = 0; i < N; i++)
		refer(id_of(i), false, i + 1);
	CHECK(ties.waiting == N);
	for (unsigned i = 0; i < N; i++) {
		unsigned n = i * 7 % N;
		if (n != 5 && n != 17 && n != N - 1)
			CHECK(ties_meet(&ties, span(id_of(n)), KIND_MALWARE));
	}
	CHECK(ties.waiting == 3);
	/* The room of those that came is used again. */
	for (unsigned i = 0; i < N - 3; i++)
		refer(id_of(N + i), false, N + i);
	CHECK(ties.absent_count == N);
	for (unsigned i = 0; i < N - 3; i++)
		CHECK(ties_meet(&ties, span(id_of(N + i)), KIND_MALWARE));
	refer(id_of(0), false, 9);
	CHECK(ties.waiting == 3);

	/* Another reference is counted; one that is needed more is the one to name. */
	refer(id_of(17), false, 30000);
	refer(id_of(5), true, 20000);
	refer(id_of(5), true, 40000);
	refer("x-odd--1", false, 10000);
	ties_settle(&ties);
	CHECK(ties.waiting == 4);
	waits_for(0, id_of(17), 18, 2);
	waits_for(1, id_of(N - 1), N, 1);
	waits_for(2, "x-odd--1", 10000, 1);
	waits_for(3, id_of(5), 20000, 3);

	struct place place = ties_place(&ties, "in", 1, 1, span("relationship--x"));
	CHECK(ties_postpone(
		&ties, span("identity--x"), "targets", span("location--y"), &place));
	enum kind from, to;
	ties_ends(&ties, &ties.laters[0], &from, &to);
	CHECK(from == KIND_SECTOR && to == KIND_LOCATION);
	ties_release(&ties);
	CHECK(!ties.waiting);
	return check_end("ties");
}
