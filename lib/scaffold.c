#include "scaffold.h"
#include "file.h"
#include "input.h"
#include "uid.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MAX_LEN = 63 }; /* a label of DNS, for images and units are called so too */

enum word {
	NAME,
	TYPE,
	ID,
	SHARE,
	ENTRY,
	ARGUMENTS,
	START,
	WATCHDOG,
	UNIT,
	PERIOD,
	OWN,
	EXAMPLE,
	STORE,
	WORDS
};

/* As the files have them, between two @. */
static const char *const words[WORDS] = { "NAME", "TYPE", "ID", "SHARE", "ENTRY", "ARGUMENTS",
	"START", "WATCHDOG", "UNIT", "PERIOD", "OWN", "EXAMPLE", "STORE" };

#define LISTENS                                                                                \
	.values = { [ENTRY] = "[\"connector\"]",                                               \
		[ARGUMENTS] = "",                                                              \
		[START] = "notify",                                                            \
		[WATCHDOG] = "2min",                                                           \
		[UNIT] = "service" }

static const struct kind {
	const char *name, *type;
	bool timed;                /* a timer runs it */
	const char *values[WORDS]; /* NULL: no line that has the word is wanted */
} kinds[] = {
	{ "external-import", "EXTERNAL_IMPORT", true,
		{ [ENTRY] = "[\"connector\"]",
			[ARGUMENTS] = " --once",
			[START] = "oneshot",
			[UNIT] = "timer",
			[PERIOD] = "PT1H",
			[OWN] = "FEED_URL",
			[EXAMPLE] = "https://feed.example/domains.json" } },
	{ "internal-analysis", "INTERNAL_ANALYSIS", LISTENS },
	{ "internal-enrichment", "INTERNAL_ENRICHMENT", LISTENS },
	{ "internal-export-file", "INTERNAL_EXPORT_FILE", LISTENS },
	{ "internal-import-file", "INTERNAL_IMPORT_FILE", LISTENS },
	{ "stream", "STREAM", false,
		{ [ENTRY] = "[\"connector\", \"/var/lib/connector\"]",
			[ARGUMENTS] = " .",
			[START] = "notify",
			[WATCHDOG] = "2min",
			[UNIT] = "service",
			[OWN] = "CONNECTOR_LIVE_STREAM_ID",
			[EXAMPLE] = "live",
			[STORE] = "patterns" } },
};

/* What a connector has. A slash at the end of `from` is before the name of the type. */
static const struct part {
	const char *from; /* below the shared files; NULL: a directory */
	const char *to;   /* in the new one */
	mode_t mode;
	bool whole; /* no words are replaced in it */
	bool timed; /* only of one that a timer runs */
} parts[] = {
	{ NULL, "__metadata__", 0777, false, false },
	{ NULL, "tests", 0777, false, false },
	{ "scripts/templates/", "connector", 0777, true, false },
	{ "scripts/connector/check/", "tests/check", 0666, true, false },
	{ "scripts/connector/run", "tests/run", 0777, false, false },
	{ "scripts/connector/Dockerfile", "Dockerfile", 0666, false, false },
	{ "scripts/connector/Makefile", "Makefile", 0666, false, false },
	{ "scripts/connector/README.md", "README.md", 0666, false, false },
	{ "scripts/connector/config.ini", "config.ini", 0666, false, false },
	{ "scripts/connector/connector_manifest.json", "__metadata__/connector_manifest.json",
		0666, false, false },
	{ "scripts/connector/docker-compose.yml", "docker-compose.yml", 0666, false, false },
	{ "scripts/connector/dockerignore", ".dockerignore", 0666, false, false },
	{ "scripts/connector/env", ".env.sample", 0666, false, false },
	{ "scripts/connector/gitignore", ".gitignore", 0666, false, false },
	{ "scripts/connector/service", "@NAME@.service", 0666, false, false },
	{ "scripts/connector/timer", "@NAME@.timer", 0666, false, true },
};

enum { PARTS = sizeof parts / sizeof *parts };

/* The new one. */
struct scaffold {
	const char *share;
	const struct kind *kind;
	const char *values[WORDS];
	struct buf path; /* of the part that is worked on */
};

static const struct kind *find(const char *type)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].name, type) || !strcmp(kinds[i].type, type))
			return &kinds[i];
	return NULL;
}

bool scaffold_knows(const char *type)
{
	return find(type) != NULL;
}

bool scaffold_share(struct buf *share, struct fail *fail)
{
	const char *given = getenv("OCTI_SHARE");
	if (given && *given) {
		buf_text(share, given);
		return buf_ok(share, fail);
	}
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", program, sizeof program);
	if (n < 0)
		return fail_errno(fail, "/proc/self/exe");
	for (int up = 0; up < 2; up++)
		while (n > 0 && program[--n] != '/')
			;
	buf_add(share, program, (size_t)n);
	buf_text(share, "/share/octi");
	return buf_ok(share, fail);
}

/* The word that begins with this @; WORDS when it is none. */
static enum word word_at(const char *at, const char *end)
{
	enum word word = 0;
	for (; word < WORDS; word++) {
		size_t len = strlen(words[word]);
		if ((size_t)(end - at) >= len + 2 && !memcmp(at + 1, words[word], len) &&
			at[len + 1] == '@')
			break;
	}
	return word;
}

/* Adds the text with its words replaced, without the lines that have one for which there is nothing. */
static void expand(const struct scaffold *scaffold, const char *text, size_t n, struct buf *to)
{
	const char *end = text + n;
	size_t line = to->len;
	bool wanted = true;
	for (const char *at = text; at < end; at++) {
		enum word word = *at == '@' ? word_at(at, end) : WORDS;
		if (word == WORDS) {
			buf_char(to, *at);
		} else {
			const char *value = scaffold->values[word];
			if (value)
				buf_text(to, value);
			else
				wanted = false;
			at += strlen(words[word]) + 1;
		}
		if (*at != '\n')
			continue;
		if (!wanted && to->state == BUF_OK)
			to->data[to->len = line] = '\0';
		wanted = true;
		line = to->len;
	}
}

/* Sets the path of a part in the new directory. */
static bool path_of(struct scaffold *scaffold, const struct part *part, struct fail *fail)
{
	buf_clear(&scaffold->path);
	buf_format(&scaffold->path, "%s/", scaffold->values[NAME]);
	expand(scaffold, part->to, strlen(part->to), &scaffold->path);
	return buf_ok(&scaffold->path, fail);
}

static bool is_wanted(const struct scaffold *scaffold, const struct part *part)
{
	return !part->timed || scaffold->kind->timed;
}

static bool make_part(struct scaffold *scaffold, const struct part *part, struct fail *fail)
{
	struct buf from = { 0 }, text = { 0 };
	struct input input;
	bool ok = path_of(scaffold, part, fail);
	if (ok && !part->from) {
		ok = !mkdir(buf_str(&scaffold->path), part->mode) ||
			fail_errno(fail, "%s", buf_str(&scaffold->path));
		goto out;
	}
	buf_format(&from, "%s/%s", scaffold->share, ok ? part->from : "");
	if (ok && part->from[strlen(part->from) - 1] == '/')
		buf_text(&from, scaffold->kind->name);
	ok = ok && buf_ok(&from, fail) && input_open(&input, buf_str(&from), fail);
	if (!ok)
		goto out;
	if (part->whole)
		buf_add(&text, input.data, input.len);
	else
		expand(scaffold, input.data, input.len, &text);
	input_close(&input);
	ok = buf_ok(&text, fail) &&
		file_write(
			buf_str(&scaffold->path), buf_str(&text), text.len, part->mode, fail);
out:
	buf_release(&from);
	buf_release(&text);
	return ok;
}

/* Takes away the parts that were made, the last one first, and the directory. */
static void remove_parts(struct scaffold *scaffold, size_t made)
{
	struct fail ignored = { 0 };
	while (made-- > 0) {
		if (!is_wanted(scaffold, &parts[made]) ||
			!path_of(scaffold, &parts[made], &ignored))
			continue;
		if (parts[made].from)
			unlink(buf_str(&scaffold->path));
		else
			rmdir(buf_str(&scaffold->path));
	}
	rmdir(scaffold->values[NAME]);
	fail_clear(&ignored);
}

static bool is_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return *name >= 'a' && *name <= 'z' && !name[len] && len <= NAME_MAX_LEN;
}

bool scaffold_make(const char *share, const char *type, const char *name, struct fail *fail)
{
	struct scaffold scaffold = { .share = share, .kind = find(type) };
	char id[UID_LEN + 1];
	size_t made = 0;
	if (!scaffold.kind)
		return fail_set(fail, FAIL_USAGE, "%s: no type of connectors", type);
	if (!is_name(name))
		return fail_set(fail, FAIL_USAGE,
			"%s: a name is a lower-case letter, and then letters, digits and "
			"hyphens, at most %d",
			name, NAME_MAX_LEN);
	uid_random(id);
	memcpy(scaffold.values, scaffold.kind->values, sizeof scaffold.values);
	scaffold.values[NAME] = name;
	scaffold.values[TYPE] = scaffold.kind->type;
	scaffold.values[ID] = id;
	scaffold.values[SHARE] = share;

	if (mkdir(name, 0777))
		return errno == EEXIST ? fail_set(fail, FAIL_NO, "%s: is there already", name)
				       : fail_errno(fail, "%s", name);
	while (made < PARTS &&
		(!is_wanted(&scaffold, &parts[made]) ||
			make_part(&scaffold, &parts[made], fail)))
		made++;
	if (made < PARTS)
		remove_parts(&scaffold, made);
	buf_release(&scaffold.path);
	return made == PARTS;
}
