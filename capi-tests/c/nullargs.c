// ours only: the old library crashes on NULL.
// What may be NULL, and handles that are closed or never were.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>

int
main(void)
{
	nng_socket   s = NNG_SOCKET_INITIALIZER;
	nng_dialer   d = NNG_DIALER_INITIALIZER;
	nng_listener l = NNG_LISTENER_INITIALIZER;
	nng_ctx      c = NNG_CTX_INITIALIZER;
	nng_pipe     p = NNG_PIPE_INITIALIZER;
	int          n;
	char         buf[8];
	size_t       len = sizeof(buf);
	testing_begin(10);
	GIVES(NNG_ECLOSED, nng_close(s));
	GIVES(NNG_ECLOSED, nng_send(s, "x", 1, 0));
	GIVES(NNG_ECLOSED, nng_recv(s, buf, &len, 0));
	GIVES(NNG_ECLOSED, nng_socket_get_int(s, NNG_OPT_MAXTTL, &n));
	GIVES(NNG_ECLOSED, nng_listen(s, "inproc://x", NULL, 0));
	GIVES(NNG_ECLOSED, nng_dial(s, "inproc://x", NULL, 0));
	GIVES(NNG_ECLOSED, nng_ctx_open(&c, s));
	GIVES(NNG_ECLOSED, nng_ctx_close(c));
	GIVES(NNG_ENOENT, nng_dialer_close(d));
	GIVES(NNG_ENOENT, nng_dialer_start(d, 0));
	GIVES(NNG_ENOENT, nng_listener_close(l));
	GIVES(NNG_ENOENT, nng_listener_start(l, 0));
	GIVES(NNG_ENOENT, nng_pipe_close(p));
	CHECK(nng_socket_id(s) == -1 && nng_dialer_id(d) == -1 && nng_listener_id(l) == -1);
	CHECK(nng_ctx_id(c) == -1 && nng_pipe_id(p) == -1);
	nng_msg_free(NULL);
	nng_aio_free(NULL);
	nng_url_free(NULL);
	nng_strfree(NULL);
	nng_free(NULL, 0);
	nng_stats_free(NULL);
	nng_stream_free(NULL);
	nng_stream_close(NULL);
	nng_stream_dialer_free(NULL);
	nng_stream_dialer_close(NULL);
	nng_stream_listener_free(NULL);
	nng_stream_listener_close(NULL);
	nng_udp_close(NULL);
	nng_mtx_free(NULL);
	nng_cv_free(NULL);
	return 0;
}
