#include "enrichment.h"

#include "entity.h"
#include "print.h"
#include "stix.h"

#include <string.h>
#include <strings.h>

static bool in_scope(const struct conf *conf, const char *type)
{
	struct buf list = { 0 };
	struct span element;
	const char *scope = conf_text(conf, CONNECTOR_SCOPE);
	bool found = !scope || !*scope || !strcasecmp(scope, "not-applicable") || !*type;
	print_list(&list, scope);
	for (const char *at = buf_str(&list) + 1;
		!found && list.len && span_member(&at, NULL, &element);) {
		size_t n = element.len - 2;
		found = n == strlen(type) && !strncasecmp(element.text + 1, type, n);
	}
	buf_release(&list);
	return found;
}

/* The object of a bundle that has this id. */
static bool find_object(struct span objects, const char *id, struct span *found)
{
	struct span object, value;
	if (*objects.text != '[')
		return false;
	for (const char *at = objects.text + 1; span_member(&at, NULL, &object);)
		if (*object.text == '{' && span_find(object, "id", &value) &&
			span_is(value, id)) {
			*found = object;
			return true;
		}
	return false;
}

static bool read_playbook(struct enrichment *enrichment, struct fail *fail)
{
	const struct job *job = enrichment->job;
	struct span objects, entity;
	if (!span_find(job->event, "bundle.objects", &objects) ||
		!find_object(objects, buf_str(&job->entity_id), &entity))
		return fail_set(fail, FAIL_NO, "the playbook's bundle has no %s",
			buf_str(&job->entity_id));
	print_line(&enrichment->entity, entity);
	print_line(&enrichment->objects, objects);
	return true;
}

/* Organizations that the entity is shared with: they are to see the answer too. */
static void read_organizations(struct enrichment *enrichment)
{
	struct span entity = { buf_str(&enrichment->entity), enrichment->entity.len }, list,
		    element;
	struct span extensions, extension;
	bool found = span_find(entity, "x_opencti_granted_refs", &list);
	if (!found && span_find(entity, "extensions", &extensions) && *extensions.text == '{' &&
		span_find(extensions, STIX_OPENCTI_EXTENSION, &extension))
		found = *extension.text == '{' && span_find(extension, "granted_refs", &list);
	if (!found || *list.text != '[')
		return;
	for (const char *at = list.text + 1; span_member(&at, NULL, &element);)
		if (*element.text == '"') {
			buf_text(&enrichment->organizations,
				enrichment->organizations.len ? "," : "");
			span_decode(element, &enrichment->organizations);
		}
}

/* Whether what is to be enriched may leave: pycti's check_max_tlp, on the entity's markings. */
static bool check_tlp(const struct enrichment *enrichment, struct fail *fail)
{
	struct span entity = { buf_str(&enrichment->entity), enrichment->entity.len };
	enum tlp level = tlp_of_object(entity), most = enrichment->max_tlp;
	if (most == TLP_NONE || level <= most)
		return true;
	return fail_set(fail, FAIL_NO, "%s is %s, above the maximum of %s",
		buf_str(&enrichment->job->entity_id), tlp_name(level), tlp_name(most));
}

/* The entity as the API shows it, for handlers that want more than STIX says. */
static bool ask_entity(struct enrichment *enrichment, struct fail *fail)
{
	static const char document[] =
		"query EnrichmentEntity($id: String!) { stixCoreObject(id: $id) {"
		" id standard_id entity_type parent_types created_at updated_at"
		" representative { main } createdBy { id standard_id entity_type name }"
		" objectMarking { id standard_id definition_type definition }"
		" objectLabel { id value color }"
		" externalReferences { edges { node { id source_name url external_id } } }"
		" importFiles { edges { node { id name size } } } } }";
	struct span data, entity;
	bool ok = graphql_fetch_with(enrichment->platform->graphql, document, "id",
		buf_str(&enrichment->job->entity_id), &data, fail);
	if (ok && span_find(data, "stixCoreObject", &entity))
		print_line(&enrichment->api_entity, entity);
	return ok && buf_ok(&enrichment->api_entity, fail);
}

bool enrichment_read(struct enrichment *enrichment, struct fail *fail)
{
	const struct job *job = enrichment->job;
	struct span given;
	if (!job->entity_id.len)
		return fail_set(fail, FAIL_NO, "the job names no entity");
	if (!in_scope(enrichment->platform->conf, buf_str(&job->entity_type))) {
		enrichment->passed = job->kind == JOB_PLAYBOOK;
		return enrichment->passed ||
			fail_set(fail, FAIL_NO, "%s is not in the connector's scope",
				buf_str(&job->entity_type));
	}
	bool complete = span_find(job->event, "stix_objects", &given) && given.len > 2 &&
		*given.text == '"' && span_find(job->event, "stix_entity", &given) &&
		given.len > 2 && *given.text == '"';
	if (job->kind == JOB_PLAYBOOK) {
		if (!read_playbook(enrichment, fail))
			return false;
	} else if (complete) {
		if (!entity_text(given, &enrichment->entity, fail))
			return fail_at(fail, "stix_entity");
	} else if (!entity_read(enrichment->platform, job->entity_id.data, &enrichment->entity,
			   &enrichment->objects, fail)) {
		return false;
	}
	if (!buf_ok(&enrichment->entity, fail) || !buf_ok(&enrichment->objects, fail) ||
		!check_tlp(enrichment, fail))
		return false;
	if (job->kind == JOB_ENRICHMENT)
		read_organizations(enrichment);
	return !enrichment->with_entity || ask_entity(enrichment, fail);
}

void enrichment_release(struct enrichment *enrichment)
{
	buf_release(&enrichment->entity);
	buf_release(&enrichment->objects);
	buf_release(&enrichment->api_entity);
	buf_release(&enrichment->organizations);
}
