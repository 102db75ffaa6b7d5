/*
 * conf: the configuration, under OpenCTI's own names.
 *
 * A value comes from, in this order: an option of the command (conf_set), the environment, a file
 * named by NAME_FILE (secrets only), a file called NAME or name in $CREDENTIALS_DIRECTORY (secrets
 * only), the configuration file, the default. An empty environment variable, and a key of the file
 * without a value, are as if they were not there.
 *
 * The configuration file is INI (inifile.h), or YAML (yamlfile.h) when its name ends in .yml or .yaml, as
 * connectors in Python have it. The sections opencti, connector, mq and s3 have the keys below; other
 * sections are a connector's own and are not looked at. In INI our sections have no other key. In YAML
 * they may: Python's connectors keep keys of their own there (and two of pycti's past,
 * confidence_level and update_existing_data), which pycti does not look at either; only what may be a
 * slip for one of ours is refused.
 */
#ifndef OCTI_CONF_H
#define OCTI_CONF_H

#include "fail.h"

#include <stddef.h>
#include <stdint.h>

enum conf_kind {
	CONF_TEXT,
	CONF_BOOL,
	CONF_NUMBER,  /* a decimal number, no sign */
	CONF_DECIMAL, /* the same, a fraction is allowed */
	CONF_VERIFY, /* a boolean, or the path of the authorities to trust (file or directory) */
	CONF_SECRET,    /* never quoted in an error */
	CONF_PEM,       /* a path, or PEM text */
	CONF_PEM_SECRET /* both: a private key */
};

/*
 * One row a key: name (the environment variable), section and key in the file, kind, default.
 * The names and meanings are those of pycti's connector helper, the defaults too, apart from the
 * verification of TLS, which is on. OPENCTI_CONNECT_TIMEOUT and
 * CONNECTOR_PLAYBOOK_COMPATIBLE (an argument of pycti's) are ours. octi-config(5) lists the same
 * rows. What has no default is unset, or comes with the registration.
 */
/* clang-format off */
#define CONF_KEYS(X) \
	X(OPENCTI_URL, "opencti", "url", CONF_TEXT, NULL) \
	X(OPENCTI_TOKEN, "opencti", "token", CONF_SECRET, NULL) \
	X(OPENCTI_CUSTOM_HEADERS, "opencti", "custom_headers", CONF_SECRET, NULL) \
	X(OPENCTI_SSL_VERIFY, "opencti", "ssl_verify", CONF_VERIFY, "true") \
	X(OPENCTI_JSON_LOGGING, "opencti", "json_logging", CONF_BOOL, "true") \
	X(OPENCTI_REQUESTS_TIMEOUT, "opencti", "requests_timeout", CONF_NUMBER, "300") /* s */ \
	X(OPENCTI_CONNECT_TIMEOUT, "opencti", "connect_timeout", CONF_NUMBER, "10") /* s */ \
	X(HTTPS_CA_CERTIFICATES, "opencti", "https_ca_certificates", CONF_PEM, NULL) \
	X(CONNECTOR_ID, "connector", "id", CONF_TEXT, NULL) \
	X(CONNECTOR_TYPE, "connector", "type", CONF_TEXT, NULL) \
	X(CONNECTOR_NAME, "connector", "name", CONF_TEXT, NULL) \
	X(CONNECTOR_SCOPE, "connector", "scope", CONF_TEXT, "not-applicable") \
	X(CONNECTOR_AUTO, "connector", "auto", CONF_BOOL, "false") \
	X(CONNECTOR_AUTO_UPDATE, "connector", "auto_update", CONF_BOOL, "false") \
	X(CONNECTOR_ENRICHMENT_RESOLUTION, "connector", "enrichment_resolution", CONF_TEXT, "none") \
	X(CONNECTOR_ONLY_CONTEXTUAL, "connector", "only_contextual", CONF_BOOL, "false") \
	X(CONNECTOR_PLAYBOOK_COMPATIBLE, "connector", "playbook_compatible", CONF_BOOL, "false") \
	X(CONNECTOR_XTM_ONE_INTENT, "connector", "xtm_one_intent", CONF_TEXT, NULL) \
	X(CONNECTOR_LOG_LEVEL, "connector", "log_level", CONF_TEXT, "ERROR") \
	X(CONNECTOR_RUN_AND_TERMINATE, "connector", "run_and_terminate", CONF_BOOL, "false") \
	X(CONNECTOR_DURATION_PERIOD, "connector", "duration_period", CONF_TEXT, NULL) \
	X(CONNECTOR_QUEUE_THRESHOLD, "connector", "queue_threshold", CONF_DECIMAL, "500") /* MB */ \
	X(CONNECTOR_VALIDATE_BEFORE_IMPORT, "connector", "validate_before_import", CONF_BOOL, "false") \
	X(CONNECTOR_AUTO_CREATE_SERVICE_ACCOUNT, "connector", "auto_create_service_account", \
		CONF_BOOL, "false") \
	X(CONNECTOR_AUTO_CREATE_SERVICE_ACCOUNT_CONFIDENCE_LEVEL, "connector", \
		"auto_create_service_account_confidence_level", CONF_NUMBER, "50") \
	X(CONNECTOR_LISTEN_PROTOCOL, "connector", "listen_protocol", CONF_TEXT, "AMQP") \
	X(CONNECTOR_LISTEN_PROTOCOL_API_PORT, "connector", "listen_protocol_api_port", \
		CONF_NUMBER, "7070") \
	X(CONNECTOR_LISTEN_PROTOCOL_API_PATH, "connector", "listen_protocol_api_path", \
		CONF_TEXT, "/api/callback") \
	X(CONNECTOR_LISTEN_PROTOCOL_API_SSL, "connector", "listen_protocol_api_ssl", \
		CONF_BOOL, "false") \
	/* https://... when the key above is true; the port does not follow either */ \
	X(CONNECTOR_LISTEN_PROTOCOL_API_URI, "connector", "listen_protocol_api_uri", \
		CONF_TEXT, "http://127.0.0.1:7070") \
	X(LISTEN_PROTOCOL_API_SSL_KEY, "connector", "listen_protocol_api_ssl_key", \
		CONF_PEM_SECRET, NULL) \
	X(LISTEN_PROTOCOL_API_SSL_CERT, "connector", "listen_protocol_api_ssl_cert", CONF_PEM, NULL) \
	X(LISTEN_PROTOCOL_API_SSL_PASSPHRASE, "connector", "listen_protocol_api_ssl_passphrase", \
		CONF_SECRET, NULL) \
	X(CONNECTOR_LIVE_STREAM_ID, "connector", "live_stream_id", CONF_TEXT, NULL) \
	X(CONNECTOR_LIVE_STREAM_LISTEN_DELETE, "connector", "live_stream_listen_delete", \
		CONF_BOOL, "true") \
	X(CONNECTOR_LIVE_STREAM_NO_DEPENDENCIES, "connector", "live_stream_no_dependencies", \
		CONF_BOOL, "true") \
	X(CONNECTOR_LIVE_STREAM_WITH_INFERENCES, "connector", "live_stream_with_inferences", \
		CONF_BOOL, "false") \
	X(CONNECTOR_LIVE_STREAM_RECOVER_ISO_DATE, "connector", "live_stream_recover_iso_date", \
		CONF_TEXT, NULL) \
	X(CONNECTOR_LIVE_STREAM_START_TIMESTAMP, "connector", "live_stream_start_timestamp", \
		CONF_TEXT, NULL) \
	X(CONNECTOR_SEND_TO_QUEUE, "connector", "send_to_queue", CONF_BOOL, "true") \
	X(CONNECTOR_QUEUE_PROTOCOL, "connector", "queue_protocol", CONF_TEXT, "amqp") \
	/* the old name of the key above, which takes its value when it has none but the default */ \
	X(QUEUE_PROTOCOL, NULL, NULL, CONF_TEXT, NULL) \
	X(CONNECTOR_SEND_TO_DIRECTORY, "connector", "send_to_directory", CONF_BOOL, "false") \
	X(CONNECTOR_SEND_TO_DIRECTORY_PATH, "connector", "send_to_directory_path", CONF_TEXT, NULL) \
	X(CONNECTOR_SEND_TO_DIRECTORY_RETENTION, "connector", "send_to_directory_retention", \
		CONF_NUMBER, "7") /* days; 0 is for ever */ \
	X(CONNECTOR_SEND_TO_S3, "connector", "send_to_s3", CONF_BOOL, "false") \
	X(CONNECTOR_SEND_TO_S3_BUCKET, "connector", "send_to_s3_bucket", CONF_TEXT, NULL) \
	X(CONNECTOR_SEND_TO_S3_FOLDER, "connector", "send_to_s3_folder", CONF_TEXT, "connectors") \
	X(CONNECTOR_SEND_TO_S3_RETENTION, "connector", "send_to_s3_retention", \
		CONF_NUMBER, "7") /* days; 0 is for ever */ \
	X(CONNECTOR_EXPOSE_METRICS, "connector", "expose_metrics", CONF_BOOL, "false") \
	X(CONNECTOR_METRICS_NAMESPACE, "connector", "metrics_namespace", CONF_TEXT, "") \
	X(CONNECTOR_METRICS_SUBSYSTEM, "connector", "metrics_subsystem", CONF_TEXT, "") \
	X(CONNECTOR_METRICS_PORT, "connector", "metrics_port", CONF_NUMBER, "9095") \
	X(MQ_HOST, "mq", "host", CONF_TEXT, NULL) \
	X(MQ_PORT, "mq", "port", CONF_NUMBER, NULL) \
	X(MQ_VHOST, "mq", "vhost", CONF_TEXT, NULL) \
	X(MQ_USER, "mq", "user", CONF_TEXT, NULL) \
	X(MQ_PASS, "mq", "pass", CONF_SECRET, NULL) \
	X(MQ_USE_SSL, "mq", "use_ssl", CONF_BOOL, NULL) \
	X(MQ_USE_SSL_CA, "mq", "use_ssl_ca", CONF_PEM, NULL) \
	X(MQ_USE_SSL_CERT, "mq", "use_ssl_cert", CONF_PEM, NULL) \
	X(MQ_USE_SSL_KEY, "mq", "use_ssl_key", CONF_PEM_SECRET, NULL) \
	X(MQ_USE_SSL_REJECT_UNAUTHORIZED, "mq", "use_ssl_reject_unauthorized", CONF_BOOL, "true") \
	X(MQ_USE_SSL_PASSPHRASE, "mq", "use_ssl_passphrase", CONF_SECRET, NULL) \
	X(S3_ENDPOINT, "s3", "endpoint", CONF_TEXT, NULL) \
	X(S3_PORT, "s3", "port", CONF_NUMBER, NULL) \
	X(S3_ACCESS_KEY, "s3", "access_key", CONF_SECRET, NULL) \
	X(S3_SECRET_KEY, "s3", "secret_key", CONF_SECRET, NULL) \
	X(S3_USE_SSL, "s3", "use_ssl", CONF_BOOL, NULL) \
	X(S3_BUCKET_REGION, "s3", "bucket_region", CONF_TEXT, NULL)
/* clang-format on */

enum conf_key {
#define X(name, section, key, kind, fallback) name,
	CONF_KEYS(X)
#undef X
		CONF_COUNT
};

struct conf;

/* NULL only when memory ran out; free with conf_free (NULL is allowed). */
struct conf *conf_new(void);
void conf_free(struct conf *conf);

/*
 * Reads the file, the environment and the files of secrets, once, and checks that booleans and
 * numbers are such, also those that another source overrides.
 * file: the argument of -c; NULL looks at $OCTI_CONFIG, $XDG_CONFIG_HOME/octi/config.ini (or
 * ~/.config/...), /etc/octi/config.ini, of which the last two may be missing; the first one found
 * is read, alone. A line that cannot be read, a key without section, an unknown key (see above) and a
 * key for the second time are FAIL_USAGE with FILE:LINE. A secret read
 * from a file of its own is the whole file without one newline at its end.
 */
bool conf_load(struct conf *conf, const char *file, struct fail *fail);

/* Overrides a value, as an option does, before conf_load or after it. The text is copied; it may be
 * empty. */
bool conf_set(struct conf *conf, enum conf_key key, const char *text, struct fail *fail);

/* The value, borrowed until conf_free; NULL when there is none, not even a default. */
const char *conf_text(const struct conf *conf, enum conf_key key);

/* False when there is none. The text was checked by conf_load and conf_set. For a CONF_VERIFY, true
 * when it is a path. */
bool conf_bool(const struct conf *conf, enum conf_key key);

/* `otherwise` when there is none. */
uint64_t conf_number(const struct conf *conf, enum conf_key key, uint64_t otherwise);

/* The same for a CONF_DECIMAL or a CONF_NUMBER. */
double conf_decimal(const struct conf *conf, enum conf_key key, double otherwise);

/* Where the value came from: "option", "environment", "FILE:LINE", "FILE" (of a secret), "default",
 * "unset". Borrowed. */
const char *conf_origin(const struct conf *conf, enum conf_key key);

/* The name of the key, such as "OPENCTI_URL". Static. */
const char *conf_name(enum conf_key key);

/* True when the value must not be shown. */
bool conf_is_secret(enum conf_key key);

/* The value, or FAIL_USAGE with a line that names the variable and the file's key. An empty value is
 * none. */
bool conf_need(
	const struct conf *conf, enum conf_key key, const char **text, struct fail *fail);

/* yes/no/true/false/1/0/on/off in any case. Returns false for anything else. */
bool conf_parse_bool(const char *text, bool *value);

#endif
