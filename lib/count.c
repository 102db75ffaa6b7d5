#include "count.h"

bool count_add(struct count *to, struct count n)
{
	uint64_t low = to->low + n.low, carry = low < n.low;
	uint64_t high = to->high + n.high, over = high < n.high;
	uint64_t sum = high + carry;
	if (over || sum < high) {
		*to = (struct count){ UINT64_MAX, UINT64_MAX };
		return false;
	}
	*to = (struct count){ sum, low };
	return true;
}

bool count_above(struct count a, struct count b)
{
	return a.high != b.high ? a.high > b.high : a.low > b.low;
}

void count_print(struct count n, struct buf *to)
{
	char digits[40], *at = digits + sizeof digits;
	do { /* long division by ten, 32 bits at a time */
		uint64_t rest = 0,
			 part[4] = { n.high >> 32, n.high & UINT32_MAX, n.low >> 32,
				 n.low & UINT32_MAX };
		for (int i = 0; i < 4; i++) {
			rest = rest << 32 | part[i];
			part[i] = rest / 10;
			rest %= 10;
		}
		n = (struct count){ part[0] << 32 | part[1], part[2] << 32 | part[3] };
		*--at = (char)('0' + rest);
	} while (n.high || n.low);
	buf_add(to, at, (size_t)(digits + sizeof digits - at));
}
