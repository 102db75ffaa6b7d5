#include "port.h"

#include "clock.h"

#include <math.h>
#include <strings.h>

/* Seconds for a post and its answer: less than the five minutes after which a worker gives up, and enough
 * for the largest job on a slow line. */
static const double patience = 120;

/* A job costs a connection only while it is on its way. */
enum { CONNECTIONS = 256 };

static const double seldom = 60; /* seconds between two lines about refusals */

bool port_wanted(const struct conf *conf, bool *wanted, struct fail *fail)
{
	const char *protocol = conf_text(conf, CONNECTOR_LISTEN_PROTOCOL);
	*wanted = !strcasecmp(protocol, "API");
	if (*wanted || !strcasecmp(protocol, "AMQP"))
		return true;
	return fail_set(fail, FAIL_USAGE, "CONNECTOR_LISTEN_PROTOCOL: neither AMQP nor API: %s",
		protocol);
}

static bool is_time(double *last)
{
	double now = clock_now();
	bool due = !*last || now - *last >= seldom;
	if (due)
		*last = now;
	return due;
}

static void refuse(void *ctx, enum bearer why)
{
	struct port *port = ctx;
	if (is_time(&port->said))
		agent_say(port->agent, LOG_WARNING, NULL, "a request is refused: %s",
			bearer_text(why));
	if (why == BEARER_UNKNOWN_KEY && is_time(&port->asked))
		agent_register(port->agent);
}

/* What the configuration says; the path goes to `path`. */
static bool configure(
	struct port *port, struct web_options *options, struct buf *path, struct fail *fail)
{
	const struct conf *conf = port->agent->platform.conf;
	uint64_t number = conf_number(conf, CONNECTOR_LISTEN_PROTOCOL_API_PORT, 0);
	if (number > UINT16_MAX)
		return fail_set(fail, FAIL_USAGE,
			"CONNECTOR_LISTEN_PROTOCOL_API_PORT: no port: %llu",
			(unsigned long long)number);
	*options = (struct web_options){ .port = (uint16_t)number,
		.max_body = CALLBACK_MAX_BODY,
		.timeout = patience,
		.connections = CONNECTIONS,
		.routes = &port->route,
		.route_count = 1 };
	if (conf_bool(conf, CONNECTOR_LISTEN_PROTOCOL_API_SSL)) {
		if (!conf_need(
			    conf, LISTEN_PROTOCOL_API_SSL_CERT, &options->certificate, fail) ||
			!conf_need(conf, LISTEN_PROTOCOL_API_SSL_KEY, &options->key, fail))
			return false;
		options->passphrase = conf_text(conf, LISTEN_PROTOCOL_API_SSL_PASSPHRASE);
	}
	buf_text(path, conf_text(conf, CONNECTOR_LISTEN_PROTOCOL_API_PATH));
	return buf_ok(path, fail);
}

bool port_open(struct port *port, struct fail *fail)
{
	struct web_options options;
	port->callback = (struct callback){
		.take = port->take, .refuse = refuse, .take_ctx = port->ctx, .refuse_ctx = port
	};
	if (!configure(port, &options, &port->path, fail))
		return false;
	port->route = (struct web_route){ .method = "POST",
		.path = port->path.data,
		.admit = callback_admit,
		.answer = callback_answer,
		.ctx = &port->callback };
	port->tls = options.certificate;
	port->web = web_open(&options, fail);
	return port->web;
}

int port_fd(const struct port *port)
{
	return port->web ? web_fd(port->web) : -1;
}

double port_timeout(const struct port *port)
{
	return port->web ? web_timeout(port->web) : HUGE_VAL;
}

void port_serve(struct port *port)
{
	if (!port->web)
		return;
	port->callback.jwks = registration_text(&port->agent->registration, "jwks");
	port->callback.token = conf_text(port->agent->platform.conf, OPENCTI_TOKEN);
	web_serve(port->web);
}

void port_renew(struct port *port)
{
	struct fail fail = { 0 };
	struct web_options options;
	struct buf path = { 0 }, before = port->path;
	bool ok = configure(port, &options, &path, &fail);
	bool tls = ok && options.certificate;
	bool same = ok && !tls && !port->tls && options.port == web_port(port->web) &&
		!strcmp(buf_str(&path), buf_str(&before));
	if (ok && !same) {
		port->path = path;
		port->route.path = path.data;
		struct web *fresh = web_renew(port->web, &options, &fail);
		if (fresh) {
			port->web = fresh;
			port->tls = tls;
			path = before;
		} else {
			port->path = before;
			port->route.path = before.data;
		}
	}
	if (fail.kind)
		agent_say(port->agent, LOG_ERROR, NULL, "%s; jobs are taken as before",
			fail_text(&fail));
	fail_clear(&fail);
	buf_release(&path);
}

void port_forget(struct port *port)
{
	web_forget(port->web);
}

void port_close(struct port *port)
{
	web_close(port->web);
	port->web = NULL;
	buf_release(&port->path);
}
