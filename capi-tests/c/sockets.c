// Sockets: each protocol's identity and what may be asked of a socket, closed and never opened
// ones, and NULL where something was expected.
#include "testing.h"
#include <nng/protocol/bus0/bus.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>

static const struct kind {
	const char *name;
	int (*open)(nng_socket *);
} kinds[] = {
	{ "bus0", nng_bus0_open },
	{ "bus0 raw", nng_bus0_open_raw },
	{ "pair0", nng_pair0_open },
	{ "pair0 raw", nng_pair0_open_raw },
	{ "pair1", nng_pair1_open },
	{ "pair1 raw", nng_pair1_open_raw },
	{ "pair1 poly", nng_pair1_open_poly },
	{ "pull0", nng_pull0_open },
	{ "pull0 raw", nng_pull0_open_raw },
	{ "push0", nng_push0_open },
	{ "push0 raw", nng_push0_open_raw },
	{ "pub0", nng_pub0_open },
	{ "pub0 raw", nng_pub0_open_raw },
	{ "sub0", nng_sub0_open },
	{ "sub0 raw", nng_sub0_open_raw },
	{ "rep0", nng_rep0_open },
	{ "rep0 raw", nng_rep0_open_raw },
	{ "req0", nng_req0_open },
	{ "req0 raw", nng_req0_open_raw },
	{ "respondent0", nng_respondent0_open },
	{ "respondent0 raw", nng_respondent0_open_raw },
	{ "surveyor0", nng_surveyor0_open },
	{ "surveyor0 raw", nng_surveyor0_open_raw },
};

static void
identity(const struct kind *kind)
{
	nng_socket   s;
	nng_ctx      ctx;
	nng_msg     *m;
	int          self, peer, n;
	bool         raw;
	char        *name, *peer_name;
	size_t       len;
	nng_duration ms;
	char         buf[8];

	OK(kind->open(&s));
	CHECK(nng_socket_id(s) > 0);
	OK(nng_socket_get_int(s, NNG_OPT_PROTO, &self));
	OK(nng_socket_get_int(s, NNG_OPT_PEER, &peer));
	OK(nng_socket_get_string(s, NNG_OPT_PROTONAME, &name));
	OK(nng_socket_get_string(s, NNG_OPT_PEERNAME, &peer_name));
	OK(nng_socket_get_bool(s, NNG_OPT_RAW, &raw));
	printf("%s: %d %s, peer %d %s, raw %d\n", kind->name, self, name, peer, peer_name, raw);
	nng_strfree(name);
	nng_strfree(peer_name);

	printf("  ttl %s", nng_strerror(nng_socket_get_int(s, NNG_OPT_MAXTTL, &n)));
	printf(", send-fd %s", nng_strerror(nng_socket_get_int(s, NNG_OPT_SENDFD, &n)));
	printf(", recv-fd %s", nng_strerror(nng_socket_get_int(s, NNG_OPT_RECVFD, &n)));
	int rv = nng_ctx_open(&ctx, s);
	printf(", context %s\n", nng_strerror(rv));
	if (rv == 0) {
		CHECK(nng_ctx_id(ctx) > 0);
		OK(nng_ctx_close(ctx));
	}

	// Nobody is there.
	len = sizeof(buf);
	printf("  receive %s", nng_strerror(nng_recv(s, buf, &len, NNG_FLAG_NONBLOCK)));
	OK(nng_msg_alloc(&m, 4));
	(void) nng_socket_set_ms(s, NNG_OPT_SENDTIMEO, 1);
	rv = nng_sendmsg(s, m, 0);
	printf(", send %s\n", nng_strerror(rv));
	if (rv != 0) {
		nng_msg_free(m);
	}
	OK(nng_socket_get_ms(s, NNG_OPT_RECVTIMEO, &ms));
	CHECK(ms == -1);
	OK(nng_socket_get_size(s, NNG_OPT_RECVMAXSZ, &len));
	CHECK(len == 0);
	OK(nng_close(s));

	GIVES(NNG_ECLOSED, nng_close(s));
	GIVES(NNG_ECLOSED, nng_ctx_open(&ctx, s));
	GIVES(NNG_ECLOSED, nng_send(s, "x", 1, 0));
	len = sizeof(buf);
	GIVES(NNG_ECLOSED, nng_recv(s, buf, &len, 0));
	GIVES(NNG_ECLOSED, nng_socket_get_int(s, NNG_OPT_PROTO, &n));
	GIVES(NNG_ECLOSED, nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 1));
	GIVES(NNG_ECLOSED, nng_listen(s, "inproc://closed", NULL, 0));
	GIVES(NNG_ECLOSED, nng_dial(s, "inproc://closed", NULL, 0));
}

int
main(void)
{
	nng_socket   none = NNG_SOCKET_INITIALIZER;
	nng_dialer   d0   = NNG_DIALER_INITIALIZER;
	nng_listener l0   = NNG_LISTENER_INITIALIZER;
	nng_ctx      c0   = NNG_CTX_INITIALIZER;
	nng_pipe     p0   = NNG_PIPE_INITIALIZER;
	nng_socket   s;
	int          n;

	testing_begin(30);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		identity(&kinds[i]);
	}

	CHECK(nng_socket_id(none) == -1 && nng_dialer_id(d0) == -1 && nng_listener_id(l0) == -1);
	CHECK(nng_ctx_id(c0) == -1 && nng_pipe_id(p0) == -1);
	GIVES(NNG_ECLOSED, nng_close(none));
	GIVES(NNG_ECLOSED, nng_ctx_close(c0));
	GIVES(NNG_ECLOSED, nng_ctx_get_int(c0, NNG_OPT_MAXTTL, &n));
	printf("dialer %s, listener %s, pipe %s\n", nng_strerror(nng_dialer_close(d0)),
	    nng_strerror(nng_listener_close(l0)), nng_strerror(nng_pipe_close(p0)));
	printf("start: dialer %s, listener %s\n", nng_strerror(nng_dialer_start(d0, 0)),
	    nng_strerror(nng_listener_start(l0, 0)));
	printf("options: dialer %s, listener %s, pipe %s\n",
	    nng_strerror(nng_dialer_get_int(d0, NNG_OPT_MAXTTL, &n)),
	    nng_strerror(nng_listener_get_int(l0, NNG_OPT_MAXTTL, &n)),
	    nng_strerror(nng_pipe_get_int(p0, NNG_OPT_MAXTTL, &n)));
	CHECK(nng_socket_id(nng_pipe_socket(p0)) == -1);
	CHECK(nng_dialer_id(nng_pipe_dialer(p0)) == -1);
	CHECK(nng_listener_id(nng_pipe_listener(p0)) == -1);

	OK(nng_pair0_open(&s));
	GIVES(NNG_EINVAL, nng_dial(s, "no url", NULL, 0));
	printf("unknown scheme: dial %s, listen %s\n", nng_strerror(nng_dial(s, "bogus://x", NULL, 0)),
	    nng_strerror(nng_listen(s, "bogus://x", NULL, 0)));
	OK(nng_close(s));

	// Numbers of sockets are not used again soon.
	nng_socket t;
	OK(nng_pair0_open(&t));
	CHECK(nng_socket_id(t) != nng_socket_id(s));
	OK(nng_close(t));
	nng_closeall();
	return 0;
}
