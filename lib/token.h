/* token: the words of a pattern of STIX 2.1. */
#ifndef OCTI_TOKEN_H
#define OCTI_TOKEN_H

#include "scan.h"

/* Values of a pattern stand between TOKEN_INT and TOKEN_TIME. */
enum token {
	TOKEN_END,
	TOKEN_INT,
	TOKEN_MINUS_INT,
	TOKEN_FLOAT,
	TOKEN_MINUS_FLOAT,
	TOKEN_HEX,
	TOKEN_BINARY,
	TOKEN_STRING,
	TOKEN_BOOL,
	TOKEN_TIME,
	TOKEN_NAME,    /* without hyphens */
	TOKEN_HYPHENS, /* a name with hyphens */
	TOKEN_AND,
	TOKEN_OR,
	TOKEN_NOT,
	TOKEN_FOLLOWEDBY,
	TOKEN_LIKE,
	TOKEN_MATCHES,
	TOKEN_ISSUPERSET,
	TOKEN_ISSUBSET,
	TOKEN_EXISTS,
	TOKEN_LAST,
	TOKEN_IN,
	TOKEN_START,
	TOKEN_STOP,
	TOKEN_SECONDS,
	TOKEN_WITHIN,
	TOKEN_REPEATS,
	TOKEN_TIMES,
	TOKEN_EQUALS, /* = == != <> */
	TOKEN_ORDER,  /* < <= > >= */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_LEFT,
	TOKEN_RIGHT,
	TOKEN_COLON,
	TOKEN_DOT,
	TOKEN_COMMA,
	TOKEN_ASTERISK,
	TOKEN_WRONG,
};

/* The token that comes next at *at, which is moved past it and the blanks and comments before it, and
 * its text. TOKEN_WRONG is one byte. */
enum token token_next(const char **at, const char *end, struct span *text);

/* How many bytes of white space there are at `at`, of one character; 0 when it is none. */
size_t token_blank(const char *at, const char *end);

/* Whether all of it is pairs of hexadecimal digits. */
bool token_is_hex(const char *text, size_t n);

#endif
