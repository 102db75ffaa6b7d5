/* log: what a command says on stderr while it goes on, for people or for a collector of logs. */
#ifndef OCTI_LOG_H
#define OCTI_LOG_H

#include "buf.h"

#include <stdarg.h>

/* ERROR: somebody has to look at it. WARNING: it mends itself, or may be meant. INFO: what goes on. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* How a command speaks. Filters, and long-running commands on a terminal, say a line as err(3) does:
 * "octi-NAME: text (key=value, ...)", with "warning: " before the text of a warning. */
struct log {
	const char *tool;     /* octi-NAME */
	const char *name;     /* the connector's, for JSON; borrowed; NULL: that of the tool */
	enum log_level least; /* what is less is not said */
	bool json; /* one object a line, as the SDK of OpenCTI's connectors: timestamp, level, name,
		    * message, attributes */
};

/* What belongs to a line. A list of them ends with a row without key. */
enum { LOG_TEXT, LOG_JSON };
struct log_note {
	const char *key;
	const char
		*text; /* NULL: it is a number; "": there is none, and the note is left out */
	long long
		number; /* with a text, what that is: LOG_TEXT, or LOG_JSON: a checked value */
};

/* Python's names of levels, in any case; what is above ERROR (CRITICAL, FATAL) is ERROR here. False for any
 * other word. */
bool log_parse_level(const char *word, enum log_level *level);

/* Says a line, with one write, so that it does not mix with those of other processes (in a pipe, when it
 * is no longer than PIPE_BUF). Control characters come out as "?", in JSON escaped. notes: NULL for none.
 * False, with errno, when it could not be written. */
bool log_say(const struct log *log, enum log_level level, const struct log_note *notes,
	const char *format, ...) FAIL_PRINTF(4, 5);
bool log_vsay(const struct log *log, enum log_level level, const struct log_note *notes,
	const char *format, va_list ap);

/* Adds the line that is said. */
void log_print(const struct log *log, enum log_level level, const struct log_note *notes,
	const char *text, struct buf *to);

#endif
