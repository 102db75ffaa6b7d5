/*
 * print: writes JSON. What goes to the platform is written the way Python's json.dumps does by
 * default, which is what pycti sends: ", " and ": " between things, and nothing but ASCII.
 */
#ifndef OCTI_PRINT_H
#define OCTI_PRINT_H

#include "scan.h"

/* A string, quoted and escaped. The bytes are UTF-8, or what span_decode gives of an unpaired
 * surrogate; a byte that is neither comes out as U+FFFD. */
void print_string(struct buf *buf, const char *bytes, size_t n);
void print_text(struct buf *buf, const char *text);

/* The same for a text from anywhere: half of a surrogate pair is no character either. */
void print_clean(struct buf *buf, const char *text);

/* A text or null. */
void print_text_or_null(struct buf *buf, const char *text);

/* A list of the strings between the commas of a text (NULL is ""), each trimmed, none empty. */
void print_list(struct buf *buf, const char *list);

/*
 * Checked JSON text, from one token to another (so also a part of a value), written anew: strings,
 * white space and floats come out as Python writes them, integers to the digit. Floats are rounded
 * to the nearest double, as Python does; one that is too large becomes Infinity.
 */
void print_range(struct buf *buf, const char *from, const char *to);
void print_value(struct buf *buf, struct span value);

/* A checked value on one line, to the byte but for the white space between tokens, which goes. */
void print_line(struct buf *buf, struct span value);

/* Like print_value, but of the keys that an object repeats the last value is kept, at the place of
 * the first, as Python does. For checked values. */
void print_merged(struct buf *buf, struct span value);

#endif
