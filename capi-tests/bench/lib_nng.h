/* nng: the genuine library or ours, whichever the loader finds. */
#include <nng/nng.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/transport/tls/tls.h>

#include "../stress/cert.h"

#define LIB_NAME "nng"
#define DIAL_WAITS 1 /* dialing returns after the handshake */

typedef nng_socket sock_t;
typedef nng_msg   *msg_t;

static void
must(int rv, const char *what)
{
	if (rv != 0) {
		fail("%s: %s", what, nng_strerror(rv));
	}
}

static sock_t
sock_open(enum kind kind, int depth)
{
	sock_t s;
	int (*open[])(nng_socket *) = { nng_req0_open, nng_rep0_open, nng_push0_open,
		nng_pull0_open, nng_pair1_open, nng_pub0_open, nng_sub0_open };
	must(open[kind](&s), "open");
	if (depth >= 0) {
		/* Some protocols have only one of the two. */
		int a = nng_socket_set_int(s, NNG_OPT_SENDBUF, depth);
		int b = nng_socket_set_int(s, NNG_OPT_RECVBUF, depth);
		must((a != 0) ? b : 0, "buffers");
	}
	if (kind == SUB) {
		must(nng_socket_set(s, NNG_OPT_SUB_SUBSCRIBE, "", 0), "subscribe");
	}
	return (s);
}

static bool
is_secure(const char *url)
{
	return ((strncmp(url, "tls", 3) == 0) || (strncmp(url, "wss", 3) == 0));
}

static void
sock_listen(sock_t s, const char *url)
{
	nng_listener    l;
	nng_tls_config *c;
	must(nng_listener_create(&l, s, url), "listener");
	if (is_secure(url)) {
		must(nng_tls_config_alloc(&c, NNG_TLS_MODE_SERVER), "configuration");
		must(nng_tls_config_own_cert(c, stress_cert, stress_key, NULL), "certificate");
		must(nng_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, c), "configuration");
		nng_tls_config_free(c);
	}
	must(nng_listener_start(l, 0), "listen");
}

static void
sock_dial(sock_t s, const char *url)
{
	nng_dialer      d;
	nng_tls_config *c;
	must(nng_dialer_create(&d, s, url), "dialer");
	if (is_secure(url)) {
		must(nng_tls_config_alloc(&c, NNG_TLS_MODE_CLIENT), "configuration");
		must(nng_tls_config_ca_chain(c, stress_cert, NULL), "certificate");
		must(nng_tls_config_server_name(c, "localhost"), "name");
		must(nng_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, c), "configuration");
		nng_tls_config_free(c);
	}
	must(nng_dialer_start(d, 0), "dial");
}

static void
sock_close(sock_t s)
{
	must(nng_close(s), "close");
}

static inline void
msg_new(msg_t *m, size_t size)
{
	must(nng_msg_alloc(m, size), "message");
	((char *) nng_msg_body(*m))[0] = 1;
}

static inline void *
msg_body(msg_t *m)
{
	return (nng_msg_body(*m));
}

static inline size_t
msg_size(msg_t *m)
{
	return (nng_msg_len(*m));
}

static inline void
msg_free(msg_t *m)
{
	nng_msg_free(*m);
}

static inline void
sock_send(sock_t s, msg_t *m)
{
	must(nng_sendmsg(s, *m, 0), "send");
}

static inline void
sock_recv(sock_t s, msg_t *m)
{
	must(nng_recvmsg(s, m, 0), "receive");
}

static inline bool
sock_try_recv(sock_t s, msg_t *m)
{
	int rv = nng_recvmsg(s, m, NNG_FLAG_NONBLOCK);
	if (rv == NNG_EAGAIN) {
		return (false);
	}
	must(rv, "receive");
	return (true);
}
