#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */

#include "metrics.h"

#include "print.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum kind { COUNTER, GAUGE, STATE };

static const struct {
	const char *name;
	enum kind kind;
	const char *help;
} rows[] = {
#define X(word, name, kind, help) { name, kind, help },
	METRICS(X)
#undef X
};

static const char *const states[] = { "idle", "running", "stopped" };

/* Lock-free, so that a process that is killed while it counts leaves nothing locked. Gauges are in
 * thousandths. */
struct metrics {
	atomic_ullong values[METRIC_COUNT];
};
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "counters are shared by processes");

struct metrics *metrics_new(struct fail *fail)
{
	struct metrics *metrics = mmap(NULL, sizeof *metrics, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (metrics == MAP_FAILED) {
		fail_errno(fail, "shared memory");
		return NULL;
	}
	for (size_t i = 0; i < METRIC_COUNT; i++)
		atomic_init(&metrics->values[i], 0);
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	if (metrics)
		munmap(metrics, sizeof *metrics);
}

void metrics_add(struct metrics *metrics, enum metric metric, uint64_t n)
{
	if (metrics)
		atomic_fetch_add(&metrics->values[metric], n);
}

void metrics_set(struct metrics *metrics, enum metric metric, double value)
{
	if (rows[metric].kind == GAUGE)
		value *= 1000;
	if (metrics)
		atomic_store(&metrics->values[metric], value > 0 ? (uint64_t)value : 0);
}

double metrics_get(const struct metrics *metrics, enum metric metric)
{
	double value = (double)atomic_load(&metrics->values[metric]);
	return rows[metric].kind == GAUGE ? value / 1000 : value;
}

/* As Python prints a float, but with an exponent from a million on, as Go does. */
static void print_float(struct buf *to, double value)
{
	char digits[32];
	if (value < 1e6) {
		int n = snprintf(digits, sizeof digits, "%.3f", value);
		print_range(to, digits, digits + n);
		return;
	}
	for (int precision = 0; precision <= 16; precision++) {
		snprintf(digits, sizeof digits, "%.*e", precision, value);
		if (strtod(digits, NULL) >= value && strtod(digits, NULL) <= value)
			break;
	}
	buf_text(to, digits);
}

static void print_name(
	struct buf *to, const char *namespace, const char *subsystem, enum metric metric)
{
	buf_format(to, "%s%s%s%s%s%s", namespace, *namespace ? "_" : "", subsystem,
		*subsystem ? "_" : "", rows[metric].name,
		rows[metric].kind == COUNTER ? "_total" : "");
}

void metrics_print(const struct metrics *metrics, const char *namespace, const char *subsystem,
	struct buf *to)
{
	for (enum metric metric = 0; metric < METRIC_COUNT; metric++) {
		struct buf full = { 0 };
		print_name(&full, namespace, subsystem, metric);
		const char *name = buf_str(&full);
		double value = metrics_get(metrics, metric);
		buf_format(to, "# HELP %s %s\n# TYPE %s %s\n", name, rows[metric].help, name,
			rows[metric].kind == COUNTER ? "counter" : "gauge");
		if (rows[metric].kind != STATE) {
			buf_format(to, "%s ", name);
			print_float(to, value);
			buf_char(to, '\n');
		}
		for (size_t i = 0;
			rows[metric].kind == STATE && i < sizeof states / sizeof *states; i++)
			buf_format(to, "%s{%s=\"%s\"} %d.0\n", name, name, states[i],
				(size_t)value == i);
		buf_release(&full);
	}
}

static bool check(const struct conf *conf, enum conf_key key, bool first, struct fail *fail)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_:0123456789";
	const char *text = conf_text(conf, key);
	bool digit = first && *text >= '0' && *text <= '9';
	return (!digit && !text[strspn(text, letters)]) ||
		fail_set(fail, FAIL_USAGE,
			"%s: letters, digits, _ and : make the name of a metric, not: %s (%s)",
			conf_name(key), text, conf_origin(conf, key));
}

bool metrics_check(const struct conf *conf, struct fail *fail)
{
	bool first = !*conf_text(conf, CONNECTOR_METRICS_NAMESPACE);
	return check(conf, CONNECTOR_METRICS_NAMESPACE, true, fail) &&
		check(conf, CONNECTOR_METRICS_SUBSYSTEM, first, fail);
}
