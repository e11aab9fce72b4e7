// nng_fini again and again, by two threads and in a callback, while others open, connect, send,
// sleep and close: every call returns, in time, and the library works after it. Beside the list
// of scenarios: a program that ends itself (Python's atexit) may have such threads.
#include "stress.h"
#include <sys/wait.h>

const char *const stress_name       = "25_fini_busy";
const char *const stress_transports = "inproc ipc tcp";

static atomic_int  stop;
static const char *over;

static void
works(void)
{
	nng_socket a, b;
	char       url[URL_MAX];
	nng_msg   *msg;

	MUST(nng_pair0_open(&a));
	MUST(nng_pair0_open(&b));
	set_timeouts(a, 10000, 10000);
	listen_fresh(a, over, url);
	MUST(nng_dial(b, url, NULL, 0));
	MUST(nng_send(b, "again", 6, 0));
	MUST(nng_recvmsg(a, &msg, 0));
	nng_msg_free(msg);
	MUST(nng_close(a));
	MUST(nng_close(b));
}

static void
uses(void *arg)
{
	nng_aio *aio;
	(void) arg;
	AT("nng_aio_alloc");
	CHECK(nng_aio_alloc(&aio, NULL, NULL) == 0);
	while (!atomic_load(&stop)) {
		nng_socket   a, b;
		nng_listener l;
		char         url[URL_MAX];
		int          port;
		nng_msg     *msg;
		AT("opening");
		if (nng_pair0_open(&a) != 0 || nng_pair0_open(&b) != 0) {
			FAIL("cannot open");
		}
		nng_socket_set_ms(a, NNG_OPT_RECVTIMEO, 20);
		nng_socket_set_ms(b, NNG_OPT_SENDTIMEO, 20);
		fresh_url(url, over);
		AT("nng_listen");
		if (nng_listen(a, url, &l, 0) == 0) {
			if (strcmp(over, "tcp") == 0 && nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port) == 0) {
				snprintf(url, sizeof(url), "tcp://%s:%d", own_ip(), port);
			}
			AT("nng_dial");
			nng_dial(b, url, NULL, rnd(2) == 0 ? 0 : NNG_FLAG_NONBLOCK);
		}
		AT("nng_send");
		nng_send(b, "hello", 6, 0);
		AT("nng_recvmsg");
		if (nng_recvmsg(a, &msg, 0) == 0) {
			nng_msg_free(msg);
		}
		nng_aio_set_timeout(aio, 5);
		nng_recv_aio(a, aio);
		AT("waiting for a receive");
		nng_aio_wait(aio);
		if (nng_aio_result(aio) == 0) {
			nng_msg_free(nng_aio_get_msg(aio));
		}
		nng_sleep_aio(1, aio);
		AT("waiting for a sleep");
		nng_aio_wait(aio);
		AT("nng_close");
		nng_close(a);
		nng_close(b);
	}
	AT("nng_aio_free");
	nng_aio_free(aio);
}

static void
ends(void *arg)
{
	(void) arg;
	for (int i = 0; i < 5; i++) {
		jitter(3000);
		AT("nng_fini");
		nng_fini();
	}
}

static void
ends_in_callback(void *arg)
{
	(void) arg;
	nng_fini();
}

static void
one_round(const char *transport)
{
	pthread_t t[4];
	nng_aio  *aio[2];

	over = transport;
	atomic_store(&stop, 0);
	t[0] = spawn(uses, NULL);
	t[1] = spawn(uses, NULL);
	t[2] = spawn(ends, NULL);
	t[3] = spawn(ends, NULL);
	for (int i = 0; i < 2; i++) {
		MUST(nng_aio_alloc(&aio[i], ends_in_callback, NULL));
	}
	for (int n = 0; n < 3; n++) {
		for (int i = 0; i < 2; i++) {
			nng_sleep_aio((nng_duration) rnd(3), aio[i]);
		}
		for (int i = 0; i < 2; i++) {
			AT("waiting for callbacks that end the library");
			nng_aio_wait(aio[i]);
		}
	}
	for (int i = 0; i < 2; i++) {
		nng_aio_free(aio[i]);
	}
	join(t[2]);
	join(t[3]);
	atomic_store(&stop, 1);
	join(t[0]);
	join(t[1]);
	works();
	nng_fini();
	works();
}
