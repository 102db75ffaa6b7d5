#include "pool.h"

#include "array.h"
#include "clock.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

static const double first_delay = 1, last_delay = 300, last_away = 30;

bool pool_add(struct pool *pool, struct buf *body, const char *journal, uint64_t tag,
	bool again, struct fail *fail)
{
	if (!ARRAY_RESERVE(pool, jobs, pool->count + 1, fail))
		return false;
	struct pool_job *job = &pool->jobs[pool->count];
	*job = (struct pool_job){ .tag = tag, .again = again, .begun = journal };
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
		if (!job->tag && job->body.len == body->len &&
			!memcmp(buf_str(&job->body), buf_str(body), body->len)) {
			if (job->ended)
				job->due = 0;
			return job;
		}
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

static _Noreturn void become(const struct pool *pool, const struct pool_job *job, pid_t parent)
{
	setpgid(0, 0);
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(POOL_AWAY);
#else
	(void)parent;
#endif
	int status = pool->work(pool->ctx, job, is_last(pool, job));
	fflush(NULL);
	_exit(status);
}

static size_t count_begun(const struct pool *pool)
{
	size_t begun = 0;
	for (size_t i = 0; i < pool->count; i++)
		begun += pool->jobs[i].begun;
	return begun;
}

static bool begin(const struct pool *pool, struct pool_job *job)
{
	job->begun = job->begun ||
		((!pool->max_begun || count_begun(pool) < pool->max_begun) &&
			(!pool->begin || pool->begin(pool->ctx, job)));
	return job->begun;
}

void pool_start(struct pool *pool)
{
	size_t running = pool_running(pool);
	double now = clock_now();
	for (size_t i = 0; i < pool->count && running < pool->size; i++) {
		struct pool_job *job = &pool->jobs[i];
		if (job->pid || job->ended || job->due > now)
			continue;
		if (!begin(pool, job)) {
			job->due = now + first_delay;
			continue;
		}
		job->tries++;
		fflush(NULL);
		pid_t parent = getpid(), pid = fork();
		if (pid == 0)
			become(pool, job, parent);
		if (pid < 0) { /* no room for a process: later */
			job->tries--;
			job->due = now + first_delay;
			continue;
		}
		job->pid = pid;
		running++;
	}
}

static void put_off(struct pool_job *job, bool away)
{
	double delay = first_delay, most = away ? last_away : last_delay;
	for (unsigned i = 0; i < job->delays && delay < most; i++)
		delay *= 2;
	job->due = clock_now() + (delay < most ? delay : most) * clock_jitter(0.2);
	job->delays++;
	if (away)
		job->tries--;
}

/* Looks whether its process has ended. */
static void look(const struct pool *pool, struct pool_job *job)
{
	int status;
	if (!job->pid || waitpid(job->pid, &status, WNOHANG) != job->pid)
		return;
	job->pid = 0;
	if (WIFSIGNALED(status) && pool->killed)
		pool->killed(pool->ctx, job, WTERMSIG(status));
	job->status = WIFEXITED(status) ? WEXITSTATUS(status) : POOL_AGAIN;
	if (job->status == POOL_AGAIN || job->status == POOL_AWAY)
		put_off(job, job->status == POOL_AWAY);
	else
		job->ended = clock_now();
}

void pool_reap(struct pool *pool)
{
	for (size_t i = 0; i < pool->count;) {
		struct pool_job *job = &pool->jobs[i];
		double now = clock_now();
		look(pool, job);
		if (!job->ended || job->due > now) {
			i++;
		} else if (pool->settle(pool->ctx, job)) {
			forget(pool, i);
		} else {
			job->due = now + last_away;
			i++;
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
	bool room = pool_running(pool) < pool->size;
	for (size_t i = 0; i < pool->count; i++) {
		const struct pool_job *job = &pool->jobs[i];
		if (!job->pid && (room || job->ended) && job->due - now < next)
			next = job->due - now;
	}
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
