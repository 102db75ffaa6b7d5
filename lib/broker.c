#include "broker.h"

#include "json.h"

bool broker_options(const struct registration *registration, const struct conf *conf,
	struct wire_options *options, struct fail *fail)
{
	const struct json *connection = json_get(registration->json, "config.connection");
	double number = 5672;
	json_number(connection, "port", &number);
	uint64_t port =
		conf_number(conf, MQ_PORT, number > 0 && number < 65536 ? (uint64_t)number : 0);
	if (port < 1 || port > 65535)
		return fail_set(fail, FAIL_USAGE, "MQ_PORT: not a port: %llu",
			(unsigned long long)port);
#define EITHER(key, path)                                                                      \
	(conf_text(conf, key) ? conf_text(conf, key) : json_text(connection, path))
	options->host = EITHER(MQ_HOST, "host");
	options->port = (uint16_t)port;
	options->vhost = EITHER(MQ_VHOST, "vhost");
	options->user = EITHER(MQ_USER, "user");
	options->pass = EITHER(MQ_PASS, "pass");
#undef EITHER
	options->vhost = options->vhost ? options->vhost : "/";
	options->user = options->user ? options->user : "";
	options->pass = options->pass ? options->pass : "";
	options->tls = conf_text(conf, MQ_USE_SSL) ? conf_bool(conf, MQ_USE_SSL)
						   : json_true(connection, "use_ssl");
	options->verify = conf_bool(conf, MQ_USE_SSL_REJECT_UNAUTHORIZED);
	options->ca = conf_text(conf, MQ_USE_SSL_CA);
	options->cert = conf_text(conf, MQ_USE_SSL_CERT);
	options->key = conf_text(conf, MQ_USE_SSL_KEY);
	options->passphrase = conf_text(conf, MQ_USE_SSL_PASSPHRASE);
	options->connect_timeout = (double)conf_number(conf, OPENCTI_CONNECT_TIMEOUT, 10);
	return true;
}

void broker_warn(struct platform *platform, const struct wire_options *options)
{
	if (!options->tls || options->verify || platform->said_broker)
		return;
	platform->said_broker = true;
	platform_warn(platform,
		"the broker's certificate is not checked (MQ_USE_SSL_REJECT_UNAUTHORIZED)");
}
