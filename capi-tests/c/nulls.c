// ours only: NULL arguments, which crash the old library, are refused or do nothing.
// And handles that are closed or never were.
#include "testing.h"
#include <nng/protocol/pair0/pair.h>
#include <nng/supplemental/util/idhash.h>
#include <nng/supplemental/util/options.h>

static void
handles(void)
{
	nng_socket   s = NNG_SOCKET_INITIALIZER;
	nng_dialer   d = NNG_DIALER_INITIALIZER;
	nng_listener l = NNG_LISTENER_INITIALIZER;
	nng_ctx      c = NNG_CTX_INITIALIZER;
	nng_pipe     p = NNG_PIPE_INITIALIZER;
	int          n;
	char         buf[8];
	size_t       len = sizeof(buf);
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
}

int
main(void)
{
	nng_socket s, dead = NNG_SOCKET_INITIALIZER;
	nng_ctx    no_ctx = NNG_CTX_INITIALIZER;
	nng_aio   *aio;
	nng_msg   *m;
	size_t     n = 1;
	int        i = 1;

	testing_begin(30);
	handles();
	GIVES(NNG_EINVAL, nng_pair0_open(NULL));
	OK(nng_pair0_open(&s));

	// What frees takes NULL.
	nng_msg_free(NULL);
	nng_aio_free(NULL);
	nng_aio_reap(NULL);
	nng_url_free(NULL);
	nng_strfree(NULL);
	nng_free(NULL, 0);
	nng_stats_free(NULL);
	nng_stream_free(NULL);
	nng_stream_dialer_free(NULL);
	nng_stream_listener_free(NULL);
	nng_udp_close(NULL);
	nng_mtx_free(NULL);
	nng_cv_free(NULL);
	nng_thread_destroy(NULL);
	nng_id_map_free(NULL);

	// What has a result says so.
	GIVES(NNG_EINVAL, nng_msg_alloc(NULL, 1));
	GIVES(NNG_EINVAL, nng_msg_append(NULL, "x", 1));
	GIVES(NNG_EINVAL, nng_msg_trim_u32(NULL, NULL));
	GIVES(NNG_EINVAL, nng_msg_dup(NULL, NULL));
	GIVES(NNG_EINVAL, nng_aio_alloc(NULL, NULL, NULL));
	GIVES(NNG_EINVAL, nng_sendmsg(s, NULL, 0));
	GIVES(NNG_EINVAL, nng_recvmsg(s, NULL, 0));
	GIVES(NNG_EINVAL, nng_recv(s, NULL, NULL, 0));
	GIVES(NNG_EINVAL, nng_send(s, NULL, 5, 0));
	GIVES(NNG_EINVAL, nng_dial(s, NULL, NULL, 0));
	GIVES(NNG_EINVAL, nng_listener_create(NULL, s, "inproc://x"));
	GIVES(NNG_EINVAL, nng_socket_set_int(s, NULL, 1));
	GIVES(NNG_EINVAL, nng_socket_get_int(s, NNG_OPT_PROTO, NULL));
	GIVES(NNG_EINVAL, nng_socket_get(s, NNG_OPT_PROTO, &i, NULL));
	GIVES(NNG_EINVAL, nng_socket_set_string(s, NNG_OPT_SOCKNAME, NULL));
	GIVES(NNG_EINVAL, nng_url_parse(NULL, "tcp://x:1"));
	GIVES(NNG_EINVAL, nng_url_clone(NULL, NULL));
	GIVES(NNG_EINVAL, nng_stats_get(NULL));
	GIVES(NNG_EINVAL, nng_stream_dialer_alloc(NULL, "tcp://127.0.0.1:1"));
	GIVES(NNG_EINVAL, nng_stream_listener_listen(NULL));
	GIVES(NNG_EINVAL, nng_socket_pair(NULL));
	GIVES(NNG_EINVAL, nng_thread_create(NULL, NULL, NULL));
	GIVES(NNG_EINVAL, nng_mtx_alloc(NULL));
	GIVES(NNG_EINVAL, nng_cv_alloc(NULL, NULL));
	GIVES(NNG_EINVAL, nng_opts_parse(1, NULL, NULL, NULL, NULL, NULL));
	GIVES(NNG_EINVAL, nng_id_set(NULL, 1, &i));

	// What has none does nothing.
	nng_aio_cancel(NULL);
	nng_aio_stop(NULL);
	nng_aio_wait(NULL);
	nng_aio_set_msg(NULL, NULL);
	CHECK(nng_aio_get_msg(NULL) == NULL);
	CHECK(!nng_aio_busy(NULL));
	nng_send_aio(s, NULL);
	nng_recv_aio(s, NULL);
	nng_sleep_aio(1, NULL);
	nng_stream_close(NULL);
	nng_stream_dialer_close(NULL);
	nng_stream_listener_close(NULL);
	CHECK(nng_msg_len(NULL) == 0 && nng_msg_body(NULL) == NULL);
	CHECK(nng_strdup(NULL) == NULL);

	// A send without a message, and streams that are none, end the operation.
	OK(nng_aio_alloc(&aio, NULL, NULL));
	nng_send_aio(s, aio);
	nng_aio_wait(aio);
	GIVES(NNG_EINVAL, nng_aio_result(aio));
	nng_stream_recv(NULL, aio);
	nng_aio_wait(aio);
	GIVES(NNG_EINVAL, nng_aio_result(aio));
	nng_recv_aio(dead, aio);
	nng_aio_wait(aio);
	GIVES(NNG_ECLOSED, nng_aio_result(aio));
	nng_ctx_recv(no_ctx, aio);
	nng_aio_wait(aio);
	GIVES(NNG_ECLOSED, nng_aio_result(aio));
	nng_aio_free(aio);

	// Ids of nothing.
	CHECK(nng_socket_id(dead) == -1);
	GIVES(NNG_ECLOSED, nng_close(dead));
	GIVES(NNG_ECLOSED, nng_ctx_close(no_ctx));
	OK(nng_msg_alloc(&m, n));
	GIVES(NNG_ECLOSED, nng_sendmsg(dead, m, 0));
	nng_msg_free(m);
	OK(nng_close(s));
	return 0;
}
