// Descriptors to poll: readable when a receive, or a send, would not wait; no wakeup is missed.
#include "testing.h"
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>

#include <poll.h>



static int
ready(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, ms);
}

struct feed {
	nng_socket s;
	int        fd;
	unsigned   messages;
};

// Sends as its descriptor permits, and only then.
static void *
feeds(void *arg)
{
	struct feed *feed = arg;
	for (unsigned i = 0; i < feed->messages; i++) {
		int rv;
		while ((rv = nng_send(feed->s, &i, sizeof(i), NNG_FLAG_NONBLOCK)) == NNG_EAGAIN) {
			CHECK(ready(feed->fd, 10000) == 1);
		}
		OK(rv);
	}
	return NULL;
}

static void
counts(const char *transport, unsigned messages)
{
	nng_socket  from, to;
	struct feed feed;
	int         fd;
	pthread_t   thread;

	OK(nng_pair0_open(&from));
	OK(nng_pair0_open(&to));
	OK(nng_socket_set_int(from, NNG_OPT_SENDBUF, 16));
	OK(nng_socket_set_int(to, NNG_OPT_RECVBUF, 16));
	OK(nng_socket_get_int(to, NNG_OPT_RECVFD, &fd));
	OK(nng_socket_get_int(from, NNG_OPT_SENDFD, &feed.fd));
	CHECK(ready(fd, 0) == 0);
	testing_connect(to, from, transport);
	CHECK(ready(feed.fd, 5000) == 1);
	feed.s        = from;
	feed.messages = messages;
	pthread_create(&thread, NULL, feeds, &feed);
	for (unsigned i = 0; i < messages;) {
		unsigned got;
		size_t   len = sizeof(got);
		CHECK(ready(fd, 10000) == 1);
		while (nng_recv(to, &got, &len, NNG_FLAG_NONBLOCK) == 0) {
			CHECK(got == i && len == sizeof(got));
			i++;
		}
	}
	pthread_join(thread, NULL);
	CHECK(ready(fd, 0) == 0);
	OK(nng_close(from));
	OK(nng_close(to));
	printf("%s: %u messages\n", transport, messages);
}

int
main(void)
{
	nng_socket one, two;
	int        fd, again, sends;
	char       c;
	size_t     len = 1;

	testing_begin(50);
	OK(nng_pair0_open(&one));
	OK(nng_pair0_open(&two));
	OK(nng_socket_get_int(one, NNG_OPT_RECVFD, &fd));
	OK(nng_socket_get_int(one, NNG_OPT_RECVFD, &again));
	CHECK(fd == again);
	OK(nng_socket_get_int(two, NNG_OPT_SENDFD, &sends));
	testing_connect(one, two, "inproc");
	CHECK(ready(sends, 5000) == 1);
	CHECK(ready(fd, 0) == 0);
	OK(nng_send(two, "a", 1, 0));
	CHECK(ready(fd, 5000) == 1);
	OK(nng_recv(one, &c, &len, NNG_FLAG_NONBLOCK));
	CHECK(c == 'a');
	CHECK(ready(fd, 0) == 0);
	OK(nng_close(one));
	OK(nng_close(two));

	OK(nng_pub0_open(&one));
	OK(nng_socket_get_int(one, NNG_OPT_SENDFD, &sends));
	CHECK(ready(sends, 5000) == 1);
	GIVES(NNG_ENOTSUP, nng_socket_get_int(one, NNG_OPT_RECVFD, &fd));
	OK(nng_sub0_open(&two));
	OK(nng_socket_get_int(two, NNG_OPT_RECVFD, &fd));
	GIVES(NNG_ENOTSUP, nng_socket_get_int(two, NNG_OPT_SENDFD, &sends));
	OK(nng_socket_set(two, NNG_OPT_SUB_SUBSCRIBE, "y", 1));
	testing_connect(one, two, "inproc");
	OK(nng_send(one, "no", 2, 0));
	OK(nng_send(one, "y", 1, 0));
	CHECK(ready(fd, 5000) == 1);
	OK(nng_recv(two, &c, &len, 0));
	CHECK(c == 'y' && ready(fd, 0) == 0);
	OK(nng_close(one));
	OK(nng_close(two));

	counts("inproc", 20000);
	counts("ipc", 40000);
	counts("tcp", 50000);
	return 0;
}
