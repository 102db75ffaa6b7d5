/* idrule: what the ids of STIX objects are made of, by type. */
#ifndef OCTI_IDRULE_H
#define OCTI_IDRULE_H

#include <stdbool.h>
#include <stddef.h>

enum idrule_how {
	IDRULE_AS_IS,
	IDRULE_STRIP,       /* Python's white space; must be a string */
	IDRULE_LOWER,       /* must be a string */
	IDRULE_LOWER_STRIP, /* both */
	IDRULE_TRIM,        /* JavaScript's white space; what is no string as it is */
	IDRULE_LOWER_TRIM,  /* must be a string */
	IDRULE_UPPER,       /* must be a string */
	IDRULE_TEXT,        /* what python-stix2 makes a string of: a number or a boolean too */
	IDRULE_TEXTS,       /* a list of those, or one that stands for it */
	IDRULE_INTEGER,     /* as Python's int(): text and fractions too */
	IDRULE_DATE,        /* to the millisecond: date_print */
	IDRULE_SHORT_DATE,  /* date_print_short */
	IDRULE_HASH,        /* one of a map of hashes, as python-stix2 chooses and names it */
	IDRULE_UPPER_HASH,  /* one of a map of hashes, as the platform chooses and names it */
	IDRULE_EXTENSIONS,  /* of a file: with the names of hashes that python-stix2 has */
	IDRULE_SORTED,      /* a list of strings, sorted */
	IDRULE_TYPE,        /* the type, whatever the object has */
};

enum idrule_need {
	IDRULE_NEEDED,    /* without it (or with null) there is no id this way */
	IDRULE_FILLED,    /* likewise when nothing is left of it: "", [], {} */
	IDRULE_OPTIONAL,  /* left out when absent, null or [] */
	IDRULE_NOT_EMPTY, /* likewise when nothing is left of it */
	IDRULE_NULL,      /* null when absent */
};

struct idrule_part {
	const char *property;
	const char *as; /* its name in what is hashed */
	enum idrule_how how;
	enum idrule_need need;
};

enum { IDRULE_PARTS = 8, IDRULE_WAYS = 3 };

/* Parts in the order of their names in what is hashed; ended by one without property. */
struct idrule_way {
	struct idrule_part parts[IDRULE_PARTS + 1];
};

/* The first way that the object has the properties for counts. */
struct idrule {
	const char *
		type; /* the prefix of the id; what follows a '/' in it is a kind of the type */
	const struct idrule_way *pycti[IDRULE_WAYS]; /* NULL: no such way */
	const struct idrule_way *platform[IDRULE_WAYS];
};

/* NULL when objects of that type have no ids of their contents. */
const struct idrule *idrule_of(const char *type, size_t len);

/* Whether ids by that rule, whosever, are made of the property. */
bool idrule_has(const struct idrule *rule, const char *property, size_t len);

/* The n-th rule of all, in the order of their types; NULL past the end. */
const struct idrule *idrule_at(size_t n);

#endif
