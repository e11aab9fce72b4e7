// ours only: the old library hangs in it: byte streams, read and written in pieces, ended, cancelled.
#include "testing.h"

static void
pass(const char *listen_url)
{
	static char          out[300000], in[300000];
	nng_stream_listener *l;
	nng_stream_dialer   *d;
	nng_stream          *s, *c;
	nng_aio             *a, *b;
	nng_sockaddr         sa;
	char                 url[128];
	size_t               sent = 0, got = 0;

	OK(nng_aio_alloc(&a, NULL, NULL));
	OK(nng_aio_alloc(&b, NULL, NULL));
	OK(nng_stream_listener_alloc(&l, listen_url));
	OK(nng_stream_listener_listen(l));
	snprintf(url, sizeof(url), "%s", listen_url);
	OK(nng_stream_listener_get_addr(l, NNG_OPT_LOCADDR, &sa));
	if (sa.s_family == NNG_AF_INET) {
		unsigned char *port = (unsigned char *) &sa.s_in.sa_port;
		snprintf(url, sizeof(url), "tcp://127.0.0.1:%d", port[0] * 256 + port[1]);
	}
	OK(nng_stream_dialer_alloc(&d, url));
	nng_stream_listener_accept(l, a);
	nng_stream_dialer_dial(d, b);
	nng_aio_wait(a);
	nng_aio_wait(b);
	OK(nng_aio_result(a));
	OK(nng_aio_result(b));
	s = nng_aio_get_output(a, 0);
	c = nng_aio_get_output(b, 0);
	CHECK(s != NULL && c != NULL);

	for (size_t i = 0; i < sizeof(out); i++) {
		out[i] = (char) (i * 7 + i / 251);
	}
	while (got < sizeof(in)) {
		nng_iov parts[2] = { { out + sent, (sizeof(out) - sent) / 2 }, { NULL, 0 } };
		nng_iov place    = { in + got, sizeof(in) - got };
		parts[1].iov_buf = (char *) parts[0].iov_buf + parts[0].iov_len;
		parts[1].iov_len = sizeof(out) - sent - parts[0].iov_len;
		if (sent < sizeof(out)) {
			OK(nng_aio_set_iov(b, 2, parts));
			nng_stream_send(c, b);
		}
		OK(nng_aio_set_iov(a, 1, &place));
		nng_stream_recv(s, a);
		nng_aio_wait(a);
		nng_aio_wait(b);
		OK(nng_aio_result(a));
		OK(nng_aio_result(b));
		if (sent < sizeof(out)) {
			CHECK(nng_aio_count(b) > 0);
			sent += nng_aio_count(b);
		}
		CHECK(nng_aio_count(a) > 0);
		got += nng_aio_count(a);
	}
	CHECK(memcmp(in, out, sizeof(in)) == 0);

	// A read that nothing comes for ends by its timeout, and by cancellation.
	nng_iov place = { in, sizeof(in) };
	OK(nng_aio_set_iov(a, 1, &place));
	nng_aio_set_timeout(a, 10);
	nng_stream_recv(s, a);
	nng_aio_wait(a);
	GIVES(NNG_ETIMEDOUT, nng_aio_result(a));
	nng_aio_set_timeout(a, NNG_DURATION_INFINITE);
	nng_stream_recv(s, a);
	nng_aio_cancel(a);
	nng_aio_wait(a);
	GIVES(NNG_ECANCELED, nng_aio_result(a));

	// The peer's end is seen as such, and the own one too.
	nng_stream_recv(s, a);
	nng_stream_free(c);
	nng_aio_wait(a);
	GIVES(NNG_ECONNSHUT, nng_aio_result(a));
	nng_stream_close(s);
	nng_stream_recv(s, a);
	nng_aio_wait(a);
	GIVES(NNG_ECLOSED, nng_aio_result(a));
	nng_stream_free(s);

	// So are a listener's and a dialer's.
	nng_stream_listener_accept(l, a);
	nng_aio_abort(a, NNG_EINTR);
	nng_aio_wait(a);
	GIVES(NNG_EINTR, nng_aio_result(a));
	nng_stream_listener_accept(l, a);
	nng_stream_listener_close(l);
	nng_aio_wait(a);
	GIVES(NNG_ECLOSED, nng_aio_result(a));
	nng_stream_listener_free(l);
	nng_stream_dialer_dial(d, b);
	nng_aio_wait(b);
	CHECK(nng_aio_result(b) == NNG_ECONNREFUSED || nng_aio_result(b) == NNG_ENOENT);
	nng_stream_dialer_close(d);
	nng_stream_dialer_dial(d, b);
	nng_aio_wait(b);
	GIVES(NNG_ECLOSED, nng_aio_result(b));
	nng_stream_dialer_free(d);
	nng_aio_free(a);
	nng_aio_free(b);
}

int
main(void)
{
	nng_stream_dialer *d;

	testing_begin(60);
	pass("tcp://127.0.0.1:0");
	pass(testing_address("ipc"));
	GIVES(NNG_ENOTSUP, nng_stream_dialer_alloc(&d, "nosuch://x"));
	GIVES(NNG_EINVAL, nng_stream_dialer_alloc(&d, "no url"));
	puts("streams carry what they are given");
	return 0;
}
