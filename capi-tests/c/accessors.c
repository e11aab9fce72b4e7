// Options: each type, wrong types, ranges, what is read-only or unknown, and the old names.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/reqrep0/req.h>

int
main(void)
{
	nng_socket   s;
	nng_dialer   d;
	nng_listener l;
	nng_ctx      ctx;
	bool         on;
	int          n;
	size_t       size;
	nng_duration ms;
	uint64_t     big;
	char        *text;
	testing_begin(10);
	OK(nng_req0_open(&s));
	OK(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 77));
	OK(nng_socket_get_ms(s, NNG_OPT_RECVTIMEO, &ms));
	CHECK(ms == 77);
	OK(nng_setopt_ms(s, NNG_OPT_SENDTIMEO, 78));
	OK(nng_getopt_ms(s, NNG_OPT_SENDTIMEO, &ms));
	CHECK(ms == 78);
	OK(nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, 1234));
	OK(nng_getopt_size(s, NNG_OPT_RECVMAXSZ, &size));
	CHECK(size == 1234);
	ms   = 79;
	OK(nng_socket_set(s, NNG_OPT_RECVTIMEO, &ms, sizeof(ms)));
	ms   = 0;
	size = sizeof(ms);
	OK(nng_socket_get(s, NNG_OPT_RECVTIMEO, &ms, &size));
	CHECK(ms == 79 && size == sizeof(ms));
	GIVES(NNG_EINVAL, nng_socket_set(s, NNG_OPT_RECVTIMEO, &ms, 1));

	GIVES(NNG_EBADTYPE, nng_socket_set_bool(s, NNG_OPT_RECVTIMEO, true));
	GIVES(NNG_EBADTYPE, nng_socket_set_size(s, NNG_OPT_RECVTIMEO, 1));
	GIVES(NNG_EBADTYPE, nng_socket_get_bool(s, NNG_OPT_RECVTIMEO, &on));
	GIVES(NNG_EBADTYPE, nng_socket_get_uint64(s, NNG_OPT_RECVMAXSZ, &big));
	GIVES(NNG_EBADTYPE, nng_socket_set_ms(s, NNG_OPT_RECVMAXSZ, 1));
	GIVES(NNG_EREADONLY, nng_socket_set_bool(s, NNG_OPT_RAW, true));
	GIVES(NNG_ENOTSUP, nng_socket_set_int(s, "no-such-option", 1));
	GIVES(NNG_ENOTSUP, nng_socket_get_int(s, "no-such-option", &n));
	GIVES(NNG_EINVAL, nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, -77));
	GIVES(NNG_EINVAL, nng_socket_set_int(s, NNG_OPT_MAXTTL, 0));
	GIVES(NNG_EINVAL, nng_socket_set_int(s, NNG_OPT_MAXTTL, 16));
	OK(nng_socket_set_int(s, NNG_OPT_MAXTTL, 15));
	OK(nng_socket_get_int(s, NNG_OPT_MAXTTL, &n));
	CHECK(n == 15);
	OK(nng_socket_get_bool(s, NNG_OPT_RAW, &on));
	CHECK(!on);
	OK(nng_socket_get_int(s, NNG_OPT_PROTO, &n));
	OK(nng_socket_get_string(s, NNG_OPT_PROTONAME, &text));
	printf("%d %s\n", n, text);
	nng_strfree(text);
	OK(nng_socket_set_string(s, NNG_OPT_SOCKNAME, "name"));
	OK(nng_getopt_string(s, NNG_OPT_SOCKNAME, &text));
	CHECK(strcmp(text, "name") == 0);
	nng_strfree(text);

	OK(nng_ctx_open(&ctx, s));
	OK(nng_ctx_set_ms(ctx, NNG_OPT_REQ_RESENDTIME, 5));
	OK(nng_ctx_getopt_ms(ctx, NNG_OPT_REQ_RESENDTIME, &ms));
	CHECK(ms == 5);
	GIVES(NNG_EBADTYPE, nng_ctx_set_bool(ctx, NNG_OPT_REQ_RESENDTIME, true));
	GIVES(NNG_ENOTSUP, nng_ctx_set_int(ctx, "no-such-option", 1));

	OK(nng_dialer_create(&d, s, "tcp://127.0.0.1:5"));
	OK(nng_dialer_set_bool(d, NNG_OPT_TCP_NODELAY, false));
	OK(nng_dialer_getopt_bool(d, NNG_OPT_TCP_NODELAY, &on));
	CHECK(!on);
	OK(nng_dialer_set_ms(d, NNG_OPT_RECONNMINT, 6));
	OK(nng_dialer_get_ms(d, NNG_OPT_RECONNMINT, &ms));
	CHECK(ms == 6);
	GIVES(NNG_EBADTYPE, nng_dialer_set_int(d, NNG_OPT_TCP_NODELAY, 1));
	GIVES(NNG_EBADTYPE, nng_dialer_get_int(d, NNG_OPT_TCP_NODELAY, &n));
	GIVES(NNG_ENOTSUP, nng_dialer_set_int(d, "no-such-option", 1));
	OK(nng_listener_create(&l, s, "tcp://127.0.0.1:0"));
	OK(nng_listener_set_size(l, NNG_OPT_RECVMAXSZ, 99));
	OK(nng_listener_get_size(l, NNG_OPT_RECVMAXSZ, &size));
	CHECK(size == 99);
	OK(nng_listener_get_string(l, NNG_OPT_URL, &text));
	printf("%s\n", text);
	nng_strfree(text);
	GIVES(NNG_EBADTYPE, nng_listener_set_bool(l, NNG_OPT_RECVMAXSZ, true));
	GIVES(NNG_ENOTSUP, nng_listener_set_int(l, "no-such-option", 1));
	OK(nng_close(s));
	GIVES(NNG_ECLOSED, nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 1));
	GIVES(NNG_ECLOSED, nng_ctx_set_ms(ctx, NNG_OPT_RECVTIMEO, 1));
	GIVES(NNG_ENOENT, nng_dialer_set_ms(d, NNG_OPT_RECONNMINT, 1));
	GIVES(NNG_ENOENT, nng_listener_get_size(l, NNG_OPT_RECVMAXSZ, &size));
	return 0;
}
