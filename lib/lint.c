#include "lint.h"

#include "links.h"
#include "matrix.h"
#include "naming.h"
#include "rule.h"
#include "stixid.h"

/* The id that the object's contents give it by these rules, if they do. */
static void make_id(struct exam *exam, enum stixid_rules rules, struct buf *id)
{
	struct fail fail = { 0 };
	stixid_make(rules, exam->object.text, id, &fail);
	if (fail.kind == FAIL_RETRY)
		fail_memory(exam->fail);
	fail_clear(&fail);
	buf_ok(id, exam->fail);
}

/* pycti's id is asked for only where the object can have it, or where the platform makes none. */
static void make_ids(struct exam *exam)
{
	struct span id = exam->object.id;
	buf_clear(&exam->pycti_id);
	buf_clear(&exam->platform_id);
	if (!exam->object.type.len || !id.len)
		return;
	make_id(exam, STIXID_PLATFORM, &exam->platform_id);
	bool other = naming_version(id) == '5' && !text_is(id, buf_str(&exam->platform_id));
	if (other || !exam->platform_id.len)
		make_id(exam, STIXID_PYCTI, &exam->pycti_id);
}

static bool is_asked(const struct exam *exam, const struct rule *rule)
{
	return rule->ask && (!rule->family || (rule->family & exam->family)) &&
		(rule->kind == KIND_NONE || rule->kind == exam->kind ||
			kind_can_be(rule->kind, exam->kind));
}

bool lint_object(struct exam *exam, struct scan *scan, struct fail *fail)
{
	const struct object *object = &exam->object;
	exam->fail = fail;
	exam->number++;
	if (!object_read(&exam->object, scan, fail))
		return false;
	exam->kind = kind_of_object(object);
	exam->family = kind_family(exam->kind);
	make_ids(exam);
	const struct rule *rules = rule_all();
	for (size_t i = 0; i < rule_count() && !fail->kind; i++) {
		exam->rule = &rules[i];
		if (!exam->ignored[i] && is_asked(exam, &rules[i]))
			rules[i].ask(exam);
	}
	if (fail->kind)
		return false;
	links_absent(exam);
	if (object->id.len && !ties_meet(&exam->ties, object->id, exam->kind))
		fail_memory(fail);
	return !fail->kind;
}

bool lint_known(struct exam *exam, struct span id, enum kind kind, struct fail *fail)
{
	return ties_meet(&exam->ties, id, kind) || fail_memory(fail);
}

/* Tells what a rule finds of an object that is past. */
static void tell_late(struct exam *exam, const char *code, const struct place *place)
{
	struct buf id = { 0 };
	const char *type = kind_type((enum kind)place->id.kind);
	ties_print(&exam->ties, &place->id, &id);
	struct finding finding = { rule_of(code), place->input, (size_t)place->line,
		place->number, { buf_str(&id), id.len }, { type ? type : "", 0 },
		buf_str(&exam->reason), false };
	finding.type.len = strlen(finding.type.text);
	if (!exam->ignored[finding.rule - rule_all()] && buf_ok(&id, exam->fail))
		exam_tell(exam, &finding);
	buf_release(&id);
}

bool lint_end(struct exam *exam, struct fail *fail)
{
	struct ties *ties = &exam->ties;
	exam->fail = fail;
	for (size_t i = 0; i < ties->later_count && !fail->kind; i++) {
		const struct later *later = &ties->laters[i];
		enum kind from, to;
		ties_ends(ties, later, &from, &to);
		struct span name = { later->relationship, strlen(later->relationship) };
		if (matrix_allows(from, name, to))
			continue;
		buf_clear(&exam->reason);
		links_say(from, later->relationship, to, &exam->reason);
		tell_late(exam, RULE_RELATIONSHIP, &later->place);
	}
	ties_settle(ties);
	for (size_t i = 0; i < ties->waiting && !fail->kind; i++) {
		const struct absent *absent = &ties->absents[i];
		buf_clear(&exam->reason);
		ties_print(ties, &absent->id, &exam->reason);
		if (absent->count > 1)
			buf_format(&exam->reason, " (%u references to it)", absent->count);
		tell_late(exam, absent->needed ? RULE_ABSENT_END : RULE_ABSENT, &absent->place);
	}
	return !fail->kind;
}
