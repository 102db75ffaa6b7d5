/* refang: gives defanged addresses their teeth back: hxxp://evil[.]com is http://evil.com. */
#ifndef OCTI_REFANG_H
#define OCTI_REFANG_H

#include "buf.h"

/*
 * Adds a value as it was meant. Blanks and invisible characters around it go, quotes and brackets
 * around the whole of it, and commas and semicolons behind it. The schemes hxxp, htxp, h**p, meow and
 * fxp are made http and ftp; dots, colons, at signs and slashes in brackets ([.], (dot), {.}, [:],
 * [://], [at], with blanks too), half brackets ([. and .]) and backslashes before dots are taken
 * away. In a URL this concerns its scheme and host; behind them only [.] and [dot].
 */
void refang(const char *text, size_t len, struct buf *to);

#endif
