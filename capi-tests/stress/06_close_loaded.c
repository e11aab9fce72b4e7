// Closes right after heavy push/pull with messages of 2 MB, and a loop of open, send, receive and
// close on pair0.
#include "stress.h"

const char *const stress_name       = "06_close_loaded";
const char *const stress_transports = "inproc ipc tcp";

#define BIG 2000000

static void
pushes(void *arg)
{
	nng_socket s = *(nng_socket *) arg;
	for (;;) {
		nng_msg *msg;
		int      rv;
		MUST(nng_msg_alloc(&msg, BIG));
		AT("nng_sendmsg(push)");
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
		AT("nng_recvmsg(pull)");
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
pair_loop(const char *transport)
{
	for (int i = 0; i < 10; i++) {
		nng_socket a, b;
		char       url[URL_MAX], buf[8];
		size_t     size = sizeof(buf);
		MUST(nng_pair0_open(&a));
		MUST(nng_pair0_open(&b));
		listen_fresh(a, transport, url);
		MUST(nng_dial(b, url, NULL, 0));
		MUST(nng_send(a, "hello", 6, 0));
		MUST(nng_recv(b, buf, &size, 0));
		CHECK(size == 6 && strcmp(buf, "hello") == 0);
		MUST(nng_close(rnd(2) == 0 ? a : b));
		nng_close(a);
		nng_close(b);
	}
}

static void
one_round(const char *transport)
{
	nng_socket push, pull;
	char       url[URL_MAX];
	pthread_t  t[2];

	MUST(nng_push0_open(&push));
	MUST(nng_pull0_open(&pull));
	listen_fresh(pull, transport, url);
	MUST(nng_dial(push, url, NULL, 0));
	t[0] = spawn(pushes, &push);
	t[1] = spawn(pulls, &pull);
	sleep_us(rnd(20000));
	if (rnd(2) == 0) {
		MUST(nng_close(push));
		MUST(nng_close(pull));
	} else {
		MUST(nng_close(pull));
		MUST(nng_close(push));
	}
	join(t[0]);
	join(t[1]);
	pair_loop(transport);
}
