#include "review.h"

#include "json.h"
#include "print.h"
#include "storage.h"
#include "upload.h"

bool review_draft(struct platform *platform, const char *name, const char *entity_id,
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

bool review_workbench(struct platform *platform, const char *name, const char *entity_id,
	const char *markings, const struct parcel *parcel, struct fail *fail)
{
	struct buf list = { 0 }, bundle = { 0 }, file = { 0 };
	print_list(&list, markings);
	parcel_whole(parcel, &bundle);
	struct storage_place place = {
		.entity_id = entity_id, .markings = buf_str(&list), .pending = true
	};
	struct upload upload = { .name = name,
		.type = "application/json",
		.bytes = buf_str(&bundle),
		.len = bundle.len };
	bool ok = buf_ok(&list, fail) && buf_ok(&bundle, fail) &&
		storage_put(platform, &place, &upload, &file, fail);
	buf_release(&list);
	buf_release(&bundle);
	buf_release(&file);
	return ok;
}
