// UDP: datagrams with their senders, cut where they do not fit, cancelled, to groups, and closed.
#include "testing.h"
#include <arpa/inet.h>
#include <errno.h>

static nng_udp *
opened(nng_sockaddr *at, uint32_t host)
{
	nng_udp *u;
	memset(at, 0, sizeof(*at));
	at->s_in.sa_family = NNG_AF_INET;
	at->s_in.sa_addr   = htonl(host);
	OK(nng_udp_open(&u, at));
	OK(nng_udp_sockname(u, at));
	CHECK(at->s_in.sa_port != 0);
	return u;
}

// One datagram, of which `room` bytes are asked for.
static void
pass(nng_udp *from, nng_sockaddr *near, nng_udp *to, nng_sockaddr *far, nng_aio *a, nng_aio *b, size_t room)
{
	// The operations after this one use them too.
	static char         text[] = "datagram", got[16];
	static nng_sockaddr sender;
	nng_iov             give = { text, 8 }, take = { got, room };
	OK(nng_aio_set_iov(b, 1, &take));
	OK(nng_aio_set_input(b, 0, &sender));
	nng_udp_recv(to, b);
	OK(nng_aio_set_iov(a, 1, &give));
	OK(nng_aio_set_input(a, 0, far));
	nng_udp_send(from, a);
	nng_aio_wait(a);
	OK(nng_aio_result(a));
	nng_aio_wait(b);
	OK(nng_aio_result(b));
	CHECK(nng_aio_count(b) == (room < 8 ? room : 8));
	CHECK(memcmp(got, text, nng_aio_count(b)) == 0);
	CHECK(sender.s_in.sa_port == near->s_in.sa_port);
	CHECK(sender.s_in.sa_addr == near->s_in.sa_addr);
}

static void
groups(nng_aio *a, nng_aio *b)
{
	nng_sockaddr near, far, group = { 0 };
	nng_udp     *one = opened(&near, INADDR_LOOPBACK), *two = opened(&far, INADDR_LOOPBACK);
	group.s_in.sa_family = NNG_AF_INET;
	group.s_in.sa_addr   = htonl(0xe0000107);
	GIVES(NNG_EADDRINVAL, nng_udp_multicast_membership(two, &group, false));
	OK(nng_udp_multicast_membership(two, &group, true));
	GIVES(NNG_EADDRINUSE, nng_udp_multicast_membership(two, &group, true));
	OK(nng_udp_multicast_membership(two, &group, false));
	group.s_in.sa_addr = htonl(INADDR_LOOPBACK);
	GIVES(NNG_EINVAL, nng_udp_multicast_membership(two, &group, true));
	group.s_family = NNG_AF_IPC;
	GIVES(NNG_EADDRINVAL, nng_udp_multicast_membership(two, &group, true));

	// What is sent to a group comes while somebody on the interface is a member, and not after.
	nng_sockaddr any;
	nng_udp     *all = opened(&any, INADDR_ANY);
	group            = any;
	group.s_in.sa_addr = htonl(0xe0000107);
	OK(nng_udp_multicast_membership(two, &group, true));
	pass(one, &near, all, &group, a, b, 16);
	OK(nng_udp_multicast_membership(two, &group, false));
	nng_aio_set_timeout(b, 50);
	nng_udp_recv(all, b);
	nng_udp_send(one, a);
	nng_aio_wait(a);
	nng_aio_wait(b);
	GIVES(NNG_ETIMEDOUT, nng_aio_result(b));
	nng_udp_close(one);
	nng_udp_close(two);
	nng_udp_close(all);
}

int
main(void)
{
	nng_sockaddr at, to;
	nng_udp     *one, *two, *three;
	nng_aio     *a, *b;
	char         buf[16];
	nng_iov      in = { buf, sizeof(buf) };

	testing_begin(20);
	OK(nng_aio_alloc(&a, NULL, NULL));
	OK(nng_aio_alloc(&b, NULL, NULL));
	nng_aio_set_timeout(b, 10000);
	one = opened(&at, INADDR_LOOPBACK);
	two = opened(&to, INADDR_LOOPBACK);
	CHECK(at.s_in.sa_port != to.s_in.sa_port);
	GIVES(NNG_EADDRINUSE, nng_udp_open(&three, &to));
	for (int i = 0; i < 20; i++) {
		pass(one, &at, two, &to, a, b, i % 2 ? 16 : 4);
	}
	// More than fits into any datagram.
	static char large[70000];
	nng_iov     all = { large, sizeof(large) };
	OK(nng_aio_set_iov(a, 1, &all));
	nng_udp_send(one, a);
	nng_aio_wait(a);
	GIVES(NNG_ESYSERR + EMSGSIZE, nng_aio_result(a));
	all.iov_len = 1;
	OK(nng_aio_set_iov(a, 1, &all));
	// Nowhere to go.
	OK(nng_aio_set_input(a, 0, NULL));
	nng_udp_send(one, a);
	nng_aio_wait(a);
	GIVES(NNG_EADDRINVAL, nng_aio_result(a));
	memset(&at, 0, sizeof(at));
	at.s_family = NNG_AF_IPC;
	OK(nng_aio_set_input(a, 0, &at));
	nng_udp_send(one, a);
	nng_aio_wait(a);
	GIVES(NNG_ENOTSUP, nng_aio_result(a));
	GIVES(NNG_ENOTSUP, nng_udp_open(&three, &at));
	at.s_family = NNG_AF_INPROC;
	GIVES(NNG_EADDRINVAL, nng_udp_open(&three, &at));

	OK(nng_aio_set_iov(b, 1, &in));
	OK(nng_aio_set_input(b, 0, NULL));
	nng_udp_recv(two, b);
	nng_aio_cancel(b);
	nng_aio_wait(b);
	GIVES(NNG_ECANCELED, nng_aio_result(b));
	nng_udp_recv(two, b);
	nng_udp_close(two);
	nng_aio_wait(b);
	GIVES(NNG_ECLOSED, nng_aio_result(b));
	nng_udp_close(one);
	groups(a, b);
	nng_aio_free(a);
	nng_aio_free(b);
	printf("sent\n");
	return 0;
}
