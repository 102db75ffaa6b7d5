#include "reach.h"
#include "check.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned names_asked;

/* In place of the system's resolver: a name has two addresses, of which the second is taken; addresses are
 * what they are; of any other name the server never tells. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hint,
	struct addrinfo **list)
{
	static const char *const two[] = { "127.0.0.2", "127.0.0.1" };
	static struct sockaddr_in to[2];
	static struct addrinfo rows[2];
	bool known = !strcmp(name, "two.example");
	memset(rows, 0, sizeof rows);
	for (int i = 0; i < 1 + known; i++) {
		to[i] = (struct sockaddr_in){ .sin_family = AF_INET };
		if (inet_pton(AF_INET, known ? two[i] : name, &to[i].sin_addr) != 1)
			pause();
		to[i].sin_port = htons((uint16_t)(service ? strtoul(service, NULL, 10) : 0));
		rows[i].ai_family = AF_INET;
		rows[i].ai_socktype = hint->ai_socktype;
		rows[i].ai_addr = (struct sockaddr *)&to[i];
		rows[i].ai_addrlen = sizeof to[i];
		rows[i].ai_next = known && i == 0 ? &rows[1] : NULL;
	}
	names_asked += known; /* in the process that asks */
	*list = rows;
	return 0;
}

void freeaddrinfo(struct addrinfo *list)
{
	(void)list;
}

/* A port of one address, which takes connections. */
static int listen_at(const char *address, uint16_t *port)
{
	struct sockaddr_in any = { .sin_family = AF_INET };
	socklen_t size = sizeof any;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	inet_pton(AF_INET, address, &any.sin_addr);
	CHECK(fd >= 0 && !bind(fd, (struct sockaddr *)&any, sizeof any) && !listen(fd, 5));
	CHECK(!getsockname(fd, (struct sockaddr *)&any, &size));
	*port = ntohs(any.sin_port);
	return fd;
}

static void check_reach(const char *host, uint16_t port, double timeout, const char *wanted)
{
	char *said = NULL;
	size_t len;
	struct diagnosis diagnosis = { .to = open_memstream(&said, &len), .timeout = timeout };
	struct reach reach = { .dns = CHECK_DNS,
		.tcp = CHECK_TCP,
		.tls = CHECK_TLS,
		.host = host,
		.shown = "it",
		.port = port,
		.host_advice = "look",
		.plain = "not used" };
	reach_check(&diagnosis, &reach);
	fclose(diagnosis.to);
	CHECK_TEXT(said, wanted);
	free(said);
}

int main(void)
{
	struct buf wanted = { 0 };
	uint16_t port;
	int fd = listen_at("127.0.0.1", &port);
	alarm(60); /* who waits for the resolver ends this */
	buf_format(&wanted,
		"ok dns: it is 127.0.0.2, 127.0.0.1\nok tcp: port %u of it takes "
		"connections\nok tls: not used\n",
		port);
	check_reach("two.example", port, 30, buf_str(&wanted));
	/* The name was asked in a process of its own, and not again. */
	CHECK(names_asked == 0);
	close(fd);
	buf_clear(&wanted);
	buf_format(&wanted,
		"ok dns: it is 127.0.0.2, 127.0.0.1\nproblem tcp: port %u of it: Connection "
		"refused; look\nok tls: not used\n",
		port);
	check_reach("two.example", port, 30, buf_str(&wanted));
	check_reach("silent.example", port, 0.1,
		"problem dns: it: no answer in time; look\nskipped tcp: needs dns\nok tls: not "
		"used\n");
	buf_release(&wanted);
	return check_end("reach");
}
