#include "conf.h"
#include "buf.h"
#include "check.h"

#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/octi-conf-XXXXXX";

/* Writes a file into the directory; the path is the caller's to free. */
static char *write_file(const char *name, const char *text)
{
	struct buf path = { 0 };
	buf_format(&path, "%s/%s", directory, name);
	FILE *file = fopen(buf_str(&path), "w");
	CHECK(file && fwrite(text, 1, strlen(text), file) == strlen(text) && !fclose(file));
	return buf_take(&path);
}

/* The failure's text without the directory's name. */
static void check_load(const char *file, const char *wanted)
{
	struct fail fail = { 0 };
	struct buf text = { 0 };
	struct conf *conf = conf_new();
	CHECK(!conf_load(conf, file, &fail));
	CHECK(fail.kind == FAIL_USAGE);
	for (const char *at = fail_text(&fail); *at; at++) {
		if (!strncmp(at, directory, strlen(directory)))
			at += strlen(directory) + 1;
		buf_char(&text, *at);
	}
	CHECK_TEXT(buf_str(&text), wanted);
	buf_release(&text);
	fail_clear(&fail);
	conf_free(conf);
}

static void check_line(const char *text, const char *wanted)
{
	char *path = write_file("line.ini", text);
	check_load(path, wanted);
	free(path);
}

/* The value of the key under a file with this text. */
static void check_value(
	const char *text, enum conf_key key, const char *wanted, const char *origin)
{
	struct fail fail = { 0 };
	struct conf *conf = conf_new();
	char *path = write_file("value.ini", text);
	if (!conf_load(conf, path, &fail))
		CHECK_TEXT(fail_text(&fail), "");
	CHECK_TEXT(conf_text(conf, key), wanted);
	if (*origin == ':')
		CHECK(!strncmp(conf_origin(conf, key), path, strlen(path)) &&
			!strcmp(conf_origin(conf, key) + strlen(path), origin));
	else
		CHECK_TEXT(conf_origin(conf, key), origin);
	free(path);
	conf_free(conf);
}

static void test_defaults(void)
{
	struct fail fail = { 0 };
	const char *text;
	struct conf *conf = conf_new();
	CHECK(conf_load(conf, NULL, &fail));
	CHECK_TEXT(conf_text(conf, OPENCTI_URL), NULL);
	CHECK_TEXT(conf_origin(conf, OPENCTI_URL), "unset");
	CHECK_TEXT(conf_origin(conf, CONNECTOR_SCOPE), "default");
	CHECK(conf_bool(conf, OPENCTI_SSL_VERIFY) &&
		conf_bool(conf, MQ_USE_SSL_REJECT_UNAUTHORIZED));
	CHECK(conf_bool(conf, CONNECTOR_SEND_TO_QUEUE) && !conf_bool(conf, CONNECTOR_AUTO));
	CHECK(!conf_bool(conf, MQ_USE_SSL));
	CHECK(conf_number(conf, OPENCTI_REQUESTS_TIMEOUT, 1) == 300);
	CHECK(conf_number(conf, MQ_PORT, 5672) == 5672);
	CHECK(conf_decimal(conf, CONNECTOR_QUEUE_THRESHOLD, 1) == 500);
	CHECK_TEXT(conf_text(conf, CONNECTOR_LISTEN_PROTOCOL_API_URI), "http://127.0.0.1:7070");
	CHECK(conf_set(conf, CONNECTOR_LISTEN_PROTOCOL_API_SSL, "on", &fail));
	CHECK_TEXT(
		conf_text(conf, CONNECTOR_LISTEN_PROTOCOL_API_URI), "https://127.0.0.1:7070");
	CHECK_TEXT(conf_name(MQ_PASS), "MQ_PASS");
	CHECK(!conf_need(conf, OPENCTI_URL, &text, &fail));
	CHECK_FAIL(&fail, FAIL_USAGE,
		"OPENCTI_URL is not set (nor url in section [opencti] of a configuration "
		"file)");
	CHECK(conf_need(conf, CONNECTOR_SCOPE, &text, &fail) &&
		!strcmp(text, "not-applicable"));
	conf_free(conf);
	conf_free(NULL);
}

static void test_precedence(void)
{
	struct fail fail = { 0 };
	struct conf *conf = conf_new();
	char *path = write_file("config.ini",
		"[opencti]\nurl = http://file\ntoken = f\n[mine]\nanything = goes ; here?\n");
	/* a connector's own section has to be readable too */
	check_load(path,
		"config.ini:5: would be cut at \" ;\"; put a comment on a line of its own, and "
		"a value that "
		"has this in the environment");
	free(path);
	path = write_file("config.ini",
		"\xef\xbb\xbf# comment\n[mine]\nanything=goes\n[opencti] ; ours\nurl = "
		"http://file\n"
		"token: f\nssl_verify=false");

	CHECK(conf_set(conf, CONNECTOR_NAME, "", &fail));
	setenv("CONNECTOR_NAME", "env", 1);
	setenv("OPENCTI_URL", "http://env", 1);
	setenv("CONNECTOR_SCOPE", "", 1);
	CHECK(conf_load(conf, path, &fail));
	CHECK_TEXT(conf_text(conf, OPENCTI_URL), "http://env");
	CHECK_TEXT(conf_origin(conf, OPENCTI_URL), "environment");
	CHECK_TEXT(conf_text(conf, OPENCTI_TOKEN), "f");
	CHECK(!conf_bool(conf, OPENCTI_SSL_VERIFY));
	CHECK_TEXT(conf_text(conf, CONNECTOR_SCOPE), "not-applicable");
	CHECK_TEXT(conf_text(conf, CONNECTOR_NAME), "");
	CHECK(conf_set(conf, OPENCTI_URL, "http://option", &fail));
	CHECK_TEXT(conf_text(conf, OPENCTI_URL), "http://option");
	CHECK_TEXT(conf_origin(conf, OPENCTI_URL), "option");
	conf_free(conf);
	unsetenv("CONNECTOR_NAME");
	unsetenv("OPENCTI_URL");
	unsetenv("CONNECTOR_SCOPE");

	setenv("OCTI_CONFIG", path, 1);
	conf = conf_new();
	CHECK(conf_load(conf, NULL, &fail));
	CHECK_TEXT(conf_text(conf, OPENCTI_URL), "http://file");
	conf_free(conf);
	setenv("OCTI_CONFIG", "/nowhere/config.ini", 1);
	check_load(NULL, "/nowhere/config.ini: No such file or directory");
	unsetenv("OCTI_CONFIG");
	free(path);

	struct buf octi = { 0 };
	buf_format(&octi, "%s/octi", directory);
	CHECK(!mkdir(buf_str(&octi), 0700));
	path = write_file("octi/config.ini", "[mq]\nport = x\n");
	check_load(NULL, "MQ_PORT: not a number: x (octi/config.ini:2)");
	unlink(path);
	free(path);
	rmdir(buf_str(&octi));
	buf_release(&octi);
}

static void test_secrets(void)
{
	struct fail fail = { 0 };
	char *token = write_file("token", "from file\n\n"),
	     *pass = write_file("mq_pass", "p\r\n");
	char *upper = write_file("OPENCTI_TOKEN", "credential"),
	     *empty = write_file("empty", "\n");
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	struct conf *conf = conf_new();
	CHECK(conf_load(conf, NULL, &fail));
	CHECK_TEXT(conf_text(conf, OPENCTI_TOKEN), "credential");
	CHECK_TEXT(conf_origin(conf, OPENCTI_TOKEN), upper);
	CHECK_TEXT(conf_text(conf, MQ_PASS), "p");
	conf_free(conf);

	setenv("OPENCTI_TOKEN_FILE", token, 1);
	check_value("[opencti]\ntoken=ini\n", OPENCTI_TOKEN, "from file\n", token);
	setenv("OPENCTI_TOKEN", "env", 1);
	check_value("[opencti]\ntoken=ini\n", OPENCTI_TOKEN, "env", "environment");
	unsetenv("OPENCTI_TOKEN");
	unsetenv("CREDENTIALS_DIRECTORY");

	setenv("OPENCTI_TOKEN_FILE", empty, 1);
	check_load(NULL, "OPENCTI_TOKEN: empty: the file is empty");
	setenv("OPENCTI_TOKEN_FILE", "/nowhere", 1);
	check_load(NULL, "OPENCTI_TOKEN: /nowhere: No such file or directory");
	unsetenv("OPENCTI_TOKEN_FILE");
	setenv("OPENCTI_URL_FILE", "/nowhere", 1); /* not a secret */
	check_value("", OPENCTI_URL, NULL, "unset");
	unsetenv("OPENCTI_URL_FILE");
	char *files[] = { token, pass, upper, empty };
	for (size_t i = 0; i < 4; i++) {
		unlink(files[i]);
		free(files[i]);
	}
}

static void test_kinds(void)
{
	static const char *const yes[] = { "yes", "YES", "True", "1", "oN" };
	static const char *const no[] = { "no", "No", "FALSE", "0", "off" };
	static const char *const neither[] = { "", "maybe", "2", " yes", "yes ", "y", "truee" };
	bool value;
	for (size_t i = 0; i < 5; i++) {
		CHECK(conf_parse_bool(yes[i], &value) && value);
		CHECK(conf_parse_bool(no[i], &value) && !value);
	}
	for (size_t i = 0; i < 7; i++)
		CHECK(!conf_parse_bool(neither[i], &value));

	struct fail fail = { 0 };
	struct conf *conf = conf_new();
	CHECK(!conf_set(conf, CONNECTOR_AUTO, "maybe", &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "CONNECTOR_AUTO: not a boolean: maybe (option)");
	CHECK(!conf_set(conf, MQ_PORT, "-1", &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "MQ_PORT: not a number: -1 (option)");
	CHECK(!conf_set(conf, CONNECTOR_QUEUE_THRESHOLD, "1,5", &fail));
	CHECK_FAIL(&fail, FAIL_USAGE, "CONNECTOR_QUEUE_THRESHOLD: not a number: 1,5 (option)");
	CHECK(conf_set(conf, CONNECTOR_QUEUE_THRESHOLD, "0.5", &fail));
	CHECK(conf_decimal(conf, CONNECTOR_QUEUE_THRESHOLD, 0) == 0.5);
	CHECK(!conf_set(conf, OPENCTI_SSL_VERIFY, "/nowhere.pem", &fail));
	CHECK_FAIL(&fail, FAIL_USAGE,
		"OPENCTI_SSL_VERIFY: neither a boolean nor a file that can be read: "
		"/nowhere.pem (option)");
	CHECK(conf_set(conf, OPENCTI_SSL_VERIFY, directory, &fail));
	CHECK(conf_bool(conf, OPENCTI_SSL_VERIFY));
	conf_free(conf);

	setenv("CONNECTOR_AUTO", "maybe", 1);
	check_load(NULL, "CONNECTOR_AUTO: not a boolean: maybe (environment)");
	unsetenv("CONNECTOR_AUTO");

	setenv("QUEUE_PROTOCOL", "api", 1);
	check_value("", CONNECTOR_QUEUE_PROTOCOL, "api", "environment");
	check_value("[connector]\nqueue_protocol=amqp", CONNECTOR_QUEUE_PROTOCOL, "amqp", ":2");
	unsetenv("QUEUE_PROTOCOL");
	check_value("", CONNECTOR_QUEUE_PROTOCOL, "amqp", "default");
}

static void test_lines(void)
{
	struct buf text = { 0 };
	check_value("[mq]\nuser =  a b \t\r\n", MQ_USER, "a b", ":2");
	check_value("\n[mq]\nuser = \" a; \"", MQ_USER, " a; ", ":3");
	check_value("[mq]\nuser = '\"a\"'", MQ_USER, "\"a\"", ":2");
	check_value("\n[connector]\nscope = \"\"", CONNECTOR_SCOPE, "", ":3");
	check_value("[mq]\nuser = \"", MQ_USER, "\"", ":2");
	check_value("[mq]\nuser = a=b:c;d#e #f", MQ_USER, "a=b:c;d#e #f", ":2");
	check_value("[mq]\nuser =\n", MQ_USER, NULL, "unset");
	check_value("[mq]\n  # indented comment\n  ; another\n \nuser=x\n", MQ_USER, "x", ":5");

	check_line("[mq]\nuser=x ;y\n",
		"line.ini:2: would be cut at \" ;\"; put a comment on a line of "
		"its own, and a value that has this in the environment");
	check_line("[mq]\nuser=x\t;y\n",
		"line.ini:2: would be cut at \" ;\"; put a comment on a line of "
		"its own, and a value that has this in the environment");
	check_line("[mq]\nuser=x\n  y\n",
		"line.ini:3: the line is indented; a value is one line, and a key begins it");
	check_line("[mq]\nusr=x\n", "line.ini:2: section [mq] has no key usr; is it user?");
	check_line("[mq]\nowner=x\n", "line.ini:2: section [mq] has no key owner");
	check_line("[mq]\nUSER=x\n", "line.ini:2: section [mq] has no key USER; is it user?");
	check_line("[mq]\nuser=x\nuser=y", "line.ini:3: mq.user is set for the second time");
	check_line("user=x\n", "line.ini:1: a key outside of any section");
	check_line("[mq]\nuser\n", "line.ini:2: neither [section] nor key = value");
	check_line("[mq\nuser=x\n", "line.ini:1: a section is written [name]");
	check_line("[ mq ]\nuser=x\n", "line.ini:1: a section is written [name]");
	check_line("[]\nuser=x\n", "line.ini:1: a section is written [name]");
	check_line("[MQ]\nuser=x\n", "line.ini:1: the section's name is written in lower case");
	check_line(
		"[mq] user=x\n", "line.ini:1: text after the section's name; begin a new line");
	check_line("opencti:\n  url: x\n", "line.ini:1: a key outside of any section");
	check_load("/nowhere", "/nowhere: No such file or directory");
	check_load("/tmp", "/tmp: Is a directory");

	/* at inih's limit a line is whole, above it refused; a comment may have any length */
	for (size_t len = 196; len <= 230; len++) {
		buf_clear(&text);
		buf_text(&text, "# ");
		for (size_t i = 0; i < len; i++)
			buf_char(&text, '=');
		buf_text(&text, "\n[mq]\nuser=");
		size_t begin = text.len;
		for (size_t i = 5; i < len; i++)
			buf_char(&text, 'x');
		if (len <= 198)
			check_value(buf_str(&text), MQ_USER, buf_str(&text) + begin, ":3");
		else
			check_line(buf_str(&text),
				"line.ini:3: longer than 198 bytes; set it in the environment "
				"instead");
	}
	buf_clear(&text);
	buf_text(&text, "[mq]");
	for (size_t i = 0; i < 300; i++)
		buf_char(&text, ' ');
	buf_text(&text, "; the queue\nuser=x");
	check_value(buf_str(&text), MQ_USER, "x", ":2");
	buf_release(&text);
}

static void check_yaml(const char *text, const char *wanted)
{
	char *path = write_file("config.yml", text);
	check_load(path, wanted);
	free(path);
}

/* The file of a connector in Python, as such connectors come. */
/* A number is one of seconds in YAML, and only there. */
static void check_period(const char *name, const char *text, const char *wanted)
{
	struct fail fail = { 0 };
	char *path = write_file(name, text);
	struct conf *conf = conf_new();
	CHECK(conf_load(conf, path, &fail));
	CHECK_TEXT(conf_text(conf, CONNECTOR_DURATION_PERIOD), wanted);
	conf_free(conf);
	free(path);
}

static void test_yaml(void)
{
	struct fail fail = { 0 };
	char *path = write_file("config.yml",
		"opencti:\n  url: 'http://file'\n  token: 'ChangeMe'\n\nconnector:\n  id: 'x'\n"
		"  name: Feed\n  scope: [a, b]\n  log_level: ~\n  confidence_level: 100\n"
		"  auto: true\n  queue_threshold: 0.5\n  update_existing_data: True\n"
		"  interval: 5\n\nfeed:\n  urls:\n    - http://one\n");
	setenv("OCTI_CONFIG", path, 1);
	struct conf *conf = conf_new();
	CHECK(conf_load(conf, NULL, &fail));
	CHECK_TEXT(conf_text(conf, OPENCTI_URL), "http://file");
	CHECK_TEXT(conf_text(conf, CONNECTOR_SCOPE), "a,b");
	CHECK_TEXT(conf_text(conf, CONNECTOR_LOG_LEVEL), "ERROR");
	CHECK_TEXT(conf_origin(conf, CONNECTOR_LOG_LEVEL), "default");
	CHECK(conf_bool(conf, CONNECTOR_AUTO));
	CHECK(conf_decimal(conf, CONNECTOR_QUEUE_THRESHOLD, 0) == 0.5);
	const char *origin = conf_origin(conf, CONNECTOR_NAME);
	CHECK(!strncmp(origin, path, strlen(path)));
	CHECK_TEXT(origin + strlen(path), ":7");
	conf_free(conf);
	unsetenv("OCTI_CONFIG");
	free(path);

	check_period("config.yml", "connector:\n  duration_period: 60\n", "PT60S");
	check_period("config.yml", "connector:\n  duration_period: 0.5\n", "PT0.5S");
	check_period("config.yml", "connector:\n  duration_period: P1D\n", "P1D");
	check_period("config.ini", "[connector]\nduration_period = 60\n", "60");

	check_yaml("connector:\n  nmae: x\n",
		"config.yml:2: section [connector] has no key nmae; is it name?");
	check_yaml("connector:\n  Scope: x\n",
		"config.yml:2: section [connector] has no key Scope; is it scope?");
	check_yaml("connector:\n  name: x\n  name: y\n",
		"config.yml:3: connector.name is set for the second time");
	check_yaml("connector:\n  name: x\n  name:\n",
		"config.yml:3: connector.name is set for the second time");
	check_yaml(
		"\nConnector:\n", "config.yml:2: the section's name is written in lower case");
	check_yaml("mq:\n  port: x\n", "MQ_PORT: not a number: x (config.yml:2)");
	check_yaml("[mq]\nport = 5\n", "config.yml:1: a configuration has sections, `name:`");
	path = write_file("config.yaml", "mq: {port: 5}");
	conf = conf_new();
	CHECK(conf_load(conf, path, &fail));
	CHECK(conf_number(conf, MQ_PORT, 0) == 5);
	conf_free(conf);
	free(path);
}

int main(void)
{
	CHECK(mkdtemp(directory));
	for (enum conf_key key = 0; key < CONF_COUNT; key++)
		unsetenv(conf_name(key));
	unsetenv("CREDENTIALS_DIRECTORY");
	unsetenv("OCTI_CONFIG");
	setenv("XDG_CONFIG_HOME", directory, 1);
	test_defaults();
	test_precedence();
	test_secrets();
	test_kinds();
	test_lines();
	test_yaml();
	static const char *const files[] = { "line.ini", "value.ini", "config.ini",
		"config.yml", "config.yaml" };
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct buf path = { 0 };
		buf_format(&path, "%s/%s", directory, files[i]);
		unlink(buf_str(&path));
		buf_release(&path);
	}
	CHECK(!rmdir(directory));
	return check_end("conf");
}
