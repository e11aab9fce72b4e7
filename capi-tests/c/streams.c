// Byte streams over tcp and unix sockets: dial and accept, parts of buffers, addresses and options,
// closing, and connections that were opened elsewhere.
#include "testing.h"
#include <arpa/inet.h>

#define SHOW(call) printf("%s: %s\n", #call, nng_strerror(call))

static void
transfer(nng_stream *from, nng_stream *to, nng_aio *a, nng_aio *b)
{
	static char out[300000], in[300000];
	size_t      sent = 0, got = 0;

	for (size_t i = 0; i < sizeof(out); i++) {
		out[i] = (char) (i * 7 + i / 251);
	}
	memset(in, 0, sizeof(in));
	while (got < sizeof(in)) {
		nng_iov give[2] = { { out + sent, 1 }, { out + sent + 1, sizeof(out) - sent - 1 } };
		nng_iov take    = { in + got, sizeof(in) - got };
		bool    more    = sent < sizeof(out);
		if (more) {
			OK(nng_aio_set_iov(a, sizeof(out) - sent > 1 ? 2 : 1, give));
			nng_stream_send(from, a);
		}
		OK(nng_aio_set_iov(b, 1, &take));
		nng_stream_recv(to, b);
		if (more) {
			nng_aio_wait(a);
			OK(nng_aio_result(a));
			CHECK(nng_aio_count(a) > 0);
			sent += nng_aio_count(a);
		}
		nng_aio_wait(b);
		OK(nng_aio_result(b));
		CHECK(nng_aio_count(b) > 0);
		got += nng_aio_count(b);
	}
	CHECK(memcmp(in, out, sizeof(in)) == 0);
}

static void
over(const char *name, const char *url)
{
	nng_stream_listener *l;
	nng_stream_dialer   *d;
	nng_stream          *one, *two;
	nng_aio             *a, *b;
	nng_sockaddr         sa;
	char                 text[NNG_MAXADDRSTRLEN];
	bool                 on;
	int                  n;
	uint64_t             big;
	size_t               size;

	OK(nng_aio_alloc(&a, NULL, NULL));
	OK(nng_aio_alloc(&b, NULL, NULL));
	nng_aio_set_timeout(a, 10000);
	nng_aio_set_timeout(b, 10000);
	OK(nng_stream_listener_alloc(&l, url));
	printf("%s\n", name);
	OK(nng_stream_listener_listen(l));
	GIVES(NNG_ESTATE, nng_stream_listener_listen(l));
	OK(nng_stream_listener_get_addr(l, NNG_OPT_LOCADDR, &sa));
	if (strcmp(name, "tcp") == 0) {
		OK(nng_stream_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &n));
		CHECK(n == ntohs(sa.s_in.sa_port));
		snprintf(text, sizeof(text), "tcp://127.0.0.1:%d", n);
		url = text;
	}
	OK(nng_stream_dialer_alloc(&d, url));
	SHOW(nng_stream_dialer_get_bool(d, NNG_OPT_TCP_NODELAY, &on));
	SHOW(nng_stream_dialer_set_bool(d, NNG_OPT_TCP_KEEPALIVE, true));
	SHOW(nng_stream_dialer_set_int(d, "no-such-option", 1));
	SHOW(nng_stream_listener_get_bool(l, NNG_OPT_TCP_NODELAY, &on));
	SHOW(nng_stream_listener_set_ms(l, "no-such-option", 1));
	SHOW(nng_stream_listener_set_int(l, NNG_OPT_TCP_NODELAY, 1));
	nng_stream_listener_accept(l, a);
	nng_stream_dialer_dial(d, b);
	nng_aio_wait(a);
	nng_aio_wait(b);
	OK(nng_aio_result(a));
	OK(nng_aio_result(b));
	one = nng_aio_get_output(a, 0);
	two = nng_aio_get_output(b, 0);
	transfer(one, two, a, b);
	transfer(two, one, a, b);
	OK(nng_stream_get_addr(one, NNG_OPT_REMADDR, &sa));
	printf("family %d\n", sa.s_family);
	SHOW(nng_stream_get_bool(one, NNG_OPT_TCP_NODELAY, &on));
	SHOW(nng_stream_set_bool(one, NNG_OPT_TCP_NODELAY, true));
	SHOW(nng_stream_get_uint64(one, NNG_OPT_PEER_PID, &big));
	SHOW(nng_stream_get_int(one, "no-such-option", &n));
	SHOW(nng_stream_get_size(one, "no-such-option", &size));
	SHOW(nng_stream_set_int(one, NNG_OPT_TCP_NODELAY, 1));

	// A receive whose other end goes is told so.
	char    c;
	nng_iov iov = { &c, 1 };
	OK(nng_aio_set_iov(a, 1, &iov));
	nng_stream_recv(one, a);
	nng_stream_close(two);
	nng_stream_free(two);
	nng_aio_wait(a);
	SHOW(nng_aio_result(a));
	nng_stream_close(one);
	nng_stream_free(one);

	// An accept that is cancelled.
	nng_stream_listener_accept(l, a);
	nng_aio_cancel(a);
	nng_aio_wait(a);
	GIVES(NNG_ECANCELED, nng_aio_result(a));
	nng_stream_listener_close(l);
	GIVES(NNG_ESTATE, nng_stream_listener_listen(l));
	nng_stream_listener_accept(l, a);
	nng_aio_wait(a);
	GIVES(NNG_ECLOSED, nng_aio_result(a));
	nng_stream_listener_free(l);
	nng_stream_dialer_dial(d, b);
	nng_aio_wait(b);
	SHOW(nng_aio_result(b));
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
	nng_stream_dialer   *d;
	nng_stream_listener *l;
	nng_url             *url;

	testing_begin(30);
	over("tcp", "tcp://127.0.0.1:0");
	over("ipc", testing_address("ipc"));
	over("abstract", testing_address("abstract"));
	SHOW(nng_stream_dialer_alloc(&d, "bogus://x"));
	SHOW(nng_stream_listener_alloc(&l, "bogus://x"));
	SHOW(nng_stream_dialer_alloc(&d, "inproc://x"));
	SHOW(nng_stream_dialer_alloc(&d, "no url"));
	OK(nng_url_parse(&url, "tcp://127.0.0.1:9"));
	OK(nng_stream_dialer_alloc_url(&d, url));
	nng_stream_dialer_free(d);
	OK(nng_stream_listener_alloc_url(&l, url));
	nng_stream_listener_free(l);
	nng_url_free(url);
	return 0;
}
