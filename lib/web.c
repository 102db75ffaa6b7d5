#include "web.h"

#include "clock.h"
#include "listener.h"
#include "opt.h"
#include "tls.h"

#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

enum { MAX_HEADERS = 16 << 10 };

/* A connection. */
struct client {
	struct client *before, *after;
	int fd;
	double deadline; /* of its request, also of the one that has not begun */
};

struct web {
	struct web_options options; /* without its texts */
	struct buf address;
	struct MHD_Daemon *daemon;
	int listening;
	struct client *clients;
	struct buf certificate, key;
	char said[200]; /* why the library could not start */
};

/* A request. */
struct exchange {
	const struct web_route *route;
	struct web_answer answer; /* of a request that is refused, while its body goes by */
	bool refused;
	struct buf body;
	size_t passed; /* bytes of the body that came */
};

/* ---- connections ---- */

static void note_client(void *ctx, struct MHD_Connection *connection, void **held,
	enum MHD_ConnectionNotificationCode what)
{
	struct web *web = ctx;
	struct client *client = *held;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		client = calloc(1, sizeof *client);
		*held = client;
		if (!client) /* handle_request refuses it */
			return;
		client->fd =
			MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
				->connect_fd;
		client->deadline = clock_now() + web->options.timeout;
		client->after = web->clients;
		if (client->after)
			client->after->before = client;
		web->clients = client;
	} else if (client) {
		if (client->after)
			client->after->before = client->before;
		*(client->before ? &client->before->after : &web->clients) = client->after;
		free(client);
		*held = NULL;
	}
}

static struct client *client_of(struct MHD_Connection *connection)
{
	return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
		->socket_context;
}

/* ---- requests ---- */

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static bool takes_method(const struct web_route *route, const char *method)
{
	return !strcmp(method, route->method) ||
		(!strcmp(method, "HEAD") && !strcmp(route->method, "GET"));
}

/* The route of a request; without one, `refused` and its status. */
static void find_route(
	const struct web *web, const char *method, const char *path, struct exchange *exchange)
{
	exchange->refused = true;
	exchange->answer.status = MHD_HTTP_NOT_FOUND;
	for (size_t i = 0; exchange->refused && i < web->options.route_count; i++) {
		const struct web_route *route = &web->options.routes[i];
		if (strcmp(path, route->path) != 0)
			continue;
		exchange->route = route;
		exchange->refused = !takes_method(route, method);
		exchange->answer.status = exchange->refused ? MHD_HTTP_METHOD_NOT_ALLOWED : 0;
	}
}

static enum MHD_Result send_answer(struct MHD_Connection *connection,
	const struct web_route *route, struct web_answer *answer)
{
	char number[16];
	size_t len = answer->body.len;
	if (!answer->status || answer->body.state != BUF_OK) {
		answer->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
		len = 0;
	}
	char *body = len ? answer->body.data : NULL;
	struct MHD_Response *response = MHD_create_response_from_buffer(
		len, body ? body : "", body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	if (!response)
		return MHD_NO;
	if (body) /* it is the library's now */
		answer->body = (struct buf){ 0 };
	bool ok = true;
	if (len && answer->type)
		ok = MHD_add_response_header(
			response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
	if (ok && answer->retry_after) {
		snprintf(number, sizeof number, "%u", answer->retry_after);
		ok = MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, number);
	}
	if (ok && answer->status == MHD_HTTP_UNAUTHORIZED)
		ok = MHD_add_response_header(
			response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	if (ok && answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		ok = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
			strcmp(route->method, "GET") ? route->method : "GET, HEAD");
	enum MHD_Result sent =
		ok ? MHD_queue_response(connection, answer->status, response) : MHD_NO;
	MHD_destroy_response(response);
	return sent;
}

static struct web_request request_of(struct MHD_Connection *connection, const char *method,
	const char *path, const struct buf *body)
{
	return (struct web_request){ .method = method,
		.path = path,
		.authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION),
		.type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
		.body = body };
}

/* The headers have come. What is refused is told when its body has come, for a client that is still
 * sending may not see an answer before; but a client that waits to be asked for the body, or has a body
 * that is too long, is told at once. */
static enum MHD_Result begin(struct web *web, struct MHD_Connection *connection,
	const char *method, const char *path, struct exchange *exchange)
{
	const char *announced = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
	uint64_t len = 0;
	exchange->body.max = web->options.max_body;
	find_route(web, method, path, exchange);
	if (!exchange->refused && exchange->route->admit) {
		struct web_request request =
			request_of(connection, method, path, &exchange->body);
		exchange->refused = !exchange->route->admit(
			exchange->route->ctx, &request, &exchange->answer);
	}
	bool too_long =
		announced && (!opt_number(announced, &len) || len > web->options.max_body);
	if (!exchange->refused && too_long) {
		exchange->refused = true;
		exchange->answer.status = MHD_HTTP_CONTENT_TOO_LARGE;
	}
	if (exchange->refused && (too_long || header(connection, MHD_HTTP_HEADER_EXPECT)))
		return send_answer(connection, exchange->route, &exchange->answer);
	return MHD_YES;
}

/* A part of the body has come. */
static enum MHD_Result go_on(
	const struct web *web, struct exchange *exchange, const char *bytes, size_t n)
{
	size_t max = web->options.max_body;
	exchange->passed = n > SIZE_MAX - exchange->passed ? SIZE_MAX : exchange->passed + n;
	if (exchange->passed > max && exchange->passed - max > max)
		return MHD_NO; /* it does not end: cut */
	if (!exchange->refused) {
		buf_add(&exchange->body, bytes, n);
		exchange->refused = exchange->body.state != BUF_OK;
		if (exchange->refused) {
			exchange->answer.status = exchange->body.state == BUF_FULL
				? MHD_HTTP_CONTENT_TOO_LARGE
				: MHD_HTTP_SERVICE_UNAVAILABLE;
			buf_release(&exchange->body);
		}
	}
	return MHD_YES;
}

static enum MHD_Result finish(struct MHD_Connection *connection, const char *method,
	const char *path, struct exchange *exchange)
{
	if (!exchange->refused) {
		struct web_request request =
			request_of(connection, method, path, &exchange->body);
		exchange->route->answer(exchange->route->ctx, &request, &exchange->answer);
	}
	return send_answer(connection, exchange->route, &exchange->answer);
}

/* Called when the headers have come, for each part of the body, and at its end. */
static enum MHD_Result handle_request(void *ctx, struct MHD_Connection *connection,
	const char *path, const char *method, const char *version, const char *bytes, size_t *n,
	void **held)
{
	struct web *web = ctx;
	struct exchange *exchange = *held;
	(void)version;
	if (!exchange) {
		*held = exchange = client_of(connection) ? calloc(1, sizeof *exchange) : NULL;
		return exchange ? begin(web, connection, method, path, exchange) : MHD_NO;
	}
	if (*n == 0)
		return finish(connection, method, path, exchange);
	size_t len = *n;
	*n = 0;
	return go_on(web, exchange, bytes, len);
}

/* The answer has gone, or the client. The time of its next request begins. */
static void end_request(void *ctx, struct MHD_Connection *connection, void **held,
	enum MHD_RequestTerminationCode how)
{
	struct web *web = ctx;
	struct exchange *exchange = *held;
	struct client *client = client_of(connection);
	(void)how;
	if (client)
		client->deadline = clock_now() + web->options.timeout;
	if (!exchange)
		return;
	buf_release(&exchange->body);
	buf_release(&exchange->answer.body);
	free(exchange);
	*held = NULL;
}

/* Paths are compared as they are written. */
static size_t keep_escapes(void *ctx, struct MHD_Connection *connection, char *text)
{
	(void)ctx;
	(void)connection;
	return strlen(text);
}

/* ---- the server ---- */

static void note_reason(void *ctx, const char *format, va_list args) FAIL_PRINTF(2, 0);

static void note_reason(void *ctx, const char *format, va_list args)
{
	struct web *web = ctx;
	vsnprintf(web->said, sizeof web->said, format, args);
	web->said[strcspn(web->said, "\r\n")] = '\0';
}

static bool start(struct web *web, const struct web_options *options, struct fail *fail)
{
	bool tls = options->certificate;
	if (tls &&
		!tls_read_server(options->certificate, options->key, options->passphrase,
			&web->certificate, &web->key, fail))
		return false;
	struct MHD_OptionItem secret[] = { { MHD_OPTION_HTTPS_MEM_CERT, 0,
						   web->certificate.data },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, web->key.data }, { MHD_OPTION_END, 0, NULL } };
	if (!tls)
		secret[0] = secret[2];
	web->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_ERROR_LOG | (tls ? MHD_USE_TLS : 0), 0, NULL, NULL,
		handle_request, web, MHD_OPTION_EXTERNAL_LOGGER, note_reason, web,
		MHD_OPTION_LISTEN_SOCKET, web->listening, MHD_OPTION_NOTIFY_CONNECTION,
		note_client, web, MHD_OPTION_NOTIFY_COMPLETED, end_request, web,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, web, MHD_OPTION_CONNECTION_LIMIT,
		options->connections, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MAX_HEADERS,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, secret, MHD_OPTION_END);
	if (!web->daemon)
		return fail_set(fail, tls ? FAIL_USAGE : FAIL_RETRY,
			"the server cannot start: %s",
			*web->said ? web->said : "no reason given");
	return true;
}

static void release(struct web *web)
{
	if (web->daemon)
		MHD_stop_daemon(web->daemon); /* it closes the socket too */
	else if (web->listening >= 0)
		close(web->listening);
	if (web->key.data)
		memset(web->key.data, 0, web->key.len);
	while (web->clients) { /* of a child that forgot them */
		struct client *client = web->clients;
		web->clients = client->after;
		free(client);
	}
	buf_release(&web->address);
	buf_release(&web->certificate);
	buf_release(&web->key);
	free(web);
}

/* With `listening`, on a socket that is bound; it is taken over in any case. */
static struct web *make(const struct web_options *options, int listening, struct fail *fail)
{
	struct web *web = calloc(1, sizeof *web);
	if (!web) {
		if (listening >= 0)
			close(listening);
		fail_memory(fail);
		return NULL;
	}
	buf_text(&web->address, options->address ? options->address : "");
	web->options = *options;
	web->options.address = web->options.certificate = NULL;
	web->options.key = web->options.passphrase = NULL;
	web->listening = listening >= 0 ? listening
					: listener_open(options->address, options->port, fail);
	if (web->listening >= 0 && buf_ok(&web->address, fail) && start(web, options, fail))
		return web;
	release(web);
	return NULL;
}

struct web *web_open(const struct web_options *options, struct fail *fail)
{
	return make(options, -1, fail);
}

struct web *web_renew(struct web *web, const struct web_options *options, struct fail *fail)
{
	bool same = options->port == web_port(web) &&
		!strcmp(options->address ? options->address : "", buf_str(&web->address));
	int listening = same ? fcntl(web->listening, F_DUPFD_CLOEXEC, 0) : -1;
	if (same && listening < 0) {
		fail_errno(fail, "port %u", (unsigned)options->port);
		return NULL;
	}
	struct web *fresh = make(options, listening, fail);
	if (fresh)
		web_close(web);
	return fresh;
}

int web_fd(const struct web *web)
{
	return MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

double web_timeout(const struct web *web)
{
	MHD_UNSIGNED_LONG_LONG milliseconds;
	double now = clock_now(), wait = HUGE_VAL;
	if (MHD_get_timeout(web->daemon, &milliseconds) == MHD_YES)
		wait = (double)milliseconds / 1000;
	for (const struct client *client = web->clients; client; client = client->after)
		if (client->deadline - now < wait)
			wait = client->deadline - now;
	return wait < 0 ? 0 : wait;
}

void web_serve(struct web *web)
{
	MHD_run(web->daemon);
	/* After what had come, so that nobody pays for a pause of ours. The library finds out by itself,
	 * when it is run again, that a socket is at its end. */
	double now = clock_now();
	bool cut = false;
	for (struct client *client = web->clients; client; client = client->after)
		if (client->deadline <= now) {
			shutdown(client->fd, SHUT_RDWR);
			client->deadline = HUGE_VAL;
			cut = true;
		}
	if (cut)
		MHD_run(web->daemon);
}

uint16_t web_port(const struct web *web)
{
	struct sockaddr_storage at = { 0 };
	socklen_t len = sizeof at;
	if (getsockname(web->listening, (struct sockaddr *)&at, &len))
		return 0;
	return ntohs(at.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&at)->sin6_port
					      : ((struct sockaddr_in *)&at)->sin_port);
}

void web_forget(struct web *web)
{
	if (!web || !web->daemon)
		return;
	/* What the library does to a connection at its end, the parent's would feel. */
	close(web_fd(web));
	close(web->listening);
	for (const struct client *client = web->clients; client; client = client->after)
		close(client->fd);
	web->daemon = NULL;
	web->listening = -1;
}

void web_close(struct web *web)
{
	if (web)
		release(web);
}
