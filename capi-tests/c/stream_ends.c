// ours only: in the old library, a send on a closed tcp stream was seen to time out.
// Streams over tcp, ipc and abstract names: dialing, accepting, scattered buffers, and the end.
#include "testing.h"

static void
both(nng_stream *from, nng_stream *to, nng_aio *out, nng_aio *in)
{
	char    a[] = "hello ", b[] = "stream", got[13] = { 0 };
	nng_iov iov[2] = { { a, 6 }, { b, 6 } };
	size_t  sent = 0, had = 0;
	// Small as it is, it goes at once.
	OK(nng_aio_set_iov(out, 2, iov));
	nng_stream_send(from, out);
	nng_aio_wait(out);
	OK(nng_aio_result(out));
	sent = nng_aio_count(out);
	CHECK(sent == 12);
	while (had < sent) {
		nng_iov rest[2] = { { got + had, 1 }, { got + had + 1, sent - had - 1 } };
		OK(nng_aio_set_iov(in, had + 1 < sent ? 2 : 1, rest));
		nng_stream_recv(to, in);
		nng_aio_wait(in);
		OK(nng_aio_result(in));
		CHECK(nng_aio_count(in) > 0);
		had += nng_aio_count(in);
	}
	CHECK(strcmp(got, "hello stream") == 0);
}

int
main(void)
{
	static const char *transports[] = { "tcp", "ipc", "abstract" };
	nng_aio           *one, *two;
	testing_begin(30);
	OK(nng_aio_alloc(&one, NULL, NULL));
	OK(nng_aio_alloc(&two, NULL, NULL));
	nng_aio_set_timeout(one, 5000);
	nng_aio_set_timeout(two, 5000);
	for (int i = 0; i < 3; i++) {
		nng_stream_listener *l;
		nng_stream_dialer   *d;
		nng_stream          *near, *far;
		char                 url[96];
		bool                 on;
		nng_sockaddr         sa;
		snprintf(url, sizeof(url), "%s", testing_address(transports[i]));
		OK(nng_stream_listener_alloc(&l, url));
		OK(nng_stream_listener_listen(l));
		if (i == 0) {
			int port;
			OK(nng_stream_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port));
			snprintf(url, sizeof(url), "tcp://127.0.0.1:%d", port);
		}
		OK(nng_stream_dialer_alloc(&d, url));
		nng_stream_listener_accept(l, one);
		nng_stream_dialer_dial(d, two);
		nng_aio_wait(one);
		nng_aio_wait(two);
		OK(nng_aio_result(one));
		OK(nng_aio_result(two));
		far  = nng_aio_get_output(one, 0);
		near = nng_aio_get_output(two, 0);
		OK(nng_stream_get_addr(near, NNG_OPT_REMADDR, &sa));
		printf("%s: family %d\n", transports[i], sa.s_family);
		if (i == 0) {
			OK(nng_stream_get_bool(near, NNG_OPT_TCP_NODELAY, &on));
		}
		GIVES(NNG_ENOTSUP, nng_stream_get_bool(near, "no-such-option", &on));
		both(near, far, one, two);
		both(far, near, one, two);

		// One end closed, the other sees the end.
		char    c;
		nng_iov iov = { &c, 1 };
		OK(nng_aio_set_iov(one, 1, &iov));
		nng_stream_recv(far, one);
		nng_stream_close(near);
		nng_aio_wait(one);
		GIVES(NNG_ECONNSHUT, nng_aio_result(one));
		OK(nng_aio_set_iov(two, 1, &iov));
		nng_stream_send(near, two);
		nng_aio_wait(two);
		GIVES(NNG_ECLOSED, nng_aio_result(two));
		nng_stream_free(near);
		nng_stream_free(far);

		nng_stream_listener_accept(l, one);
		nng_stream_listener_close(l);
		nng_aio_wait(one);
		GIVES(NNG_ECLOSED, nng_aio_result(one));
		nng_stream_listener_free(l);
		nng_stream_dialer_dial(d, two);
		nng_aio_wait(two);
		GIVES(NNG_ECONNREFUSED, nng_aio_result(two));
		nng_stream_dialer_free(d);
	}
	nng_aio_free(one);
	nng_aio_free(two);
	return 0;
}
