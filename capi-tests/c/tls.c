// TLS: configurations, SP and streams over tls+tcp, options of pipes, refused peers.
#include "testing.h"
#include "stress/cert.h"
#include <nng/protocol/pair0/pair.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/supplemental/util/platform.h>

static nng_tls_config *
server_config(void)
{
	nng_tls_config *cfg;
	OK(nng_tls_config_alloc(&cfg, NNG_TLS_MODE_SERVER));
	OK(nng_tls_config_own_cert(cfg, stress_cert, stress_key, NULL));
	return (cfg);
}

static nng_tls_config *
client_config(const char *name)
{
	nng_tls_config *cfg;
	OK(nng_tls_config_alloc(&cfg, NNG_TLS_MODE_CLIENT));
	OK(nng_tls_config_ca_chain(cfg, stress_cert, NULL));
	OK(nng_tls_config_server_name(cfg, name));
	return (cfg);
}

static void
settings(void)
{
	nng_tls_config *cfg;

	CHECK(strlen(nng_tls_engine_name()) > 0 && strlen(nng_tls_engine_description()) > 0);
	CHECK(!nng_tls_engine_fips_mode());
	OK(nng_tls_config_alloc(&cfg, NNG_TLS_MODE_SERVER));
	GIVES(NNG_ENOTSUP, nng_tls_config_version(cfg, NNG_TLS_1_3, NNG_TLS_1_0));
	GIVES(NNG_ENOTSUP, nng_tls_config_version(cfg, NNG_TLS_1_0 - 1, NNG_TLS_1_0));
	GIVES(NNG_ENOTSUP, nng_tls_config_version(cfg, NNG_TLS_1_0, NNG_TLS_1_3 + 1));
	OK(nng_tls_config_version(cfg, NNG_TLS_1_2, NNG_TLS_1_2));
	OK(nng_tls_config_version(cfg, NNG_TLS_1_2, NNG_TLS_1_3));
	GIVES(NNG_ECRYPTO, nng_tls_config_own_cert(cfg, "no certificate", stress_key, NULL));
	GIVES(NNG_ECRYPTO, nng_tls_config_own_cert(cfg, stress_cert, "no key", NULL));
	GIVES(NNG_ECRYPTO, nng_tls_config_ca_chain(cfg, "no certificate", NULL));
	GIVES(NNG_ENOENT, nng_tls_config_ca_file(cfg, "/nonexistent/ca.pem"));
	GIVES(NNG_ENOENT, nng_tls_config_cert_key_file(cfg, "/nonexistent/key.pem", NULL));
	nng_tls_config_hold(cfg);
	nng_tls_config_free(cfg);
	OK(nng_tls_config_auth_mode(cfg, NNG_TLS_AUTH_MODE_NONE));
	nng_tls_config_free(cfg);
}

// A pair over TLS; returns what dialing gave.
static int
pair(nng_socket *one, nng_socket *two, const char *name)
{
	nng_tls_config *server = server_config();
	nng_tls_config *client = client_config(name);
	nng_listener    l;
	nng_dialer      d;
	int             port;
	char            url[64];

	OK(nng_pair0_open(one));
	OK(nng_pair0_open(two));
	OK(nng_listener_create(&l, *one, "tls+tcp://127.0.0.1:0"));
	OK(nng_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, server));
	OK(nng_listener_start(l, 0));
	OK(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port));
	snprintf(url, sizeof(url), "tls+tcp://127.0.0.1:%d", port);
	OK(nng_dialer_create(&d, *two, url));
	OK(nng_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, client));
	int rv = nng_dialer_start(d, 0);
	nng_tls_config_free(client);
	nng_tls_config_free(server);
	return (rv);
}

static void
messages(void)
{
	nng_socket one, two;
	nng_msg   *msg;
	bool       verified;

	OK(pair(&one, &two, "localhost"));
	for (size_t size = 1; size < 2000000; size *= 7) {
		OK(nng_msg_alloc(&msg, size));
		memset(nng_msg_body(msg), (int) size, size);
		OK(nng_sendmsg(two, msg, 0));
		OK(nng_recvmsg(one, &msg, 0));
		CHECK(nng_msg_len(msg) == size);
		CHECK(((unsigned char *) nng_msg_body(msg))[size - 1] == (unsigned char) size);
		OK(nng_sendmsg(one, msg, 0));
		OK(nng_recvmsg(two, &msg, 0));
		OK(nng_pipe_get_bool(nng_msg_get_pipe(msg), NNG_OPT_TLS_VERIFIED, &verified));
		CHECK(verified);
		nng_msg_free(msg);
		printf("%zu bytes there and back\n", size);
	}
	OK(nng_close(one));
	OK(nng_close(two));
}

static void
refused(void)
{
	nng_socket one, two;
	CHECK(pair(&one, &two, "elsewhere.example.org") != 0);
	OK(nng_close(one));
	OK(nng_close(two));
}

static void
move(nng_stream *s, nng_aio *aio, char *buf, size_t len, bool in)
{
	while (len > 0) {
		nng_iov iov = { .iov_buf = buf, .iov_len = len };
		OK(nng_aio_set_iov(aio, 1, &iov));
		if (in) {
			nng_stream_recv(s, aio);
		} else {
			nng_stream_send(s, aio);
		}
		nng_aio_wait(aio);
		OK(nng_aio_result(aio));
		buf += nng_aio_count(aio);
		len -= nng_aio_count(aio);
	}
}

static nng_stream *sender;
static char        text[100000];

static void
send_text(void *arg)
{
	nng_aio *aio;
	(void) arg;
	OK(nng_aio_alloc(&aio, NULL, NULL));
	move(sender, aio, text, sizeof(text), false);
	nng_aio_free(aio);
}

static void
streams(void)
{
	nng_stream_listener *l;
	nng_stream_dialer   *d;
	nng_tls_config      *server = server_config(), *client = client_config("localhost");
	nng_aio             *a, *b;
	nng_stream          *s;
	nng_thread          *thr;
	int                  port;
	char                 url[64];
	static char          got[sizeof(text)];

	OK(nng_stream_listener_alloc(&l, "tls+tcp://127.0.0.1:0"));
	OK(nng_stream_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, server));
	OK(nng_stream_listener_listen(l));
	OK(nng_stream_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port));
	snprintf(url, sizeof(url), "tls+tcp://127.0.0.1:%d", port);
	OK(nng_stream_dialer_alloc(&d, url));
	OK(nng_stream_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, client));
	OK(nng_aio_alloc(&a, NULL, NULL));
	OK(nng_aio_alloc(&b, NULL, NULL));
	nng_stream_listener_accept(l, a);
	nng_stream_dialer_dial(d, b);
	nng_aio_wait(a);
	nng_aio_wait(b);
	OK(nng_aio_result(a));
	OK(nng_aio_result(b));
	s      = nng_aio_get_output(a, 0);
	sender = nng_aio_get_output(b, 0);
	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = (char) (i * 7);
	}
	OK(nng_thread_create(&thr, send_text, NULL));
	move(s, a, got, sizeof(got), true);
	nng_thread_destroy(thr);
	CHECK(memcmp(got, text, sizeof(text)) == 0);
	nng_stream_close(sender);
	nng_iov iov = { .iov_buf = got, .iov_len = 1 };
	OK(nng_aio_set_iov(a, 1, &iov));
	nng_stream_recv(s, a);
	nng_aio_wait(a);
	CHECK(nng_aio_result(a) != 0);
	nng_stream_free(s);
	nng_stream_free(sender);
	nng_stream_dialer_free(d);
	nng_stream_listener_free(l);
	nng_tls_config_free(client);
	nng_tls_config_free(server);
	nng_aio_free(a);
	nng_aio_free(b);
}

int
main(void)
{
	testing_begin(60);
	settings();
	messages();
	refused();
	streams();
	nng_fini();
	return (0);
}
