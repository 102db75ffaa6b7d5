#include "metrics.h"
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

/* As prometheus_client 0.20 prints the first eight of a namespace "ns" and a subsystem "sub", without the
 * samples called _created. */
static const char pycti[] =
	"# HELP ns_sub_bundles_sent_total Number of bundles sent\n"
	"# TYPE ns_sub_bundles_sent_total counter\n"
	"ns_sub_bundles_sent_total 3.0\n"
	"# HELP ns_sub_records_sent_total Number of records (objects per bundle) sent\n"
	"# TYPE ns_sub_records_sent_total counter\n"
	"ns_sub_records_sent_total 1e+06\n"
	"# HELP ns_sub_runs_total Number of runs\n"
	"# TYPE ns_sub_runs_total counter\n"
	"ns_sub_runs_total 999999.0\n"
	"# HELP ns_sub_ping_api_total Number of pings to the API\n"
	"# TYPE ns_sub_ping_api_total counter\n"
	"ns_sub_ping_api_total 1.234567e+06\n"
	"# HELP ns_sub_ping_api_errors_total Number of errors when pinging the API\n"
	"# TYPE ns_sub_ping_api_errors_total counter\n"
	"ns_sub_ping_api_errors_total 1.2345678901e+10\n"
	"# HELP ns_sub_errors_total Number of errors\n"
	"# TYPE ns_sub_errors_total counter\n"
	"ns_sub_errors_total 0.0\n"
	"# HELP ns_sub_client_errors_total Number of client errors\n"
	"# TYPE ns_sub_client_errors_total counter\n"
	"ns_sub_client_errors_total 0.0\n"
	"# HELP ns_sub_state State of connector\n"
	"# TYPE ns_sub_state gauge\n"
	"ns_sub_state{ns_sub_state=\"idle\"} 0.0\n"
	"ns_sub_state{ns_sub_state=\"running\"} 1.0\n"
	"ns_sub_state{ns_sub_state=\"stopped\"} 0.0\n";

static const char *line_of(const struct buf *text, const char *start)
{
	static char line[200];
	const char *at = strstr(buf_str(text), start);
	snprintf(line, sizeof line, "%.*s", at ? (int)strcspn(at, "\n") : 0, at ? at : "");
	return line;
}

static void check_names(const char *namespace, const char *subsystem, enum fail_kind kind)
{
	struct fail fail = { 0 };
	struct conf *conf = conf_new();
	CHECK(conf && conf_set(conf, CONNECTOR_METRICS_NAMESPACE, namespace, &fail) &&
		conf_set(conf, CONNECTOR_METRICS_SUBSYSTEM, subsystem, &fail));
	CHECK(metrics_check(conf, &fail) == !kind);
	CHECK(fail.kind == kind);
	fail_clear(&fail);
	conf_free(conf);
}

int main(void)
{
	struct fail fail = { 0 };
	struct buf text = { 0 };
	struct metrics *metrics = metrics_new(&fail);
	CHECK(metrics);
	metrics_add(NULL, METRIC_RUNS, 1);
	metrics_set(NULL, METRIC_JOBS_RUNNING, 1);

	metrics_add(metrics, METRIC_BUNDLES_SENT, 2);
	metrics_add(metrics, METRIC_RECORDS_SENT, 1000000);
	metrics_add(metrics, METRIC_RUNS, 999999);
	metrics_add(metrics, METRIC_PINGS, 1234567);
	metrics_add(metrics, METRIC_PING_ERRORS, 12345678901);
	metrics_set(metrics, METRIC_STATE, METRIC_RUNNING);
	pid_t pid = fork(); /* what a process counts is seen by the one that forked it */
	if (pid == 0) {
		metrics_add(metrics, METRIC_BUNDLES_SENT, 1);
		_exit(0);
	}
	CHECK(waitpid(pid, NULL, 0) == pid);
	metrics_print(metrics, "ns", "sub", &text);
	CHECK(text.len > sizeof pycti);
	text.data[sizeof pycti - 1] = '\0';
	CHECK_TEXT(text.data, pycti);

	metrics_set(metrics, METRIC_JOBS_IN_HAND, 7);
	metrics_set(metrics, METRIC_PING_AGE, 12.3456);
	buf_clear(&text);
	metrics_print(metrics, "", "", &text);
	CHECK_TEXT(line_of(&text, "# HELP bundles"),
		"# HELP bundles_sent_total Number of bundles sent");
	CHECK_TEXT(line_of(&text, "state{state=\"idle"), "state{state=\"idle\"} 0.0");
	CHECK_TEXT(line_of(&text, "\njobs_in_hand"), "");
	CHECK_TEXT(line_of(&text, "jobs_in_hand 7"), "jobs_in_hand 7.0");
	CHECK_TEXT(line_of(&text, "# TYPE jobs_in_hand"), "# TYPE jobs_in_hand gauge");
	CHECK_TEXT(line_of(&text, "ping_age_seconds 1"), "ping_age_seconds 12.345");
	buf_clear(&text);
	metrics_print(metrics, "", "b", &text);
	CHECK_TEXT(line_of(&text, "b_runs_total 9"), "b_runs_total 999999.0");

	check_names("", "", FAIL_NONE);
	check_names("a:b_1", "2", FAIL_NONE);
	check_names("1a", "", FAIL_USAGE);
	check_names("", "1a", FAIL_USAGE);
	check_names("a-b", "", FAIL_USAGE);
	check_names("a", "b\n", FAIL_USAGE);
	buf_release(&text);
	metrics_free(metrics);
	metrics_free(NULL);
	return check_end("metrics");
}
