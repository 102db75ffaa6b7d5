#include "places.h"

#include "settings.h"
#include "tls.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* ---- directories ---- */

enum { FREE_MIN = 100 /* MB */ };

static void check_directory(struct diagnosis *diagnosis, const char *path)
{
	struct stat st;
	struct statvfs disk;
	const char *why = NULL, *advice = "make it, or set it right";
	if (stat(path, &st) != 0)
		why = strerror(errno);
	else if (!S_ISDIR(st.st_mode))
		why = "no directory";
	else if (access(path, W_OK | X_OK) != 0)
		why = strerror(errno), advice = "give us the right to write to it";
	unsigned long long megabytes = !why && !statvfs(path, &disk)
		? (unsigned long long)disk.f_bavail * disk.f_frsize >> 20
		: FREE_MIN;
	if (why)
		diagnosis_say(diagnosis, CHECK_DIRECTORY, DIAGNOSIS_PROBLEM, advice, "%s: %s",
			path, why);
	else if (megabytes < FREE_MIN)
		diagnosis_say(diagnosis, CHECK_DIRECTORY, DIAGNOSIS_WARNING, "make room",
			"%s: %llu MB are free", path, megabytes);
	else
		diagnosis_say(diagnosis, CHECK_DIRECTORY, DIAGNOSIS_OK, NULL,
			"%s can be written to", path);
}

void places_check_directories(
	struct diagnosis *diagnosis, const struct conf *conf, char *const *given, size_t count)
{
	const char *temporary = getenv("TMPDIR");
	const char *sent = conf_text(conf, CONNECTOR_SEND_TO_DIRECTORY_PATH);
	check_directory(diagnosis, temporary && *temporary ? temporary : "/tmp");
	if (sent && conf_bool(conf, CONNECTOR_SEND_TO_DIRECTORY))
		check_directory(diagnosis, sent);
	for (size_t i = 0; i < count; i++)
		check_directory(diagnosis, given[i]);
}

/* ---- the port for callbacks ---- */

static void check_port(struct diagnosis *diagnosis, uint64_t port)
{
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof any) == 0)
		diagnosis_say(diagnosis, CHECK_CALLBACK, DIAGNOSIS_OK, NULL,
			"port %llu is free", (unsigned long long)port);
	else if (errno == EADDRINUSE)
		diagnosis_say(diagnosis, CHECK_CALLBACK, DIAGNOSIS_WARNING,
			"well if octi-listen runs; else set CONNECTOR_LISTEN_PROTOCOL_API_PORT",
			"port %llu is taken", (unsigned long long)port);
	else
		diagnosis_say(diagnosis, CHECK_CALLBACK, DIAGNOSIS_PROBLEM,
			"set CONNECTOR_LISTEN_PROTOCOL_API_PORT", "port %llu: %s",
			(unsigned long long)port, strerror(errno));
	if (fd >= 0)
		close(fd);
}

static void check_certificate(struct diagnosis *diagnosis, const struct conf *conf)
{
	struct fail fail = { 0 };
	struct buf cert = { 0 }, key = { 0 };
	const char *pem = conf_text(conf, LISTEN_PROTOCOL_API_SSL_CERT);
	if (!pem)
		diagnosis_say(diagnosis, CHECK_CALLBACK, DIAGNOSIS_PROBLEM,
			"set it, or CONNECTOR_LISTEN_PROTOCOL_API_SSL to false",
			"LISTEN_PROTOCOL_API_SSL_CERT is not set");
	else if (tls_read_server(pem, conf_text(conf, LISTEN_PROTOCOL_API_SSL_KEY),
			 conf_text(conf, LISTEN_PROTOCOL_API_SSL_PASSPHRASE), &cert, &key,
			 &fail))
		diagnosis_say(diagnosis, CHECK_CALLBACK, DIAGNOSIS_OK, NULL,
			"certificate and key belong together");
	else
		diagnosis_say(diagnosis, CHECK_CALLBACK, DIAGNOSIS_PROBLEM, NULL, "%s",
			fail_text(&fail));
	buf_release(&cert);
	buf_release(&key);
	fail_clear(&fail);
}

/* Workers run elsewhere, mostly. */
static void check_address(struct diagnosis *diagnosis, const struct conf *conf)
{
	const char *uri = conf_text(conf, CONNECTOR_LISTEN_PROTOCOL_API_URI);
	bool local = strstr(uri, "://127.") || strstr(uri, "://localhost") ||
		strstr(uri, "://[::1]");
	diagnosis_say(diagnosis, CHECK_CALLBACK, local ? DIAGNOSIS_WARNING : DIAGNOSIS_OK,
		local ? "set CONNECTOR_LISTEN_PROTOCOL_API_URI to how they reach this host"
		      : NULL,
		"workers are told %s%s", uri,
		local ? ", which is this host only for those that run on it" : "");
}

void places_check_callback(struct diagnosis *diagnosis, const struct conf *conf)
{
	uint64_t port = conf_number(conf, CONNECTOR_LISTEN_PROTOCOL_API_PORT, 0);
	if (!settings_called(conf))
		return;
	if (port < 1 || port > 65535)
		diagnosis_say(diagnosis, CHECK_CALLBACK, DIAGNOSIS_PROBLEM, NULL,
			"CONNECTOR_LISTEN_PROTOCOL_API_PORT: not a port: %llu",
			(unsigned long long)port);
	else
		check_port(diagnosis, port);
	if (conf_bool(conf, CONNECTOR_LISTEN_PROTOCOL_API_SSL))
		check_certificate(diagnosis, conf);
	check_address(diagnosis, conf);
}
