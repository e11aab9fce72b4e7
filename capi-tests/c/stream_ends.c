// ours only: the old library hangs in it, or a send on a closed stream times out.
// How operations on streams, their listeners and their dialers end: by timeout, by cancellation, and
// by the end of either side.
#include "testing.h"

static nng_aio *one, *two;

// What an operation just begun ends with.
static int
result(nng_aio *a)
{
	nng_aio_wait(a);
	return nng_aio_result(a);
}

// Small as it is, it goes at once, whatever pieces it is in.
static void
pass(nng_stream *from, nng_stream *to)
{
	char    a[] = "hello ", b[] = "stream", got[13] = { 0 };
	nng_iov iov[2] = { { a, 6 }, { b, 6 } };
	size_t  had    = 0;
	OK(nng_aio_set_iov(one, 2, iov));
	nng_stream_send(from, one);
	OK(result(one));
	CHECK(nng_aio_count(one) == 12);
	while (had < 12) {
		nng_iov rest[2] = { { got + had, 1 }, { got + had + 1, 12 - had - 1 } };
		OK(nng_aio_set_iov(two, had + 1 < 12 ? 2 : 1, rest));
		nng_stream_recv(to, two);
		OK(result(two));
		CHECK(nng_aio_count(two) > 0);
		had += nng_aio_count(two);
	}
	CHECK(strcmp(got, "hello stream") == 0);
}

static void
streams(nng_stream *near, nng_stream *far)
{
	char    c;
	nng_iov iov = { &c, 1 };
	bool    on;
	GIVES(NNG_ENOTSUP, nng_stream_get_bool(near, "no-such-option", &on));
	pass(near, far);
	pass(far, near);

	// Nothing is sent at once, from one empty buffer or from none.
	nng_iov none = { &c, 0 };
	for (unsigned n = 0; n < 2; n++) {
		OK(nng_aio_set_iov(two, n, &none));
		nng_stream_send(near, two);
		OK(result(two));
		CHECK(nng_aio_count(two) == 0);
	}

	// A receive that nothing comes for.
	OK(nng_aio_set_iov(one, 1, &iov));
	nng_aio_set_timeout(one, 10);
	nng_stream_recv(far, one);
	GIVES(NNG_ETIMEDOUT, result(one));
	nng_aio_set_timeout(one, 5000);
	nng_stream_recv(far, one);
	nng_aio_cancel(one);
	GIVES(NNG_ECANCELED, result(one));

	// One end closed, the other sees the end; the closed one is told so.
	nng_stream_recv(far, one);
	nng_stream_close(near);
	GIVES(NNG_ECONNSHUT, result(one));
	OK(nng_aio_set_iov(two, 1, &iov));
	nng_stream_send(near, two);
	GIVES(NNG_ECLOSED, result(two));
	nng_stream_recv(near, two);
	GIVES(NNG_ECLOSED, result(two));
	nng_stream_free(near);
	nng_stream_close(far);
	nng_stream_recv(far, one);
	GIVES(NNG_ECLOSED, result(one));
	nng_stream_free(far);
}

int
main(void)
{
	static const char *transports[] = { "tcp", "ipc", "abstract" };
	nng_stream_dialer *d;
	testing_begin(60);
	OK(nng_aio_alloc(&one, NULL, NULL));
	OK(nng_aio_alloc(&two, NULL, NULL));
	nng_aio_set_timeout(one, 5000);
	nng_aio_set_timeout(two, 5000);
	for (int i = 0; i < 3; i++) {
		nng_stream_listener *l;
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
		OK(result(one));
		OK(result(two));
		far  = nng_aio_get_output(one, 0);
		near = nng_aio_get_output(two, 0);
		CHECK(near != NULL && far != NULL);
		OK(nng_stream_get_addr(near, NNG_OPT_REMADDR, &sa));
		printf("%s: family %d\n", transports[i], sa.s_family);
		if (i == 0) {
			OK(nng_stream_get_bool(near, NNG_OPT_TCP_NODELAY, &on));
		}
		streams(near, far);

		nng_stream_listener_accept(l, one);
		nng_aio_abort(one, NNG_EINTR);
		GIVES(NNG_EINTR, result(one));
		nng_stream_listener_accept(l, one);
		nng_stream_listener_close(l);
		GIVES(NNG_ECLOSED, result(one));
		nng_stream_listener_free(l);
		nng_stream_dialer_dial(d, two);
		GIVES(NNG_ECONNREFUSED, result(two));
		nng_stream_dialer_close(d);
		nng_stream_dialer_dial(d, two);
		GIVES(NNG_ECLOSED, result(two));
		nng_stream_dialer_free(d);
	}
	GIVES(NNG_ENOTSUP, nng_stream_dialer_alloc(&d, "nosuch://x"));
	GIVES(NNG_EINVAL, nng_stream_dialer_alloc(&d, "no url"));
	nng_aio_free(one);
	nng_aio_free(two);
	return 0;
}
