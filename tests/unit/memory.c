/* memory: every allocation, one after the other, fails once; nothing crashes, the failure says so,
 * and what goes on without it gives the same. Linked with --wrap for the allocator's functions. */
#include "check.h"
#include "backlog.h"
#include "filter.h"
#include "ioc.h"
#include "pace.h"
#include "parcel.h"
#include "print.h"
#include "reference.h"
#include "sieve.h"

#include <unistd.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

static size_t allocations, failing; /* the one that fails, from 1; 0: none */

static bool fails(void)
{
	return ++allocations == failing;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

/* Runs once with each allocation failing. */
static void every(const char *what, bool (*run)(struct buf *result, struct fail *fail))
{
	struct fail fail = { 0 };
	struct buf right = { 0 };
	allocations = failing = 0;
	CHECK(run(&right, &fail));
	size_t all = allocations;
	CHECK(all > 0 && right.len > 0);
	for (size_t n = 1; n <= all; n++) {
		struct buf result = { 0 };
		allocations = 0;
		failing = n;
		bool ok = run(&result, &fail);
		failing = 0;
		bool well =
			ok ? !strcmp(buf_str(&result), right.data) : fail.kind == FAIL_RETRY;
		if (!well)
			fprintf(stderr, "%s: allocation %zu of %zu: %s\n", what, n, all,
				ok ? buf_str(&result) : fail_text(&fail));
		CHECK(well);
		fail_clear(&fail);
		buf_release(&result);
	}
	buf_release(&right);
}

static const char text[] =
	"\xef\xbb\xbf{\"id\":\"b\\u0075ndle--1\",\"objects\":["
	"{\"id\":\"report--1\",\"type\":\"report\",\"object_refs\":[\"tool--1\",\"t\\u006fol--"
	"1\","
	"\"tool--9\",\"relationship--1\"],\"external_references\":[{\"url\":\"u\"},{\"url\":"
	"\"\\u0075\"},"
	"{\"source_name\":\"s\",\"external_id\":\"e\"}],\"kill_chain_phases\":[{\"phase_name\":"
	"\"p\"},{}],"
	"\"created_by_ref\":\"identity--1\"},"
	"{\"id\":\"relationship--1\",\"type\":\"relationship\",\"source_ref\":\"tool--1\","
	"\"target_ref\":\"x-acme--1\"},{\"id\":\"x-acme--1\",\"type\":\"x-acme\"},"
	"{\"id\":\"tool--1\",\"type\":\"tool\",\"x_opencti_id\":\"one\",\"extensions\":{"
	"\"extension-definition--ea279b3e-5c71-4632-ac08-831c66a786ba\":{\"id\":\"\\u0032\"}},"
	"\"a\":1,\"\\u0061\":2,\"b_refs\":{\"k\":1},\"c_refs\":\"xy\",\"other_r\\u0065f\":"
	"\"report--1\"},"
	"{\"id\":\"identity--1\",\"type\":\"identity\",\"nb_deps\":0}]}";

static bool parts(const struct parcel_options *options, struct buf *to, struct fail *fail)
{
	struct parcel parcel = { 0 };
	bool ok = parcel_take(
		&parcel, options, "F", (struct span){ text, sizeof text - 1 }, fail);
	for (size_t i = 0; ok && i < split_count(parcel.split); i++) {
		parcel_part(&parcel, i, to);
		buf_char(to, '\n');
	}
	if (ok && options->whole)
		parcel_whole(&parcel, to);
	for (size_t i = 0; ok && i < split_incompatible_count(parcel.split); i++)
		split_incompatible(parcel.split, i, to);
	parcel_release(&parcel);
	return ok && buf_ok(to, fail);
}

static bool plain(struct buf *to, struct fail *fail)
{
	struct parcel_options options = { 0 };
	return parts(&options, to, fail);
}

static bool cleaned(struct buf *to, struct fail *fail)
{
	struct parcel_options options = { .cleanup = true, .event_version = "1" };
	return parts(&options, to, fail);
}

static bool shared(struct buf *to, struct fail *fail)
{
	struct parcel_options options = { .organizations = "o-1,o-2", .whole = true };
	return parts(&options, to, fail);
}

/* Refusing needs memory too: it is told as refused or as no memory, never as well. */
static void refusing(void)
{
	static const char odd[] = "[{\"id\":\"tool--1\",\"type\":\"tool\",\"a_refs\":[7]}]";
	struct parcel_options options = { 0 };
	for (size_t n = 1; n < 100; n++) {
		struct parcel parcel = { 0 };
		struct fail fail = { 0 };
		allocations = 0;
		failing = n;
		CHECK(!parcel_take(
			&parcel, &options, "F", (struct span){ odd, sizeof odd - 1 }, &fail));
		failing = 0;
		CHECK(fail.kind == FAIL_RETRY || fail.kind == FAIL_NO);
		fail_clear(&fail);
		parcel_release(&parcel);
	}
}

static bool printing(struct buf *to, struct fail *fail)
{
	static const char object[] =
		"{\"a\":[1.5,\"\\u00e9\"],\"b\":{\"c\":1,\"c\":2},\"\\u0061\":null}";
	struct span value = { object, sizeof object - 1 };
	print_value(to, value);
	print_merged(to, value);
	print_line(to, value);
	return buf_ok(to, fail);
}

static bool filtering(struct buf *to, struct fail *fail)
{
	const char *items[] = { "name:not_eq=a\\,b,c", "createdBy:nil=" };
	struct opt_list list = { items, 2 };
	return filter_print(&list, "{\"mode\":\"or\",\"filters\":[],\"filterGroups\":[]}", to,
		       fail) &&
		buf_ok(to, fail);
}

static bool refuses(void *ctx, struct span key, struct span id)
{
	(void)ctx, (void)key, (void)id;
	return false;
}

static bool pruning(struct buf *to, struct fail *fail)
{
	static const char object[] = "{\"a_refs\":[\"x--1\",7],\"b_ref\":\"x--1\",\"c\":[1]}";
	reference_prune((struct span){ object, sizeof object - 1 }, refuses, NULL, to);
	return buf_ok(to, fail);
}

static void note(void *ctx, const char *problem)
{
	(void)ctx, (void)problem;
}

/* The objects of a intake, given through a pipe. */
static bool iocs(struct buf *to, enum rows_format format, const char *const *fields,
	const char *feed_text, struct fail *fail)
{
	const char *indicated = "malware:M";
	struct imprint_options common = { .author = "A",
		.tlp = "green",
		.score = "7",
		.created = "2024-01-01T00:00:00Z",
		.report = "R" };
	struct column columns[2] = { 0 };
	struct ioc_order order = { .indicator = true,
		.indicates = { &indicated, 1 },
		.columns = columns,
		.column_count = 2 };
	struct complete *complete = NULL;
	struct rows *rows = NULL;
	struct ioc *ioc = NULL;
	struct row row;
	int ends[2];
	bool more = true;
	CHECK(!pipe(ends) &&
		write(ends[1], feed_text, strlen(feed_text)) == (ssize_t)strlen(feed_text));
	close(ends[1]);
	struct intake intake = { .name = "F", .fd = ends[0] };
	bool ok = column_read(&columns[0], "labels=x", fail) &&
		column_read(&columns[1], "reference=:http://r.example/", fail) &&
		(rows = rows_new(format, "#", fields, 2, fail)) && intake_more(&intake, fail) &&
		(complete = complete_new(&common, note, NULL, fail)) &&
		(ioc = ioc_new(&order, complete, note, NULL, to, fail));
	while (ok && (ok = rows_next(rows, &intake, &row, &more, fail)) && more)
		ok = ioc_add(ioc, row.values, to, fail);
	ok = ok && complete_end(complete, to, fail) && buf_ok(to, fail);
	ioc_free(ioc);
	complete_free(complete);
	rows_free(rows);
	intake_close(&intake);
	column_release(&columns[0]);
	column_release(&columns[1]);
	return ok;
}

static bool iocs_of_csv(struct buf *to, struct fail *fail)
{
	static const char *const fields[] = { "v", "l" };
	return iocs(to, ROWS_CSV, fields,
		"# v,l\n1[.]2.3.4,\"a "
		"\"\"b\"\",c\"\nM\xc3\x9cnchen.example\nfile.exe\nCVE-2021-44228\n"
		"hxxp://evil.example/'\n",
		fail);
}

static bool iocs_of_json(struct buf *to, struct fail *fail)
{
	static const char *const fields[] = { "v", "/l" };
	return iocs(to, ROWS_JSON, fields,
		"{\"a\":[{\"v\":\"1.2.3.4\",\"l\":[\"a\",\"b\\u0065\"]},{\"v\":\"2606:4700:"
		"\\u003a1\"}]}"
		"[{\"\\u0076\":\"AS64500\"},{}]",
		fail);
}

/* ---- a stream ---- */

/* What becomes of the events of a stream. */
struct course {
	struct sieve sieve;
	struct backlog backlog;
	struct position came, done;
	struct buf *to;
};

static bool note_event(void *ctx, const struct sse_event *from, struct fail *fail)
{
	struct course *course = ctx;
	struct event event;
	bool passes;
	event_read(&event, from);
	if (!sieve_passes(&course->sieve, &event, &passes, fail))
		return false;
	if (passes)
		event_print(&event, false, backlog_room(&course->backlog));
	bool ok = !passes || backlog_add(&course->backlog, event.id, 0, fail);
	bool moved = ok && event.id &&
		position_pass(&course->came, event.id,
			event.dependency ? POSITION_DEPENDENCY : POSITION_EVENT, NULL);
	ok = ok && position_ok(&course->came, fail);
	if (ok && moved && course->backlog.count)
		ok = backlog_resume(&course->backlog, buf_str(&course->came.from), fail);
	return ok;
}

/* All but the last event are handed on, and the position with them. */
static bool hand_on(struct course *course, struct fail *fail)
{
	bool ok = true;
	while (ok && course->backlog.count > 1) {
		struct span line = backlog_line(&course->backlog, 0);
		buf_add(course->to, line.text, line.len);
		ok = buf_ok(course->to, fail) &&
			backlog_drop(&course->backlog, 1, &course->done, fail);
	}
	return ok;
}

static bool streaming(struct buf *to, struct fail *fail)
{
	static const char *const pieces[] = { "\xef\xbb\xbfid: 1-0\nevent: create\ndata: "
					      "{\"data\":{\"type\":\"tool\"}}\n\n",
		"id: 2-0-that-is-longer-than-a-buffer-is-at-first-so-that-it-has-to-grow\ndata"
		": {\"origin\":{\"ref\\u0065rer\":\"init-depend",
		"encies\"},\"data\":{\"type\":\"t\\u006fol\",\"extensions\":{\"extension-"
		"definition--"
		"ea279b3e-5c71-4632-ac08-831c66a786ba\":{\"k\":\"v\"}}}}\n\n",
		"data: {\"data\":{\"type\":\"x\"}}\n\n", "data: no JSON,\ndata: nor an ob",
		"ject\n\nid: 3-0\nevent: delete\ndata: {\"data\":\ndata: "
		"{\"type\":\"tool\",\"t\\u0079pe\":1}}\n\n" };
	static const char *where = "k=v", state[] = "{\"a\":1,\"start_from\":\"0-0\"}";
	struct course course = { .to = to };
	struct sse sse = { .event = note_event, .ctx = &course };
	struct buf whole = { 0 };
	bool ok = true;
	course.sieve.types = "tool,report";
	for (int filtered = 0; ok && filtered < 2; filtered++) {
		course.sieve.values = (struct opt_list){ &where, (size_t)filtered };
		for (size_t i = 0; ok && i < sizeof pieces / sizeof *pieces; i++)
			ok = sse_feed(&sse, pieces[i], strlen(pieces[i]), fail);
		ok = ok && hand_on(&course, fail);
	}
	/* not ahead of what was handed on, whatever failed */
	const char *from = course.done.from.state == BUF_OK ? buf_str(&course.done.from) : "";
	CHECK(!*from || strstr(buf_str(to), from));
	if (ok)
		position_print(&course.done, (struct span){ state, sizeof state - 1 }, &whole);
	ok = ok && buf_ok(&whole, fail);
	buf_text(to, buf_str(&whole));
	buf_release(&whole);
	sse_release(&sse);
	backlog_release(&course.backlog);
	position_release(&course.came);
	position_release(&course.done);
	return ok && buf_ok(to, fail);
}

static bool positions(struct buf *to, struct fail *fail)
{
	static const char state[] =
		"{\"connectorLastEventId\":\"1700000000000-1\",\"connectorStartTime\":"
		"\"2026-01-01T00:00:00Z\",\"other\":{\"a\":[1]}}";
	struct position position = { 0 }, copy = { 0 };
	struct pace pace = { 0 };
	struct span span = { state, sizeof state - 1 };
	bool ok = position_read(&position, span, fail) && pace_init(&pace, 3, fail);
	position_copy(&copy, &position);
	position_pass(&copy, "1700000000000-2", POSITION_NO_RECOVER, "2024-01-01T00:00:00Z");
	ok = ok && position_ok(&copy, fail);
	position_print(&copy, span, to);
	ok = ok && buf_ok(to, fail);
	position_release(&position);
	position_release(&copy);
	pace_release(&pace);
	return ok;
}

int main(void)
{
	every("split", plain);
	every("split with cleanup", cleaned);
	every("shared", shared);
	every("print", printing);
	every("filter", filtering);
	every("prune", pruning);
	every("values of CSV", iocs_of_csv);
	every("values of JSON", iocs_of_json);
	every("events of a stream", streaming);
	every("positions", positions);
	refusing();
	return check_end("memory");
}
