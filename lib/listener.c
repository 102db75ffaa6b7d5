#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 }; /* connections that wait to be taken */

static bool bind_one(int fd, const struct addrinfo *at)
{
	int on = 1, off = 0;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (at->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
	return !bind(fd, at->ai_addr, at->ai_addrlen) && !listen(fd, BACKLOG);
}

int listener_open(const char *address, uint16_t port, struct fail *fail)
{
	struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM },
			*list = NULL;
	/* Of all interfaces, IPv6 stands for both; a system without it has the other. */
	const char *addresses[] = { address ? address : "::", address ? NULL : "0.0.0.0" };
	char service[8];
	int fd = -1, error = 0;
	snprintf(service, sizeof service, "%u", (unsigned)port);
	for (size_t i = 0; fd < 0 && i < 2 && addresses[i]; i++) {
		if (getaddrinfo(addresses[i], service, &hints, &list)) {
			error = EINVAL;
			continue;
		}
		fd = socket(list->ai_family, list->ai_socktype, list->ai_protocol);
		if (fd >= 0 && !bind_one(fd, list)) {
			error = errno;
			close(fd);
			fd = -1;
		} else if (fd < 0) {
			error = errno;
		}
		freeaddrinfo(list);
		if (error == EADDRINUSE)
			break;
	}
	if (fd >= 0)
		return fd;
	if (error == EADDRINUSE)
		fail_set(fail, FAIL_RETRY, "port %s: %s", service, strerror(error));
	else
		fail_set(fail, FAIL_USAGE, "cannot listen on %s, port %s: %s",
			address ? address : "all interfaces", service, strerror(error));
	return -1;
}
