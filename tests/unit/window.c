#include "window.h"
#include "check.h"

static struct window begin(size_t span, uint64_t tag)
{
	struct window window;
	struct fail fail = { 0 };
	CHECK(window_init(&window, span, tag, &fail));
	return window;
}

/* Sends so many messages with these indices on; each has 10 bytes more than its index. */
static void send_from(struct window *window, size_t index, size_t count)
{
	for (; count > 0; count--, index++)
		window_send(window, index, index + 10);
}

static void check_landed(struct window_landed landed, size_t slots, size_t confirmed)
{
	CHECK(landed.slots == slots && landed.confirmed == confirmed);
}

/* Takes out all that waits, and compares it with the indices, which end with SIZE_MAX. */
static void check_again(struct window *window, const size_t *wanted)
{
	for (; *wanted != SIZE_MAX; wanted++) {
		CHECK(window->again_count > 0 && !window_full(window));
		CHECK(window_again(window) == *wanted);
		window_send(window, *wanted, *wanted + 10);
	}
	CHECK(window->again_count == 0);
}

static void test_order(void)
{
	struct window window = begin(4, 7);
	CHECK(!window_full(&window) && window.flying == 0 && window.oldest == 7);
	send_from(&window, 0, 4);
	CHECK(window_full(&window) && window.flying == 4 && window.bytes == 46);
	CHECK(window_at(&window, 6) == NULL && window_at(&window, 11) == NULL);
	CHECK(window_at(&window, 9)->index == 2 && window_at(&window, 9)->bytes == 12);

	/* the last ones first: the slots are free only when the oldest has landed */
	check_landed(window_land(&window, 10, false, true), 1, 1);
	check_landed(window_land(&window, 9, false, true), 1, 1);
	check_landed(window_land(&window, 9, false, true), 0, 0);
	CHECK(window_full(&window) && window.flying == 2 && window.bytes == 21);
	check_landed(window_land(&window, 7, false, true), 1, 1);
	CHECK(!window_full(&window) && window.oldest == 8);
	check_landed(window_land(&window, 8, false, true), 1, 1);
	CHECK(window.oldest == 11 && window.flying == 0 && window.bytes == 0);

	/* what nobody sent */
	check_landed(window_land(&window, 11, false, true), 0, 0);
	check_landed(window_land(&window, 0, false, true), 0, 0);
	check_landed(window_land(&window, 5, true, true), 0, 0);
	check_landed(window_land(&window, 99, true, true), 0, 0);
	check_landed(window_land(&window, UINT64_MAX, false, false), 0, 0);
	window_release(&window);
	window_release(&window);
}

static void test_multiple(void)
{
	struct window window = begin(8, 1);
	send_from(&window, 100, 8);
	check_landed(window_land(&window, 2, false, true), 1, 1);
	check_landed(window_land(&window, 4, true, true), 3, 3);
	CHECK(window.oldest == 5 && window.flying == 4);
	send_from(&window, 108, 4);
	CHECK(window_full(&window));
	check_landed(window_land(&window, 0, true, true), 8, 8); /* all */
	CHECK(window.oldest == 13 && window.flying == 0 && window.bytes == 0);
	send_from(&window, 112, 2);
	check_landed(window_land(&window, 1000, true, true), 2, 2); /* more than there are */
	window_release(&window);
}

static void test_refused(void)
{
	struct window window = begin(6, 1);
	send_from(&window, 0, 6);
	check_landed(window_land(&window, 5, false, false), 1, 0);
	check_landed(window_land(&window, 2, false, false), 1, 0);
	check_landed(window_land(&window, 2, false, false), 0, 0);
	check_landed(window_land(&window, 1, false, true), 1, 1);
	CHECK(window.again_count == 2 && window.flying == 3 && window.oldest == 3);
	check_landed(window_land(&window, 4, true, false), 2, 0);
	CHECK(window.again_count == 4 && window.oldest == 6);
	check_again(&window, (size_t[]){ 1, 2, 3, 4, SIZE_MAX });
	CHECK(window_at(&window, 7)->index == 1 && window_at(&window, 10)->index == 4);
	check_landed(window_land(&window, 0, true, true), 5, 5);
	window_release(&window);
}

static void test_lost(void)
{
	struct window window = begin(5, 40);
	send_from(&window, 10, 5);
	check_landed(window_land(&window, 41, false, true), 1, 1);
	check_landed(window_land(&window, 43, false, false), 1, 0);
	window_lose(&window);
	CHECK(window.oldest == 1 && window.next_tag == 1);
	CHECK(window.flying == 0 && window.bytes == 0 && window.again_count == 4);
	CHECK(window_at(&window, 40) == NULL && window_at(&window, 1) == NULL);
	window_lose(&window);
	CHECK(window.again_count == 4);
	check_again(&window, (size_t[]){ 10, 12, 13, 14, SIZE_MAX });
	CHECK(window_at(&window, 1)->index == 10);
	window_release(&window);
}

static void test_returned(void)
{
	struct window window = begin(3, 1);
	send_from(&window, 0, 3);
	window_return(&window, 2);
	window_return(&window, 9);
	CHECK(window_at(&window, 2)->returned && window_at(&window, 2)->open);
	check_landed(window_land(&window, 0, true, true), 3, 2);
	send_from(&window, 3, 3);
	CHECK(!window_at(&window, 5)->returned);
	window_return(&window, 5);
	check_landed(window_land(&window, 5, false, false), 1, 0);
	CHECK(window.again_count == 0);
	window_return(&window, 6);
	window_lose(&window);
	check_again(&window, (size_t[]){ 3, SIZE_MAX });
	window_release(&window);
}

static void test_smallest(void)
{
	struct window window = begin(0, 1);
	CHECK(window.span == 1 && !window_full(&window));
	for (size_t i = 0; i < 5; i++) {
		window_send(&window, i, 0);
		CHECK(window_full(&window));
		check_landed(window_land(&window, i + 1, true, true), 1, 1);
	}
	window_release(&window);
}

/* Anything may be heard in any order: each message is in one place, and at last confirmed once. */
static void test_any(void)
{
	enum { COUNT = 5000, SPAN = 37 };
	struct window window = begin(SPAN, 1);
	size_t next = 0, confirmed = 0;
	srand(1);
	while (confirmed < COUNT) {
		if (!window_full(&window) && window.again_count > 0)
			window_send(&window, window_again(&window), 1);
		else if (!window_full(&window) && next < COUNT)
			window_send(&window, next++, 1);
		int chance = rand() % 100;
		uint64_t tag = window.oldest + (uint64_t)(rand() % SPAN);
		if (chance == 0)
			window_lose(&window);
		else if (chance < 60)
			confirmed +=
				window_land(&window, tag, chance<10, chance % 4> 0).confirmed;
		CHECK(confirmed + window.flying + window.again_count == next);
		CHECK(window.bytes == window.flying);
		CHECK(window.flying + window.again_count <= SPAN);
	}
	CHECK(next == COUNT && window.flying == 0 && window.again_count == 0);
	window_release(&window);
}

int main(void)
{
	test_order();
	test_multiple();
	test_refused();
	test_lost();
	test_returned();
	test_smallest();
	test_any();
	return check_end("window");
}
