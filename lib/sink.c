#include "sink.h"

#include "json.h"
#include "metrics.h"
#include "print.h"
#include "s3.h"
#include "spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add_directory(struct sinks *sinks, const char *path, struct fail *fail)
{
	const char **more =
		realloc(sinks->directories, (sinks->directory_count + 1) * sizeof *more);
	if (!more)
		return fail_memory(fail);
	sinks->directories = more;
	more[sinks->directory_count++] = path;
	return true;
}

static bool add_name(struct sinks *sinks, const char *name, struct fail *fail)
{
	if (!strcmp(name, "queue"))
		sinks->queue = true;
	else if (!strcmp(name, "api"))
		sinks->api = true;
	else if (!strcmp(name, "s3"))
		sinks->s3 = true;
	else if (!strcmp(name, "stdout"))
		sinks->out = true;
	else if (!strncmp(name, "dir:", 4) && name[4])
		return add_directory(sinks, name + 4, fail);
	else
		return fail_set(fail, FAIL_USAGE,
			"--to: not queue, api, dir:PATH, s3 or stdout: %s", name);
	return true;
}

static bool from_configuration(struct sinks *sinks, const struct conf *conf, struct fail *fail)
{
	const char *path = conf_text(conf, CONNECTOR_SEND_TO_DIRECTORY_PATH);
	const char *protocol = conf_text(conf, CONNECTOR_QUEUE_PROTOCOL);
	bool send = conf_bool(conf, CONNECTOR_SEND_TO_QUEUE);
	if (protocol && strcmp(protocol, "amqp") != 0 && strcmp(protocol, "api") != 0)
		return fail_set(fail, FAIL_USAGE,
			"CONNECTOR_QUEUE_PROTOCOL: not amqp or api: %s", protocol);
	sinks->api = send && protocol && !strcmp(protocol, "api");
	sinks->queue = send && !sinks->api;
	sinks->s3 = conf_bool(conf, CONNECTOR_SEND_TO_S3);
	if (!conf_bool(conf, CONNECTOR_SEND_TO_DIRECTORY))
		return true;
	return path ? add_directory(sinks, path, fail)
		    : conf_need(conf, CONNECTOR_SEND_TO_DIRECTORY_PATH, &path, fail);
}

bool sink_choose(struct sinks *sinks, const struct opt_list *names, bool parts,
	const struct conf *conf, struct fail *fail)
{
	if (!names->count && !from_configuration(sinks, conf, fail))
		return false;
	for (size_t i = 0; i < names->count; i++)
		if (!add_name(sinks, names->items[i], fail))
			return false;
	sinks->out = sinks->out || parts;
	if (!sinks->queue && !sinks->api && !sinks->s3 && !sinks->out &&
		!sinks->directory_count)
		return fail_set(
			fail, FAIL_USAGE, "nowhere to send to: CONNECTOR_SEND_TO_QUEUE is off");
	return true;
}

bool sink_check(const struct sinks *sinks, const struct message *message, bool cleanup,
	bool to_draft, struct fail *fail)
{
	bool in_draft = to_draft || (message->draft_id && *message->draft_id);
	if (sinks->api &&
		(message->entities_types || message->update || message->no_split || in_draft))
		return fail_set(fail, FAIL_USAGE,
			"the API has no way for -t, -u, --no-split and drafts; send to the "
			"queue");
	if (cleanup && !(sinks->queue && !message->no_split) && !sinks->out)
		return fail_set(fail, FAIL_USAGE,
			"--cleanup is for what is split; the bundle goes as it is");
	return true;
}

void sinks_release(struct sinks *sinks)
{
	free(sinks->directories);
	*sinks = (struct sinks){ 0 };
}

bool sinks_need_whole(const struct sinks *sinks)
{
	return sinks->api || sinks->s3 || sinks->directory_count;
}

static bool write_directory(const char *directory, const struct conf *conf,
	const struct buf *contents, struct fail *fail)
{
	struct buf path = { 0 };
	size_t deleted;
	const char *name = conf_text(conf, CONNECTOR_NAME);
	bool ok = spool_clean(directory, name,
			  conf_number(conf, CONNECTOR_SEND_TO_DIRECTORY_RETENTION, 7), &deleted,
			  fail) &&
		spool_write(directory, name, contents, &path, fail);
	buf_release(&path);
	return ok;
}

bool sink_s3_configured(const struct conf *conf)
{
	return conf_text(conf, S3_ENDPOINT) && conf_text(conf, S3_ACCESS_KEY) &&
		conf_text(conf, S3_SECRET_KEY) && conf_text(conf, CONNECTOR_SEND_TO_S3_BUCKET);
}

struct expiry {
	struct s3 *s3;
	const char *connector_name;
	double oldest;
};

static bool expire(void *ctx, const char *key, time_t modified, struct fail *fail)
{
	const struct expiry *expiry = ctx;
	const char *slash = strrchr(key, '/');
	if ((double)modified >= expiry->oldest ||
		!spool_is_own(slash ? slash + 1 : key, expiry->connector_name))
		return true;
	return s3_delete(expiry->s3, key, fail);
}

/* FOLDER/ without repeated slashes at its end; nothing for "." and "". */
static void print_folder(const struct conf *conf, struct buf *to)
{
	const char *folder = conf_text(conf, CONNECTOR_SEND_TO_S3_FOLDER);
	size_t n = folder ? strlen(folder) : 0;
	while (n && folder[n - 1] == '/')
		n--;
	if (!n || (n == 1 && *folder == '.'))
		return;
	buf_add(to, folder, n);
	buf_char(to, '/');
}

static bool put_object(struct s3 *s3, const struct platform *platform,
	const struct buf *contents, struct fail *fail)
{
	const struct conf *conf = platform->conf;
	const char *name = conf_text(conf, CONNECTOR_NAME);
	uint64_t days = conf_number(conf, CONNECTOR_SEND_TO_S3_RETENTION, 7);
	struct buf key = { 0 }, prefix = { 0 };
	print_folder(conf, &key);
	buf_add(&prefix, buf_str(&key), key.len);
	spool_name(name, false, &key);
	spool_name(name, true, &prefix);
	bool ok = buf_ok(&key, fail) && buf_ok(&prefix, fail) &&
		s3_put(s3, key.data, contents->data, contents->len, "application/json", fail);
	if (ok && days) {
		struct expiry expiry = { s3, name, (double)time(NULL) - 86400 * (double)days };
		struct fail ignored = { 0 };
		if (!s3_list(s3, prefix.data, expire, &expiry,
			    &ignored)) /* the bundle is safe */
			platform_warn(platform, "expired bundles are not deleted: %s",
				fail_text(&ignored));
		fail_clear(&ignored);
	}
	buf_release(&key);
	buf_release(&prefix);
	return ok;
}

static bool write_s3(const struct platform *platform, const struct registration *registration,
	const struct buf *contents, struct fail *fail)
{
	const struct conf *conf = platform->conf;
	const struct json *given = json_get(registration->json, "config.s3");
	double port = 0;
	json_number(given, "port", &port);
#define EITHER(key, path) (conf_text(conf, key) ? conf_text(conf, key) : json_text(given, path))
	struct s3_options options = { .endpoint = EITHER(S3_ENDPOINT, "endpoint"),
		.port = (uint16_t)conf_number(conf, S3_PORT, (uint64_t)port),
		.use_ssl = conf_text(conf, S3_USE_SSL) ? conf_bool(conf, S3_USE_SSL)
						       : json_true(given, "use_ssl"),
		.verify = true,
		.extra_ca = conf_text(conf, HTTPS_CA_CERTIFICATES),
		.region = EITHER(S3_BUCKET_REGION, "bucket_region"),
		.access_key = EITHER(S3_ACCESS_KEY, "access_key"),
		.secret_key = EITHER(S3_SECRET_KEY, "secret_key"),
		.bucket = EITHER(CONNECTOR_SEND_TO_S3_BUCKET, "bucket_name"),
		.timeout = (double)conf_number(conf, OPENCTI_REQUESTS_TIMEOUT, 300),
		.connect_timeout = (double)conf_number(conf, OPENCTI_CONNECT_TIMEOUT, 10) };
#undef EITHER
	struct s3 *s3 = s3_open(&options, fail);
	bool ok = s3 && put_object(s3, platform, contents, fail);
	s3_close(s3);
	return ok;
}

bool sink_files(const struct sinks *sinks, struct platform *platform,
	const struct registration *registration, const struct parcel *parcel,
	const struct message *message, uint64_t *bytes, struct fail *fail)
{
	struct spool_label label = { "DIRECTORY_BUNDLE", message->applicant_id,
		message->entities_types, message->update };
	struct buf contents = { 0 };
	const char *name;
	bool ok = true;
	if ((sinks->directory_count || sinks->s3) &&
		!conf_need(platform->conf, CONNECTOR_NAME, &name, fail))
		return false;
	if (sinks->directory_count) {
		spool_print(&label, platform->conf, parcel, &contents);
		ok = buf_ok(&contents, fail);
		*bytes = contents.len;
	}
	for (size_t i = 0; ok && i < sinks->directory_count; i++)
		ok = write_directory(sinks->directories[i], platform->conf, &contents, fail);
	if (ok && sinks->s3) {
		label.bundle_type = "S3_BUNDLE";
		buf_clear(&contents);
		spool_print(&label, platform->conf, parcel, &contents);
		*bytes = contents.len;
		ok = buf_ok(&contents, fail) &&
			write_s3(platform, registration, &contents, fail);
	}
	buf_release(&contents);
	return ok;
}

bool sink_api(struct platform *platform, const struct registration *registration,
	const struct parcel *parcel, const struct message *message, uint64_t *bytes,
	struct fail *fail)
{
	struct buf bundle = { 0 }, variables = { 0 };
	const char *applicant = message->applicant_id;
	if (applicant &&
		strcmp(applicant, registration_text(registration, "connector_user_id")) != 0 &&
		!graphql_applicant(platform->graphql, applicant, fail))
		return false;
	parcel_whole(parcel, &bundle);
	*bytes = bundle.len;
	buf_text(&variables, "{\"connectorId\": ");
	print_text(&variables, registration_text(registration, "id"));
	buf_text(&variables, ", \"bundle\": ");
	print_string(&variables, buf_str(&bundle), bundle.len);
	buf_text(&variables, ", \"work_id\": ");
	print_text_or_null(&variables, message->work_id);
	buf_char(&variables, '}');
	struct json *data = buf_ok(&bundle, fail) && buf_ok(&variables, fail)
		? graphql_call(platform->graphql,
			  "mutation StixBundlePush($connectorId: String!, $bundle: String!, "
			  "$work_id: String) {"
			  " stixBundlePush(connectorId: $connectorId, bundle: $bundle, "
			  "work_id: $work_id) }",
			  variables.data, fail)
		: NULL;
	bool ok = data &&
		(json_true(data, "stixBundlePush") ||
			fail_set(fail, FAIL_NO,
				"StixBundlePush: the platform did not take the bundle"));
	metrics_add(platform->metrics, METRIC_BUNDLES_SENT, ok);
	metrics_add(platform->metrics, METRIC_RECORDS_SENT, ok ? parcel->object_count : 0);
	json_free(data);
	buf_release(&bundle);
	buf_release(&variables);
	return graphql_applicant(platform->graphql, NULL, fail) && ok;
}

bool sink_stdout(const struct parcel *parcel, uint64_t *bytes, struct fail *fail)
{
	struct buf line = { 0 };
	bool ok = true;
	*bytes = 0;
	for (size_t i = 0; ok && i < split_count(parcel->split); i++) {
		buf_clear(&line);
		parcel_part(parcel, i, &line);
		buf_char(&line, '\n');
		*bytes += line.len;
		ok = buf_ok(&line, fail) &&
			(fwrite(line.data, 1, line.len, stdout) == line.len ||
				fail_errno(fail, "stdout"));
	}
	buf_release(&line);
	return ok && (!fflush(stdout) || fail_errno(fail, "stdout"));
}
