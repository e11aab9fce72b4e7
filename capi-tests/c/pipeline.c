// Pipelines: order, what nobody takes, time limits, and what the descriptors tell.
#include "testing.h"
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <poll.h>

static int
readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, ms);
}

int
main(void)
{
	static const char *transports[] = { "inproc", "ipc", "tcp" };
	testing_begin(30);
	for (int i = 0; i < 3; i++) {
		nng_socket push, pull;
		char       buf[32];
		size_t     len = sizeof(buf);
		int        sendfd, recvfd, fd;
		OK(nng_push0_open(&push));
		OK(nng_pull0_open(&pull));
		GIVES(NNG_ENOTSUP, nng_recv(push, buf, &len, 0));
		GIVES(NNG_ENOTSUP, nng_send(pull, "x", 2, 0));
		GIVES(NNG_EAGAIN, nng_send(push, "x", 2, NNG_FLAG_NONBLOCK));
		GIVES(NNG_EAGAIN, nng_recv(pull, buf, &len, NNG_FLAG_NONBLOCK));
		OK(nng_socket_set_ms(push, NNG_OPT_SENDTIMEO, 10));
		OK(nng_socket_set_ms(pull, NNG_OPT_RECVTIMEO, 10));
		GIVES(NNG_ETIMEDOUT, nng_send(push, "x", 2, 0));
		GIVES(NNG_ETIMEDOUT, nng_recv(pull, buf, &len, 0));
		OK(nng_socket_get_int(push, NNG_OPT_SENDFD, &sendfd));
		OK(nng_socket_get_int(pull, NNG_OPT_RECVFD, &recvfd));
		GIVES(NNG_ENOTSUP, nng_socket_get_int(push, NNG_OPT_RECVFD, &fd));
		GIVES(NNG_ENOTSUP, nng_socket_get_int(pull, NNG_OPT_SENDFD, &fd));
		CHECK(readable(sendfd, 0) == 0 && readable(recvfd, 0) == 0);
		testing_connect(pull, push, transports[i]);
		CHECK(readable(sendfd, 5000) == 1);
		OK(nng_socket_set_ms(push, NNG_OPT_SENDTIMEO, 5000));
		OK(nng_socket_set_ms(pull, NNG_OPT_RECVTIMEO, 5000));
		OK(nng_send(push, "work", 5, NNG_FLAG_NONBLOCK));
		CHECK(readable(recvfd, 5000) == 1);
		len = sizeof(buf);
		OK(nng_recv(pull, buf, &len, 0));
		CHECK(len == 5 && strcmp(buf, "work") == 0);
		CHECK(readable(recvfd, 0) == 0);
		for (int j = 0; j < 50; j++) {
			OK(nng_send(push, &j, sizeof(j), 0));
			int got;
			len = sizeof(got);
			OK(nng_recv(pull, &got, &len, 0));
			CHECK(got == j);
		}
		OK(nng_close(push));
		OK(nng_close(pull));
		printf("%s: in order\n", transports[i]);
	}
	return 0;
}
