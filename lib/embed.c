#include "embed.h"

#include "canonical.h"
#include "ids.h"
#include "shorthand.h"
#include "stix.h"

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
	return *value.text == '{' && span_find(value, "type", &type) && *type.text == '"';
}

bool embed_is_id(struct span value)
{
	return *value.text == '"' && stix_id(value.text + 1, value.len - 2);
}

static bool may_refer(struct span value)
{
	return *value.text == '{' || *value.text == '[' || *value.text == '"';
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
	for (; span_member(&at, NULL, &element); any = true) {
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
	if (!key.len || !may_refer(value) || is_own(key) || !refers(value, &objects))
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

/* ---- in a draft */

/* What is being expanded. */
struct expansion {
	struct draft *draft;
	embed_make_fn *make;
	void *ctx;
	struct fail *fail;
	struct buf key;  /* in hand */
	struct buf name; /* the reference that it stands for */
	struct buf id;   /* of an element */
	struct buf partial;
};

/* The id of what a short form, an object or an id stands for. */
static bool resolve(struct expansion *expansion, struct span value, enum embed_role role,
	void (*print)(const char *text, struct buf *to))
{
	struct fail *fail = expansion->fail;
	struct buf *id = &expansion->id, *partial = &expansion->partial, text = { 0 };
	buf_clear(id);
	if (*value.text == '{')
		return expansion->make(expansion->ctx, value, role, id, fail);
	if (*value.text != '"')
		return fail_set(fail, FAIL_NO, "no name and no object");
	span_decode(value, embed_is_id(value) ? id : &text);
	bool ok = buf_ok(id, fail);
	if (ok && !id->len) {
		buf_clear(partial);
		print(buf_str(&text), partial);
		struct span object = { buf_str(partial), partial->len };
		ok = buf_ok(&text, fail) && buf_ok(partial, fail) &&
			expansion->make(expansion->ctx, object, role, id, fail);
	}
	buf_release(&text);
	return ok;
}

/* Makes the id the reference of that name. One that is there already and is another is no matter of
 * choice: neither is dropped. */
static bool set_reference(struct expansion *expansion, const char *name)
{
	struct span old;
	const char *id = buf_str(&expansion->id);
	bool own = !strcmp(name, buf_str(&expansion->key));
	if (!own && draft_get(expansion->draft, name, &old) &&
		(*old.text != '"' || !span_is(old, id)))
		return fail_set(expansion->fail, FAIL_NO, "it has another %s", name);
	return draft_set_text(expansion->draft, name, id, expansion->fail);
}

static bool expand_author(struct expansion *expansion, struct span value)
{
	static const char own[] = "x_opencti_created_by_ref"; /* of observables */
	return resolve(expansion, value, EMBED_AUTHOR, shorthand_author) &&
		set_reference(
			expansion, draft_has(expansion->draft, own) ? own : "created_by_ref");
}

static bool is_tlp(struct span value)
{
	struct buf text = { 0 };
	if (*value.text == '"')
		span_decode(value, &text);
	bool found = tlp_named(buf_str(&text));
	buf_release(&text);
	return found;
}

static bool expand_marking(struct expansion *expansion, struct span value, bool must_be_tlp)
{
	struct span element;
	bool ok = true;
	if (*value.text == '[') {
		for (const char *at = value.text + 1; ok && span_member(&at, NULL, &element);)
			ok = *element.text != '[' &&
				expand_marking(expansion, element, must_be_tlp);
		if (!ok && !expansion->fail->kind)
			fail_set(expansion->fail, FAIL_NO, "a list in a list");
		return ok;
	}
	if (must_be_tlp && !is_tlp(value))
		return fail_set(expansion->fail, FAIL_NO,
			"%.*s is no level; they are clear, green, amber, amber+strict and red",
			(int)(value.len < 60 ? value.len : 60), value.text);
	return resolve(expansion, value, EMBED_PART, shorthand_marking) &&
		draft_extend_text(expansion->draft, "object_marking_refs",
			buf_str(&expansion->id), expansion->fail);
}

/* A list of references that is being made, each once. */
struct refs {
	struct buf text;
	struct ids seen;
};

static bool add_ref(struct refs *refs, const struct buf *id, struct fail *fail)
{
	uint32_t count = refs->seen.count;
	uint32_t n = ids_keep(&refs->seen, buf_str(id), id->len);
	if (n == IDS_NONE)
		return fail_memory(fail);
	if (n == count) {
		buf_char(&refs->text, refs->text.len ? ',' : '[');
		canonical_string(&refs->text, buf_str(id), id->len);
	}
	return buf_ok(id, fail);
}

/* Adds those of the list that is there already. What is no id, such as an object, has its turn later. */
static bool add_old(
	struct expansion *expansion, struct refs *refs, struct span list, struct fail *fail)
{
	struct span element;
	bool ok = true;
	if (*list.text != '[')
		return fail_set(fail, FAIL_NO, "it has another %s", buf_str(&expansion->name));
	for (const char *at = list.text + 1; ok && span_member(&at, NULL, &element);) {
		buf_clear(&expansion->id);
		if (*element.text == '"') {
			span_decode(element, &expansion->id);
			ok = add_ref(refs, &expansion->id, fail);
			continue;
		}
		buf_char(&refs->text, refs->text.len ? ',' : '[');
		buf_add(&refs->text, element.text, element.len);
	}
	return ok;
}

static bool expand_list(struct expansion *expansion, struct span value)
{
	struct span element = value, old;
	struct refs refs = { 0 };
	struct fail *fail = expansion->fail;
	const char *name = buf_str(&expansion->name), *at = value.text + 1;
	bool ok = true, many = *value.text == '[',
	     own = !strcmp(name, buf_str(&expansion->key));
	if (!own && draft_get(expansion->draft, name, &old))
		ok = add_old(expansion, &refs, old, fail);
	while (ok && (!many || span_member(&at, NULL, &element))) {
		ok = resolve(expansion, element, EMBED_PART, NULL) &&
			add_ref(&refs, &expansion->id, fail);
		if (!many)
			break;
	}
	buf_text(&refs.text, refs.text.len ? "]" : "[]");
	ok = ok && buf_ok(&refs.text, fail) &&
		draft_set_json(expansion->draft, name, buf_str(&refs.text), fail);
	ids_release(&refs.seen);
	buf_release(&refs.text);
	return ok;
}

static bool expand_one(struct expansion *expansion, struct span value)
{
	if (*value.text == '[')
		return fail_set(expansion->fail, FAIL_NO, "a list, where one object belongs");
	return resolve(expansion, value, EMBED_PART, NULL) &&
		set_reference(expansion, buf_str(&expansion->name));
}

/* Expands the n-th field, if it is to be. */
static bool expand_field(struct expansion *expansion, const char *type, size_t n)
{
	struct span key, value;
	struct buf *name = &expansion->name;
	bool list = false, ok;
	draft_at(expansion->draft, n, &key, &value);
	if (!value.len || !may_refer(value))
		return true;
	bool author = is(key, "author"), tlp = is(key, "tlp"),
	     marking = is(key, "marking") || is(key, "markings");
	buf_clear(name);
	if (!author && !tlp && !marking && !embed_reference(type, key, value, name, &list))
		return true;
	buf_clear(&expansion->key);
	buf_add(&expansion->key, key.text, key.len);
	if (author)
		ok = expand_author(expansion, value);
	else if (tlp || marking)
		ok = expand_marking(expansion, value, tlp);
	else
		ok = list ? expand_list(expansion, value) : expand_one(expansion, value);
	ok = ok && buf_ok(&expansion->key, expansion->fail) && buf_ok(name, expansion->fail);
	if (!ok)
		return fail_at(expansion->fail, "%s", buf_str(&expansion->key));
	if (strcmp(buf_str(name), buf_str(&expansion->key)) != 0)
		draft_drop(expansion->draft, buf_str(&expansion->key));
	return true;
}

bool embed_expand(struct draft *draft, const char *type, embed_make_fn *make, void *ctx,
	struct fail *fail)
{
	struct expansion expansion = { .draft = draft, .make = make, .ctx = ctx, .fail = fail };
	bool ok = true;
	for (size_t i = 0, n = draft->count; ok && i < n; i++)
		ok = expand_field(&expansion, type, i);
	buf_release(&expansion.key);
	buf_release(&expansion.name);
	buf_release(&expansion.id);
	buf_release(&expansion.partial);
	return ok;
}
