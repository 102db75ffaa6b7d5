#include "review.h"

#include "json.h"
#include "print.h"

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
	struct buf variables = { 0 }, bundle = { 0 };
	buf_text(&variables, "{\"file\": null, \"entityId\": ");
	print_text_or_null(&variables, entity_id);
	buf_text(&variables, ", \"file_markings\": ");
	print_list(&variables, markings);
	buf_char(&variables, '}');
	parcel_whole(parcel, &bundle);
	struct json *data = buf_ok(&variables, fail) && buf_ok(&bundle, fail)
		? graphql_upload(platform->graphql,
			  "mutation UploadPending($file: Upload!, $entityId: String, "
			  "$file_markings: [String!]) {"
			  " uploadPending(file: $file, entityId: $entityId, file_markings: "
			  "$file_markings) {"
			  " id name } }",
			  variables.data, "file", name, "application/json", bundle.data,
			  bundle.len, fail)
		: NULL;
	bool ok = data;
	json_free(data);
	buf_release(&variables);
	buf_release(&bundle);
	return ok;
}
