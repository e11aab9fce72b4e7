// Options of sockets, contexts, dialers, listeners and pipes: through every typed accessor, by raw
// value, by their old names, with the wrong type, out of range, read-only and unknown.
#include "testing.h"
#include <arpa/inet.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/transport/tls/tls.h>
#include <nng/transport/ws/websocket.h>

#define SHOW(call) printf("%s: %s\n", #call, nng_strerror(call))

static void
of_socket(void)
{
	nng_socket   s;
	nng_duration ms;
	size_t       size;
	int          n;
	bool         on;
	char        *text;
	uint64_t     big;
	void        *ptr;
	nng_sockaddr sa;
	char         raw[64];

	OK(nng_req0_open(&s));
	OK(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 123));
	OK(nng_socket_get_ms(s, NNG_OPT_RECVTIMEO, &ms));
	CHECK(ms == 123);
	size = sizeof(ms);
	OK(nng_socket_get(s, NNG_OPT_RECVTIMEO, &ms, &size));
	CHECK(ms == 123 && size == sizeof(ms));
	ms = 45;
	OK(nng_socket_set(s, NNG_OPT_SENDTIMEO, &ms, sizeof(ms)));
	OK(nng_socket_get_ms(s, NNG_OPT_SENDTIMEO, &ms));
	CHECK(ms == 45);
	OK(nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, 2000));
	OK(nng_socket_get_size(s, NNG_OPT_RECVMAXSZ, &size));
	CHECK(size == 2000);
	OK(nng_socket_set_int(s, NNG_OPT_MAXTTL, 3));
	OK(nng_socket_get_int(s, NNG_OPT_MAXTTL, &n));
	CHECK(n == 3);
	OK(nng_socket_set_string(s, NNG_OPT_SOCKNAME, "a name"));
	OK(nng_socket_get_string(s, NNG_OPT_SOCKNAME, &text));
	CHECK(strcmp(text, "a name") == 0);
	nng_strfree(text);
	size = sizeof(raw);
	SHOW(nng_socket_get(s, NNG_OPT_SOCKNAME, raw, &size));
	OK(nng_socket_set_ms(s, NNG_OPT_RECONNMINT, 10));
	OK(nng_socket_set_ms(s, NNG_OPT_RECONNMAXT, 20));
	OK(nng_socket_get_ms(s, NNG_OPT_RECONNMAXT, &ms));
	CHECK(ms == 20);
	OK(nng_socket_get_ms(s, NNG_OPT_REQ_RESENDTIME, &ms));
	CHECK(ms == 60000);
	OK(nng_socket_set_ms(s, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE));

	SHOW(nng_socket_set_int(s, NNG_OPT_MAXTTL, 0));
	SHOW(nng_socket_set_int(s, NNG_OPT_MAXTTL, 16));
	SHOW(nng_socket_set_int(s, NNG_OPT_MAXTTL, -1));
	SHOW(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, -7));
	SHOW(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, NNG_DURATION_DEFAULT));
	SHOW(nng_socket_set_int(s, NNG_OPT_RECVTIMEO, 1));
	SHOW(nng_socket_set_bool(s, NNG_OPT_RECVTIMEO, true));
	SHOW(nng_socket_set_size(s, NNG_OPT_RECVTIMEO, 1));
	SHOW(nng_socket_set_uint64(s, NNG_OPT_RECVTIMEO, 1));
	SHOW(nng_socket_set_string(s, NNG_OPT_RECVTIMEO, "1"));
	SHOW(nng_socket_set_ptr(s, NNG_OPT_RECVTIMEO, &s));
	SHOW(nng_socket_get_int(s, NNG_OPT_RECVTIMEO, &n));
	SHOW(nng_socket_get_bool(s, NNG_OPT_RECVTIMEO, &on));
	SHOW(nng_socket_get_size(s, NNG_OPT_RECVTIMEO, &size));
	SHOW(nng_socket_get_uint64(s, NNG_OPT_RECVTIMEO, &big));
	SHOW(nng_socket_get_string(s, NNG_OPT_RECVTIMEO, &text));
	SHOW(nng_socket_get_ptr(s, NNG_OPT_RECVTIMEO, &ptr));
	SHOW(nng_socket_get_addr(s, NNG_OPT_RECVTIMEO, &sa));
	SHOW(nng_socket_set_bool(s, NNG_OPT_RAW, true));
	SHOW(nng_socket_set_int(s, NNG_OPT_PROTO, 1));
	SHOW(nng_socket_set_int(s, NNG_OPT_RECVFD, 1));
	SHOW(nng_socket_set_int(s, NNG_OPT_SENDBUF, 1));
	SHOW(nng_socket_set_int(s, NNG_OPT_RECVBUF, 1));
	SHOW(nng_socket_set_bool(s, "no-such-option", true));
	SHOW(nng_socket_get_bool(s, "no-such-option", &on));
	SHOW(nng_socket_set(s, NNG_OPT_SENDTIMEO, &ms, 1));
	size = 1;
	SHOW(nng_socket_get(s, NNG_OPT_SENDTIMEO, &ms, &size));
	printf("size %zu\n", size);

	// The old names.
	OK(nng_setopt_ms(s, NNG_OPT_RECVTIMEO, 77));
	OK(nng_getopt_ms(s, NNG_OPT_RECVTIMEO, &ms));
	CHECK(ms == 77);
	OK(nng_setopt_int(s, NNG_OPT_MAXTTL, 4));
	OK(nng_getopt_int(s, NNG_OPT_MAXTTL, &n));
	CHECK(n == 4);
	OK(nng_setopt_size(s, NNG_OPT_RECVMAXSZ, 9));
	OK(nng_getopt_size(s, NNG_OPT_RECVMAXSZ, &size));
	CHECK(size == 9);
	OK(nng_getopt_bool(s, NNG_OPT_RAW, &on));
	CHECK(!on);
	// The old library keeps the end of a longer name before.
	OK(nng_setopt_string(s, NNG_OPT_SOCKNAME, "longer name"));
	OK(nng_getopt_string(s, NNG_OPT_SOCKNAME, &text));
	CHECK(strcmp(text, "longer name") == 0);
	nng_strfree(text);
	ms = 6;
	OK(nng_setopt(s, NNG_OPT_RECVTIMEO, &ms, sizeof(ms)));
	size = sizeof(ms);
	OK(nng_getopt(s, NNG_OPT_RECVTIMEO, &ms, &size));
	CHECK(ms == 6);
	SHOW(nng_setopt_bool(s, NNG_OPT_RAW, true));
	SHOW(nng_setopt_uint64(s, NNG_OPT_RAW, 1));
	SHOW(nng_setopt_ptr(s, NNG_OPT_RAW, &s));
	SHOW(nng_getopt_uint64(s, NNG_OPT_RAW, &big));
	OK(nng_close(s));
}

static void
of_context(void)
{
	nng_socket   s;
	nng_ctx      c;
	nng_duration ms;
	size_t       size;
	bool         on;
	int          n;

	OK(nng_req0_open(&s));
	OK(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 321));
	OK(nng_ctx_open(&c, s));
	OK(nng_ctx_get_ms(c, NNG_OPT_RECVTIMEO, &ms));
	CHECK(ms == 321);
	OK(nng_ctx_set_ms(c, NNG_OPT_RECVTIMEO, 5));
	OK(nng_socket_get_ms(s, NNG_OPT_RECVTIMEO, &ms));
	CHECK(ms == 321);
	OK(nng_ctx_set_ms(c, NNG_OPT_REQ_RESENDTIME, 7));
	OK(nng_ctx_get_ms(c, NNG_OPT_REQ_RESENDTIME, &ms));
	CHECK(ms == 7);
	OK(nng_socket_get_ms(s, NNG_OPT_REQ_RESENDTIME, &ms));
	CHECK(ms == 60000);
	size = sizeof(ms);
	OK(nng_ctx_get(c, NNG_OPT_REQ_RESENDTIME, &ms, &size));
	CHECK(ms == 7);
	ms = 8;
	OK(nng_ctx_set(c, NNG_OPT_REQ_RESENDTIME, &ms, sizeof(ms)));
	OK(nng_ctx_getopt_ms(c, NNG_OPT_REQ_RESENDTIME, &ms));
	CHECK(ms == 8);
	OK(nng_ctx_setopt_ms(c, NNG_OPT_REQ_RESENDTIME, 9));
	SHOW(nng_ctx_set_bool(c, NNG_OPT_REQ_RESENDTIME, true));
	SHOW(nng_ctx_set_int(c, NNG_OPT_REQ_RESENDTIME, 1));
	SHOW(nng_ctx_set_size(c, NNG_OPT_REQ_RESENDTIME, 1));
	SHOW(nng_ctx_get_bool(c, NNG_OPT_REQ_RESENDTIME, &on));
	SHOW(nng_ctx_get_int(c, NNG_OPT_MAXTTL, &n));
	SHOW(nng_ctx_get_bool(c, "no-such-option", &on));
	SHOW(nng_ctx_set_bool(c, "no-such-option", true));
	OK(nng_close(s));
	GIVES(NNG_ECLOSED, nng_ctx_get_ms(c, NNG_OPT_RECVTIMEO, &ms));
	GIVES(NNG_ECLOSED, nng_ctx_set_ms(c, NNG_OPT_RECVTIMEO, 1));

	OK(nng_sub0_open(&s));
	OK(nng_ctx_open(&c, s));
	OK(nng_ctx_set_int(c, NNG_OPT_RECVBUF, 5));
	OK(nng_ctx_get_int(c, NNG_OPT_RECVBUF, &n));
	CHECK(n == 5);
	OK(nng_ctx_set_bool(c, NNG_OPT_SUB_PREFNEW, false));
	OK(nng_ctx_get_bool(c, NNG_OPT_SUB_PREFNEW, &on));
	CHECK(!on);
	OK(nng_ctx_set(c, NNG_OPT_SUB_SUBSCRIBE, "topic", 5));
	OK(nng_ctx_set(c, NNG_OPT_SUB_UNSUBSCRIBE, "topic", 5));
	SHOW(nng_ctx_set(c, NNG_OPT_SUB_UNSUBSCRIBE, "topic", 5));
	SHOW(nng_ctx_set_string(c, NNG_OPT_SUB_SUBSCRIBE, "topic"));
	OK(nng_close(s));
}

static void
of_endpoints(void)
{
	nng_socket   s;
	nng_dialer   d;
	nng_listener l;
	nng_duration ms;
	size_t       size;
	bool         on;
	int          n;
	char        *text;
	nng_sockaddr sa;
	uint64_t     big;
	void        *ptr;

	OK(nng_pair1_open(&s));
	OK(nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, 1234));
	OK(nng_dialer_create(&d, s, "tcp://127.0.0.1:9"));
	OK(nng_listener_create(&l, s, "tcp://127.0.0.1:0"));
	CHECK(nng_dialer_id(d) > 0 && nng_listener_id(l) > 0);
	OK(nng_dialer_get_size(d, NNG_OPT_RECVMAXSZ, &size));
	CHECK(size == 1234);
	OK(nng_listener_get_size(l, NNG_OPT_RECVMAXSZ, &size));
	CHECK(size == 1234);
	OK(nng_dialer_set_size(d, NNG_OPT_RECVMAXSZ, 99));
	OK(nng_socket_get_size(s, NNG_OPT_RECVMAXSZ, &size));
	CHECK(size == 1234);
	OK(nng_dialer_set_bool(d, NNG_OPT_TCP_NODELAY, false));
	OK(nng_dialer_get_bool(d, NNG_OPT_TCP_NODELAY, &on));
	CHECK(!on);
	OK(nng_dialer_set_bool(d, NNG_OPT_TCP_KEEPALIVE, true));
	OK(nng_dialer_get_bool(d, NNG_OPT_TCP_KEEPALIVE, &on));
	CHECK(on);
	OK(nng_listener_set_bool(l, NNG_OPT_TCP_KEEPALIVE, true));
	OK(nng_listener_get_bool(l, NNG_OPT_TCP_KEEPALIVE, &on));
	CHECK(on);
	OK(nng_listener_set_bool(l, NNG_OPT_TCP_NODELAY, false));
	OK(nng_listener_get_bool(l, NNG_OPT_TCP_NODELAY, &on));
	CHECK(!on);
	OK(nng_dialer_set_ms(d, NNG_OPT_RECONNMINT, 17));
	OK(nng_dialer_get_ms(d, NNG_OPT_RECONNMINT, &ms));
	CHECK(ms == 17);
	OK(nng_dialer_set_ms(d, NNG_OPT_RECONNMAXT, 18));
	OK(nng_dialer_get_string(d, NNG_OPT_URL, &text));
	printf("%s\n", text);
	nng_strfree(text);
	OK(nng_listener_get_string(l, NNG_OPT_URL, &text));
	CHECK(strncmp(text, "tcp://127.0.0.1:", 16) == 0);
	nng_strfree(text);
	SHOW(nng_dialer_set_string(d, NNG_OPT_URL, "tcp://127.0.0.1:8"));
	SHOW(nng_dialer_set_bool(d, NNG_OPT_RECONNMINT, true));
	SHOW(nng_dialer_set_int(d, NNG_OPT_TCP_NODELAY, 1));
	SHOW(nng_dialer_set_uint64(d, NNG_OPT_TCP_NODELAY, 1));
	SHOW(nng_dialer_set_ptr(d, NNG_OPT_TCP_NODELAY, &s));
	SHOW(nng_dialer_get_int(d, NNG_OPT_TCP_NODELAY, &n));
	SHOW(nng_dialer_get_uint64(d, NNG_OPT_TCP_NODELAY, &big));
	SHOW(nng_dialer_get_ptr(d, NNG_OPT_TCP_NODELAY, &ptr));
	SHOW(nng_dialer_get_bool(d, "no-such-option", &on));
	SHOW(nng_dialer_set_bool(d, "no-such-option", true));
	SHOW(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &n));
	SHOW(nng_listener_get_ms(l, NNG_OPT_RECONNMINT, &ms));
	SHOW(nng_listener_set_int(l, NNG_OPT_TCP_NODELAY, 1));
	SHOW(nng_listener_set_uint64(l, NNG_OPT_TCP_NODELAY, 1));
	SHOW(nng_listener_set_ptr(l, NNG_OPT_TCP_NODELAY, &s));
	SHOW(nng_listener_get_uint64(l, NNG_OPT_TCP_NODELAY, &big));
	SHOW(nng_listener_get_bool(l, "no-such-option", &on));
	SHOW(nng_listener_set_bool(l, "no-such-option", true));
	OK(nng_listener_start(l, 0));
	OK(nng_listener_get_addr(l, NNG_OPT_LOCADDR, &sa));
	OK(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &n));
	CHECK(n > 0 && ntohs(sa.s_in.sa_port) == n);
	SHOW(nng_listener_start(l, 0));
	SHOW(nng_listener_set_bool(l, NNG_OPT_TCP_NODELAY, true));
	SHOW(nng_listener_set_size(l, NNG_OPT_RECVMAXSZ, 5));

	// The old names.
	OK(nng_dialer_setopt_ms(d, NNG_OPT_RECONNMINT, 30));
	OK(nng_dialer_getopt_ms(d, NNG_OPT_RECONNMINT, &ms));
	CHECK(ms == 30);
	OK(nng_dialer_setopt_size(d, NNG_OPT_RECVMAXSZ, 31));
	OK(nng_dialer_getopt_size(d, NNG_OPT_RECVMAXSZ, &size));
	CHECK(size == 31);
	OK(nng_dialer_setopt_bool(d, NNG_OPT_TCP_NODELAY, true));
	OK(nng_dialer_getopt_bool(d, NNG_OPT_TCP_NODELAY, &on));
	CHECK(on);
	on = false;
	OK(nng_dialer_setopt(d, NNG_OPT_TCP_NODELAY, &on, sizeof(on)));
	size = sizeof(on);
	OK(nng_dialer_getopt(d, NNG_OPT_TCP_NODELAY, &on, &size));
	CHECK(!on);
	OK(nng_dialer_getopt_string(d, NNG_OPT_URL, &text));
	nng_strfree(text);
	SHOW(nng_dialer_setopt_int(d, NNG_OPT_TCP_NODELAY, 1));
	SHOW(nng_dialer_setopt_string(d, NNG_OPT_TCP_NODELAY, "x"));
	SHOW(nng_dialer_getopt_sockaddr(d, NNG_OPT_REMADDR, &sa));
	OK(nng_listener_getopt_sockaddr(l, NNG_OPT_LOCADDR, &sa));
	OK(nng_listener_getopt_bool(l, NNG_OPT_TCP_NODELAY, &on));
	OK(nng_listener_getopt_size(l, NNG_OPT_RECVMAXSZ, &size));
	OK(nng_listener_getopt_string(l, NNG_OPT_URL, &text));
	nng_strfree(text);
	OK(nng_listener_getopt_int(l, NNG_OPT_TCP_BOUND_PORT, &n));
	SHOW(nng_listener_setopt_int(l, NNG_OPT_TCP_NODELAY, 1));
	SHOW(nng_listener_setopt_string(l, NNG_OPT_TCP_NODELAY, "x"));
	OK(nng_dialer_close(d));
	OK(nng_listener_close(l));
	SHOW(nng_dialer_close(d));
	SHOW(nng_listener_close(l));
	SHOW(nng_dialer_get_ms(d, NNG_OPT_RECONNMINT, &ms));
	SHOW(nng_listener_get_string(l, NNG_OPT_URL, &text));
	OK(nng_close(s));
}

// Options of endpoints that a socket takes beforehand, and others only with an endpoint.
static void
through_socket(void)
{
	nng_socket   s;
	nng_listener l;
	size_t       size;
	int          mode;
	bool         on;
	char        *text;

	OK(nng_ws_register());
	OK(nng_pair1_open(&s));
	OK(nng_socket_set_bool(s, NNG_OPT_TCP_KEEPALIVE, true));
	OK(nng_socket_set_int(s, NNG_OPT_TLS_AUTH_MODE, NNG_TLS_AUTH_MODE_NONE));
	OK(nng_socket_get_int(s, NNG_OPT_TLS_AUTH_MODE, &mode));
	for (int i = 0; i < 2; i++) {
		SHOW(nng_socket_set_bool(s, NNG_OPT_WS_SEND_TEXT, true));
		SHOW(nng_socket_set_size(s, NNG_OPT_WS_SENDMAXFRAME, 1234));
		SHOW(nng_socket_get_size(s, NNG_OPT_WS_SENDMAXFRAME, &size));
		SHOW(nng_socket_set_string(s, NNG_OPT_TLS_SERVER_NAME, "localhost"));
		SHOW(nng_socket_set_string(s, NNG_OPT_TLS_CA_FILE, "/nonexistent/file"));
		SHOW(nng_socket_set(s, NNG_OPT_TLS_CERT_KEY_FILE, "text", 4));
		SHOW(nng_socket_set_int(s, NNG_OPT_TLS_SERVER_NAME, 1));
		SHOW(nng_socket_set_string(s, NNG_OPT_URL, "ws://127.0.0.1:1"));
		if (i == 0) {
			OK(nng_listener_create(&l, s, "ws://127.0.0.1:0/path"));
		}
	}
	OK(nng_listener_get_bool(l, NNG_OPT_TCP_KEEPALIVE, &on));
	CHECK(on);
	OK(nng_listener_get_size(l, NNG_OPT_WS_SENDMAXFRAME, &size));
	CHECK(size == 1234);
	// The address stays as it was given, unlike one of tcp.
	OK(nng_listener_start(l, 0));
	OK(nng_listener_get_string(l, NNG_OPT_URL, &text));
	puts(text);
	nng_strfree(text);
	OK(nng_close(s));
}

static void
of_pipe(const char *transport)
{
	nng_socket   one, two;
	nng_msg     *m;
	nng_pipe     p;
	nng_sockaddr sa;
	bool         on;
	int          n;
	size_t       size;
	uint64_t     big;
	nng_duration ms;
	char        *text;
	void        *ptr;

	OK(nng_pair1_open(&one));
	OK(nng_pair1_open(&two));
	testing_connect(one, two, transport);
	OK(nng_send(two, "x", 1, 0));
	OK(nng_recvmsg(one, &m, 0));
	p = nng_msg_get_pipe(m);
	nng_msg_free(m);
	CHECK(nng_socket_id(nng_pipe_socket(p)) == nng_socket_id(one));
	printf("%s\n", transport);
	OK(nng_pipe_get_addr(p, NNG_OPT_REMADDR, &sa));
	printf("family %d\n", sa.s_family);
	OK(nng_pipe_getopt_sockaddr(p, NNG_OPT_LOCADDR, &sa));
	size = sizeof(sa);
	SHOW(nng_pipe_get(p, NNG_OPT_LOCADDR, &sa, &size));
	SHOW(nng_pipe_get_bool(p, NNG_OPT_TCP_NODELAY, &on));
	SHOW(nng_pipe_get_bool(p, NNG_OPT_TCP_KEEPALIVE, &on));
	SHOW(nng_pipe_getopt_bool(p, NNG_OPT_TCP_KEEPALIVE, &on));
	SHOW(nng_pipe_get_uint64(p, NNG_OPT_PEER_PID, &big));
	if (strcmp(transport, "ipc") == 0) {
		CHECK(big == (uint64_t) getpid());
		OK(nng_pipe_get_uint64(p, NNG_OPT_PEER_UID, &big));
		CHECK(big == getuid());
		OK(nng_pipe_getopt_uint64(p, NNG_OPT_PEER_GID, &big));
		CHECK(big == getgid());
		SHOW(nng_pipe_get_uint64(p, NNG_OPT_PEER_ZONEID, &big));
		SHOW(nng_pipe_get_int(p, NNG_OPT_PEER_UID, &n));
	}
	SHOW(nng_pipe_get_size(p, NNG_OPT_RECVMAXSZ, &size));
	SHOW(nng_pipe_get_int(p, "no-such-option", &n));
	SHOW(nng_pipe_get_ms(p, "no-such-option", &ms));
	SHOW(nng_pipe_get_ptr(p, "no-such-option", &ptr));
	SHOW(nng_pipe_get_string(p, "no-such-option", &text));
	SHOW(nng_pipe_getopt_int(p, "no-such-option", &n));
	SHOW(nng_pipe_getopt_ms(p, "no-such-option", &ms));
	SHOW(nng_pipe_getopt_ptr(p, "no-such-option", &ptr));
	SHOW(nng_pipe_getopt_string(p, "no-such-option", &text));
	SHOW(nng_pipe_getopt_size(p, "no-such-option", &size));
	OK(nng_close(two));
	OK(nng_close(one));
}

int
main(void)
{
	testing_begin(30);
	of_socket();
	of_context();
	of_endpoints();
	through_socket();
	of_pipe("inproc");
	of_pipe("ipc");
	of_pipe("tcp");
	return 0;
}
