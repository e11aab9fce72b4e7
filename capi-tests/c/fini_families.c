// ours only: the old library may hang or abort at such an end.
// nng_fini while an object of each family lives and has something under way: each operation ends
// or can be ended, what is left can be freed, then nothing is left of the library, and it works anew.
#include "testing.h"
#include "../stress/cert.h"
#include <arpa/inet.h>
#include <dirent.h>
#include <nng/compat/nanomsg/nn.h>
#include <nng/compat/nanomsg/pair.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/http/http.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/supplemental/util/platform.h>

static int
entries(const char *path)
{
	int  n   = 0;
	DIR *all = opendir(path);
	CHECK(all != NULL);
	for (struct dirent *one; (one = readdir(all)) != NULL;) {
		n += one->d_name[0] != '.';
	}
	closedir(all);
	return n;
}

static nng_aio *
pending(void)
{
	nng_aio *aio;
	OK(nng_aio_alloc(&aio, NULL, NULL));
	nng_aio_set_timeout(aio, NNG_DURATION_INFINITE);
	return aio;
}

// An operation on what was closed.
static void
closed(nng_aio *aio)
{
	nng_aio_wait(aio);
	CHECK(nng_aio_result(aio) == NNG_ECLOSED || nng_aio_result(aio) == NNG_ECANCELED);
	nng_aio_free(aio);
}

// ---- contexts -----------------------------------------------------------------------------------

static nng_ctx  ctx[2];
static nng_aio *ctx_aio[2];

static void
contexts_begin(void)
{
	nng_socket req, rep;
	nng_msg   *msg;
	OK(nng_req0_open(&req));
	OK(nng_rep0_open(&rep));
	testing_connect(rep, req, "tcp");
	OK(nng_ctx_open(&ctx[0], req));
	OK(nng_ctx_open(&ctx[1], rep));
	OK(nng_msg_alloc(&msg, 4));
	OK(nng_ctx_sendmsg(ctx[0], msg, 0));
	nng_ctx_recv(ctx[0], ctx_aio[0] = pending());
	OK(nng_ctx_recvmsg(ctx[1], &msg, 0));
	nng_msg_free(msg);
	nng_ctx_recv(ctx[1], ctx_aio[1] = pending());
}

static void
contexts_end(void)
{
	for (int i = 0; i < 2; i++) {
		closed(ctx_aio[i]);
		GIVES(NNG_ECLOSED, nng_ctx_close(ctx[i]));
	}
}

// ---- a device -----------------------------------------------------------------------------------

static nng_aio *device_aio;

static void
device_begin(void)
{
	nng_socket one, two;
	OK(nng_pair0_open_raw(&one));
	OK(nng_pair0_open_raw(&two));
	(void) testing_listen(one, "ipc");
	(void) testing_listen(two, "inproc");
	nng_device_aio(device_aio = pending(), one, two);
}

static void
device_end(void)
{
	closed(device_aio);
}

// ---- secure sockets, of which one waits for a silent peer ---------------------------------------

static nng_tls_config *configs[2];

static void
secure_begin(void)
{
	nng_socket   one, two, three;
	nng_listener l;
	nng_dialer   d;
	char         url[64];
	int          port;
	OK(nng_tls_config_alloc(&configs[0], NNG_TLS_MODE_SERVER));
	OK(nng_tls_config_own_cert(configs[0], stress_cert, stress_key, NULL));
	OK(nng_tls_config_alloc(&configs[1], NNG_TLS_MODE_CLIENT));
	OK(nng_tls_config_auth_mode(configs[1], NNG_TLS_AUTH_MODE_NONE));
	OK(nng_pair0_open(&one));
	OK(nng_pair0_open(&two));
	OK(nng_pair0_open(&three));
	OK(nng_listener_create(&l, one, "wss://127.0.0.1:0/fini"));
	OK(nng_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, configs[0]));
	OK(nng_listener_start(l, 0));
	OK(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port));
	snprintf(url, sizeof(url), "wss://127.0.0.1:%d/fini", port);
	OK(nng_dialer_create(&d, two, url));
	OK(nng_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, configs[1]));
	OK(nng_dialer_start(d, 0));
	// Its greeting is no handshake.
	snprintf(url, sizeof(url), "tcp://127.0.0.1:%d", port);
	OK(nng_dial(three, url, NULL, NNG_FLAG_NONBLOCK));
}

static void
secure_end(void)
{
	nng_tls_config_free(configs[0]);
	nng_tls_config_free(configs[1]);
}

// ---- byte streams -------------------------------------------------------------------------------

static nng_stream_listener *listener;
static nng_stream_dialer   *dialer;
static nng_stream          *streams[2];
static nng_aio             *stream_aio[3];
static char                 stream_buf[2][8];

static void
streams_begin(void)
{
	char url[64];
	int  port;
	for (int i = 0; i < 3; i++) {
		stream_aio[i] = pending();
	}
	OK(nng_stream_listener_alloc(&listener, "tcp://127.0.0.1:0"));
	OK(nng_stream_listener_listen(listener));
	OK(nng_stream_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port));
	snprintf(url, sizeof(url), "tcp://127.0.0.1:%d", port);
	OK(nng_stream_dialer_alloc(&dialer, url));
	nng_stream_listener_accept(listener, stream_aio[0]);
	nng_stream_dialer_dial(dialer, stream_aio[1]);
	for (int i = 0; i < 2; i++) {
		nng_iov iov = { stream_buf[i], sizeof(stream_buf[i]) };
		nng_aio_wait(stream_aio[i]);
		OK(nng_aio_result(stream_aio[i]));
		streams[i] = nng_aio_get_output(stream_aio[i], 0);
		OK(nng_aio_set_iov(stream_aio[i], 1, &iov));
		nng_stream_recv(streams[i], stream_aio[i]);
	}
	nng_stream_listener_accept(listener, stream_aio[2]);
}

static void
streams_end(void)
{
	nng_stream_close(streams[0]);
	nng_stream_listener_close(listener);
	for (int i = 0; i < 3; i++) {
		nng_aio_wait(stream_aio[i]);
		CHECK(nng_aio_result(stream_aio[i]) != 0);
		nng_aio_free(stream_aio[i]);
	}
	nng_stream_free(streams[0]);
	nng_stream_free(streams[1]);
	nng_stream_dialer_free(dialer);
	nng_stream_listener_free(listener);
}

// ---- HTTP ---------------------------------------------------------------------------------------

static nng_http_server *server;
static nng_http_client *client;
static nng_http_conn   *conn;
static nng_aio         *http_aio;

static void
http_begin(void)
{
	nng_http_handler *handler;
	nng_sockaddr      at;
	nng_url          *url;
	char              text[64];
	nng_iov           iov = { stream_buf[0], sizeof(stream_buf[0]) };
	OK(nng_url_parse(&url, "http://127.0.0.1:0/"));
	OK(nng_http_server_hold(&server, url));
	nng_url_free(url);
	OK(nng_http_handler_alloc_static(&handler, "/", "hello", 5, "text/plain"));
	OK(nng_http_server_add_handler(server, handler));
	OK(nng_http_server_start(server));
	OK(nng_http_server_get_addr(server, &at));
	snprintf(text, sizeof(text), "http://127.0.0.1:%d/", ntohs(at.s_in.sa_port));
	OK(nng_url_parse(&url, text));
	OK(nng_http_client_alloc(&client, url));
	nng_url_free(url);
	nng_http_client_connect(client, http_aio = pending());
	nng_aio_wait(http_aio);
	OK(nng_aio_result(http_aio));
	conn = nng_aio_get_output(http_aio, 0);
	OK(nng_aio_set_iov(http_aio, 1, &iov));
	nng_http_conn_read(conn, http_aio);
}

static void
http_end(void)
{
	nng_http_server_stop(server);
	nng_http_server_release(server);
	nng_http_conn_close(conn);
	nng_aio_wait(http_aio);
	CHECK(nng_aio_result(http_aio) != 0);
	nng_aio_free(http_aio);
	nng_http_client_free(client);
}

// ---- datagrams ----------------------------------------------------------------------------------

static nng_udp *udp;
static nng_aio *udp_aio;

static void
udp_begin(void)
{
	nng_sockaddr at = { 0 };
	nng_iov      iov = { stream_buf[0], sizeof(stream_buf[0]) };
	at.s_in.sa_family = NNG_AF_INET;
	at.s_in.sa_addr   = htonl(0x7f000001);
	OK(nng_udp_open(&udp, &at));
	OK(nng_aio_set_iov(udp_aio = pending(), 1, &iov));
	nng_udp_recv(udp, udp_aio);
}

static void
udp_end(void)
{
	nng_udp_close(udp);
	closed(udp_aio);
}

// ---- nanomsg's --------------------------------------------------------------------------------

static int       nn;
static pthread_t nn_thread;

static void *
nn_waits(void *arg)
{
	char c;
	CHECK(nn_recv(nn, &c, 1, 0) < 0);
	CHECK(nn_errno() == EBADF || nn_errno() == ETERM);
	return arg;
}

static void
nanomsg_begin(void)
{
	CHECK((nn = nn_socket(AF_SP, NN_PAIR)) >= 0);
	CHECK(nn_bind(nn, testing_address("inproc")) >= 0);
	CHECK(pthread_create(&nn_thread, NULL, nn_waits, NULL) == 0);
}

static void
nanomsg_end(void)
{
	CHECK(pthread_join(nn_thread, NULL) == 0);
	CHECK(nn_close(nn) < 0 && nn_errno() == EBADF);
}

// ---- a sleep, and what has nothing to do with the library's threads -----------------------------

static nng_aio    *sleep_aio;
static nng_thread *thread;
static nng_mtx    *mtx;
static nng_cv     *cv;
static bool        enough;
static nng_stat   *stats;
static nng_msg    *msg;

static void
waits(void *arg)
{
	(void) arg;
	nng_mtx_lock(mtx);
	while (!enough) {
		nng_cv_wait(cv);
	}
	nng_mtx_unlock(mtx);
}

static void
others_begin(void)
{
	nng_sleep_aio(3600 * 1000, sleep_aio = pending());
	enough = false;
	OK(nng_mtx_alloc(&mtx));
	OK(nng_cv_alloc(&cv, mtx));
	OK(nng_thread_create(&thread, waits, NULL));
	OK(nng_stats_get(&stats));
	OK(nng_msg_alloc(&msg, 100000));
}

static void
others_end(void)
{
	nng_aio_cancel(sleep_aio);
	closed(sleep_aio);
	nng_mtx_lock(mtx);
	enough = true;
	nng_cv_wake(cv);
	nng_mtx_unlock(mtx);
	nng_thread_destroy(thread);
	nng_cv_free(cv);
	nng_mtx_free(mtx);
	nng_stats_free(stats);
	nng_msg_free(msg);
}

static const struct {
	const char *name;
	void (*begin)(void), (*end)(void);
} families[] = {
#define F(name) { #name, name##_begin, name##_end }
	F(contexts), F(device), F(secure), F(streams), F(http), F(udp), F(nanomsg), F(others),
#undef F
};
#define FAMILIES ((int) (sizeof(families) / sizeof(families[0])))

static int fds, threads;

// All is given back; a thread that has ended takes a moment to leave the system's list.
static void
nothing_is_left(void)
{
	nng_fini();
	EVENTUALLY(entries("/proc/self/task") <= threads && entries("/proc/self/fd") <= fds);
}

static void
works(void)
{
	nng_socket one, two;
	nng_msg   *got;
	OK(nng_pair0_open(&one));
	OK(nng_pair0_open(&two));
	testing_connect(one, two, "tcp");
	OK(nng_send(one, "w", 1, 0));
	OK(nng_recvmsg(two, &got, 0));
	nng_msg_free(got);
	OK(nng_close(one));
	OK(nng_close(two));
}

int
main(void)
{
	testing_begin(60);
	works();
	nng_fini();
	// A checker may have a thread of its own by now.
	fds     = entries("/proc/self/fd");
	threads = entries("/proc/self/task");
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < FAMILIES; i++) {
			families[i].begin();
			nng_fini();
			// Every other time, what is left is used with the library begun anew.
			if (round == 1) {
				works();
			}
			families[i].end();
			nothing_is_left();
			works();
		}
		for (int i = 0; i < FAMILIES; i++) {
			families[i].begin();
		}
		nng_fini();
		for (int i = FAMILIES; i-- > 0;) {
			// They share a buffer and nothing else.
			families[i].end();
		}
		nothing_is_left();
	}
	works();
	printf("ended and began again\n");
	return 0;
}
