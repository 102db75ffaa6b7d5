#include "notify.h"
#include "check.h"
#include "clock.h"

#include <math.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static int bound = -1;

static void listen_at(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (bound >= 0)
		close(bound);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", name);
	if (*name == '@')
		address.sun_path[0] = '\0';
	bound = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	CHECK(bound >= 0 &&
		!bind(bound, (struct sockaddr *)&address,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))));
}

/* The next message; "" when there is none. */
static const char *told(void)
{
	static char text[1000];
	ssize_t n = recv(bound, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static struct notify open_one(const char *name, const char *usec, const char *pid)
{
	struct notify notify;
	setenv("NOTIFY_SOCKET", name, 1);
	if (usec)
		setenv("WATCHDOG_USEC", usec, 1);
	if (pid)
		setenv("WATCHDOG_PID", pid, 1);
	notify_open(&notify);
	CHECK(!getenv("NOTIFY_SOCKET") && !getenv("WATCHDOG_USEC") && !getenv("WATCHDOG_PID"));
	return notify;
}

static void check_messages(const char *name)
{
	listen_at(name);
	struct notify notify = open_one(name, NULL, NULL);
	CHECK(notify.fd >= 0 && notify_timeout(&notify) == HUGE_VAL);
	notify_serve(&notify);
	CHECK_TEXT(told(), "");
	notify_ready(&notify);
	CHECK_TEXT(told(), "READY=1");
	notify_status(&notify, "%d jobs\nREADY=1", 2);
	CHECK_TEXT(told(), "STATUS=2 jobs?READY=1");
	notify_status(&notify, "%d jobs\nREADY=1", 2);
	CHECK_TEXT(told(), "");
	notify_status(&notify, "none");
	CHECK_TEXT(told(), "STATUS=none");
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	notify_reloading(&notify);
	const char *reloading = told();
	static const char start[] = "RELOADING=1\nMONOTONIC_USEC=";
	CHECK(!strncmp(reloading, start, sizeof start - 1));
	double since = strtod(reloading + sizeof start - 1, NULL) / 1e6 - (double)now.tv_sec;
	CHECK(since > 0 && since < 10);
	notify_stopping(&notify);
	CHECK_TEXT(told(), "STOPPING=1");
	close(bound); /* the manager is gone: nothing happens */
	bound = -1;
	notify_ready(&notify);
	notify_close(&notify);
}

int main(void)
{
	struct notify notify;
	char path[] = "/tmp/octi-notify.XXXXXX", name[64], pid[32];
	CHECK(mkdtemp(path));
	snprintf(name, sizeof name, "%s/socket", path);
	check_messages(name);
	unlink(name);
	notify = open_one(name, "1000000", NULL); /* nobody listens */
	CHECK(notify.fd < 0 && notify_timeout(&notify) == HUGE_VAL);
	notify_ready(&notify);
	notify_status(&notify, "none");
	notify_close(&notify);
	CHECK(!rmdir(path));

	snprintf(name, sizeof name, "@octi-notify-%ld", (long)getpid());
	check_messages(name);

	listen_at(name);
	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	notify = open_one(name, "200000", pid);
	CHECK(notify.watchdog > 0.099 && notify.watchdog < 0.101);
	CHECK(notify_timeout(&notify) == 0);
	notify_serve(&notify);
	CHECK_TEXT(told(), "WATCHDOG=1");
	CHECK(notify_timeout(&notify) > 0 && notify_timeout(&notify) <= 0.1);
	notify_serve(&notify);
	CHECK_TEXT(told(), "");
	CHECK(clock_wait(0.12));
	notify_serve(&notify);
	CHECK_TEXT(told(), "WATCHDOG=1");
	notify_close(&notify);
	notify = open_one(name, "200000", NULL);
	CHECK(notify.watchdog > 0);
	notify_close(&notify);
	notify = open_one(name, "200000", "1");
	CHECK(notify.fd >= 0 && notify_timeout(&notify) == HUGE_VAL);
	notify_close(&notify);
	notify = open_one(name, "soon", NULL);
	CHECK(notify_timeout(&notify) == HUGE_VAL);
	notify_close(&notify);

	notify_open(&notify);
	CHECK(notify.fd < 0);
	static const char *const others[] = { "", "socket", "vsock:2:1234" };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		notify = open_one(others[i], NULL, NULL);
		CHECK(notify.fd < 0);
	}
	close(bound);
	return check_end("notify");
}
