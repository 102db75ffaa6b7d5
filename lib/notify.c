#include "notify.h"

#include "clock.h"
#include "opt.h"

#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static void connect_to(struct notify *notify, const struct sockaddr_un *address, socklen_t len)
{
	notify->fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (notify->fd < 0)
		return;
	fcntl(notify->fd, F_SETFD, FD_CLOEXEC);
	fcntl(notify->fd, F_SETFL, O_NONBLOCK);
	if (connect(notify->fd, (const struct sockaddr *)address, len)) {
		close(notify->fd);
		notify->fd = -1;
	}
}

/* How often the manager wants a sign of life. */
static double watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	uint64_t number, ours;
	if (!usec || !opt_number(usec, &number) || (pid && !opt_number(pid, &ours)) ||
		(pid && ours != (uint64_t)getpid()))
		return 0;
	return (double)number / 2e6;
}

void notify_open(struct notify *notify)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *name = getenv("NOTIFY_SOCKET");
	size_t n = name ? strlen(name) : 0;
	*notify = (struct notify){ .fd = -1 };
	if (n && n < sizeof address.sun_path && (*name == '/' || *name == '@')) {
		memcpy(address.sun_path, name, n);
		if (*name == '@')
			address.sun_path[0] = '\0';
		/* the NUL belongs to a path, and not to an abstract name */
		n += *name == '/';
		connect_to(notify, &address,
			(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
		notify->watchdog = notify->fd < 0 ? 0 : watchdog();
	}
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

/* A manager that does not read is not waited for. */
static void tell(const struct notify *notify, const char *text)
{
	if (notify->fd >= 0 && send(notify->fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return;
}

void notify_ready(struct notify *notify)
{
	tell(notify, "READY=1");
}

void notify_reloading(struct notify *notify)
{
	struct timespec now;
	struct buf text = { 0 };
	clock_gettime(CLOCK_MONOTONIC, &now);
	buf_format(&text, "RELOADING=1\nMONOTONIC_USEC=%lld",
		(long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	tell(notify, buf_str(&text));
	buf_release(&text);
}

void notify_stopping(struct notify *notify)
{
	tell(notify, "STOPPING=1");
}

void notify_status(struct notify *notify, const char *format, ...)
{
	struct buf text = { 0 };
	va_list ap;
	if (notify->fd < 0)
		return;
	buf_text(&text, "STATUS=");
	va_start(ap, format);
	buf_vformat(&text, format, ap);
	va_end(ap);
	for (size_t i = 0; i < text.len; i++) /* a line would be another assignment */
		if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
			text.data[i] = '?';
	if (text.state == BUF_OK && strcmp(text.data, buf_str(&notify->said)) != 0) {
		tell(notify, text.data);
		buf_release(&notify->said);
		notify->said = text;
	} else {
		buf_release(&text);
	}
}

void notify_serve(struct notify *notify)
{
	double now = clock_now();
	if (notify->watchdog <= 0 || now < notify->due)
		return;
	tell(notify, "WATCHDOG=1");
	notify->due = now + notify->watchdog;
}

double notify_timeout(const struct notify *notify)
{
	double left = notify->due - clock_now();
	if (notify->watchdog <= 0)
		return HUGE_VAL;
	return left > 0 ? left : 0;
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
	buf_release(&notify->said);
}
