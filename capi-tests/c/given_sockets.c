// Connections that were opened elsewhere: pairs of descriptors as streams and under sockets.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>

int
main(void)
{
	nng_socket           one, two;
	nng_listener         l, m;
	int                  fds[2], n = 0;
	char                 buf[8];
	size_t               len = sizeof(buf);
	nng_stream_listener *sl;
	nng_aio             *aio, *other;
	nng_stream          *a, *b;

	testing_begin(20);
	OK(nng_socket_pair(fds));
	OK(nng_pair1_open(&one));
	OK(nng_pair1_open(&two));
	OK(nng_socket_set_ms(two, NNG_OPT_RECVTIMEO, 10000));
	OK(nng_listener_create(&l, one, "socket://"));
	OK(nng_listener_create(&m, two, "socket://"));
	OK(nng_listener_start(l, 0));
	OK(nng_listener_start(m, 0));
	OK(nng_listener_set_int(l, NNG_OPT_SOCKET_FD, fds[0]));
	OK(nng_listener_set_int(m, NNG_OPT_SOCKET_FD, fds[1]));
	printf("read: %s\n", nng_strerror(nng_listener_get_int(l, NNG_OPT_SOCKET_FD, &n)));
	OK(nng_send(one, "given", 6, 0));
	OK(nng_recv(two, buf, &len, 0));
	CHECK(len == 6 && strcmp(buf, "given") == 0);
	OK(nng_close(one));
	OK(nng_close(two));
	OK(nng_pair1_open(&one));
	printf("dial: %s\n", nng_strerror(nng_dial(one, "socket://", NULL, 0)));
	OK(nng_close(one));

	OK(nng_socket_pair(fds));
	OK(nng_stream_listener_alloc(&sl, "socket://"));
	// Listening is not called for.
	OK(nng_stream_listener_set_int(sl, NNG_OPT_SOCKET_FD, fds[0]));
	OK(nng_stream_listener_set_int(sl, NNG_OPT_SOCKET_FD, fds[1]));
	OK(nng_aio_alloc(&aio, NULL, NULL));
	OK(nng_aio_alloc(&other, NULL, NULL));
	nng_stream_listener_accept(sl, aio);
	nng_aio_wait(aio);
	OK(nng_aio_result(aio));
	a = nng_aio_get_output(aio, 0);
	nng_stream_listener_accept(sl, aio);
	nng_aio_wait(aio);
	OK(nng_aio_result(aio));
	b           = nng_aio_get_output(aio, 0);
	nng_iov out = { "12", 2 }, in = { buf, sizeof(buf) };
	OK(nng_aio_set_iov(aio, 1, &out));
	nng_stream_send(a, aio);
	OK(nng_aio_set_iov(other, 1, &in));
	nng_stream_recv(b, other);
	nng_aio_wait(aio);
	nng_aio_wait(other);
	OK(nng_aio_result(other));
	CHECK(nng_aio_count(other) == 2 && memcmp(buf, "12", 2) == 0);
	nng_stream_free(a);
	nng_stream_free(b);
	nng_stream_listener_free(sl);
	nng_aio_free(aio);
	nng_aio_free(other);
	return 0;
}
