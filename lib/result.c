#include "result.h"

#include "print.h"

#include <string.h>

/* Adds the event's string of that key, unless there is a text. */
static void take(struct span event, const char *key, struct buf *to)
{
	struct span value;
	if (!to->len && span_find(event, key, &value) && *value.text == '"')
		span_decode(value, to);
}

/* The upload with our name and type where it has none. */
static bool complete(
	struct upload *upload, const struct buf *name, const char *type, struct fail *fail)
{
	if (!upload->name)
		upload->name = buf_str(name);
	if (!upload->type && *type)
		upload->type = type;
	return *upload->name || fail_set(fail, FAIL_USAGE, "the file has no name");
}

/* ---- exports ---- */

bool result_read_export(struct result_export *export, struct span event, struct fail *fail)
{
	struct span value;
	take(event, "export_scope", &export->scope);
	take(event, "entity_id", &export->entity_id);
	take(event, "entity_type", &export->entity_type);
	take(event, "file_name", &export->name);
	take(event, "format", &export->type);
	if (!export->markings.len && span_find(event, "file_markings", &value) &&
		*value.text == '[')
		print_value(&export->markings, value);
	/* as the export connectors of the platform's makers tell it */
	if (!export->filters.len && !strcmp(buf_str(&export->scope), "selection"))
		buf_text(&export->filters, "selected_ids");
	else if (!export->filters.len && span_find(event, "list_params", &value) &&
		*value.text == '{')
		print_value(&export->filters, value);
	return buf_ok(&export->scope, fail) && buf_ok(&export->entity_id, fail) &&
		buf_ok(&export->entity_type, fail) && buf_ok(&export->name, fail) &&
		buf_ok(&export->type, fail) && buf_ok(&export->markings, fail) &&
		buf_ok(&export->filters, fail);
}

void result_release_export(struct result_export *export)
{
	buf_release(&export->scope);
	buf_release(&export->entity_id);
	buf_release(&export->entity_type);
	buf_release(&export->markings);
	buf_release(&export->filters);
	buf_release(&export->name);
	buf_release(&export->type);
}

/* Entity types of observables, which a list may be of as well as of all of them. */
static bool is_observable(const char *type)
{
	static const char *const types[] = { "Stix-Cyber-Observable", "AI-Prompt", "Artifact",
		"Autonomous-System", "Bank-Account", "Credential", "Cryptocurrency-Wallet",
		"Cryptographic-Key", "Directory", "Domain-Name", "Email-Addr", "Email-Message",
		"Email-Mime-Part-Type", "Hostname", "ICCID", "IMEI", "IMSI", "IPv4-Addr",
		"IPv6-Addr", "Mac-Addr", "Media-Content", "Mutex", "Network-Traffic",
		"Payment-Card", "Persona", "Phone-Number", "Process", "SSH-Key", "Software",
		"StixFile", "Text", "Tracking-Number", "Url", "User-Account", "User-Agent",
		"Windows-Registry-Key", "Windows-Registry-Value-Type", "X509-Certificate" };
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (!strcmp(types[i], type))
			return true;
	return false;
}

/* The mutation for a list. Types of relationships are the ones that begin in lower case. */
static const char *list_mutation(const char *type)
{
#define LIST(name, field)                                                                      \
	"mutation " name "ExportPush($entity_id: String, $entity_type: String!, $file: "       \
	"Upload!, $file_markings: [String]!, $listFilters: String) { " field                   \
	"ExportPush(entity_id: $entity_id, entity_type: $entity_type, file: $file, "           \
	"file_markings: $file_markings, listFilters: $listFilters) }"
	if (!strcmp(type, "Stix-Core-Object"))
		return LIST("StixCoreObjects", "stixCoreObjects");
	if (*type >= 'a' && *type <= 'z')
		return LIST("StixCoreRelationships", "stixCoreRelationships");
	if (is_observable(type))
		return LIST("StixCyberObservables", "stixCyberObservables");
	return LIST("StixDomainObjects", "stixDomainObjects");
#undef LIST
}

/* Adds the variables beside the file. */
static const char *choose(
	const struct result_export *export, struct buf *variables, struct fail *fail)
{
	const char *markings = export->markings.len ? export->markings.data : "[]";
	if (!strcmp(buf_str(&export->scope), "single")) {
		if (!export->entity_id.len) {
			fail_set(fail, FAIL_USAGE, "the export of one entity needs its id");
			return NULL;
		}
		buf_text(variables, "{\"id\": ");
		print_text(variables, export->entity_id.data);
		buf_format(variables, ", \"file_markings\": %s}", markings);
		return "mutation StixDomainObjectEdit($id: ID!, $file: Upload!, "
		       "$file_markings: "
		       "[String]!) { stixDomainObjectEdit(id: $id) { exportPush(file: $file, "
		       "file_markings: $file_markings) } }";
	}
	if (!export->entity_type.len) {
		fail_set(fail, FAIL_USAGE,
			"the export of a list needs the type of its entities");
		return NULL;
	}
	buf_text(variables, "{\"entity_id\": ");
	print_text_or_null(variables, export->entity_id.len ? export->entity_id.data : NULL);
	buf_text(variables, ", \"entity_type\": ");
	print_text(variables, export->entity_type.data);
	buf_format(variables, ", \"file_markings\": %s, \"listFilters\": ", markings);
	print_text(variables, buf_str(&export->filters));
	buf_char(variables, '}');
	return list_mutation(export->entity_type.data);
}

/* Whether the answer says `true`, at whatever depth. */
static bool is_taken(struct span data)
{
	static const char word[] = "true";
	for (size_t i = 0; i + strlen(word) <= data.len; i++)
		if (!strncmp(data.text + i, word, strlen(word)))
			return true;
	return false;
}

bool result_push_export(struct platform *platform, const struct result_export *export,
	const struct upload *upload, struct fail *fail)
{
	struct buf variables = { 0 };
	struct upload sent = *upload;
	struct span data;
	const char *document = choose(export, &variables, fail);
	bool ok = document && complete(&sent, &export->name, buf_str(&export->type), fail) &&
		buf_ok(&variables, fail) &&
		graphql_send(platform->graphql, document, variables.data, "file", &sent,
			&data.text, &data.len, fail);
	if (ok && !is_taken(data))
		ok = fail_set(fail, FAIL_NO, "the platform did not take the file");
	buf_release(&variables);
	return ok;
}

/* ---- analyses ---- */

bool result_read_analysis(
	struct result_analysis *analysis, struct span event, struct fail *fail)
{
	take(event, "entity_id", &analysis->entity_id);
	take(event, "content_source", &analysis->content_source);
	take(event, "content_type", &analysis->content_type);
	take(event, "analysis_name", &analysis->name);
	return buf_ok(&analysis->entity_id, fail) && buf_ok(&analysis->content_source, fail) &&
		buf_ok(&analysis->content_type, fail) && buf_ok(&analysis->name, fail);
}

void result_release_analysis(struct result_analysis *analysis)
{
	buf_release(&analysis->entity_id);
	buf_release(&analysis->content_source);
	buf_release(&analysis->content_type);
	buf_release(&analysis->name);
	buf_release(&analysis->type);
}

static bool check(const struct result_analysis *analysis, struct fail *fail)
{
	if (!analysis->entity_id.len)
		return fail_set(fail, FAIL_USAGE, "an analysis needs the id of its entity");
	if (!analysis->content_source.len || !analysis->content_type.len)
		return fail_set(fail, FAIL_USAGE,
			"an analysis needs the source and the type of what was analysed");
	return true;
}

bool result_push_analysis(struct platform *platform, const struct result_analysis *analysis,
	const struct upload *upload, struct buf *file, struct fail *fail)
{
	struct upload sent = *upload;
	struct buf variables = { 0 };
	struct span data, found;
	if (!check(analysis, fail) ||
		!complete(&sent, &analysis->name, "application/json", fail))
		return false;
	buf_text(&variables, "{\"id\": ");
	print_text(&variables, analysis->entity_id.data);
	buf_text(&variables, ", \"contentSource\": ");
	print_text(&variables, analysis->content_source.data);
	buf_text(&variables, ", \"contentType\": ");
	print_text(&variables, analysis->content_type.data);
	buf_text(&variables, ", \"analysisType\": ");
	print_text(&variables, analysis->type.len ? analysis->type.data : "mapping_analysis");
	buf_char(&variables, '}');
	bool ok = buf_ok(&variables, fail) &&
		graphql_send(platform->graphql,
			"mutation StixCoreObjectEdit($id: ID!, $file: Upload!, $contentSource: "
			"String!, $contentType: AnalysisContentType!, $analysisType: String!) "
			"{ "
			"stixCoreObjectEdit(id: $id) { analysisPush(file: $file, "
			"contentSource: "
			"$contentSource, contentType: $contentType, analysisType: "
			"$analysisType) "
			"{ id name } } }",
			variables.data, "file", &sent, &data.text, &data.len, fail);
	buf_release(&variables);
	if (!ok)
		return false;
	if (!span_find(data, "stixCoreObjectEdit.analysisPush", &found) || *found.text != '{')
		return fail_set(fail, FAIL_NO, "analysisPush: the answer has no file");
	print_line(file, found);
	return buf_ok(file, fail);
}
