#include "lookup.h"

#include "clock.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Writes the addresses, or "!" and why there are none. */
static void ask(const char *host, int to)
{
	struct addrinfo hint = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list = NULL;
	char text[INET6_ADDRSTRLEN + 64] /* and a scope */;
	struct buf said = { 0 };
	int error = getaddrinfo(host, NULL, &hint, &list);
	if (error)
		buf_format(&said, "!%s", gai_strerror(error));
	for (struct addrinfo *a = error ? NULL : list; a; a = a->ai_next)
		if (!getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0,
			    NI_NUMERICHOST))
			buf_format(&said, "%s%s", said.len ? ", " : "", text);
	(void)!write(to, buf_str(&said), said.len);
	buf_release(&said);
	if (!error)
		freeaddrinfo(list);
}

/* Reads to the end. False: not in time. */
static bool hear(int from, double deadline, struct buf *said)
{
	for (;;) {
		char bytes[512];
		struct pollfd wait = { .fd = from, .events = POLLIN };
		int ready = poll(&wait, 1, clock_milliseconds(deadline - clock_now()));
		if (ready == 0)
			return false;
		ssize_t n = ready > 0 ? read(from, bytes, sizeof bytes) : -1;
		if (n > 0)
			buf_add(said, bytes, (size_t)n);
		else if (n == 0 || errno != EINTR)
			return true;
	}
}

bool lookup(const char *host, double deadline, struct buf *addresses, struct fail *fail)
{
	int ends[2];
	struct buf said = { 0 };
	if (pipe(ends))
		return fail_errno(fail, "pipe");
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		ask(host, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	bool in_time = pid > 0 && hear(ends[0], deadline, &said);
	close(ends[0]);
	if (pid < 0) {
		fail_errno(fail, "fork");
	} else {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		if (!in_time)
			fail_set(fail, FAIL_RETRY, "no answer in time");
		else if (!said.len || *said.data == '!')
			fail_set(fail, FAIL_RETRY, "%s",
				said.len ? said.data + 1 : "no address");
		else
			buf_text(addresses, said.data);
	}
	buf_release(&said);
	return !fail->kind && buf_ok(addresses, fail);
}
