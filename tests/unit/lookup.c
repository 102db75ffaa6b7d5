#include "lookup.h"
#include "check.h"
#include "clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* In place of the system's resolver: a server that never answers, no such name, a name with two addresses. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hint,
	struct addrinfo **list)
{
	static struct sockaddr_in first = { .sin_family = AF_INET };
	static struct sockaddr_in6 second = { .sin6_family = AF_INET6 };
	static struct addrinfo rows[2];
	(void)service;
	(void)hint;
	while (!strcmp(name, "silent.example"))
		pause();
	if (!strcmp(name, "crashes.example"))
		_exit(0);
	if (strcmp(name, "known.example") != 0)
		return EAI_NONAME;
	inet_pton(AF_INET, "10.0.0.1", &first.sin_addr);
	inet_pton(AF_INET6, "fd00::1", &second.sin6_addr);
	rows[0] = (struct addrinfo){ .ai_addr = (struct sockaddr *)&first,
		.ai_addrlen = sizeof first,
		.ai_next = &rows[1] };
	rows[1] = (struct addrinfo){ .ai_addr = (struct sockaddr *)&second,
		.ai_addrlen = sizeof second };
	*list = rows;
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	(void)list;
}

/* What comes of it within so many seconds; nothing is left running. */
static void check_lookup(
	const char *host, double seconds, const char *addresses, const char *why)
{
	struct fail fail = { 0 };
	struct buf said = { 0 };
	CHECK(lookup(host, clock_now() + seconds, &said, &fail) == !why);
	CHECK_TEXT(buf_str(&said), addresses);
	if (why)
		CHECK_FAIL(&fail, FAIL_RETRY, why);
	CHECK(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
	buf_release(&said);
	fail_clear(&fail);
}

int main(void)
{
	alarm(60); /* a resolver that is waited for ends this */
	check_lookup("known.example", 30, "10.0.0.1, fd00::1", NULL);
	check_lookup("other.example", 30, "", gai_strerror(EAI_NONAME));
	check_lookup("crashes.example", 30, "", "no address");
	check_lookup("silent.example", 0.1, "", "no answer in time");
	check_lookup("silent.example", -1, "", "no answer in time");
	return check_end("lookup");
}
