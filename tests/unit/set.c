#include "set.h"
#include "check.h"

#include <stdint.h>

int main(void)
{
	struct set set = { 0 };
	bool added;
	CHECK(!set_has(&set, 0) && !set_has(&set, 1));
	CHECK(set_add(&set, 0, &added) && added);
	CHECK(set_add(&set, 0, &added) && !added);
	CHECK(set_has(&set, 0) && !set_has(&set, 1));
	CHECK(set_add(&set, UINT64_MAX, NULL));
	CHECK(set_add(&set, UINT64_MAX, &added) && !added);

	/* Pairs of small numbers, as the splitter has them. */
	for (uint64_t i = 0; i < 300; i++)
		for (uint64_t j = 0; j < 300; j++) {
			set_add(&set, i << 32 | j, &added);
			CHECK(added == (i || j));
		}
	CHECK(set.count == 300 * 300);
	for (uint64_t i = 0; i < 300; i++) {
		CHECK(set_has(&set, i << 32 | 299));
		CHECK(!set_has(&set, i << 32 | 300));
	}
	CHECK(set_has(&set, UINT64_MAX));
	set_release(&set);
	CHECK(!set_has(&set, 0) && !set_has(&set, 5));
	return check_end("set");
}
