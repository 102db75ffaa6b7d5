#include "embed.h"

#include "uid.h"

/* The references that are known, without _ref and _refs. */
static const struct known {
	const char *name;
	bool list;
	const char *other; /* a type for which it is the other way round */
} known[] = {
	/* clang-format off */
	{ "created_by", false, NULL }, { "source", false, NULL }, { "target", false, NULL },
	{ "sighting_of", false, NULL }, { "covered", false, NULL }, { "result_of", false, NULL },
	{ "from", false, NULL }, { "sender", false, NULL }, { "raw_email", false, NULL },
	{ "body_raw", false, NULL }, { "parent_directory", false, NULL }, { "src", false, NULL },
	{ "dst", false, NULL }, { "src_payload", false, NULL }, { "dst_payload", false, NULL },
	{ "encapsulated_by", false, NULL }, { "creator_user", false, NULL },
	{ "image", false, NULL }, { "parent", false, NULL }, { "host_vm", false, NULL },
	{ "object", true, NULL }, { "object_marking", true, NULL }, { "where_sighted", true, NULL },
	{ "observed_data", true, NULL }, { "sample", true, "malware-analysis" },
	{ "operating_system", true, "malware-analysis" }, { "installed_software", true, NULL },
	{ "analysis_sco", true, NULL }, { "resolves_to", true, NULL },
	{ "belongs_to", true, "email-addr" }, { "to", true, NULL }, { "cc", true, NULL },
	{ "bcc", true, NULL }, { "contains", true, NULL }, { "encapsulates", true, NULL },
	{ "opened_connection", true, NULL }, { "child", true, NULL }, { "service_dll", true, NULL },
	/* clang-format on */
};

static bool is(struct span key, const char *name)
{
	return key.len && *name == *key.text && strlen(name) == key.len &&
		!memcmp(name, key.text, key.len);
}

static bool ends_with(struct span key, const char *end)
{
	size_t n = strlen(end);
	return key.len > n && !memcmp(key.text + key.len - n, end, n);
}

static const struct known *find(struct span key)
{
	struct span singular = { key.text,
		key.len - (key.len && key.text[key.len - 1] == 's') };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (is(key, known[i].name) || is(singular, known[i].name))
			return &known[i];
	return NULL;
}

bool embed_is_object(struct span value)
{
	struct span type;
	return *value.text == '{' && scan_find(value, "type", &type) && *type.text == '"';
}

bool embed_is_id(struct span value)
{
	const char *end = value.text + value.len - 1, *uuid = end - UID_LEN;
	return *value.text == '"' && value.len > UID_LEN + 4 && uuid[-1] == '-' &&
		uuid[-2] == '-' && uid_is(uuid, UID_LEN);
}

/* Whether it is objects with a type (*objects) or, at least, ids. */
static bool refers(struct span value, bool *objects)
{
	struct span element;
	*objects = embed_is_object(value);
	if (*value.text != '[')
		return *objects || embed_is_id(value);
	const char *at = value.text + 1;
	bool any = false;
	for (; scan_member(&at, NULL, &element); any = true) {
		bool object = embed_is_object(element);
		if (!object && !embed_is_id(element))
			return false;
		*objects = *objects || object;
	}
	return any;
}

/* Keys that hold objects which are no STIX objects, whatever they look like. */
static bool is_own(struct span key)
{
	return is(key, "extensions") || is(key, "definition") || is(key, "hashes") ||
		is(key, "external_references") || is(key, "kill_chain_phases");
}

bool embed_reference(
	const char *type, struct span key, struct span value, struct buf *name, bool *list)
{
	bool objects;
	if (!strchr("{[\"", *value.text) || is_own(key) || !refers(value, &objects))
		return false;
	bool single = ends_with(key, "_ref");
	if (single || ends_with(key, "_refs")) {
		*list = !single;
		buf_add(name, key.text, key.len);
		return objects;
	}
	const struct known *reference = find(key);
	if (!reference && !objects)
		return false;
	if (reference) {
		bool turned = reference->other && !strcmp(reference->other, type);
		*list = reference->list != turned;
		buf_text(name, reference->name);
	} else {
		*list = *value.text == '[';
		buf_add(name, key.text, key.len - (*list && key.text[key.len - 1] == 's'));
	}
	buf_text(name, *list ? "_refs" : "_ref");
	return true;
}
