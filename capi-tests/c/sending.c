// Sending and receiving: buffers and messages, flags, timeouts, sizes and limits.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>

static void
through(const char *transport)
{
	static const size_t sizes[] = { 0, 1, 3, 64, 1023, 4096, 65536, 1000000 };
	nng_socket          one, two;
	char               *buf = malloc(1000000), *got;
	char                few[4];
	size_t              len;
	nng_msg            *m;

	OK(nng_pair1_open(&one));
	OK(nng_pair1_open(&two));
	testing_connect(one, two, transport);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(buf, (int) i + 1, sizes[i]);
		OK(nng_send(two, buf, sizes[i], 0));
		OK(nng_recv(one, &got, &len, NNG_FLAG_ALLOC));
		CHECK(len == sizes[i] && memcmp(got, buf, len) == 0);
		nng_free(got, len);
	}

	// Memory that changes hands.
	char *mine = nng_alloc(5);
	memcpy(mine, "mine", 5);
	OK(nng_send(one, mine, 5, NNG_FLAG_ALLOC));
	OK(nng_recvmsg(two, &m, 0));
	CHECK(nng_msg_len(m) == 5 && strcmp(nng_msg_body(m), "mine") == 0);
	OK(nng_msg_append(m, "!", 1));
	OK(nng_sendmsg(two, m, 0));
	len = sizeof(few);
	// What does not fit is cut.
	int rv = nng_recv(one, few, &len, 0);
	printf("%s: into too little: %s, %zu\n", transport, nng_strerror(rv), len);

	GIVES(NNG_EAGAIN, nng_recv(one, few, &len, NNG_FLAG_NONBLOCK));
	GIVES(NNG_EAGAIN, nng_recvmsg(one, &m, NNG_FLAG_NONBLOCK));
	OK(nng_socket_set_ms(one, NNG_OPT_RECVTIMEO, 10));
	nng_time start = nng_clock();
	GIVES(NNG_ETIMEDOUT, nng_recvmsg(one, &m, 0));
	CHECK(nng_clock() - start >= 9);
	OK(nng_socket_set_ms(one, NNG_OPT_RECVTIMEO, 0));
	rv = nng_recvmsg(one, &m, 0);
	printf("%s: with no time: %s\n", transport, nng_strerror(rv));
	OK(nng_close(one));
	OK(nng_close(two));
	free(buf);
}

// Nobody takes it: the message stays with its owner.
static void
stays(void)
{
	nng_socket push;
	nng_msg   *m;

	OK(nng_push0_open(&push));
	OK(nng_msg_alloc(&m, 0));
	OK(nng_msg_append(m, "kept", 5));
	GIVES(NNG_EAGAIN, nng_sendmsg(push, m, NNG_FLAG_NONBLOCK));
	CHECK(strcmp(nng_msg_body(m), "kept") == 0);
	OK(nng_socket_set_ms(push, NNG_OPT_SENDTIMEO, 10));
	GIVES(NNG_ETIMEDOUT, nng_sendmsg(push, m, 0));
	CHECK(strcmp(nng_msg_body(m), "kept") == 0);
	OK(nng_close(push));
	GIVES(NNG_ECLOSED, nng_sendmsg(push, m, 0));
	CHECK(strcmp(nng_msg_body(m), "kept") == 0);
	nng_msg_free(m);
}

static nng_socket limited;
static int        gone;

static void
lost(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) p;
	(void) ev;
	(void) arg;
	__atomic_store_n(&gone, 1, __ATOMIC_SEQ_CST);
}

// A message over the limit closes its pipe; one at the limit passes.
static void
limit(const char *transport)
{
	nng_socket push;
	char       buf[101];
	size_t     len = sizeof(buf);

	gone = 0;
	memset(buf, 0, sizeof(buf));
	OK(nng_pull0_open(&limited));
	OK(nng_push0_open(&push));
	OK(nng_socket_set_size(limited, NNG_OPT_RECVMAXSZ, 100));
	OK(nng_socket_set_ms(push, NNG_OPT_RECONNMINT, 60000));
	OK(nng_pipe_notify(limited, NNG_PIPE_EV_REM_POST, lost, NULL));
	testing_connect(limited, push, transport);
	OK(nng_send(push, buf, 100, 0));
	OK(nng_recv(limited, buf, &len, 0));
	CHECK(len == 100);
	OK(nng_send(push, buf, 101, 0));
	EVENTUALLY(__atomic_load_n(&gone, __ATOMIC_SEQ_CST));
	GIVES(NNG_EAGAIN, nng_recv(limited, buf, &len, NNG_FLAG_NONBLOCK));
	OK(nng_close(push));
	OK(nng_close(limited));
	printf("%s: limited\n", transport);
}

int
main(void)
{
	testing_begin(30);
	through("inproc");
	through("ipc");
	through("tcp");
	stays();
	limit("ipc");
	limit("tcp");
	return 0;
}
