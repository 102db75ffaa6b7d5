#include "number.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Those of a whole number; the zeros at its end are in *point alone. */
static size_t whole_digits(uint64_t number, char digits[NUMBER_DIGITS], int *point)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%ju", (uintmax_t)number);
	*point = n;
	while (n > 1 && text[n - 1] == '0')
		n--;
	for (int i = 0; i < n; i++)
		digits[i] = text[i];
	return (size_t)n;
}

size_t number_digits(double number, char digits[NUMBER_DIGITS], int *point)
{
	/* Up to 2^53 all whole numbers are doubles, so their digits are the fewest. */
	if (number <= 9007199254740992.0 && number == (double)(uint64_t)number)
		return whole_digits((uint64_t)number, digits, point);
	char text[32];
	for (int precision = 0; precision < NUMBER_DIGITS; precision++) {
		snprintf(text, sizeof text, "%.*e", precision, number);
		if (strtod(text, NULL) == number)
			break;
	}
	size_t n = 0;
	const char *at = text; /* d[.ddd]e[+-]xx */
	for (; *at != 'e'; at++)
		if (*at != '.')
			digits[n++] = *at;
	*point = (int)strtol(at + 1, NULL, 10) + 1;
	return n;
}
