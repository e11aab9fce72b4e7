// Datagrams: to and from, cut where they do not fit, cancelled, and closed.
#include "testing.h"
#include <arpa/inet.h>

static nng_udp *
opened(nng_sockaddr *at)
{
	nng_udp *u;
	memset(at, 0, sizeof(*at));
	at->s_in.sa_family = NNG_AF_INET;
	at->s_in.sa_addr   = htonl(0x7f000001);
	OK(nng_udp_open(&u, at));
	OK(nng_udp_sockname(u, at));
	CHECK(at->s_in.sa_port != 0);
	return u;
}

int
main(void)
{
	nng_sockaddr at, to, from;
	nng_udp     *one, *two, *three;
	nng_aio     *a, *b;
	char         buf[16];
	nng_iov      out = { "datagram", 8 }, in = { buf, sizeof(buf) };

	testing_begin(20);
	one = opened(&at);
	two = opened(&to);
	GIVES(NNG_EADDRINUSE, nng_udp_open(&three, &to));
	OK(nng_aio_alloc(&a, NULL, NULL));
	OK(nng_aio_alloc(&b, NULL, NULL));
	nng_aio_set_timeout(b, 10000);
	for (int i = 0; i < 20; i++) {
		OK(nng_aio_set_iov(b, 1, &in));
		OK(nng_aio_set_input(b, 0, &from));
		nng_udp_recv(two, b);
		OK(nng_aio_set_iov(a, 1, &out));
		OK(nng_aio_set_input(a, 0, &to));
		nng_udp_send(one, a);
		nng_aio_wait(a);
		OK(nng_aio_result(a));
		nng_aio_wait(b);
		OK(nng_aio_result(b));
		CHECK(nng_aio_count(b) == 8 && memcmp(buf, "datagram", 8) == 0);
		CHECK(from.s_in.sa_port == at.s_in.sa_port && from.s_in.sa_addr == at.s_in.sa_addr);
	}
	// Nowhere to go.
	OK(nng_aio_set_input(a, 0, NULL));
	nng_udp_send(one, a);
	nng_aio_wait(a);
	GIVES(NNG_EADDRINVAL, nng_aio_result(a));
	nng_udp_recv(two, b);
	nng_aio_cancel(b);
	nng_aio_wait(b);
	GIVES(NNG_ECANCELED, nng_aio_result(b));
	nng_udp_recv(two, b);
	nng_udp_close(two);
	nng_aio_wait(b);
	GIVES(NNG_ECLOSED, nng_aio_result(b));
	nng_udp_close(one);
	nng_aio_free(a);
	nng_aio_free(b);
	memset(&at, 0, sizeof(at));
	at.s_family = NNG_AF_IPC;
	CHECK(nng_udp_open(&one, &at) != 0);
	printf("sent\n");
	return 0;
}
