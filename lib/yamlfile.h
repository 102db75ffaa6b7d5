/*
 * yamlfile: the config.yml of a connector in Python, read so that each value comes whole or is an error.
 *
 * Sections, and scalars in them. A value is its text: true, 5 and 2024-01-01 are what is written. What
 * Python reads as None or, with pycti's get_config_variable, as the default (nothing, ~, null, an empty
 * text) is no value. A list of scalars is taken for one key, joined by commas, as pycti does with the scope.
 */
#ifndef OCTI_YAMLFILE_H
#define OCTI_YAMLFILE_H

#include "buf.h"

struct yamlfile {
	const char *path; /* as errors show it; borrowed */
	const char *list; /* the only key whose value may be a list; borrowed */
	/* Whether the section is read; what is in the others is skipped, whatever it is. */
	bool (*knows)(const char *section);
	/* Told of each section (key is NULL), and of each key in those that are read (value NULL is
	 * none). The text is borrowed for the call, the line is the key's. False ends it, with a
	 * failure. */
	bool (*take)(void *ctx, const char *section, const char *key, const char *value,
		unsigned line, struct fail *fail);
	void *ctx;
};

/* What is not YAML is FAIL_USAGE with FILE:LINE, and so is, in a section that is read, what has more in
 * it than a text: an alias, a merge key, a tag, a mapping, a list of another key; and such a section
 * for the second time, of which Python would forget the first. */
bool yamlfile_read(const struct yamlfile *file, const struct buf *text, struct fail *fail);

#endif
