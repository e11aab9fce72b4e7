// Options: every kind of accessor, typed and raw, on every object, and what they refuse.
#include "testing.h"
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

// A name within the process may be of any length; what its address shows is the whole URL, as much
// of it as there is room for.
static void
names(const char *url)
{
	nng_socket   one, two;
	nng_listener l;
	nng_dialer   d;
	nng_sockaddr sa;

	OK(nng_rep0_open(&one));
	OK(nng_req0_open(&two));
	OK(nng_listen(one, url, &l, 0));
	OK(nng_dial(two, url, &d, 0));
	OK(nng_listener_get_addr(l, NNG_OPT_LOCADDR, &sa));
	CHECK(sa.s_inproc.sa_family == NNG_AF_INPROC);
	CHECK(strncmp(sa.s_inproc.sa_name, url, sizeof(sa.s_inproc.sa_name) - 1) == 0);
	OK(nng_dialer_get_addr(d, NNG_OPT_REMADDR, &sa));
	CHECK(strncmp(sa.s_inproc.sa_name, url, sizeof(sa.s_inproc.sa_name) - 1) == 0);
	OK(nng_close(one));
	OK(nng_close(two));
}

int
main(void)
{
	nng_socket   req, rep, sub;
	nng_dialer   d;
	nng_listener l;
	nng_ctx      ctx;
	nng_duration ms;
	nng_sockaddr sa;
	nng_msg     *m;
	nng_pipe     p;
	size_t       size;
	int          n;
	bool         on;
	char        *text;
	char         buf[64];
	uint16_t     id;
	const char  *name;
	uint64_t     big;
	void        *ptr;

	testing_begin(30);
	names("inproc://options");
	char url[300] = "inproc://";
	memset(url + strlen(url), 'x', 200);
	names(url);
	OK(nng_req0_open(&req));
	OK(nng_rep0_open(&rep));

	// A duration, typed and raw.
	OK(nng_socket_set_ms(req, NNG_OPT_RECVTIMEO, 1234));
	OK(nng_socket_get_ms(req, NNG_OPT_RECVTIMEO, &ms));
	CHECK(ms == 1234);
	size = sizeof(ms);
	ms   = 0;
	OK(nng_socket_get(req, NNG_OPT_RECVTIMEO, &ms, &size));
	CHECK(ms == 1234 && size == sizeof(ms));
	size = 2;
	GIVES(NNG_EINVAL, nng_socket_get(req, NNG_OPT_RECVTIMEO, buf, &size));
	CHECK(size == sizeof(ms));
	ms = 77;
	OK(nng_setopt(req, NNG_OPT_RECVTIMEO, &ms, sizeof(ms)));
	OK(nng_getopt_ms(req, NNG_OPT_RECVTIMEO, &ms));
	CHECK(ms == 77);
	GIVES(NNG_EINVAL, nng_socket_set(req, NNG_OPT_RECVTIMEO, &ms, sizeof(ms) - 1));
	GIVES(NNG_EINVAL, nng_socket_set_ms(req, NNG_OPT_RECVTIMEO, -3));
	GIVES(NNG_EBADTYPE, nng_socket_set_int(req, NNG_OPT_RECVTIMEO, 3));
	GIVES(NNG_EBADTYPE, nng_socket_set_bool(req, NNG_OPT_RECVTIMEO, true));
	GIVES(NNG_EBADTYPE, nng_socket_get_int(req, NNG_OPT_RECVTIMEO, &n));
	GIVES(NNG_EBADTYPE, nng_socket_get_uint64(req, NNG_OPT_RECVTIMEO, &big));
	GIVES(NNG_EBADTYPE, nng_socket_get_size(req, NNG_OPT_RECVTIMEO, &size));

	// Numbers, sizes, truth values, strings.
	OK(nng_socket_set_int(req, NNG_OPT_MAXTTL, 3));
	OK(nng_socket_get_int(req, NNG_OPT_MAXTTL, &n));
	CHECK(n == 3);
	GIVES(NNG_EINVAL, nng_socket_set_int(req, NNG_OPT_MAXTTL, 0));
	GIVES(NNG_EINVAL, nng_socket_set_int(req, NNG_OPT_MAXTTL, 16));
	OK(nng_socket_set_size(req, NNG_OPT_RECVMAXSZ, 1000));
	OK(nng_socket_get_size(req, NNG_OPT_RECVMAXSZ, &size));
	CHECK(size == 1000);
	OK(nng_socket_get_bool(req, NNG_OPT_RAW, &on));
	CHECK(!on);
	GIVES(NNG_EREADONLY, nng_socket_set_bool(req, NNG_OPT_RAW, true));
	OK(nng_socket_set_string(req, NNG_OPT_SOCKNAME, "my name"));
	OK(nng_socket_get_string(req, NNG_OPT_SOCKNAME, &text));
	CHECK(strcmp(text, "my name") == 0);
	nng_strfree(text);
	size = sizeof(buf);
	OK(nng_getopt(req, NNG_OPT_SOCKNAME, buf, &size));
	CHECK(strcmp(buf, "my name") == 0 && size == 8);
	OK(nng_socket_get_int(req, NNG_OPT_PROTO, &n));
	CHECK(n == NNG_REQ0_SELF);
	OK(nng_socket_get_string(req, NNG_OPT_PEERNAME, &text));
	CHECK(strcmp(text, NNG_REQ0_PEER_NAME) == 0);
	nng_strfree(text);
	GIVES(NNG_ENOTSUP, nng_socket_set_int(req, "no-such-option", 1));
	GIVES(NNG_ENOTSUP, nng_socket_get_ptr(req, "no-such-option", &ptr));

	// A context's own.
	OK(nng_ctx_open(&ctx, req));
	OK(nng_ctx_get_ms(ctx, NNG_OPT_RECVTIMEO, &ms));
	CHECK(ms == 77);
	OK(nng_ctx_set_ms(ctx, NNG_OPT_REQ_RESENDTIME, 500));
	OK(nng_ctx_getopt_ms(ctx, NNG_OPT_REQ_RESENDTIME, &ms));
	CHECK(ms == 500);
	OK(nng_socket_get_ms(req, NNG_OPT_REQ_RESENDTIME, &ms));
	CHECK(ms == 60000);
	OK(nng_ctx_close(ctx));
	GIVES(NNG_ECLOSED, nng_ctx_get_ms(ctx, NNG_OPT_RECVTIMEO, &ms));

	// Endpoints and pipes.
	OK(nng_listener_create(&l, rep, "tcp://127.0.0.1:0"));
	OK(nng_listener_get_bool(l, NNG_OPT_TCP_NODELAY, &on));
	CHECK(on);
	OK(nng_listener_set_bool(l, NNG_OPT_TCP_NODELAY, false));
	OK(nng_listener_getopt_bool(l, NNG_OPT_TCP_NODELAY, &on));
	CHECK(!on);
	GIVES(NNG_EBADTYPE, nng_listener_set_int(l, NNG_OPT_TCP_NODELAY, 1));
	OK(nng_listener_start(l, 0));
	GIVES(NNG_ESTATE, nng_listener_start(l, 0));
	OK(nng_listener_get_addr(l, NNG_OPT_LOCADDR, &sa));
	CHECK(sa.s_family == NNG_AF_INET && sa.s_in.sa_port != 0);
	unsigned char *port = (unsigned char *) &sa.s_in.sa_port;
	snprintf(buf, sizeof(buf), "tcp://127.0.0.1:%d", port[0] * 256 + port[1]);
	OK(nng_dialer_create(&d, req, buf));
	OK(nng_dialer_get_string(d, NNG_OPT_URL, &text));
	CHECK(strcmp(text, buf) == 0);
	nng_strfree(text);
	GIVES(NNG_EREADONLY, nng_dialer_set_string(d, NNG_OPT_URL, buf));
	OK(nng_dialer_set_ms(d, NNG_OPT_RECONNMINT, 5));
	OK(nng_dialer_get_ms(d, NNG_OPT_RECONNMINT, &ms));
	CHECK(ms == 5);
	OK(nng_dialer_start(d, 0));
	OK(nng_send(req, "x", 1, 0));
	OK(nng_recvmsg(rep, &m, 0));
	p = nng_msg_get_pipe(m);
	nng_msg_free(m);
	OK(nng_pipe_get_addr(p, NNG_OPT_REMADDR, &sa));
	CHECK(sa.s_family == NNG_AF_INET);
	OK(nng_pipe_getopt_bool(p, NNG_OPT_TCP_NODELAY, &on));
	GIVES(NNG_EBADTYPE, nng_pipe_get_int(p, NNG_OPT_TCP_NODELAY, &n));
	CHECK(nng_socket_id(nng_pipe_socket(p)) == nng_socket_id(rep));
	CHECK(nng_listener_id(nng_pipe_listener(p)) == nng_listener_id(l));
	CHECK(nng_dialer_id(nng_pipe_dialer(p)) == -1);

	// Options that only raw bytes fit.
	OK(nng_sub0_open(&sub));
	OK(nng_setopt(sub, NNG_OPT_SUB_SUBSCRIBE, "abc", 3));
	OK(nng_setopt(sub, NNG_OPT_SUB_UNSUBSCRIBE, "abc", 3));
	GIVES(NNG_ENOENT, nng_socket_set(sub, NNG_OPT_SUB_UNSUBSCRIBE, "abc", 3));
	GIVES(NNG_ENOTSUP, nng_socket_get_int(sub, NNG_OPT_SENDFD, &n));
	OK(nng_socket_get_int(sub, NNG_OPT_RECVFD, &n));
	CHECK(n >= 0);

	OK(nng_close(sub));
	OK(nng_close(req));
	OK(nng_close(rep));
	GIVES(NNG_ECLOSED, nng_socket_get_ms(req, NNG_OPT_RECVTIMEO, &ms));
	GIVES(NNG_ECLOSED, nng_socket_set_ms(req, NNG_OPT_RECVTIMEO, 1));
	GIVES(NNG_ENOENT, nng_dialer_set_ms(d, NNG_OPT_RECONNMINT, 5));
	GIVES(NNG_ENOENT, nng_pipe_get_addr(p, NNG_OPT_REMADDR, &sa));
	(void) id;
	(void) name;
	puts("options are as they were set");
	return 0;
}
