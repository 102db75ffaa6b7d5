#include "complete.h"

#include "array.h"
#include "canonical.h"
#include "defaults.h"
#include "draft.h"
#include "embed.h"
#include "idrule.h"
#include "ids.h"
#include "pattern.h"
#include "rename.h"
#include "spelling.h"
#include "tlp.h"
#include "uid.h"

#include <stdio.h>
#include <stdlib.h>

enum { MAX_LEVELS = 100 };

/* An object that is being completed; those in place of its references are one level deeper. */
struct level {
	struct draft draft;
	struct buf type, key, name, list, id, text, partial, renamed;
	enum stix_family family;
};

struct complete {
	const struct complete_common *common;
	void (*say)(void *ctx, const char *text);
	void *ctx;
	enum stixid_rules rules;
	struct date created;
	struct buf author;    /* a partial identity */
	struct buf author_id; /* once it was there */
	enum tlp tlp;
	struct buf labels, references; /* lists, "" for none */
	struct ids ids;
	struct emitted {
		uint64_t contents; /* hash of what it was made of */
		bool there;
		bool held; /* by a report: no author, no marking */
	} * emitted;       /* by number of the id */
	size_t emitted_cap;
	uint32_t *news; /* what became `there` with the object in hand */
	size_t news_count, news_cap;
	struct level *levels[MAX_LEVELS];
	struct rename rename;
	bool renames;
	size_t computing; /* how many new ids are being computed, one for the other */
	char score[4], confidence[4];
};

enum role {
	ROLE_OBJECT,
	ROLE_PART,   /* stands in another, or is said once for all: there once */
	ROLE_AUTHOR, /* likewise, and nothing common applies to it */
	ROLE_ID,     /* only its id is wanted */
};

static bool complete_one(struct complete *complete, size_t depth, struct span object,
	enum role role, struct buf *out, struct buf *id, struct fail *fail);

static struct span of_buf(const struct buf *buf)
{
	return (struct span){ buf_str(buf), buf->len };
}

static bool is(struct span key, const char *name)
{
	return key.len && *name == *key.text && strlen(name) == key.len &&
		!memcmp(name, key.text, key.len);
}

/* ---- what is there already */

static uint32_t number_of(struct complete *complete, const struct buf *id, struct fail *fail)
{
	uint32_t known = complete->ids.count,
		 n = ids_keep(&complete->ids, buf_str(id), id->len);
	if (n == IDS_NONE) {
		fail_memory(fail);
		return n;
	}
	if (!ARRAY_RESERVE(complete, emitted, complete->ids.count, fail))
		return IDS_NONE;
	if (n == known)
		complete->emitted[n] = (struct emitted){ 0 };
	return n;
}

static bool is_there(const struct complete *complete, const char *id)
{
	uint32_t n = ids_find(&complete->ids, id, strlen(id));
	return n != IDS_NONE && complete->emitted[n].there;
}

/* Adds the line unless the object is there: a part, or with the same contents. */
static bool emit(struct complete *complete, const struct level *level, struct span object,
	enum role role, struct buf *out, struct fail *fail)
{
	uint64_t contents = scan_hash(object.text, object.len);
	uint32_t n = number_of(complete, &level->id, fail);
	if (n == IDS_NONE || !ARRAY_RESERVE(complete, news, complete->news_count + 1, fail))
		return false;
	struct emitted *emitted = &complete->emitted[n];
	if (emitted->there && (role != ROLE_OBJECT || emitted->contents == contents))
		return true;
	if (!emitted->there)
		complete->news[complete->news_count++] = n;
	emitted->there = true;
	emitted->contents = contents;
	emitted->held = role != ROLE_AUTHOR && level->family != STIX_META;
	buf_add(out, level->text.data, level->text.len);
	buf_char(out, '\n');
	return buf_ok(out, fail);
}

/* ---- markings */

/* Adds the definition of a level as python-stix2 has it; those that came later with the Traffic Light
 * Protocol 2.0 as connectors write them. */
static void print_tlp(enum tlp level, struct buf *to)
{
	static const struct {
		enum tlp level;
		const char *name;
	} old[] = { { TLP_CLEAR, "white" }, { TLP_GREEN, "green" }, { TLP_AMBER, "amber" },
		{ TLP_RED, "red" } };
	buf_format(to,
		"{\"type\":\"marking-definition\",\"id\":\"%s\","
		"\"created\":\"2017-01-20T00:00:00.000Z\",",
		tlp_id(level));
	for (size_t i = 0; i < sizeof old / sizeof *old; i++)
		if (old[i].level == level) {
			buf_format(to,
				"\"definition_type\":\"tlp\",\"name\":\"%s\","
				"\"definition\":{\"tlp\":\"%s\"}}",
				level == TLP_CLEAR ? "TLP:WHITE" : tlp_name(level),
				old[i].name);
			return;
		}
	buf_format(to,
		"\"definition_type\":\"statement\",\"definition\":{\"statement\":\"custom\"},"
		"\"x_opencti_definition_type\":\"TLP\",\"x_opencti_definition\":\"%s\"}",
		tlp_name(level));
}

/* Adds a partial marking definition for a short form: a level, PAP:LEVEL, or a statement. */
static void print_marking(const char *text, struct buf *to)
{
	enum tlp level = tlp_named(text);
	if (level) {
		print_tlp(level, to);
		return;
	}
	buf_text(to, "{\"type\":\"marking-definition\",\"definition_type\":\"statement\",");
	if (!strncmp(text, "PAP:", 4)) {
		buf_text(to,
			"\"created\":\"2017-01-20T00:00:00.000Z\","
			"\"definition\":{\"statement\":\"custom\"},"
			"\"x_opencti_definition_type\":\"PAP\",\"x_opencti_definition\":");
		canonical_string(to, text, strlen(text));
	} else {
		buf_text(to, "\"definition\":{\"statement\":");
		canonical_string(to, text, strlen(text));
		buf_char(to, '}');
	}
	buf_char(to, '}');
}

/* Adds the elements to the list under the key, each once. */
static bool add_elements(
	struct level *level, const char *key, struct span elements, struct fail *fail)
{
	struct span old, element, had;
	struct buf *list = &level->list;
	bool any = false;
	buf_clear(list);
	if (!draft_get(&level->draft, key, &old) || *old.text != '[')
		old = (struct span){ "[]", 2 };
	buf_add(list, old.text, old.len - 1);
	any = *scan_space(old.text + 1) != ']';
	for (const char *at = elements.text + 1; scan_member(&at, NULL, &element);) {
		bool known = false;
		for (const char *p = old.text + 1; !known && scan_member(&p, NULL, &had);)
			known = had.len == element.len &&
				!memcmp(had.text, element.text, had.len);
		if (known)
			continue;
		buf_text(list, any ? "," : "");
		buf_add(list, element.text, element.len);
		any = true;
	}
	buf_char(list, ']');
	return buf_ok(list, fail) && draft_set_json(&level->draft, key, buf_str(list), fail);
}

static bool add_marking(struct level *level, const char *id, struct fail *fail)
{
	struct buf list = { 0 };
	buf_char(&list, '[');
	canonical_string(&list, id, strlen(id));
	buf_char(&list, ']');
	bool ok = buf_ok(&list, fail) &&
		add_elements(level, "object_marking_refs", of_buf(&list), fail);
	buf_release(&list);
	return ok;
}

/* ---- short forms and objects in place of references */

/* Adds a partial identity for NAME[:CLASS]. */
static void print_author(const char *text, struct buf *to)
{
	static const char *const classes[] = { "individual", "group", "system", "organization",
		"class", "unknown", "securityplatform" };
	const char *colon = strrchr(text, ':'), *class = NULL;
	for (size_t i = 0; colon && i < sizeof classes / sizeof *classes; i++)
		if (!strcmp(colon + 1, classes[i]))
			class = classes[i];
	buf_text(to, "{\"type\":\"identity\",\"name\":");
	canonical_string(to, text, class ? (size_t)(colon - text) : strlen(text));
	if (class)
		buf_format(to, ",\"identity_class\":\"%s\"", class);
	buf_char(to, '}');
}

/* The id of what a short form, an object or an id stands for, in `id`. */
static bool resolve(struct complete *complete, size_t depth, struct span value, enum role role,
	void (*print)(const char *text, struct buf *to), struct buf *out, struct buf *id,
	struct fail *fail)
{
	struct level *level = complete->levels[depth];
	if (*value.text == '{')
		return complete_one(complete, depth + 1, value, role, out, id, fail);
	if (*value.text != '"')
		return fail_set(fail, FAIL_NO, "no name and no object");
	if (embed_is_id(value)) {
		scan_decode(value, id);
		return buf_ok(id, fail);
	}
	struct buf text = { 0 };
	scan_decode(value, &text);
	buf_clear(&level->partial);
	print(buf_str(&text), &level->partial);
	bool ok = buf_ok(&text, fail) && buf_ok(&level->partial, fail) &&
		complete_one(complete, depth + 1, of_buf(&level->partial), role, out, id, fail);
	buf_release(&text);
	return ok;
}

static bool expand_author(struct complete *complete, size_t depth, struct span value,
	struct buf *out, struct fail *fail)
{
	struct level *level = complete->levels[depth];
	struct buf id = { 0 };
	bool ok = resolve(complete, depth, value, ROLE_AUTHOR, print_author, out, &id, fail) &&
		draft_set_text(&level->draft, "created_by_ref", buf_str(&id), fail);
	buf_release(&id);
	return ok;
}

static bool expand_marking(struct complete *complete, size_t depth, struct span value,
	bool must_be_tlp, struct buf *out, struct fail *fail)
{
	struct span element;
	struct buf text = { 0 };
	bool ok = true;
	if (*value.text == '[') {
		for (const char *at = value.text + 1; ok && scan_member(&at, NULL, &element);)
			ok = expand_marking(complete, depth, element, must_be_tlp, out, fail);
		return ok;
	}
	if (must_be_tlp) {
		if (*value.text == '"')
			scan_decode(value, &text);
		ok = tlp_named(buf_str(&text)) ||
			fail_set(fail, FAIL_NO,
				"%.*s is no level; they are clear, green, amber, "
				"amber+strict and red",
				(int)(value.len < 60 ? value.len : 60), value.text);
	}
	buf_clear(&text);
	ok = ok &&
		resolve(complete, depth, value, ROLE_PART, print_marking, out, &text, fail) &&
		add_marking(complete->levels[depth], buf_str(&text), fail);
	buf_release(&text);
	return ok;
}

/* Makes `name` of the objects and ids that the value holds. */
static bool expand_reference(struct complete *complete, size_t depth, struct span value,
	bool list, struct buf *out, struct fail *fail)
{
	struct level *level = complete->levels[depth];
	struct span element = value;
	struct buf refs = { 0 }, id = { 0 };
	const char *at = value.text + 1;
	bool ok = true, many = *value.text == '[';
	buf_char(&refs, '[');
	while (ok && (!many || scan_member(&at, NULL, &element))) {
		buf_clear(&id);
		ok = resolve(complete, depth, element, ROLE_PART, NULL, out, &id, fail);
		buf_text(&refs, refs.len > 1 ? "," : "");
		canonical_string(&refs, buf_str(&id), id.len);
		if (!many)
			break;
	}
	buf_char(&refs, ']');
	const char *name = buf_str(&level->name);
	ok = ok && buf_ok(&refs, fail);
	if (ok && list && !strcmp(name, buf_str(&level->key)))
		draft_drop(&level->draft, name);
	if (ok && list) {
		ok = add_elements(level, name, of_buf(&refs), fail);
	} else if (ok && many) {
		ok = fail_set(fail, FAIL_NO, "a list, where one object belongs");
	} else if (ok) {
		ok = draft_set_text(&level->draft, name, buf_str(&id), fail);
	}
	buf_release(&refs);
	buf_release(&id);
	return ok;
}

static bool expand(struct complete *complete, size_t depth, struct buf *out, struct fail *fail)
{
	struct level *level = complete->levels[depth];
	bool ok = true, list;
	for (size_t i = 0, n = level->draft.count; ok && i < n; i++) {
		struct span key, value;
		draft_at(&level->draft, i, &key, &value);
		if (!value.len || !strchr("{[\"", *value.text))
			continue;
		bool author = is(key, "author"), tlp = is(key, "tlp"),
		     marking = is(key, "marking") || is(key, "markings");
		buf_clear(&level->name);
		if (!author && !tlp && !marking &&
			!embed_reference(
				buf_str(&level->type), key, value, &level->name, &list))
			continue;
		buf_clear(&level->key);
		buf_add(&level->key, key.text, key.len);
		if (author)
			ok = expand_author(complete, depth, value, out, fail);
		else if (tlp || marking)
			ok = expand_marking(complete, depth, value, tlp, out, fail);
		else
			ok = expand_reference(complete, depth, value, list, out, fail);
		if (!ok)
			fail_at(fail, "%s", buf_str(&level->key));
		else if (author || tlp || marking ||
			strcmp(buf_str(&level->name), buf_str(&level->key)) != 0)
			draft_drop(&level->draft, buf_str(&level->key));
	}
	return ok;
}

/* ---- what is the same for all */

static bool apply_author(struct complete *complete, size_t depth, const char *key,
	struct buf *out, struct fail *fail)
{
	struct draft *draft = &complete->levels[depth]->draft;
	if (!complete->author.len || draft_has(draft, key))
		return true;
	if (!complete->author_id.len || !is_there(complete, complete->author_id.data)) {
		buf_clear(&complete->author_id);
		if (!complete_one(complete, depth + 1, of_buf(&complete->author), ROLE_AUTHOR,
			    out, &complete->author_id, fail))
			return fail_at(fail, "--author");
	}
	return draft_set_text(draft, key, complete->author_id.data, fail);
}

static bool apply_tlp(
	struct complete *complete, size_t depth, struct buf *out, struct fail *fail)
{
	struct level *level = complete->levels[depth];
	if (!complete->tlp || draft_has(&level->draft, "object_marking_refs"))
		return true;
	const char *id = tlp_id(complete->tlp);
	if (!is_there(complete, id)) {
		struct buf same = { 0 };
		buf_clear(&level->partial);
		print_tlp(complete->tlp, &level->partial);
		bool ok = buf_ok(&level->partial, fail) &&
			complete_one(complete, depth + 1, of_buf(&level->partial), ROLE_PART,
				out, &same, fail);
		buf_release(&same);
		if (!ok)
			return false;
	}
	return add_marking(level, id, fail);
}

static bool apply_list(
	struct level *level, const char *key, const struct buf *list, struct fail *fail)
{
	return !list->len || add_elements(level, key, of_buf(list), fail);
}

static bool apply_number(
	struct level *level, const char *key, const char *number, struct fail *fail)
{
	return !*number || draft_has(&level->draft, key) ||
		draft_set_json(&level->draft, key, number, fail);
}

static bool apply(struct complete *complete, size_t depth, struct buf *out, struct fail *fail)
{
	struct level *level = complete->levels[depth];
	const char *type = buf_str(&level->type);
	bool seen = level->family == STIX_OBSERVABLE, link = level->family == STIX_LINK;
	if (level->family == STIX_META)
		return true;
	return apply_author(complete, depth,
		       seen ? "x_opencti_created_by_ref" : "created_by_ref", out, fail) &&
		(link ||
			apply_list(level, seen ? "x_opencti_labels" : "labels",
				&complete->labels, fail)) &&
		(link ||
			apply_list(level,
				seen ? "x_opencti_external_references" : "external_references",
				&complete->references, fail)) &&
		apply_tlp(complete, depth, out, fail) &&
		(seen || apply_number(level, "confidence", complete->confidence, fail)) &&
		(!(seen || !strcmp(type, "indicator")) ||
			apply_number(level, "x_opencti_score", complete->score, fail));
}

/* ---- ids */

static void say(struct complete *complete, const struct level *level, const char *what)
{
	struct buf text = { 0 };
	struct span value;
	static const char *const names[] = { "name", "value", "id" };
	if (!complete->say || complete->computing)
		return;
	buf_text(&text, buf_str(&level->type));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (draft_get(&level->draft, names[i], &value) && *value.text == '"') {
			buf_format(&text, " %.*s", (int)(value.len < 100 ? value.len : 100),
				value.text);
			break;
		}
	buf_format(&text, ": %s", what);
	complete->say(complete->ctx, buf_str(&text));
	buf_release(&text);
}

/* With the platform's ids, the pattern as it is hashed. */
static bool clean_pattern(struct complete *complete, struct level *level, struct fail *fail)
{
	struct draft *draft = &level->draft;
	struct span pattern;
	if (complete->rules != STIXID_PLATFORM || strcmp(buf_str(&level->type), "indicator") ||
		!draft_is(draft, "pattern_type", "stix") ||
		!draft_get(draft, "pattern", &pattern) || *pattern.text != '"')
		return true;
	struct buf text = { 0 }, clean = { 0 };
	scan_decode(pattern, &text);
	pattern_clean(of_buf(&text), &clean);
	bool ok = buf_ok(&text, fail) && buf_ok(&clean, fail) &&
		draft_set_text(draft, "pattern", buf_str(&clean), fail);
	buf_release(&text);
	buf_release(&clean);
	return ok;
}

/* Puts the id third in the object that is printed. */
static bool insert_id(struct level *level, struct fail *fail)
{
	struct buf member = { 0 }, *text = &level->text;
	struct span key, value;
	const char *at = text->data + 1;
	buf_format(&member, ",\"id\":\"%s\"", buf_str(&level->id));
	scan_member(&at, &key, &value);
	scan_member(&at, &key, &value);
	size_t place = (size_t)(at - text->data), rest = text->len - place;
	buf_add(text, buf_str(&member), member.len);
	bool ok = buf_ok(&member, fail) && buf_ok(text, fail);
	if (ok) {
		memmove(text->data + place + member.len, text->data + place, rest);
		memcpy(text->data + place, member.data, member.len);
	}
	buf_release(&member);
	return ok;
}

static const char *const first[] = { "type", "spec_version", "id", "created_by_ref", "created",
	"modified", NULL };

/* Prints the object to `text`, with the id that it has or gets. */
static bool give_id(
	struct complete *complete, struct level *level, enum role role, struct fail *fail)
{
	struct draft *draft = &level->draft;
	struct span id;
	buf_clear(&level->text);
	buf_clear(&level->id);
	if (role != ROLE_ID && draft_get(draft, "id", &id)) {
		if (!embed_is_id(id))
			return fail_set(fail, FAIL_NO, "its id is no STIX id");
		scan_decode(id, &level->id);
		draft_print(draft, first, &level->text);
		return buf_ok(&level->id, fail) && buf_ok(&level->text, fail);
	}
	draft_drop(draft, "id");
	draft_print(draft, first, &level->text);
	if (!buf_ok(&level->text, fail))
		return false;
	switch (stixid_make(complete->rules, of_buf(&level->text), &level->id, fail)) {
	case STIXID_MADE:
		break;
	case STIXID_RANDOM:
		if (role == ROLE_ID)
			return true;
		say(complete, level, "its id is random: nothing in it makes one");
		buf_format(&level->id, "%s--", buf_str(&level->type));
		uid_random(buf_room(&level->id, UID_LEN));
		level->id.len += UID_LEN;
		break;
	case STIXID_MISSING:
	case STIXID_FAILED:
		return false;
	}
	return role == ROLE_ID || insert_id(level, fail);
}

/* ---- one object */

/* Gives the references that its id is made of their new ids. */
static bool rename_ends(struct complete *complete, struct level *level, struct fail *fail)
{
	const struct idrule *rule = idrule_of(buf_str(&level->type), level->type.len);
	bool ok = true;
	for (size_t i = 0; ok && rule && i < level->draft.count; i++) {
		struct span key, value;
		draft_at(&level->draft, i, &key, &value);
		if (!value.len || !idrule_has(rule, key.text, key.len) ||
			!memchr(key.text, '_', key.len))
			continue;
		buf_clear(&level->renamed);
		buf_clear(&level->key);
		buf_add(&level->key, key.text, key.len);
		ok = rename_print(&complete->rename, value, &level->renamed, fail) &&
			draft_set_json(&level->draft, buf_str(&level->key),
				buf_str(&level->renamed), fail);
	}
	return ok;
}

/* Says what the platform will miss. */
static bool say_missing(struct complete *complete, struct level *level)
{
	buf_clear(&level->key);
	defaults_missing(&level->draft, buf_str(&level->type), &level->key);
	if (level->key.len && complete->say) {
		buf_clear(&level->name);
		buf_format(&level->name, "it has no %s", buf_str(&level->key));
		say(complete, level, buf_str(&level->name));
	}
	return true;
}

static struct level *level_at(struct complete *complete, size_t depth, struct fail *fail)
{
	if (depth >= MAX_LEVELS) {
		fail_set(fail, FAIL_NO, "objects in objects, %d deep", MAX_LEVELS);
		return NULL;
	}
	if (!complete->levels[depth] &&
		!(complete->levels[depth] = calloc(1, sizeof *complete->levels[depth])))
		fail_memory(fail);
	return complete->levels[depth];
}

static bool begin(struct level *level, struct span object, struct fail *fail)
{
	struct span type;
	if (!draft_read(&level->draft, object, fail))
		return false;
	if (!draft_get(&level->draft, "type", &type) || *type.text != '"' || type.len < 3)
		return fail_set(fail, FAIL_NO, "it has no type");
	buf_clear(&level->type);
	scan_decode(type, &level->type);
	level->family = stix_family(buf_str(&level->type), level->type.len);
	return buf_ok(&level->type, fail);
}

static bool complete_one(struct complete *complete, size_t depth, struct span object,
	enum role role, struct buf *out, struct buf *id, struct fail *fail)
{
	struct level *level = level_at(complete, depth, fail);
	if (!level)
		return false;
	struct span text = object;
	if (complete->renames && role == ROLE_OBJECT) {
		buf_clear(&level->renamed);
		if (!rename_print(&complete->rename, object, &level->renamed, fail))
			return false;
		text = of_buf(&level->renamed);
	}
	const char *type = NULL;
	bool ok = begin(level, text, fail) && (type = buf_str(&level->type)) &&
		expand(complete, depth, out, fail) &&
		spelling_right(&level->draft, level->family, type, fail) &&
		(role == ROLE_AUTHOR || role == ROLE_ID || apply(complete, depth, out, fail)) &&
		defaults_fill(&level->draft, level->family, type, &complete->created, fail) &&
		clean_pattern(complete, level, fail) &&
		(role != ROLE_ID || rename_ends(complete, level, fail)) &&
		give_id(complete, level, role, fail) &&
		(role == ROLE_ID || say_missing(complete, level)) &&
		(complete->computing || emit(complete, level, object, role, out, fail));
	if (ok)
		buf_add(id, buf_str(&level->id), level->id.len);
	return ok && buf_ok(id, fail);
}

/* ---- new ids for old */

/* The new id of an object that has one; those that it is made of are computed first. */
static bool compute(void *ctx, struct span object, struct buf *id, struct fail *fail)
{
	struct complete *complete = ctx;
	struct buf none = { 0 };
	struct fail why = { 0 };
	size_t begin = id->len;
	complete->computing++;
	bool ok = complete_one(complete, complete->computing, object, ROLE_ID, &none, id, &why);
	complete->computing--;
	buf_release(&none);
	if (ok)
		return true;
	/* It keeps its id; what is wrong with it comes up when it is completed. */
	if (id->len > begin)
		buf_clear(id);
	if (why.kind == FAIL_RETRY)
		fail_set(fail, FAIL_RETRY, "%s", fail_text(&why));
	else if (complete->say)
		complete->say(complete->ctx, fail_text(&why));
	ok = why.kind != FAIL_RETRY;
	fail_clear(&why);
	return ok;
}

bool complete_learn(struct complete *complete, struct span object, struct fail *fail)
{
	complete->renames = true;
	return rename_learn(&complete->rename, object, fail);
}

bool complete_map(struct complete *complete, struct buf *out, struct fail *fail)
{
	return rename_map(&complete->rename, out, fail);
}

/* ---- the beginning and the end */

static bool is_utf8(const char *text)
{
	const char *end = text + strlen(text);
	size_t n = 1;
	for (; n && text < end; text += n)
		n = scan_utf8(text, end);
	return n;
}

static bool wrong(struct fail *fail, const char *option, const char *value, const char *what)
{
	return fail_set(fail, FAIL_USAGE, "--%s %s: %s", option, value, what);
}

static bool read_text(const char *option, const char *text, struct fail *fail)
{
	return !text || (*text && is_utf8(text)) ||
		wrong(fail, option, text, *text ? "not UTF-8" : "it is empty");
}

static bool read_percent(
	const char *option, const char *text, char number[4], struct fail *fail)
{
	uint64_t value;
	if (!text)
		return true;
	if (!opt_number(text, &value) || value > 100)
		return wrong(fail, option, text, "it is 0 to 100");
	snprintf(number, 4, "%u", (unsigned)value);
	return true;
}

static bool read_date(
	const char *option, const char *text, struct date *date, struct fail *fail)
{
	return !text || date_read(date, text, strlen(text)) ||
		wrong(fail, option, text, "no date; one is 2020-01-31T12:00:00Z");
}

static bool read_labels(
	struct complete *complete, const struct opt_list *labels, struct fail *fail)
{
	struct buf *to = &complete->labels;
	for (size_t i = 0; i < labels->count; i++) {
		if (!read_text("label", labels->items[i], fail))
			return false;
		for (const char *at = labels->items[i]; *at;) {
			at += strspn(at, ", \t");
			size_t n = strcspn(at, ","), used = n;
			while (used && (at[used - 1] == ' ' || at[used - 1] == '\t'))
				used--;
			if (used) {
				buf_char(to, to->len ? ',' : '[');
				canonical_string(to, at, used);
			}
			at += n;
		}
	}
	if (to->len)
		buf_char(to, ']');
	return buf_ok(to, fail);
}

static bool read_references(
	struct complete *complete, const struct opt_list *references, struct fail *fail)
{
	static const char *const names[] = { "source_name", "url", "external_id" };
	struct buf *to = &complete->references;
	for (size_t i = 0; i < references->count; i++) {
		const char *at = references->items[i];
		if (!read_text("external-ref", at, fail))
			return false;
		if (*at == ',')
			return wrong(fail, "external-ref", at, "its source is empty");
		const char *comma = to->len ? ",{" : "[{";
		for (int part = 0; part < 3 && at; part++) {
			size_t n = part < 2 ? strcspn(at, ",") : strlen(at);
			if (n) {
				buf_format(to, "%s\"%s\":", comma, names[part]);
				canonical_string(to, at, n);
				comma = ",";
			}
			at = at[n] ? at + n + 1 : NULL;
		}
		buf_char(to, '}');
	}
	if (to->len)
		buf_char(to, ']');
	return buf_ok(to, fail);
}

static bool read_common(
	struct complete *complete, const struct complete_common *common, struct fail *fail)
{
	struct date published;
	if (!read_text("author", common->author, fail) ||
		!read_text("report", common->report, fail) ||
		!read_text("type", common->report_type, fail) ||
		!read_percent("score", common->score, complete->score, fail) ||
		!read_percent("confidence", common->confidence, complete->confidence, fail) ||
		!read_date("created", common->created, &complete->created, fail) ||
		!read_date("published", common->published, &published, fail) ||
		!read_labels(complete, &common->labels, fail) ||
		!read_references(complete, &common->references, fail))
		return false;
	if (common->tlp && !(complete->tlp = tlp_named(common->tlp)))
		return wrong(fail, "tlp", common->tlp,
			"it is clear, green, amber, amber+strict or red");
	if (common->ids && !stixid_rules_named(common->ids, &complete->rules))
		return wrong(fail, "ids", common->ids, "it is pycti or platform");
	if (!common->report && (common->published || common->report_type))
		return fail_set(fail, FAIL_USAGE, "--%s is for a --report",
			common->published ? "published" : "type");
	if (common->author)
		print_author(common->author, &complete->author);
	return buf_ok(&complete->author, fail);
}

struct complete *complete_new(const struct complete_common *common,
	void (*hear)(void *ctx, const char *text), void *ctx, struct fail *fail)
{
	struct complete *complete = calloc(1, sizeof *complete);
	if (!complete) {
		fail_memory(fail);
		return NULL;
	}
	complete->common = common;
	complete->say = hear;
	complete->ctx = ctx;
	complete->created = date_now();
	complete->rename.compute = compute;
	complete->rename.ctx = complete;
	if (read_common(complete, common, fail))
		return complete;
	complete_free(complete);
	return NULL;
}

void complete_free(struct complete *complete)
{
	if (!complete)
		return;
	for (size_t i = 0; i < MAX_LEVELS && complete->levels[i]; i++) {
		struct level *level = complete->levels[i];
		draft_release(&level->draft);
		struct buf *bufs[] = { &level->type, &level->key, &level->name, &level->list,
			&level->id, &level->text, &level->partial, &level->renamed };
		for (size_t k = 0; k < sizeof bufs / sizeof *bufs; k++)
			buf_release(bufs[k]);
		free(level);
	}
	buf_release(&complete->author);
	buf_release(&complete->author_id);
	buf_release(&complete->labels);
	buf_release(&complete->references);
	ids_release(&complete->ids);
	rename_release(&complete->rename);
	free(complete->emitted);
	free(complete->news);
	free(complete);
}

bool complete_object(struct complete *complete, struct span object, struct buf *out,
	struct buf *id, struct fail *fail)
{
	size_t begin = out->len;
	struct buf own = { 0 };
	complete->news_count = 0;
	bool ok = complete_one(complete, 0, object, ROLE_OBJECT, out, &own, fail);
	if (ok && id) {
		buf_add(id, own.data, own.len);
		ok = buf_ok(id, fail);
	}
	if (!ok) {
		for (size_t i = 0; i < complete->news_count; i++)
			complete->emitted[complete->news[i]].there = false;
		if (out->len > begin)
			out->data[out->len = begin] = '\0';
	}
	buf_release(&own);
	return ok;
}

bool complete_end(struct complete *complete, struct buf *out, struct fail *fail)
{
	const struct complete_common *common = complete->common;
	struct buf report = { 0 };
	const char *comma = "[";
	bool ok = true;
	if (!common->report)
		return true;
	buf_text(&report, "{\"type\":\"report\",\"name\":");
	canonical_string(&report, common->report, strlen(common->report));
	if (common->published) {
		struct date date;
		date_read(&date, common->published, strlen(common->published));
		buf_text(&report, ",\"published\":\"");
		date_print(&date, &report);
		buf_char(&report, '"');
	}
	if (common->report_type) {
		buf_text(&report, ",\"report_types\":[");
		canonical_string(&report, common->report_type, strlen(common->report_type));
		buf_char(&report, ']');
	}
	buf_text(&report, ",\"object_refs\":");
	for (uint32_t n = 0; n < complete->ids.count; n++) {
		if (!complete->emitted[n].there || !complete->emitted[n].held)
			continue;
		buf_text(&report, comma);
		canonical_string(&report, complete->ids.all[n].text, complete->ids.all[n].len);
		comma = ",";
	}
	buf_text(&report, "]}");
	complete->renames = false;
	if (*comma == ',') /* else there is nothing to report */
		ok = buf_ok(&report, fail) &&
			complete_object(complete, of_buf(&report), out, NULL, fail);
	buf_release(&report);
	return ok;
}
