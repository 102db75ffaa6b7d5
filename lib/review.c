#include "review.h"

#include "json.h"
#include "print.h"
#include "storage.h"
#include "upload.h"
#include "work.h"

static bool name_of(const struct review *review, struct buf *name, struct fail *fail)
{
	if (review->name)
		buf_text(name, review->name);
	else
		buf_format(name, "%s.json", review->work_id);
	return buf_ok(name, fail);
}

static bool add_draft(struct platform *platform, const char *name, const char *entity_id,
	struct buf *draft_id, struct fail *fail)
{
	struct buf variables = { 0 };
	buf_text(&variables, "{\"input\": {\"name\": ");
	print_text(&variables, name);
	buf_text(&variables, ", \"entity_id\": ");
	print_text_or_null(&variables, entity_id);
	buf_text(&variables, "}}");
	struct json *data = buf_ok(&variables, fail)
		? graphql_call(platform->graphql,
			  "mutation draftWorkspaceAdd($input: DraftWorkspaceAddInput!) {"
			  " draftWorkspaceAdd(input: $input) { id } }",
			  variables.data, fail)
		: NULL;
	buf_release(&variables);
	if (!data)
		return false;
	const char *id = json_text(data, "draftWorkspaceAdd.id");
	buf_text(draft_id, id ? id : "");
	bool ok =
		(id || fail_set(fail, FAIL_NO, "draftWorkspaceAdd: the answer has no draft")) &&
		buf_ok(draft_id, fail);
	json_free(data);
	return ok;
}

bool review_draft(struct platform *platform, const struct review *review, struct buf *draft_id,
	struct fail *fail)
{
	const char *work = review->work_id;
	struct buf name = { 0 };
	bool ok = !review->again || !work || work_find_draft(platform, work, draft_id, fail);
	if (ok && !draft_id->len)
		ok = name_of(review, &name, fail) &&
			add_draft(platform, name.data, review->entity_id, draft_id, fail) &&
			(!work || work_draft(platform, work, draft_id->data, fail));
	buf_release(&name);
	return ok;
}

bool review_workbench(struct platform *platform, const struct review *review,
	const struct parcel *parcel, struct fail *fail)
{
	const char *work = review->work_id;
	struct buf name = { 0 }, list = { 0 }, bundle = { 0 }, file = { 0 };
	bool ok = name_of(review, &name, fail);
	print_list(&list, review->markings);
	parcel_whole(parcel, &bundle);
	struct storage_place place = {
		.entity_id = review->entity_id, .markings = buf_str(&list), .pending = true
	};
	struct upload upload = { .name = name.data,
		.type = "application/json",
		.bytes = buf_str(&bundle),
		.len = bundle.len };
	ok = ok && buf_ok(&list, fail) && buf_ok(&bundle, fail) &&
		storage_put(platform, &place, &upload, &file, fail) &&
		(!work ||
			(work_expect(platform, work, 1, fail) &&
				work_report(platform, work, NULL, NULL, fail)));
	buf_release(&name);
	buf_release(&list);
	buf_release(&bundle);
	buf_release(&file);
	return ok;
}
