// UDP: datagrams with their senders, cut where they do not fit, and a close that ends a wait.
#include "testing.h"
#include <arpa/inet.h>

int
main(void)
{
	nng_udp     *one, *two;
	nng_aio     *out, *in;
	nng_sockaddr sa = { 0 }, at_one, at_two, from = { 0 };
	char         text[] = "datagram", got[16];
	testing_begin(10);
	sa.s_in.sa_family = NNG_AF_INET;
	sa.s_in.sa_addr   = htonl(INADDR_LOOPBACK);
	OK(nng_udp_open(&one, &sa));
	OK(nng_udp_open(&two, &sa));
	OK(nng_udp_sockname(one, &at_one));
	OK(nng_udp_sockname(two, &at_two));
	CHECK(at_one.s_in.sa_port != 0 && at_one.s_in.sa_port != at_two.s_in.sa_port);
	OK(nng_aio_alloc(&out, NULL, NULL));
	OK(nng_aio_alloc(&in, NULL, NULL));
	for (size_t room = 4; room <= sizeof(got); room += 12) {
		nng_iov give = { text, 8 }, take = { got, room };
		OK(nng_aio_set_iov(in, 1, &take));
		OK(nng_aio_set_input(in, 0, &from));
		nng_udp_recv(two, in);
		OK(nng_aio_set_iov(out, 1, &give));
		OK(nng_aio_set_input(out, 0, &at_two));
		nng_udp_send(one, out);
		nng_aio_wait(out);
		nng_aio_wait(in);
		OK(nng_aio_result(out));
		OK(nng_aio_result(in));
		CHECK(from.s_in.sa_port == at_one.s_in.sa_port);
		CHECK(from.s_in.sa_addr == at_one.s_in.sa_addr);
		CHECK(memcmp(got, text, nng_aio_count(in)) == 0);
		printf("room for %d: %d\n", (int) room, (int) nng_aio_count(in));
	}
	nng_udp_recv(two, in);
	nng_udp_close(two);
	nng_aio_wait(in);
	GIVES(NNG_ECLOSED, nng_aio_result(in));
	nng_udp_close(one);
	nng_aio_free(in);
	nng_aio_free(out);
	return 0;
}
