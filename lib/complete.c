#include "complete.h"

#include "canonical.h"
#include "defaults.h"
#include "draft.h"
#include "embed.h"
#include "idrule.h"
#include "ledger.h"
#include "pattern.h"
#include "rename.h"
#include "seal.h"
#include "shorthand.h"
#include "spelling.h"

#include <stdlib.h>

enum { MAX_LEVELS = 100 };

/* An object that is being completed; those in place of its references are one level deeper. */
struct level {
	struct draft draft;
	struct buf type, what, id, text, renamed;
	enum stix_family family;
};

struct complete {
	const struct imprint_options *options;
	struct imprint imprint;
	struct seal seal;
	void (*say)(void *ctx, const char *text);
	void *ctx;
	struct buf author_id; /* once it was there */
	struct ledger ledger;
	struct level *levels[MAX_LEVELS];
	struct rename rename;
	bool renames;
	size_t computing; /* how many new ids are being computed, one for the other */
	struct buf why;   /* what is said */
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

/* Adds the line unless the object is there: a part, or with the same contents. */
static bool emit(struct complete *complete, const struct level *level, struct span object,
	enum role role, struct buf *out, struct fail *fail)
{
	bool held = role != ROLE_AUTHOR && level->family != STIX_META, wanted;
	if (!ledger_note(&complete->ledger, of_buf(&level->id), object, held,
		    role != ROLE_OBJECT, &wanted, fail))
		return false;
	if (wanted) {
		buf_add(out, level->text.data, level->text.len);
		buf_char(out, '\n');
	}
	return buf_ok(out, fail);
}

/* ---- what is the same for all */

static bool apply_author(struct complete *complete, size_t depth, const char *key,
	struct buf *out, struct fail *fail)
{
	struct draft *draft = &complete->levels[depth]->draft;
	const struct buf *author = &complete->imprint.author;
	if ((!author->len && !complete->imprint.author_id.len) || draft_has(draft, key))
		return true;
	if (!author->len)
		return draft_set_text(draft, key, buf_str(&complete->imprint.author_id), fail);
	if (!complete->author_id.len ||
		!ledger_has(&complete->ledger, complete->author_id.data)) {
		buf_clear(&complete->author_id);
		if (!complete_one(complete, depth + 1, of_buf(author), ROLE_AUTHOR, out,
			    &complete->author_id, fail))
			return fail_at(fail, "--author");
	}
	return draft_set_text(draft, key, complete->author_id.data, fail);
}

static bool apply_tlp(
	struct complete *complete, size_t depth, struct buf *out, struct fail *fail)
{
	struct level *level = complete->levels[depth];
	if (!complete->imprint.tlp || draft_has(&level->draft, "object_marking_refs"))
		return true;
	const char *id = tlp_id(complete->imprint.tlp);
	if (!ledger_has(&complete->ledger, id)) {
		struct buf partial = { 0 }, same = { 0 };
		shorthand_tlp(complete->imprint.tlp, &partial);
		bool ok = buf_ok(&partial, fail) &&
			complete_one(complete, depth + 1, of_buf(&partial), ROLE_PART, out,
				&same, fail);
		buf_release(&partial);
		buf_release(&same);
		if (!ok)
			return false;
	}
	return draft_extend_text(&level->draft, "object_marking_refs", id, fail);
}

static bool apply_list(
	struct level *level, const char *key, const struct buf *list, struct fail *fail)
{
	return !list->len || draft_extend(&level->draft, key, of_buf(list), fail);
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
				&complete->imprint.labels, fail)) &&
		(link ||
			apply_list(level,
				seen ? "x_opencti_external_references" : "external_references",
				&complete->imprint.references, fail)) &&
		apply_tlp(complete, depth, out, fail) &&
		(seen ||
			apply_number(
				level, "confidence", complete->imprint.confidence, fail)) &&
		(!(seen || !strcmp(type, "indicator")) ||
			apply_number(level, "x_opencti_score", complete->imprint.score, fail));
}

/* ---- ids */

/* Says something of an object by its name, else as `whom`. */
static void say(struct complete *complete, const struct level *level, const struct buf *whom,
	const char *what)
{
	struct buf text = { 0 };
	struct span value;
	if (!complete->say || complete->computing)
		return;
	if ((draft_get(&level->draft, "name", &value) ||
		    draft_get(&level->draft, "value", &value)) &&
		*value.text == '"')
		buf_format(&text, "%s %.*s: %s", buf_str(&level->type),
			(int)(value.len < 100 ? value.len : 100), value.text, what);
	else
		buf_format(&text, "%s: %s", buf_str(whom), what);
	complete->say(complete->ctx, buf_str(&text));
	buf_release(&text);
}

/* With the platform's ids, the pattern as it is hashed. */
static bool clean_pattern(struct complete *complete, struct level *level, struct fail *fail)
{
	struct draft *draft = &level->draft;
	struct span pattern;
	if (complete->imprint.rules != STIXID_PLATFORM ||
		strcmp(buf_str(&level->type), "indicator") ||
		!draft_is(draft, "pattern_type", "stix") ||
		!draft_get(draft, "pattern", &pattern) || *pattern.text != '"')
		return true;
	struct buf text = { 0 }, clean = { 0 };
	span_decode(pattern, &text);
	pattern_clean(of_buf(&text), &clean);
	bool ok = buf_ok(&text, fail) && buf_ok(&clean, fail) &&
		draft_set_text(draft, "pattern", buf_str(&clean), fail);
	buf_release(&text);
	buf_release(&clean);
	return ok;
}

/* Gives it its id, its dates and its text. */
static bool finish(
	struct complete *complete, struct level *level, enum role role, struct fail *fail)
{
	enum seal_id how;
	if (!seal_draft(&complete->seal, &level->draft, level->family, buf_str(&level->type),
		    role == ROLE_ID, &level->id, &level->text, &how, fail))
		return false;
	if (how == SEAL_RANDOM)
		say(complete, level, &level->type, "its id is random: nothing in it makes one");
	return true;
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
		buf_clear(&level->what);
		buf_add(&level->what, key.text, key.len);
		ok = rename_print(&complete->rename, value, &level->renamed, fail) &&
			draft_set_json(&level->draft, buf_str(&level->what),
				buf_str(&level->renamed), fail);
	}
	return ok;
}

/* Says what the platform will miss. */
static bool say_missing(struct complete *complete, struct level *level)
{
	buf_clear(&level->what);
	defaults_missing(&level->draft, buf_str(&level->type), &level->what);
	if (level->what.len) {
		buf_clear(&complete->why);
		buf_format(&complete->why, "it has no %s", buf_str(&level->what));
		say(complete, level, &level->id, buf_str(&complete->why));
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
	span_decode(type, &level->type);
	if (!buf_ok(&level->type, fail))
		return false;
	if (!stix_type(buf_str(&level->type), level->type.len))
		return fail_set(fail, FAIL_NO, "its type is none: %s", buf_str(&level->type));
	if (!strcmp(buf_str(&level->type), "bundle"))
		return fail_set(fail, FAIL_NO, "a bundle, where an object belongs");
	level->family = stix_family(buf_str(&level->type), level->type.len);
	return true;
}

/* Where the objects in an object are completed. */
struct nest {
	struct complete *complete;
	size_t depth;
	struct buf *out;
};

static bool make(
	void *ctx, struct span object, enum embed_role role, struct buf *id, struct fail *fail)
{
	const struct nest *nest = ctx;
	return complete_one(nest->complete, nest->depth, object,
		role == EMBED_AUTHOR ? ROLE_AUTHOR : ROLE_PART, nest->out, id, fail);
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
	struct nest nest = { complete, depth + 1, out };
	const char *type = NULL;
	bool ok = begin(level, text, fail) && (type = buf_str(&level->type)) &&
		embed_expand(&level->draft, type, make, &nest, fail) &&
		spelling_right(&level->draft, level->family, type, fail) &&
		spelling_values(&level->draft, type, fail) &&
		(role == ROLE_AUTHOR || role == ROLE_ID || apply(complete, depth, out, fail)) &&
		defaults_fill(&level->draft, level->family, type, fail) &&
		clean_pattern(complete, level, fail) &&
		(role != ROLE_ID || rename_ends(complete, level, fail)) &&
		finish(complete, level, role, fail) &&
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

struct complete *complete_new(const struct imprint_options *options,
	void (*hear)(void *ctx, const char *text), void *ctx, struct fail *fail)
{
	struct complete *complete = calloc(1, sizeof *complete);
	if (!complete) {
		fail_memory(fail);
		return NULL;
	}
	complete->options = options;
	complete->say = hear;
	complete->ctx = ctx;
	complete->rename.compute = compute;
	complete->rename.ctx = complete;
	if (imprint_read(&complete->imprint, options, fail)) {
		complete->seal = (struct seal){ complete->imprint.rules,
			complete->imprint.created, options->created };
		return complete;
	}
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
		buf_release(&level->type);
		buf_release(&level->what);
		buf_release(&level->id);
		buf_release(&level->text);
		buf_release(&level->renamed);
		free(level);
	}
	imprint_release(&complete->imprint);
	buf_release(&complete->author_id);
	buf_release(&complete->why);
	ledger_release(&complete->ledger);
	rename_release(&complete->rename);
	free(complete);
}

bool complete_object(struct complete *complete, struct span object, struct buf *out,
	struct buf *id, struct fail *fail)
{
	size_t begin = out->len;
	struct buf own = { 0 };
	ledger_begin(&complete->ledger);
	bool ok = complete_one(complete, 0, object, ROLE_OBJECT, out, &own, fail);
	if (ok && id) {
		buf_add(id, own.data, own.len);
		ok = buf_ok(id, fail);
	}
	if (!ok) {
		ledger_undo(&complete->ledger);
		if (out->len > begin)
			out->data[out->len = begin] = '\0';
	}
	buf_release(&own);
	return ok;
}

bool complete_end(struct complete *complete, struct buf *out, struct fail *fail)
{
	const struct imprint_options *options = complete->options;
	struct buf report = { 0 };
	bool ok = true;
	if (!options->report)
		return true;
	buf_text(&report, "{\"type\":\"report\",\"name\":");
	canonical_string(&report, options->report, strlen(options->report));
	if (options->published) {
		buf_text(&report, ",\"published\":\"");
		date_print(&complete->imprint.published, &report);
		buf_char(&report, '"');
	}
	if (options->report_type) {
		buf_text(&report, ",\"report_types\":[");
		canonical_string(&report, options->report_type, strlen(options->report_type));
		buf_char(&report, ']');
	}
	buf_text(&report, ",\"object_refs\":");
	bool any = ledger_print(&complete->ledger, &report);
	buf_char(&report, '}');
	complete->renames = false;
	if (any) /* else there is nothing to report */
		ok = buf_ok(&report, fail) &&
			complete_object(complete, of_buf(&report), out, NULL, fail);
	buf_release(&report);
	return ok;
}
