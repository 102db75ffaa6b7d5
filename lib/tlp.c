#include "tlp.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	enum tlp level;
} names[] = { { "TLP:CLEAR", TLP_CLEAR }, { "TLP:WHITE", TLP_CLEAR },
	{ "TLP:GREEN", TLP_GREEN }, { "TLP:AMBER", TLP_AMBER },
	{ "TLP:AMBER+STRICT", TLP_AMBER_STRICT }, { "TLP:RED", TLP_RED } };

static const struct {
	const char *uuid;
	enum tlp level;
} ids[] = {
	{ "613f2e26-407d-48c7-9eca-b8e91df99dc9", TLP_CLEAR },
	{ "34098fce-860f-48ae-8e50-ebd3cc5e41da", TLP_GREEN },
	{ "f88d31f6-486f-44da-b317-01333bde0b82", TLP_AMBER },
	{ "826578e1-40ad-459f-bc73-ede076f81f37", TLP_AMBER_STRICT },
	{ "5e57c739-391a-4eb3-b6be-7d15ca92d5ed", TLP_RED },
	/* TLP 2.0 */
	{ "94868c89-83c2-464b-929b-a1a8aa3c8487", TLP_CLEAR },
	{ "bab4a63c-aed9-4cf5-a766-dfca5abac2bb", TLP_GREEN },
	{ "55d920b0-5e8b-4f79-9ee9-91f868d9b421", TLP_AMBER },
	{ "939a9414-2ddd-4d32-a0cd-375ea402b003", TLP_AMBER_STRICT },
	{ "e828b379-4e03-4974-9ac4-e53a884c97c1", TLP_RED },
};

enum tlp tlp_named(const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcasecmp(name, names[i].name) || !strcasecmp(name, names[i].name + 4))
			return names[i].level;
	return TLP_NONE;
}

enum tlp tlp_of_id(const char *id, size_t len)
{
	static const char prefix[] = "marking-definition--";
	size_t n = sizeof prefix - 1;
	if (len != n + 36 || memcmp(id, prefix, n) != 0)
		return TLP_NONE;
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		if (!memcmp(id + n, ids[i].uuid, 36))
			return ids[i].level;
	return TLP_NONE;
}

const char *tlp_id(enum tlp level)
{
	static const char *const known[] = { NULL,
		"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
		"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
		"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
		"marking-definition--826578e1-40ad-459f-bc73-ede076f81f37",
		"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed" };
	return known[level];
}

const char *tlp_name(enum tlp level)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].level == level)
			return names[i].name;
	return "no TLP";
}

enum tlp tlp_of_object(struct span object)
{
	struct span refs, ref;
	enum tlp highest = TLP_NONE;
	if (!span_find(object, "object_marking_refs", &refs) || *refs.text != '[')
		return TLP_NONE;
	for (const char *at = refs.text + 1; span_member(&at, NULL, &ref);) {
		enum tlp level =
			*ref.text == '"' ? tlp_of_id(ref.text + 1, ref.len - 2) : TLP_NONE;
		highest = level > highest ? level : highest;
	}
	return highest;
}
