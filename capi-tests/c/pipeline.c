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

static void
count(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) p;
	__atomic_add_fetch((int *) arg, ev == NNG_PIPE_EV_ADD_POST ? 1 : -1, __ATOMIC_SEQ_CST);
}

// Each message goes to one of two, and all to the one that stays.
static void
shares(const char *transport)
{
	nng_socket push, one, two;
	char       buf[8];
	size_t     len;
	int        pipes = 0, got = 0;

	OK(nng_push0_open(&push));
	OK(nng_pull0_open(&one));
	OK(nng_pull0_open(&two));
	OK(nng_socket_set_ms(push, NNG_OPT_SENDTIMEO, 5000));
	OK(nng_socket_set_ms(one, NNG_OPT_RECVTIMEO, 5000));
	OK(nng_pipe_notify(push, NNG_PIPE_EV_ADD_POST, count, &pipes));
	OK(nng_pipe_notify(push, NNG_PIPE_EV_REM_POST, count, &pipes));
	const char *url = testing_listen(push, transport);
	OK(nng_dial(one, url, NULL, 0));
	OK(nng_dial(two, url, NULL, 0));
	EVENTUALLY(__atomic_load_n(&pipes, __ATOMIC_SEQ_CST) == 2);
	OK(nng_send(push, "1", 1, 0));
	OK(nng_send(push, "2", 1, 0));
	EVENTUALLY((len = sizeof(buf), got += nng_recv(one, buf, &len, NNG_FLAG_NONBLOCK) == 0,
	    len = sizeof(buf), got += nng_recv(two, buf, &len, NNG_FLAG_NONBLOCK) == 0, got == 2));
	len = sizeof(buf);
	GIVES(NNG_EAGAIN, nng_recv(one, buf, &len, NNG_FLAG_NONBLOCK));
	GIVES(NNG_EAGAIN, nng_recv(two, buf, &len, NNG_FLAG_NONBLOCK));
	OK(nng_close(two));
	EVENTUALLY(__atomic_load_n(&pipes, __ATOMIC_SEQ_CST) == 1);
	OK(nng_send(push, "3", 1, 0));
	OK(nng_recv(one, buf, &len, 0));
	CHECK(len == 1 && buf[0] == '3');
	OK(nng_close(push));
	OK(nng_close(one));
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
		shares(transports[i]);
	}
	return 0;
}
