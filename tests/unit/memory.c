/* memory: every allocation, one after the other, fails once; nothing crashes, the failure says so,
 * and what goes on without it gives the same. Linked with --wrap for the allocator's functions. */
#include "check.h"
#include "filter.h"
#include "parcel.h"
#include "print.h"
#include "reference.h"

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

int main(void)
{
	every("split", plain);
	every("split with cleanup", cleaned);
	every("shared", shared);
	every("print", printing);
	every("filter", filtering);
	every("prune", pruning);
	refusing();
	return check_end("memory");
}
