#include "conf.h"
#include "buf.h"
#include "opt.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
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

/* The INI file while inih reads it. */
struct source {
	struct conf *conf;
	const char *path;
	const char *next, *end; /* what is still unread */
	unsigned line;          /* the one that inih has */
	bool seen[CONF_COUNT];
	struct fail *fail;
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

static bool refuse(struct source *source, const char *what)
{
	return fail_set(
		source->fail, FAIL_USAGE, "%s:%u: %s", source->path, source->line, what);
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* [name], and then at most white space and a comment, which inih would skip without a look. */
static bool check_section(struct source *source, const char *line, size_t len)
{
	const char *close = memchr(line, ']', len), *end = line + len;
	if (!close || close == line + 1 || is_blank(line[1]) || is_blank(close[-1]))
		return refuse(source, "a section is written [name]");
	for (const char *c = close + 1; c < end && *c != ';' && *c != '#'; c++)
		if (!is_blank(*c))
			return refuse(
				source, "text after the section's name; begin a new line");
	size_t n = (size_t)(close - line) - 1;
	for (size_t i = 0; i < CONF_COUNT; i++) {
		const char *known = rows[i].section;
		if (known && strlen(known) == n && !strncasecmp(known, line + 1, n) &&
			strncmp(known, line + 1, n) != 0)
			return refuse(source, "the section's name is written in lower case");
	}
	return true;
}

/* Refuses what inih would join, cut or split, so that a value is either whole or an error. */
static bool check_line(struct source *source, const char *line, size_t len, size_t room)
{
	if (memchr(line, '\0', len))
		return refuse(source, "a NUL byte");
	if (line[0] == '[')
		return check_section(source, line, len);
	if (is_blank(line[0]))
		return refuse(source,
			"the line is indented; a value is one line, and a key begins it");
	if (len > room)
		return fail_set(source->fail, FAIL_USAGE,
			"%s:%u: longer than %zu bytes; set it in the environment instead",
			source->path, source->line, room);
	for (size_t i = 1; i < len; i++)
		if (is_blank(line[i - 1]) && line[i] == ';')
			return refuse(source,
				"would be cut at \" ;\"; put a comment on a line of its own, "
				"and a value "
				"that has this in the environment");
	return true;
}

/* inih's reader of lines, as fgets: each line is checked before inih sees it. */
static char *next_line(char *to, int size, void *ctx)
{
	struct source *source = ctx;
	if (source->fail->kind || source->next == source->end)
		return NULL;
	const char *line = source->next;
	const char *newline = memchr(line, '\n', (size_t)(source->end - line));
	size_t len = (size_t)((newline ? newline : source->end) - line);
	source->next = newline ? newline + 1 : source->end;
	source->line++;

	while (len && is_blank(line[len - 1]))
		len--;
	size_t indent = 0;
	while (indent < len && is_blank(line[indent]))
		indent++;
	if (indent == len || line[indent] == '#' || line[indent] == ';')
		len = 0; /* inih would take the tail of a long comment for a line */
	size_t room = (size_t)size - 2;
	if (len && !check_line(source, line, len, room))
		return NULL;
	if (len > room) { /* a section: what follows its name is a comment */
		len = (size_t)((const char *)memchr(line, ']', len) - line) + 1;
		if (len > room) {
			refuse(source, "the section's name is too long");
			return NULL;
		}
	}
	memcpy(to, line, len);
	memcpy(to + len, "\n", 2);
	return to;
}

/* inih's handler: nonzero goes on. */
static int take_pair(void *ctx, const char *section, const char *name, const char *text)
{
	struct source *source = ctx;
	if (source->fail->kind)
		return 0;
	if (!*section)
		return refuse(source, "a key outside of any section");
	bool known = false;
	enum conf_key key = 0;
	for (; key < CONF_COUNT; key++) {
		if (!rows[key].section || strcmp(rows[key].section, section) != 0)
			continue;
		known = true;
		if (!strcmp(rows[key].key, name))
			break;
	}
	if (key == CONF_COUNT && !known)
		return 1;
	if (key == CONF_COUNT)
		return fail_set(source->fail, FAIL_USAGE, "%s:%u: section [%s] has no key %s",
			source->path, source->line, section, name);
	if (source->seen[key])
		return fail_set(source->fail, FAIL_USAGE,
			"%s:%u: %s.%s is set for the second time", source->path, source->line,
			section, name);
	source->seen[key] = true;
	if (!*text)
		return 1;
	struct buf value = { 0 }, origin = { 0 };
	size_t len = strlen(text);
	bool quoted = len > 1 && (*text == '"' || *text == '\'') && text[len - 1] == *text;
	buf_add(&value, text + quoted, len - 2 * quoted);
	buf_format(&origin, "%s:%u", source->path, source->line);
	bool ok = buf_ok(&value, source->fail) && buf_ok(&origin, source->fail) &&
		put(source->conf, key, RANK_FILE, buf_str(&value), buf_str(&origin),
			source->fail);
	buf_release(&value);
	buf_release(&origin);
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

static bool load_ini(
	struct conf *conf, const char *path, bool optional, bool *found, struct fail *fail)
{
	struct buf text = { 0 };
	struct source source = { .conf = conf, .path = path, .fail = fail };
	*found = true;
	if (!read_file(path, &text)) {
		if (!buf_ok(&text, fail))
			goto out;
		*found = false;
		if (!optional || (errno != ENOENT && errno != ENOTDIR))
			fail_set(fail, FAIL_USAGE, "%s: %s", path, strerror(errno));
		goto out;
	}
	source.next = buf_str(&text);
	source.end = source.next + text.len;
	if (text.len >= 3 && !memcmp(source.next, "\xEF\xBB\xBF", 3))
		source.next += 3;
	int line = ini_parse_stream(next_line, &source, take_pair, &source);
	if (line > 0 && !fail->kind)
		fail_set(fail, FAIL_USAGE, "%s:%d: neither [section] nor key = value", path,
			line);
	else if (line < 0 && !fail->kind)
		fail_memory(fail);
out:
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
		(!path.len || load_ini(conf, buf_str(&path), true, &found, fail)) &&
		(found || load_ini(conf, "/etc/octi/config.ini", true, &found, fail));
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
	if (!(file ? load_ini(conf, file, false, &found, fail) : load_usual(conf, fail)))
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
