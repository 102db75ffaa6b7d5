#include "pace.h"
#include "check.h"

#include <stdint.h>

int main(void)
{
	struct fail fail = { 0 };
	struct pace pace;
	CHECK(pace_init(&pace, 0, &fail) && pace_room(&pace) == SIZE_MAX);
	pace_note(&pace, 5);
	CHECK(pace_due(&pace, 1) <= 0);
	pace_release(&pace);

	CHECK(pace_init(&pace, 3, &fail) && pace_room(&pace) == 3 && pace_due(&pace, 3) <= 0);
	pace_note(&pace, 2);
	CHECK(pace_room(&pace) == 1 && pace_due(&pace, 1) <= 0);
	CHECK(pace_due(&pace, 2) > 59 && pace_due(&pace, 2) <= 60);
	pace_note(&pace, 1);
	CHECK(pace_room(&pace) == 0 && pace_due(&pace, 1) > 59);
	pace.times[0] -= 61; /* a minute has gone by since the first */
	CHECK(pace_room(&pace) == 1 && pace_due(&pace, 1) <= 0 && pace_due(&pace, 2) > 59);
	pace.times[1] -= 61;
	CHECK(pace_room(&pace) == 2);
	pace_note(&pace, 2);
	CHECK(pace_room(&pace) == 0);
	pace_release(&pace);
	return check_end("pace");
}
