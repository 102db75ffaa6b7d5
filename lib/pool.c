#include "pool.h"

#include "array.h"
#include "clock.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const double first_delay = 1, last_delay = 300;

bool pool_add(struct pool *pool, struct buf *body, const char *journal, uint64_t tag,
	struct fail *fail)
{
	if (!ARRAY_RESERVE(pool, jobs, pool->count + 1, fail))
		return false;
	struct pool_job *job = &pool->jobs[pool->count];
	*job = (struct pool_job){ .tag = tag };
	buf_text(&job->journal, journal ? journal : "");
	if (!buf_ok(&job->journal, fail)) {
		buf_release(&job->journal);
		return false;
	}
	job->body = *body;
	*body = (struct buf){ 0 };
	pool->count++;
	return true;
}

struct pool_job *pool_find(struct pool *pool, const struct buf *body)
{
	for (size_t i = 0; i < pool->count; i++) {
		struct pool_job *job = &pool->jobs[i];
		if (!job->tag && !job->journal.len && job->body.len == body->len &&
			!memcmp(buf_str(&job->body), buf_str(body), body->len))
			return job;
	}
	return NULL;
}

void pool_forget_tags(struct pool *pool)
{
	for (size_t i = 0; i < pool->count; i++)
		pool->jobs[i].tag = 0;
}

static void forget(struct pool *pool, size_t index)
{
	buf_release(&pool->jobs[index].body);
	buf_release(&pool->jobs[index].journal);
	pool->count--;
	memmove(pool->jobs + index, pool->jobs + index + 1,
		(pool->count - index) * sizeof *pool->jobs);
}

static bool is_last(const struct pool *pool, const struct pool_job *job)
{
	return job->tries >= pool->max_tries;
}

void pool_start(struct pool *pool)
{
	size_t running = pool_running(pool);
	double now = clock_now();
	for (size_t i = 0; i < pool->count && running < pool->size; i++) {
		struct pool_job *job = &pool->jobs[i];
		if (job->pid || job->due > now)
			continue;
		if (!job->tries && pool->begin && !pool->begin(pool->ctx, job)) {
			job->due = now + first_delay;
			continue;
		}
		job->tries++;
		fflush(NULL);
		pid_t pid = fork();
		if (pid == 0) {
			int status = pool->work(pool->ctx, job, is_last(pool, job));
			fflush(NULL);
			_exit(status);
		}
		if (pid < 0) { /* no room for a process: later */
			job->tries--;
			job->due = now + first_delay;
			continue;
		}
		job->pid = pid;
		running++;
	}
}

static double delay_of(const struct pool_job *job)
{
	double delay = first_delay;
	for (unsigned i = 1; i < job->tries && delay < last_delay; i++)
		delay *= 2;
	return (delay < last_delay ? delay : last_delay) * clock_jitter(0.2);
}

void pool_reap(struct pool *pool)
{
	for (size_t i = 0; i < pool->count;) {
		struct pool_job *job = &pool->jobs[i];
		int status;
		if (!job->pid || waitpid(job->pid, &status, WNOHANG) != job->pid) {
			i++;
			continue;
		}
		job->pid = 0;
		int code = WIFEXITED(status) ? WEXITSTATUS(status) : FAIL_RETRY;
		if (code == FAIL_RETRY && !clock_stopped()) {
			job->due = clock_now() + delay_of(job);
			i++;
		} else if (code ==
			FAIL_RETRY) { /* stopped: somebody else's, or our next run's */
			job->due = HUGE_VAL;
			i++;
		} else {
			pool->settle(pool->ctx, job, code);
			forget(pool, i);
		}
	}
}

size_t pool_running(const struct pool *pool)
{
	size_t running = 0;
	for (size_t i = 0; i < pool->count; i++)
		running += pool->jobs[i].pid != 0;
	return running;
}

double pool_timeout(const struct pool *pool)
{
	double next = HUGE_VAL, now = clock_now();
	if (pool_running(pool) >= pool->size)
		return HUGE_VAL;
	for (size_t i = 0; i < pool->count; i++)
		if (!pool->jobs[i].pid && pool->jobs[i].due - now < next)
			next = pool->jobs[i].due - now;
	return next < 0 ? 0 : next;
}

void pool_signal(const struct pool *pool, int signal)
{
	for (size_t i = 0; i < pool->count; i++)
		if (pool->jobs[i].pid)
			kill(pool->jobs[i].pid, signal);
}

void pool_release(struct pool *pool)
{
	while (pool->count)
		forget(pool, pool->count - 1);
	free(pool->jobs);
	pool->jobs = NULL;
	pool->jobs_cap = 0;
}
