#include "seal.h"

#include "defaults.h"
#include "embed.h"
#include "uid.h"

static const char *const first[] = { "type", "spec_version", "id", "created_by_ref", "created",
	"modified", NULL };

static bool print_draft(const struct draft *draft, struct buf *text, struct fail *fail)
{
	buf_clear(text);
	draft_print(draft, first, text);
	return buf_ok(text, fail);
}

/* Takes the id that the object has out of it; false when it is none. */
static bool take_id(struct draft *draft, bool anew, struct buf *id, struct fail *fail)
{
	struct span own;
	buf_clear(id);
	if (!anew && draft_get(draft, "id", &own)) {
		if (!embed_is_id(own))
			return fail_set(fail, FAIL_NO, "its id is no STIX id");
		span_decode(own, id);
	}
	draft_drop(draft, "id");
	return buf_ok(id, fail);
}

/* Makes the id of what is printed. */
static bool make_id(enum stixid_rules rules, const struct buf *text, const char *type,
	bool anew, struct buf *id, enum seal_id *how, struct fail *fail)
{
	struct span object = { buf_str(text), text->len };
	char uuid[UID_LEN + 1];
	*how = SEAL_MADE;
	switch (stixid_make(rules, object, id, fail)) {
	case STIXID_MADE:
		return true;
	case STIXID_RANDOM:
		*how = anew ? SEAL_NONE : SEAL_RANDOM;
		if (anew)
			return true;
		uid_random(uuid);
		buf_format(id, "%s--%s", type, uuid);
		return buf_ok(id, fail);
	case STIXID_MISSING:
	case STIXID_FAILED:
		break;
	}
	return false;
}

/* Puts the id third in the object that is printed. */
static bool insert_id(const struct buf *id, struct buf *text, struct fail *fail)
{
	struct buf member = { 0 };
	struct span key, value;
	const char *at = text->data + 1;
	buf_format(&member, ",\"id\":\"%s\"", buf_str(id));
	span_member(&at, &key, &value);
	span_member(&at, &key, &value);
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

bool seal_draft(const struct seal *seal, struct draft *draft, enum stix_family family,
	const char *type, bool anew, struct buf *id, struct buf *text, enum seal_id *how,
	struct fail *fail)
{
	bool undated = !seal->dated && family == STIX_DOMAIN && !draft_has(draft, "created");
	*how = SEAL_KEPT;
	if (!take_id(draft, anew, id, fail))
		return false;
	if (undated && !id->len &&
		!(print_draft(draft, text, fail) &&
			make_id(seal->rules, text, type, anew, id, how, fail)))
		return false;
	if (!defaults_date(draft, family, type, &seal->created, fail) ||
		!print_draft(draft, text, fail))
		return false;
	if (!id->len && !make_id(seal->rules, text, type, anew, id, how, fail))
		return false;
	return anew || insert_id(id, text, fail);
}
