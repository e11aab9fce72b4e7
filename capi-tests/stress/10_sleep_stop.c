// Sleep aios that start themselves again are stopped; a send aio is freed after the receive aio of
// the same socket has expired.
#include "stress.h"

const char *const stress_name       = "10_sleep_stop";
const char *const stress_transports = "inproc ipc tcp";

#define SLEEPERS 8

struct sleeper {
	nng_aio   *aio;
	atomic_int calls;
};

static void
sleeps_again(void *arg)
{
	struct sleeper *s = arg;
	atomic_fetch_add(&s->calls, 1);
	if (nng_aio_result(s->aio) == 0) {
		nng_sleep_aio((nng_duration) rnd(2), s->aio);
	}
}

static void
counts(void *arg)
{
	atomic_fetch_add((atomic_int *) arg, 1);
}

static void
one_round(const char *transport)
{
	struct sleeper s[SLEEPERS];
	nng_socket     a;
	nng_aio       *send, *recv;
	nng_msg       *msg;
	char           url[URL_MAX];
	atomic_int     sent = 0, received = 0;

	for (int i = 0; i < SLEEPERS; i++) {
		atomic_store(&s[i].calls, 0);
		MUST(nng_aio_alloc(&s[i].aio, sleeps_again, &s[i]));
		nng_sleep_aio(0, s[i].aio);
	}
	sleep_us(rnd(3000));
	for (int i = 0; i < SLEEPERS; i++) {
		AT("nng_aio_stop of a sleeper");
		nng_aio_stop(s[i].aio);
		int calls = atomic_load(&s[i].calls);
		CHECK(calls > 0);
		if (i == 0) {
			sleep_us(2500);
		}
		if (atomic_load(&s[i].calls) != calls) {
			FAIL("a callback after nng_aio_stop");
		}
	}
	for (int i = 0; i < SLEEPERS; i++) {
		AT("nng_aio_free of a sleeper");
		nng_aio_free(s[i].aio);
	}

	MUST(nng_pair0_open(&a));
	listen_fresh(a, transport, url);
	MUST(nng_aio_alloc(&send, counts, &sent));
	MUST(nng_aio_alloc(&recv, counts, &received));
	MUST(nng_msg_alloc(&msg, 16));
	nng_aio_set_msg(send, msg);
	nng_aio_set_timeout(recv, 1);
	nng_send_aio(a, send);
	nng_recv_aio(a, recv);
	AT("nng_aio_wait(recv)");
	nng_aio_wait(recv);
	RV_IN(nng_aio_result(recv), NNG_ETIMEDOUT);
	if (rnd(2) == 0) {
		// One that frees without looking loses the message; one that stops first has it.
		nng_aio_stop(send);
		RV_IN(nng_aio_result(send), NNG_ECANCELED, NNG_ECLOSED);
		nng_msg_free(nng_aio_get_msg(send));
		CHECK(atomic_load(&sent) == 1);
	} else {
		MUST(nng_close(a));
		AT("nng_aio_wait(send)");
		nng_aio_wait(send);
		RV_IN(nng_aio_result(send), NNG_ECLOSED);
		nng_msg_free(nng_aio_get_msg(send));
	}
	AT("nng_aio_free");
	nng_aio_free(send);
	nng_aio_free(recv);
	CHECK(atomic_load(&received) == 1);
	nng_close(a);
}
