/* number: doubles in the fewest digits. */
#ifndef OCTI_NUMBER_H
#define OCTI_NUMBER_H

#include <stddef.h>

enum { NUMBER_DIGITS = 17 };

/*
 * The fewest decimal digits that read back as the number, which is finite and not negative: its value
 * is 0.DIGITS times ten to the power of *point. Returns how many digits there are.
 */
size_t number_digits(double number, char digits[NUMBER_DIGITS], int *point);

#endif
