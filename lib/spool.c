#include "spool.h"

#include "clock.h"
#include "file.h"
#include "print.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

void spool_name(const char *connector_name, bool prefix, struct buf *to)
{
	for (const char *c = connector_name; *c; c++) {
		char lower = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
		buf_char(to, lower == ' ' || lower == '/' ? '_' : lower);
	}
	buf_char(to, '-');
	if (prefix)
		return;
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	clock_print_local(to);
	buf_format(to, "-%lld.%07ld.json", (long long)now.tv_sec, now.tv_nsec / 100);
}

static bool skip_digits(const char **at, size_t least)
{
	size_t n = strspn(*at, "0123456789");
	*at += n;
	return n >= least;
}

bool spool_is_own(const char *file_name, const char *connector_name)
{
	struct buf prefix = { 0 };
	spool_name(connector_name, true, &prefix);
	const char *at = file_name + prefix.len;
	bool own = !strncmp(file_name, buf_str(&prefix), prefix.len) && skip_digits(&at, 8) &&
		*at++ == '-' && skip_digits(&at, 6) && *at++ == '-' && skip_digits(&at, 1) &&
		*at++ == '.' && skip_digits(&at, 1) && !strcmp(at, ".json");
	buf_release(&prefix);
	return own;
}

void spool_print(const struct spool_label *label, const struct conf *conf,
	const struct parcel *parcel, struct buf *to)
{
	static const struct {
		const char *name;
		enum conf_key key;
	} texts[] = { { "id", CONNECTOR_ID }, { "name", CONNECTOR_NAME },
		{ "type", CONNECTOR_TYPE }, { "scope", CONNECTOR_SCOPE } };
	buf_text(to, "{\"bundle_type\": ");
	print_text(to, label->bundle_type);
	buf_text(to, ", \"applicant_id\": ");
	print_text_or_null(to, label->applicant_id);
	buf_text(to, ", \"connector\": {");
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		buf_format(to, "\"%s\": ", texts[i].name);
		print_text_or_null(to, conf_text(conf, texts[i].key));
		buf_text(to, ", ");
	}
	buf_format(to, "\"auto\": %s, \"validate_before_import\": %s}, \"entities_types\": ",
		conf_bool(conf, CONNECTOR_AUTO) ? "true" : "false",
		conf_bool(conf, CONNECTOR_VALIDATE_BEFORE_IMPORT) ? "true" : "false");
	if (label->entities_types)
		print_list(to, label->entities_types);
	else
		buf_text(to, "null");
	buf_text(to, ", \"bundle\": ");
	parcel_whole(parcel, to);
	buf_format(to, ", \"update\": %s}", label->update ? "true" : "false");
}

bool spool_write(const char *directory, const char *connector_name, const struct buf *contents,
	struct buf *path, struct fail *fail)
{
	do { /* names go by the time, and nothing is written over */
		buf_clear(path);
		buf_format(path, "%s/", directory);
		spool_name(connector_name, false, path);
	} while (path->state == BUF_OK && !access(path->data, F_OK));
	return buf_ok(path, fail) &&
		file_replace(path->data, contents->data, contents->len, 0644, fail);
}

bool spool_clean(const char *directory, const char *connector_name, uint64_t days,
	size_t *deleted, struct fail *fail)
{
	*deleted = 0;
	if (!days)
		return true;
	DIR *dir = opendir(directory);
	if (!dir)
		return fail_errno(fail, "%s", directory);
	double oldest = (double)time(NULL) - 86400 * (double)days;
	bool ok = true;
	for (struct dirent *entry; ok && (entry = readdir(dir));) {
		struct stat st;
		struct buf path = { 0 };
		if (!spool_is_own(entry->d_name, connector_name))
			continue;
		buf_format(&path, "%s/%s", directory, entry->d_name);
		ok = buf_ok(&path, fail);
		if (ok && !stat(path.data, &st) && (double)st.st_mtime < oldest) {
			ok = !unlink(path.data) || errno == ENOENT ||
				fail_errno(fail, "%s", path.data);
			*deleted += ok;
		}
		buf_release(&path);
	}
	closedir(dir);
	return ok;
}

static bool understand(struct spool_file *file, struct span value, struct fail *fail)
{
	struct span type, text, element;
	if (*value.text != '{' || !span_find(value, "bundle_type", &type) ||
		!(span_is(type, "DIRECTORY_BUNDLE") || span_is(type, "S3_BUNDLE")) ||
		!span_find(value, "bundle", &file->bundle) || *file->bundle.text != '{')
		return fail_set(fail, FAIL_NO, "not a DIRECTORY_BUNDLE");
	if (span_find(value, "applicant_id", &text) && *text.text == '"')
		span_decode(text, &file->applicant_id);
	if (span_find(value, "entities_types", &text) && *text.text == '[')
		for (const char *at = text.text + 1; span_member(&at, NULL, &element);)
			if (*element.text == '"') {
				buf_text(&file->entities_types,
					file->entities_types.len ? "," : "");
				span_decode(element, &file->entities_types);
			}
	file->update = span_find(value, "update", &text) && *text.text == 't';
	return buf_ok(&file->applicant_id, fail) && buf_ok(&file->entities_types, fail);
}

bool spool_read(const char *path, struct spool_file *file, struct fail *fail)
{
	struct scan scan;
	struct span value;
	if (!input_open(&file->input, path, fail))
		return false;
	scan_init(&scan, file->input.data, file->input.len);
	bool ok = scan_value(&scan, &value);
	if (!ok)
		scan_fail(&scan, path, fail);
	else if (scan_peek(&scan) != -1)
		ok = fail_set(fail, FAIL_NO, "%s: more than one value", path);
	else
		ok = understand(file, value, fail) || fail_at(fail, "%s", path);
	scan_release(&scan);
	return ok;
}

void spool_release(struct spool_file *file)
{
	input_close(&file->input);
	buf_release(&file->applicant_id);
	buf_release(&file->entities_types);
	*file = (struct spool_file){ 0 };
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool collect(DIR *dir, char ***names, size_t *count, struct fail *fail)
{
	for (struct dirent *entry; (entry = readdir(dir));) {
		size_t n = strlen(entry->d_name);
		if (n < 6 || strcmp(entry->d_name + n - 5, ".json") != 0)
			continue;
		char **more = realloc(*names, (*count + 1) * sizeof *more);
		char *name = more ? strdup(entry->d_name) : NULL;
		*names = more ? more : *names;
		if (!name)
			return fail_memory(fail);
		(*names)[(*count)++] = name;
	}
	return true;
}

bool spool_list(const char *directory, struct buf *paths, struct fail *fail)
{
	DIR *dir = opendir(directory);
	if (!dir)
		return fail_errno(fail, "%s", directory);
	char **names = NULL;
	size_t count = 0;
	bool ok = collect(dir, &names, &count, fail);
	closedir(dir);
	if (count)
		qsort(names, count, sizeof *names, by_name);
	for (size_t i = 0; i < count; i++) {
		buf_format(paths, "%s/%s", directory, names[i]);
		buf_char(paths, '\0');
		free(names[i]);
	}
	free(names);
	return ok && buf_ok(paths, fail);
}
