#include "storage.h"

#include "json.h"
#include "page.h"
#include "print.h"

#include <string.h>

/* The size is an Int of 32 bits: asking for that of a file of 2 GB is an error (INTERNAL_SERVER_ERROR). */
#define FIELDS_BUT_SIZE                                                                        \
	"id name lastModified uploadStatus metaData { mimetype version entity_id "             \
	"file_markings }"
#define FILE_FIELDS "{ " FIELDS_BUT_SIZE " }"
#define GET_PATH "/storage/get/"

/* ---- getting ---- */

static int digit_of(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;
	if (!at)
		return -1;
	return at - digits < 16 ? (int)(at - digits) : (int)(at - digits) - 6;
}

/* Adds what the text stands for when it is percent-encoded. False when it cannot be, or need not be
 * looked at, for it stands for itself. */
static bool decode(const char *text, struct buf *to)
{
	bool encoded = false;
	for (; *text; text++) {
		int high = *text == '%' ? digit_of(text[1]) : -1;
		int low = high >= 0 ? digit_of(text[2]) : -1;
		unsigned char c = (unsigned char)*text;
		if (low >= 0 && high + low > 0) {
			buf_char(to, (char)(high << 4 | low));
			text += 2;
			encoded = true;
		} else if (c <= ' ' || c >= 0x7f || strchr("%#?\"<>\\^`{|}", *text)) {
			return false;
		} else {
			buf_char(to, *text);
		}
	}
	return encoded;
}

bool storage_get(struct platform *platform, const char *id, FILE *to, struct fail *fail)
{
	struct buf path = { 0 }, decoded = { 0 };
	if (!strncmp(id, "storage/get/", 12))
		buf_char(&path, '/');
	else if (strncmp(id, "/storage/", 9) != 0)
		buf_text(&path, GET_PATH);
	buf_text(&path, id);
	bool ok = buf_ok(&path, fail) && graphql_get(platform->graphql, path.data, to, fail);
	if (!ok && fail->kind == FAIL_NO && decode(path.data, &decoded)) {
		platform_say(platform, "%s: %s; asking for %s", id, fail_text(fail),
			buf_str(&decoded));
		fail_clear(fail);
		ok = buf_ok(&decoded, fail) &&
			graphql_get(platform->graphql, decoded.data, to, fail);
	}
	buf_release(&path);
	buf_release(&decoded);
	return ok || fail_at(fail, "%s", id);
}

/* ---- putting ---- */

/* Adds ", NAME: LIST". */
static void add_markings(struct buf *to, const char *name, const char *markings)
{
	print_text(to, name);
	buf_text(to, ": ");
	buf_text(to, markings ? markings : "[]");
}

/* The operation for a place, where in its answer the File is, and its variables beside the file. */
static const char *choose(
	const struct storage_place *place, const char **path, struct buf *variables)
{
	buf_char(variables, '{');
	if (place->pending) {
		*path = "uploadPending";
		buf_text(variables, "\"entityId\": ");
		print_text_or_null(variables, place->entity_id);
		buf_text(variables, ", ");
		add_markings(variables, "file_markings", place->markings);
		buf_char(variables, '}');
		return "mutation UploadPending($file: Upload!, $entityId: String, "
		       "$file_markings: "
		       "[String!]) { uploadPending(file: $file, entityId: $entityId, "
		       "file_markings: $file_markings) " FILE_FIELDS " }";
	}
	if (place->entity_id) {
		*path = "stixCoreObjectEdit.importPush";
		buf_text(variables, "\"id\": ");
		print_text(variables, place->entity_id);
		buf_text(variables, ", ");
		add_markings(variables, "fileMarkings", place->markings);
		buf_format(variables, ", \"noTriggerImport\": %s}",
			place->no_trigger ? "true" : "false");
		return "mutation StixCoreObjectEdit($id: ID!, $file: Upload!, $fileMarkings: "
		       "[String], $noTriggerImport: Boolean) { stixCoreObjectEdit(id: $id) { "
		       "importPush(file: $file, fileMarkings: $fileMarkings, "
		       "noTriggerImport: $noTriggerImport) " FILE_FIELDS " } }";
	}
	add_markings(variables, "fileMarkings", place->markings);
	if (place->no_trigger) {
		*path = "uploadAndAskJobImport";
		buf_text(variables, ", \"noTriggerImport\": true}");
		return "mutation UploadAndAskJobImport($file: Upload!, $fileMarkings: "
		       "[String!], "
		       "$noTriggerImport: Boolean) { uploadAndAskJobImport(file: $file, "
		       "fileMarkings: $fileMarkings, noTriggerImport: "
		       "$noTriggerImport) " FILE_FIELDS " }";
	}
	*path = "uploadImport";
	buf_char(variables, '}');
	return "mutation UploadImport($file: Upload!, $fileMarkings: [String]) { "
	       "uploadImport(file: $file, fileMarkings: $fileMarkings) " FILE_FIELDS " }";
}

bool storage_put(struct platform *platform, const struct storage_place *place,
	const struct upload *upload, struct buf *file, struct fail *fail)
{
	struct buf variables = { 0 };
	struct span data, found;
	const char *path, *document = choose(place, &path, &variables);
	bool ok = buf_ok(&variables, fail) &&
		graphql_send(platform->graphql, document, variables.data, "file", upload,
			&data.text, &data.len, fail);
	if (!ok && place->entity_id && !place->pending && graphql_outdated(platform->graphql)) {
		platform_say(platform, "%s; asking as for an older platform", fail_text(fail));
		fail_clear(fail);
		path = "stixDomainObjectEdit.importPush";
		ok = graphql_send(platform->graphql,
			"mutation StixDomainObjectEdit($id: ID!, $file: Upload!, "
			"$fileMarkings: "
			"[String], $noTriggerImport: Boolean) { stixDomainObjectEdit(id: $id) "
			"{ "
			"importPush(file: $file, fileMarkings: $fileMarkings, "
			"noTriggerImport: $noTriggerImport) { id name } } }",
			variables.data, "file", upload, &data.text, &data.len, fail);
	}
	buf_release(&variables);
	if (!ok)
		return false;
	if (!span_find(data, path, &found) || *found.text != '{')
		return fail_set(fail, FAIL_NO, "%s: the answer has no file", path);
	print_line(file, found);
	if (buf_ok(file, fail) && file->len > 2) {
		file->data[--file->len] = '\0'; /* its bracket */
		buf_format(file, ",\"size\":%llu}", (unsigned long long)upload->len);
	}
	return buf_ok(file, fail);
}

/* ---- listing and deleting ---- */

/* Adds the entity's internal id, which is what the files have. */
static bool resolve(
	struct platform *platform, const char *entity_id, struct buf *id, struct fail *fail)
{
	struct json *data = graphql_call_with(platform->graphql,
		"query StixCoreObject($id: String!) { stixCoreObject(id: $id) { id } "
		"}",
		"id", entity_id, fail);
	if (!data)
		return false;
	const char *found = json_text(data, "stixCoreObject.id");
	buf_text(id, found ? found : "");
	json_free(data);
	return (found || fail_set(fail, FAIL_NO, "there is no entity %s", entity_id)) &&
		buf_ok(id, fail);
}

static bool belongs(struct span file, const struct buf *entity)
{
	struct span id;
	return !entity->len ||
		(span_find(file, "metaData.entity_id", &id) && span_is(id, entity->data));
}

/* The documents of the lists: of everything, and without what may not be told. */
#define LIST(name, fields)                                                                     \
	name "(first: $first, after: $after) { edges { node { " fields                         \
	     " } } pageInfo { hasNextPage endCursor } }"
#define DOCUMENTS(head, name, tail)                                                            \
	{                                                                                      \
		head LIST(name, FIELDS_BUT_SIZE " size") tail,                                 \
			head LIST(name, FIELDS_BUT_SIZE) tail                                  \
	}
static const char *const of_global[] =
	DOCUMENTS("query ImportFiles($first: Int, $after: ID) { ", "importFiles", " }");
static const char *const of_pending[] =
	DOCUMENTS("query PendingFiles($first: Int, $after: ID) { ", "pendingFiles", " }");
static const char *const of_entity[] = DOCUMENTS(
	"query EntityFiles($id: String!, $first: Int, $after: ID) { stixCoreObject(id: $id) { ",
	"importFiles", " } }");

/* The next page, without sizes when there is one that cannot be told. */
static bool next_page(struct pages *pages, const char *const *documents, struct fail *fail)
{
	if (pages_next(pages, fail))
		return true;
	if (!fail->kind || pages->document == documents[1] ||
		strcmp(graphql_code(pages->platform->graphql), "INTERNAL_SERVER_ERROR") != 0)
		return false;
	platform_say(pages->platform, "%s; asking without the sizes", fail_text(fail));
	fail_clear(fail);
	pages->document = documents[1];
	return pages_next(pages, fail);
}

bool storage_list(struct platform *platform, const struct storage_place *place,
	bool (*each)(struct span file, void *ctx, struct fail *fail), void *ctx,
	struct fail *fail)
{
	struct buf entity = { 0 }, variables = { 0 };
	const char *const *documents = place->pending ? of_pending
		: place->entity_id                    ? of_entity
						      : of_global;
	bool ok = !place->entity_id || resolve(platform, place->entity_id, &entity, fail);
	if (documents == of_entity) {
		buf_text(&variables, "\"id\": ");
		print_text(&variables, buf_str(&entity));
		buf_clear(&entity); /* all are its own */
	}
	struct pages pages = { .platform = platform,
		.document = documents[0],
		.variables = buf_str(&variables),
		.size = PAGE_SIZE,
		.limit = UINT64_MAX,
		.tries = PAGE_TRIES };
	ok = ok && buf_ok(&variables, fail);
	while (ok && next_page(&pages, documents, fail)) {
		struct span file;
		while (ok && pages_node(&pages, &file))
			ok = !belongs(file, &entity) || each(file, ctx, fail);
	}
	ok = ok && !fail->kind;
	pages_release(&pages);
	buf_release(&variables);
	buf_release(&entity);
	return ok;
}

bool storage_delete(struct platform *platform, const char *id, struct fail *fail)
{
	if (!strncmp(id, GET_PATH, strlen(GET_PATH)))
		id += strlen(GET_PATH);
	struct json *data = graphql_call_with(platform->graphql,
		"mutation InternalFileDelete($fileName: String) {"
		" deleteImport(fileName: $fileName) }",
		"fileName", id, fail);
	bool ok = data &&
		(json_text(data, "deleteImport") ||
			fail_set(fail, FAIL_NO, "there is no such file"));
	json_free(data);
	return ok || fail_at(fail, "%s", id);
}
