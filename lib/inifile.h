/*
 * inifile: a configuration file in INI, read so that each value comes whole or is an error.
 *
 * A section, key = value, and comments (# or ;) on lines of their own. A value is the rest of the line
 * without the white space around it, and one pair of quotes ("..." or '...') around the whole of it is
 * taken away, so that it may begin or end with white space; nothing else is special.
 */
#ifndef OCTI_INIFILE_H
#define OCTI_INIFILE_H

#include "buf.h"

struct inifile {
	const char *path; /* as errors show it; borrowed */
	/* Told of each section (key is NULL), and of each key in it (section "" is none, value NULL is
	 * nothing, not even quotes). The text is borrowed for the call. False ends it, with a failure. */
	bool (*take)(void *ctx, const char *section, const char *key, const char *value,
		unsigned line, struct fail *fail);
	void *ctx;
};

/* A line that the reader would join, cut or split (too long, cut at " ;", indented, text after a
 * section's name) is FAIL_USAGE with FILE:LINE, and so is one that is none of the above. */
bool inifile_read(const struct inifile *file, const struct buf *text, struct fail *fail);

#endif
