/* platform: what every command that talks to OpenCTI begins with: options, configuration, client. */
#ifndef OCTI_PLATFORM_H
#define OCTI_PLATFORM_H

#include "conf.h"
#include "graphql.h"
#include "log.h"
#include "tool.h"

struct metrics;

/* Zero-initialised. */
struct platform {
	const char *config;  /* -c */
	struct opt_list set; /* -s */
	bool verbose;        /* -v */
	struct conf *conf;
	struct graphql *graphql; /* NULL until platform_open */
	const struct tool *tool;
	struct metrics *metrics; /* where what is sent is counted; borrowed; NULL: nowhere */
	/* Path of a lock, borrowed, that connector_turn takes; NULL: nobody else has a state in hand. */
	const char *turn;
	struct log log; /* speaks as a filter does, unless platform_log has been called */
	bool said_platform,
		said_broker; /* that its certificate is not checked: once is enough */
};

/* The rows of a command's option table for what is in the struct. v: the letter of --verbose, 0
 * where that letter has another use. */
/* clang-format off */
#define PLATFORM_OPTIONS(p, v) \
	{ 'c', "config", "FILE", "read the configuration from FILE", OPT_TEXT, &(p).config }, \
	{ 's', "set", "NAME=VALUE", "configure NAME, such as CONNECTOR_NAME; no secrets", \
		OPT_LIST, &(p).set }, \
	{ v, "verbose", NULL, "say on stderr what is retried and left out", OPT_FLAG, &(p).verbose }
/* clang-format on */

/* Reads the configuration; touches no network. A secret given with -s is FAIL_USAGE, for the
 * command line is seen by everybody. platform_close is due in any case. */
bool platform_load(struct platform *platform, const struct tool *tool, struct fail *fail);

/* Loads and makes the client, unless that was done; warns when verification is off. */
bool platform_open(struct platform *platform, const struct tool *tool, struct fail *fail);

void platform_close(struct platform *platform);

/* Has it speak as the log of a long-running command: OPENCTI_JSON_LOGGING (without a value: JSON unless
 * stderr is a terminal), CONNECTOR_LOG_LEVEL (with -v at least INFO), CONNECTOR_NAME. */
bool platform_log(struct platform *platform, struct fail *fail);

/* Says a line without notes: what goes on (of filters, when -v was given), or a warning. */
void platform_say(const struct platform *platform, const char *format, ...) FAIL_PRINTF(2, 3);
void platform_warn(const struct platform *platform, const char *format, ...) FAIL_PRINTF(2, 3);

#endif
