#include "monitor.h"

#include <math.h>

/* A monitor asks from time to time, and reads at once. */
static const double patience = 5;
enum { CONNECTIONS = 16 };

/* Whole minutes, as the platform counts them: less than five. */
static const double alive_seconds = 300;

bool health_good(const struct health *health)
{
	return health->ping_age < alive_seconds && (!health->link || health->linked);
}

void health_print(const struct health *health, struct buf *to)
{
	buf_format(to, "{\"healthy\": %s, \"platform\": %s, \"ping_age_seconds\": ",
		health_good(health) ? "true" : "false",
		health->ping_age < alive_seconds ? "true" : "false");
	if (health->ping_age < HUGE_VAL)
		buf_format(to, "%.0f", health->ping_age);
	else
		buf_text(to, "null");
	if (health->link)
		buf_format(to, ", \"%s\": %s", health->link, health->linked ? "true" : "false");
	buf_text(to, "}\n");
}

static void answer_health(
	void *ctx, const struct web_request *request, struct web_answer *answer)
{
	const struct monitor *monitor = ctx;
	struct health health = { 0 };
	(void)request;
	monitor->look(monitor->ctx, &health);
	answer->status = health_good(&health) ? 200 : 503;
	answer->type = "application/json";
	health_print(&health, &answer->body);
}

static void answer_metrics(
	void *ctx, const struct web_request *request, struct web_answer *answer)
{
	const struct monitor *monitor = ctx;
	struct health health = { 0 };
	(void)request;
	monitor->look(monitor->ctx, &health);
	metrics_set(monitor->metrics, METRIC_CONNECTED, health.linked);
	metrics_set(monitor->metrics, METRIC_PING_AGE, health.ping_age);
	answer->status = 200;
	answer->type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_print(monitor->metrics, conf_text(monitor->conf, CONNECTOR_METRICS_NAMESPACE),
		conf_text(monitor->conf, CONNECTOR_METRICS_SUBSYSTEM), &answer->body);
}

bool monitor_open(struct monitor *monitor, const struct conf *conf, struct fail *fail)
{
	uint64_t port = conf_number(conf, CONNECTOR_METRICS_PORT, 0);
	struct web_options options = { .port = (uint16_t)port,
		.timeout = patience,
		.connections = CONNECTIONS,
		.routes = monitor->routes,
		.route_count = sizeof monitor->routes / sizeof *monitor->routes };
	if (!metrics_check(conf, fail))
		return false;
	monitor->conf = conf;
	if (!conf_bool(conf, CONNECTOR_EXPOSE_METRICS)) {
		monitor_close(monitor);
		return true;
	}
	if (port > UINT16_MAX)
		return fail_set(fail, FAIL_USAGE, "CONNECTOR_METRICS_PORT: no port: %llu",
			(unsigned long long)port);
	monitor->routes[0] = (struct web_route){
		.method = "GET", .path = "/metrics", .answer = answer_metrics, .ctx = monitor
	};
	monitor->routes[1] = (struct web_route){
		.method = "GET", .path = "/health", .answer = answer_health, .ctx = monitor
	};
	struct web *web = monitor->web ? web_renew(monitor->web, &options, fail)
				       : web_open(&options, fail);
	if (!web)
		return fail_at(fail, "CONNECTOR_METRICS_PORT");
	monitor->web = web;
	return true;
}

uint16_t monitor_port(const struct monitor *monitor)
{
	return monitor->web ? web_port(monitor->web) : 0;
}

int monitor_fd(const struct monitor *monitor)
{
	return monitor->web ? web_fd(monitor->web) : -1;
}

double monitor_timeout(const struct monitor *monitor)
{
	return monitor->web ? web_timeout(monitor->web) : HUGE_VAL;
}

void monitor_serve(struct monitor *monitor)
{
	if (monitor->web)
		web_serve(monitor->web);
}

void monitor_forget(struct monitor *monitor)
{
	web_forget(monitor->web);
}

void monitor_close(struct monitor *monitor)
{
	web_close(monitor->web);
	monitor->web = NULL;
}
