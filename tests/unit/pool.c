#include "pool.h"
#include "clock.h"
#include "check.h"

#include <math.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

static int settled = -1;
static bool willing = true, settling = true;

static bool begin(void *ctx, struct pool_job *job)
{
	(void)ctx;
	(void)job;
	return willing;
}

/* The body says how the process ends; "k" is killed, "w" waits to be. */
static int work(void *ctx, const struct pool_job *job, bool last)
{
	(void)ctx;
	if (*job->body.data == 'k')
		raise(SIGKILL);
	while (*job->body.data == 'w')
		pause();
	return last ? 9 : (int)strtol(job->body.data, NULL, 10);
}

static bool settle(void *ctx, struct pool_job *job)
{
	(void)ctx;
	settled = job->status;
	return settling;
}

static struct pool pool = {
	.size = 1, .max_tries = 2, .begin = begin, .work = work, .settle = settle
};

static struct pool_job *add(const char *text, const char *journal, uint64_t tag)
{
	struct fail fail = { 0 };
	struct buf body = { 0 };
	buf_text(&body, text);
	CHECK(pool_add(&pool, &body, journal, tag, false, &fail));
	CHECK(!body.len);
	return &pool.jobs[pool.count - 1];
}

/* Starts what is due, and waits until nothing runs. */
static void run(void)
{
	double until = clock_now() + 20;
	pool_start(&pool);
	for (pool_reap(&pool); pool_running(&pool) && clock_now() < until; pool_reap(&pool)) {
		struct timespec nap = { 0, 10000000 };
		nanosleep(&nap, NULL);
	}
	CHECK(!pool_running(&pool));
}

/* A job that cannot be settled yet is not worked on again. */
static void test_unsettled(void)
{
	struct buf body = { 0 };
	settling = false;
	struct pool_job *job = add("3", NULL, 1);
	run();
	CHECK(pool.count == 1 && settled == 3 && job->tries == 1 && job->ended > 0);
	CHECK(pool_timeout(&pool) > 20);
	settled = -1;
	run();
	CHECK(pool.count == 1 && settled == -1 && job->tries == 1);
	pool_forget_tags(&pool);
	buf_text(&body, "3");
	CHECK(pool_find(&pool, &body) == job && pool_timeout(&pool) == 0);
	settling = true;
	run();
	CHECK(!pool.count && settled == 3);
	buf_release(&body);
}

/* While enough of them are begun, no other is. */
static void test_bound(void)
{
	pool.max_begun = 1;
	add("75", NULL, 1);
	run();
	struct pool_job *job = add("0", NULL, 2);
	run();
	CHECK(pool.count == 2 && !job->begun && pool_timeout(&pool) > 0.1);
	add("0", "journal", 0); /* it was begun */
	run();
	CHECK(pool.count == 2);
	pool.jobs[0].due = 0;
	pool.jobs[1].due = 0;
	run(); /* the one that waited fails for good */
	pool.jobs[0].due = 0;
	run();
	CHECK(!pool.count && settled == 0);
	pool.max_begun = 0;
	pool_release(&pool);
}

int main(void)
{
	CHECK(pool_timeout(&pool) == HUGE_VAL);
	add("0", NULL, 1);
	CHECK(pool_timeout(&pool) == 0);
	run();
	CHECK(settled == 0 && !pool.count);

	struct pool_job *job = add("75", NULL, 1);
	run();
	CHECK(pool.count == 1 && job->tries == 1 && job->delays == 1);
	CHECK(pool_timeout(&pool) > 0.5 && pool_timeout(&pool) < 1.5);
	run(); /* it is not due */
	CHECK(job->tries == 1);
	job->due = 0;
	run(); /* its last try */
	CHECK(settled == 9 && !pool.count);

	job = add("74", NULL, 1); /* tries that do not count */
	for (unsigned i = 1; i <= 4; i++) {
		run();
		CHECK(pool.count == 1 && job->tries == 0 && job->delays == i);
		job->due = 0;
	}
	CHECK(pool_timeout(&pool) <= 0);
	pool_release(&pool);

	job = add("k", NULL, 1);
	run();
	CHECK(pool.count == 1 && job->tries == 1);
	pool_release(&pool);

	willing = false;
	job = add("0", NULL, 1);
	run();
	CHECK(pool.count == 1 && job->tries == 0 && job->due > clock_now());
	pool_release(&pool);
	willing = true;

	test_unsettled();
	test_bound();

	add("w", NULL, 1);
	add("0", "journal", 0);
	pool_start(&pool);
	CHECK(pool_running(&pool) == 1 && pool_timeout(&pool) == HUGE_VAL);
	struct buf body = { 0 };
	buf_text(&body, "w");
	CHECK(!pool_find(&pool, &body));
	pool_forget_tags(&pool);
	CHECK(pool_find(&pool, &body) == &pool.jobs[0]);
	buf_clear(&body);
	buf_text(&body, "0");
	CHECK(pool_find(&pool, &body) == &pool.jobs[1]);
	buf_release(&body);
	pool_signal(&pool, SIGKILL);
	pool.size = 0;
	run();
	pool_release(&pool);
	return check_end("pool");
}
