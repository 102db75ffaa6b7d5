#include "conf.h"
#include "buf.h"
#include "inifile.h"
#include "opt.h"
#include "typo.h"
#include "yamlfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20 };

/* Where a value came from, in rising order of precedence. */
enum rank {
	RANK_NONE,
	RANK_FILE,
	RANK_CREDENTIAL,
	RANK_NAMED_FILE,
	RANK_ENVIRONMENT,
	RANK_OPTION
};

struct row {
	const char *name, *section, *key;
	enum conf_kind kind;
	const char *fallback;
};

static const struct row rows[] = {
#define X(name, section, key, kind, fallback) { #name, section, key, kind, fallback },
	CONF_KEYS(X)
#undef X
};

struct value {
	enum rank rank;
	char *text, *origin; /* owned; NULL when rank is RANK_NONE */
};

struct conf {
	struct value values[CONF_COUNT];
};

struct conf *conf_new(void)
{
	return calloc(1, sizeof(struct conf));
}

void conf_free(struct conf *conf)
{
	if (!conf)
		return;
	for (size_t i = 0; i < CONF_COUNT; i++) {
		free(conf->values[i].text);
		free(conf->values[i].origin);
	}
	free(conf);
}

bool conf_parse_bool(const char *text, bool *value)
{
	static const char *const words[] = { "no", "yes", "false", "true", "0", "1", "off",
		"on" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (!strcasecmp(text, words[i])) {
			*value = i % 2;
			return true;
		}
	}
	return false;
}

bool conf_is_secret(enum conf_key key)
{
	return rows[key].kind == CONF_SECRET || rows[key].kind == CONF_PEM_SECRET;
}

static bool check(enum conf_key key, const char *text, const char *origin, struct fail *fail)
{
	const char *name = rows[key].name;
	bool truth;
	uint64_t number;
	double decimal;
	switch (rows[key].kind) {
	case CONF_BOOL:
		if (conf_parse_bool(text, &truth))
			return true;
		return fail_set(
			fail, FAIL_USAGE, "%s: not a boolean: %s (%s)", name, text, origin);
	case CONF_NUMBER:
		if (opt_number(text, &number))
			return true;
		return fail_set(
			fail, FAIL_USAGE, "%s: not a number: %s (%s)", name, text, origin);
	case CONF_DECIMAL:
		if (opt_seconds(text, &decimal))
			return true;
		return fail_set(
			fail, FAIL_USAGE, "%s: not a number: %s (%s)", name, text, origin);
	case CONF_VERIFY:
		if (conf_parse_bool(text, &truth) || !access(text, R_OK))
			return true;
		return fail_set(fail, FAIL_USAGE,
			"%s: neither a boolean nor a file that can be read: %s (%s)", name,
			text, origin);
	case CONF_TEXT:
	case CONF_SECRET:
	case CONF_PEM:
	case CONF_PEM_SECRET:
		return true;
	}
	abort();
}

/* Checks the text and keeps a copy, unless a source of higher rank was here. */
static bool put(struct conf *conf, enum conf_key key, enum rank rank, const char *text,
	const char *origin, struct fail *fail)
{
	if (!check(key, text, origin, fail))
		return false;
	struct value *value = &conf->values[key];
	if (value->rank > rank)
		return true;
	char *new_text = strdup(text), *new_origin = strdup(origin);
	if (!new_text || !new_origin) {
		free(new_text);
		free(new_origin);
		return fail_memory(fail);
	}
	free(value->text);
	free(value->origin);
	value->rank = rank;
	value->text = new_text;
	value->origin = new_origin;
	return true;
}

bool conf_set(struct conf *conf, enum conf_key key, const char *text, struct fail *fail)
{
	return put(conf, key, RANK_OPTION, text, "option", fail);
}

/* What a configuration file sets, while it is read. */
struct settings {
	struct conf *conf;
	const char *path;
	bool shared; /* a connector's own keys may be in our sections */
	bool seen[CONF_COUNT];
};

static bool is_ours(const char *section)
{
	for (size_t i = 0; i < CONF_COUNT; i++)
		if (rows[i].section && !strcmp(rows[i].section, section))
			return true;
	return false;
}

static bool check_section(const char *section)
{
	for (size_t i = 0; i < CONF_COUNT; i++)
		if (rows[i].section && !strcasecmp(rows[i].section, section) &&
			strcmp(rows[i].section, section) != 0)
			return false;
	return true;
}

/* The key of that name in a section; CONF_COUNT when there is none. */
static enum conf_key find(const char *section, const char *name)
{
	enum conf_key key = 0;
	while (key < CONF_COUNT &&
		(!rows[key].section || strcmp(rows[key].section, section) != 0 ||
			strcmp(rows[key].key, name) != 0))
		key++;
	return key;
}

/* The key of the section that may be meant; NULL when none is like it. */
static const char *guess(const char *section, const char *name)
{
	for (size_t i = 0; i < CONF_COUNT; i++)
		if (rows[i].section && !strcmp(rows[i].section, section) &&
			typo_is(name, rows[i].key))
			return rows[i].key;
	return NULL;
}

/* A key that is none of ours, in one of our sections. */
static bool take_unknown(const struct settings *settings, const char *at, const char *section,
	const char *name, struct fail *fail)
{
	const char *meant = guess(section, name);
	if (meant)
		return fail_set(fail, FAIL_USAGE, "%s: section [%s] has no key %s; is it %s?",
			at, section, name, meant);
	return settings->shared ||
		fail_set(fail, FAIL_USAGE, "%s: section [%s] has no key %s", at, section, name);
}

/* Python's YAML has a number there, which pycti takes for seconds; as a text it is no duration. */
static const char *duration(
	const struct settings *settings, enum conf_key key, const char *text, struct buf *to)
{
	double seconds;
	if (!settings->shared || key != CONNECTOR_DURATION_PERIOD || !text ||
		!opt_seconds(text, &seconds))
		return text;
	buf_format(to, "PT%sS", text);
	return buf_str(to);
}

/* Takes a section (no name) or a key of a file; without a text it is as if it were not there. */
static bool take_setting(void *ctx, const char *section, const char *name, const char *text,
	unsigned line, struct fail *fail)
{
	struct settings *settings = ctx;
	struct buf origin = { 0 }, period = { 0 };
	bool ok = true;
	buf_format(&origin, "%s:%u", settings->path, line);
	const char *at = buf_str(&origin);
	enum conf_key key = name ? find(section, name) : CONF_COUNT;
	text = duration(settings, key, text, &period);
	if (!buf_ok(&origin, fail) || !buf_ok(&period, fail))
		ok = false;
	else if (!name && !check_section(section))
		ok = fail_set(fail, FAIL_USAGE,
			"%s: the section's name is written in lower case", at);
	else if (name && !*section)
		ok = fail_set(fail, FAIL_USAGE, "%s: a key outside of any section", at);
	else if (name && key == CONF_COUNT && is_ours(section))
		ok = take_unknown(settings, at, section, name, fail);
	else if (key != CONF_COUNT && settings->seen[key])
		ok = fail_set(fail, FAIL_USAGE, "%s: %s.%s is set for the second time", at,
			section, name);
	else if (key != CONF_COUNT && text)
		ok = put(settings->conf, key, RANK_FILE, text, at, fail);
	if (key != CONF_COUNT)
		settings->seen[key] = true;
	buf_release(&origin);
	buf_release(&period);
	return ok;
}

/* The whole file. False with errno when it cannot be read, EFBIG when it is too large; memory
 * shows in the buffer. */
static bool read_file(const char *path, struct buf *buf)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = -1;
	char *room;
	while ((room = buf_room(buf, 4096))) {
		n = read(fd, room, 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		buf->len += (size_t)n;
		room[n] = '\0';
		if (buf->len > FILE_MAX) {
			n = -1;
			errno = EFBIG;
			break;
		}
	}
	int error = errno;
	close(fd);
	errno = error;
	return n == 0;
}

static bool is_yaml(const char *path)
{
	const char *dot = strrchr(path, '.');
	return dot && (!strcmp(dot, ".yml") || !strcmp(dot, ".yaml"));
}

static bool read_settings(
	struct conf *conf, const char *path, const struct buf *text, struct fail *fail)
{
	struct settings settings = { .conf = conf, .path = path, .shared = is_yaml(path) };
	if (is_yaml(path)) {
		const struct yamlfile yaml = { .path = path,
			.list = "scope",
			.knows = is_ours,
			.take = take_setting,
			.ctx = &settings };
		return yamlfile_read(&yaml, text, fail);
	}
	const struct inifile ini = { .path = path, .take = take_setting, .ctx = &settings };
	return inifile_read(&ini, text, fail);
}

static bool load_file(
	struct conf *conf, const char *path, bool optional, bool *found, struct fail *fail)
{
	struct buf text = { 0 };
	*found = read_file(path, &text);
	if (*found)
		read_settings(conf, path, &text, fail);
	else if (!buf_ok(&text, fail))
		*found = true;
	else if (!optional || (errno != ENOENT && errno != ENOTDIR))
		fail_set(fail, FAIL_USAGE, "%s: %s", path, strerror(errno));
	buf_release(&text);
	return !fail->kind;
}

/* The configuration file of the user, else that of the system; either may be missing. */
static bool load_usual(struct conf *conf, struct fail *fail)
{
	struct buf path = { 0 };
	bool found = false;
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	if (xdg && *xdg == '/')
		buf_format(&path, "%s/octi/config.ini", xdg);
	else if (home && *home == '/')
		buf_format(&path, "%s/.config/octi/config.ini", home);
	bool ok = buf_ok(&path, fail) &&
		(!path.len || load_file(conf, buf_str(&path), true, &found, fail)) &&
		(found || load_file(conf, "/etc/octi/config.ini", true, &found, fail));
	buf_release(&path);
	return ok;
}

/* A secret in a file of its own. *found is false when the file is missing and may be. */
static bool load_secret(struct conf *conf, enum conf_key key, enum rank rank, const char *path,
	bool optional, bool *found, struct fail *fail)
{
	const char *name = rows[key].name;
	struct buf text = { 0 };
	bool ok = false;
	*found = true;
	if (!read_file(path, &text)) {
		if (!buf_ok(&text, fail))
			goto out;
		*found = false;
		ok = optional && (errno == ENOENT || errno == ENOTDIR);
		if (!ok)
			fail_set(fail, FAIL_USAGE, "%s: %s: %s", name, path, strerror(errno));
		goto out;
	}
	if (text.len && text.data[text.len - 1] == '\n')
		text.data[--text.len] = '\0';
	if (text.len && text.data[text.len - 1] == '\r')
		text.data[--text.len] = '\0';
	if (!text.len)
		fail_set(fail, FAIL_USAGE, "%s: %s: the file is empty", name, path);
	else if (strlen(text.data) != text.len)
		fail_set(fail, FAIL_USAGE, "%s: %s: a NUL byte", name, path);
	else
		ok = put(conf, key, rank, text.data, path, fail);
out:
	buf_release(&text);
	return ok;
}

static bool load_credential(struct conf *conf, enum conf_key key, struct fail *fail)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	if (!directory || !*directory)
		return true;
	struct buf path = { 0 };
	bool found = false, ok = true;
	for (int lower = 0; ok && !found && lower < 2; lower++) {
		buf_clear(&path);
		buf_format(&path, "%s/%s", directory, rows[key].name);
		for (size_t i = strlen(directory); lower && i < path.len; i++)
			if (path.data[i] >= 'A' && path.data[i] <= 'Z')
				path.data[i] += 'a' - 'A';
		ok = buf_ok(&path, fail) &&
			load_secret(
				conf, key, RANK_CREDENTIAL, buf_str(&path), true, &found, fail);
	}
	buf_release(&path);
	return ok;
}

static bool load_environment(struct conf *conf, enum conf_key key, struct fail *fail)
{
	const char *text = getenv(rows[key].name);
	if (text && *text && !put(conf, key, RANK_ENVIRONMENT, text, "environment", fail))
		return false;
	if (!conf_is_secret(key) || conf->values[key].rank >= RANK_ENVIRONMENT)
		return true;

	struct buf name = { 0 };
	bool found;
	buf_format(&name, "%s_FILE", rows[key].name);
	bool ok = buf_ok(&name, fail);
	if (ok) {
		const char *path = getenv(buf_str(&name));
		if (path && *path)
			ok = load_secret(conf, key, RANK_NAMED_FILE, path, false, &found, fail);
		else
			ok = load_credential(conf, key, fail);
	}
	buf_release(&name);
	return ok;
}

bool conf_load(struct conf *conf, const char *file, struct fail *fail)
{
	bool found;
	if (!file) {
		file = getenv("OCTI_CONFIG");
		if (file && !*file)
			file = NULL;
	}
	if (!(file ? load_file(conf, file, false, &found, fail) : load_usual(conf, fail)))
		return false;
	for (enum conf_key key = 0; key < CONF_COUNT; key++)
		if (!load_environment(conf, key, fail))
			return false;
	const struct value *old = &conf->values[QUEUE_PROTOCOL];
	if (old->rank && !conf->values[CONNECTOR_QUEUE_PROTOCOL].rank)
		return put(conf, CONNECTOR_QUEUE_PROTOCOL, old->rank, old->text, old->origin,
			fail);
	return true;
}

const char *conf_text(const struct conf *conf, enum conf_key key)
{
	if (conf->values[key].rank)
		return conf->values[key].text;
	if (key == CONNECTOR_LISTEN_PROTOCOL_API_URI &&
		conf_bool(conf, CONNECTOR_LISTEN_PROTOCOL_API_SSL))
		return "https://127.0.0.1:7070";
	return rows[key].fallback;
}

bool conf_bool(const struct conf *conf, enum conf_key key)
{
	const char *text = conf_text(conf, key);
	bool value;
	if (rows[key].kind != CONF_BOOL && rows[key].kind != CONF_VERIFY)
		abort();
	if (!text)
		return false;
	return conf_parse_bool(text, &value) ? value : true;
}

uint64_t conf_number(const struct conf *conf, enum conf_key key, uint64_t otherwise)
{
	const char *text = conf_text(conf, key);
	uint64_t number;
	if (rows[key].kind != CONF_NUMBER)
		abort();
	return text && opt_number(text, &number) ? number : otherwise;
}

double conf_decimal(const struct conf *conf, enum conf_key key, double otherwise)
{
	const char *text = conf_text(conf, key);
	double number;
	if (rows[key].kind == CONF_NUMBER)
		return text ? (double)conf_number(conf, key, 0) : otherwise;
	if (rows[key].kind != CONF_DECIMAL)
		abort();
	return text && opt_seconds(text, &number) ? number : otherwise;
}

const char *conf_origin(const struct conf *conf, enum conf_key key)
{
	if (conf->values[key].rank)
		return conf->values[key].origin;
	return rows[key].fallback ? "default" : "unset";
}

const char *conf_name(enum conf_key key)
{
	return rows[key].name;
}

bool conf_need(const struct conf *conf, enum conf_key key, const char **text, struct fail *fail)
{
	*text = conf_text(conf, key);
	if (*text && **text)
		return true;
	if (!rows[key].section)
		return fail_set(fail, FAIL_USAGE, "%s is not set", rows[key].name);
	return fail_set(fail, FAIL_USAGE,
		"%s is not set (nor %s in section [%s] of a configuration file)",
		rows[key].name, rows[key].key, rows[key].section);
}
