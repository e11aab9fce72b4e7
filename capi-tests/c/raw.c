// Raw sockets carry headers, and a device between them forwards what cooked ones say.
#include "testing.h"
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/util/platform.h>

static void
forward(void *arg)
{
	nng_socket *s = arg;
	GIVES(NNG_ECLOSED, nng_device(s[0], s[1]));
}

int
main(void)
{
	nng_socket  raw[2], req, rep;
	nng_thread *t;
	char        buf[32];
	size_t      len;
	bool        on;
	nng_ctx     ctx;
	testing_begin(30);
	OK(nng_rep0_open_raw(&raw[0]));
	OK(nng_req0_open_raw(&raw[1]));
	OK(nng_req0_open(&req));
	OK(nng_rep0_open(&rep));
	OK(nng_socket_get_bool(raw[0], NNG_OPT_RAW, &on));
	CHECK(on);
	GIVES(NNG_ENOTSUP, nng_ctx_open(&ctx, raw[0]));
	GIVES(NNG_EINVAL, nng_device(req, rep));
	GIVES(NNG_EINVAL, nng_device(raw[0], raw[0]));
	testing_connect(raw[0], req, "inproc");
	testing_connect(rep, raw[1], "inproc");
	OK(nng_thread_create(&t, forward, raw));
	for (int i = 0; i < 20; i++) {
		OK(nng_send(req, "ask", 4, 0));
		len = sizeof(buf);
		OK(nng_recv(rep, buf, &len, 0));
		CHECK(strcmp(buf, "ask") == 0);
		OK(nng_send(rep, "answer", 7, 0));
		len = sizeof(buf);
		OK(nng_recv(req, buf, &len, 0));
		CHECK(strcmp(buf, "answer") == 0);
	}
	OK(nng_close(raw[0]));
	OK(nng_close(raw[1]));
	nng_thread_destroy(t);
	OK(nng_close(rep));

	// A request as it is on the wire: its number in front, with the top bit.
	nng_msg *m;
	OK(nng_rep0_open_raw(&raw[0]));
	testing_connect(raw[0], req, "inproc");
	OK(nng_send(req, "ask", 4, 0));
	OK(nng_recvmsg(raw[0], &m, 0));
	CHECK(nng_msg_header_len(m) == 8);
	CHECK(((unsigned char *) nng_msg_header(m))[4] & 0x80);
	OK(nng_sendmsg(raw[0], m, 0));
	len = sizeof(buf);
	OK(nng_recv(req, buf, &len, 0));
	CHECK(strcmp(buf, "ask") == 0);
	OK(nng_close(req));
	OK(nng_close(raw[0]));
	printf("forwarded\n");
	return 0;
}
