#include "dial.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A connected socket; or -1 and errno. */
static int dial_address(const struct addrinfo *to, double deadline)
{
	int fd = socket(to->ai_family, to->ai_socktype, to->ai_protocol);
	if (fd < 0)
		return -1;
	int on = 1, error = 0;
	socklen_t size = sizeof error;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	/* The last step of the broker's greeting is two small writes: the second would wait for an answer
	 * to the first, which comes late on purpose. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(fd, to->ai_addr, to->ai_addrlen) == 0)
		return fd;
	if (errno != EINPROGRESS && errno != EINTR) {
		error = errno;
	} else {
		struct pollfd wait = { .fd = fd, .events = POLLOUT };
		int n;
		do
			n = poll(&wait, 1, clock_milliseconds(deadline - clock_now()));
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			error = n == 0 ? ETIMEDOUT : errno;
		else
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	}
	if (error == 0)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

int dial(const char *host, uint16_t port, double deadline, struct fail *fail)
{
	char service[8];
	snprintf(service, sizeof service, "%u", (unsigned)port);
	struct addrinfo hint = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;
	int error = getaddrinfo(host, service, &hint, &list);
	if (error) {
		fail_set(fail, FAIL_RETRY, "%s", gai_strerror(error));
		return -1;
	}
	size_t left = 0;
	for (struct addrinfo *a = list; a; a = a->ai_next)
		left++;
	int fd = -1;
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next, left--) {
		double t = clock_now();
		fd = dial_address(a, t + (deadline - t) / (double)left);
	}
	error = errno;
	freeaddrinfo(list);
	if (fd < 0)
		fail_set(fail, FAIL_RETRY, "%s", strerror(error));
	return fd;
}
