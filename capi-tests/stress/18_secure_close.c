// ws, tls and wss closed during the handshake and during transfer, from either end.
#include "stress.h"
#include "cert.h"
#include <nng/supplemental/tls/tls.h>
#include <nng/transport/tls/tls.h>

const char *const stress_name       = "18_secure_close";
const char *const stress_transports = "ws tls wss";

#define BIG 300000

static bool
secure(const char *transport)
{
	return strcmp(transport, "ws") != 0;
}

static void
pushes(void *arg)
{
	nng_socket s = *(nng_socket *) arg;
	for (;;) {
		nng_msg *msg;
		int      rv;
		MUST(nng_msg_alloc(&msg, BIG));
		AT("nng_sendmsg");
		rv = nng_sendmsg(s, msg, 0);
		if (rv != 0) {
			nng_msg_free(msg);
			RV_IN(rv, NNG_ECLOSED);
			return;
		}
	}
}

static void
pulls(void *arg)
{
	nng_socket s = *(nng_socket *) arg;
	for (;;) {
		nng_msg *msg;
		AT("nng_recvmsg");
		int rv = nng_recvmsg(s, &msg, 0);
		if (rv != 0) {
			RV_IN(rv, NNG_ECLOSED);
			return;
		}
		CHECK(nng_msg_len(msg) == BIG);
		nng_msg_free(msg);
		beat();
	}
}

static void
connects(const char *transport, nng_socket server, nng_socket client, bool wait)
{
	nng_listener l;
	nng_dialer   d;
	char         url[URL_MAX];

	fresh_url(url, transport);
	MUST(nng_listener_create(&l, server, url));
	if (secure(transport)) {
		nng_tls_config *c;
		MUST(nng_tls_config_alloc(&c, NNG_TLS_MODE_SERVER));
		MUST(nng_tls_config_own_cert(c, stress_cert, stress_key, NULL));
		MUST(nng_tls_config_auth_mode(c, NNG_TLS_AUTH_MODE_NONE));
		MUST(nng_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, c));
		nng_tls_config_free(c);
	}
	MUST(nng_listener_start(l, 0));
	bound_url(l, url);
	MUST(nng_dialer_create(&d, client, url));
	if (secure(transport)) {
		nng_tls_config *c;
		MUST(nng_tls_config_alloc(&c, NNG_TLS_MODE_CLIENT));
		MUST(nng_tls_config_auth_mode(c, NNG_TLS_AUTH_MODE_NONE));
		MUST(nng_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, c));
		nng_tls_config_free(c);
	}
	MUST(nng_dialer_start(d, wait ? 0 : NNG_FLAG_NONBLOCK));
}

static void
one_round(const char *transport)
{
	nng_socket push, pull;
	pthread_t  t[2];

	// During the handshake.
	for (int i = 0; i < 4; i++) {
		MUST(nng_push0_open(&push));
		MUST(nng_pull0_open(&pull));
		connects(transport, pull, push, false);
		jitter(2000);
		MUST(nng_close(i % 2 == 0 ? push : pull));
		jitter(500);
		MUST(nng_close(i % 2 == 0 ? pull : push));
		beat();
	}
	// During transfer.
	MUST(nng_push0_open(&push));
	MUST(nng_pull0_open(&pull));
	connects(transport, pull, push, true);
	t[0] = spawn(pushes, &push);
	t[1] = spawn(pulls, &pull);
	sleep_us(rnd(15000));
	if (rnd(2) == 0) {
		MUST(nng_close(push));
		MUST(nng_close(pull));
	} else {
		MUST(nng_close(pull));
		MUST(nng_close(push));
	}
	join(t[0]);
	join(t[1]);
}
