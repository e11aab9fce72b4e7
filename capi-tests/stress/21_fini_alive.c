// nng_fini with live sockets and threads inside them; then everything opens again.
#include "stress.h"

const char *const stress_name       = "21_fini_alive";
const char *const stress_transports = "inproc ipc tcp";

static void
receives(void *arg)
{
	nng_socket s = *(nng_socket *) arg;
	nng_msg   *msg;
	int        rv;
	do {
		AT("nng_recvmsg");
		rv = nng_recvmsg(s, &msg, 0);
		if (rv == 0) {
			nng_msg_free(msg);
		}
	} while (rv == 0);
	RV_IN(rv, NNG_ECLOSED, NNG_ECANCELED);
}

static void
counts(void *arg)
{
	atomic_fetch_add((atomic_int *) arg, 1);
}

static void
one_round(const char *transport)
{
	nng_socket a, b, sub, req;
	char       url[URL_MAX], other[URL_MAX];
	pthread_t  t[2];
	nng_aio   *aio;
	atomic_int calls = 0;

	MUST(nng_pair0_open(&a));
	MUST(nng_pair0_open(&b));
	MUST(nng_sub0_open(&sub));
	MUST(nng_req0_open(&req));
	listen_fresh(a, transport, url);
	listen_fresh(sub, transport, other);
	MUST(nng_dial(b, url, NULL, 0));
	MUST(nng_dial(req, url, NULL, NNG_FLAG_NONBLOCK)); // the wrong protocol: it tries again and again
	MUST(nng_send(b, "hello", 6, 0));
	t[0] = spawn(receives, &a);
	t[1] = spawn(receives, &sub);
	MUST(nng_aio_alloc(&aio, counts, &calls));
	nng_recv_aio(b, aio);
	jitter(2000);
	AT("nng_fini with live sockets");
	nng_fini();
	join(t[0]);
	join(t[1]);
	CHECK(atomic_load(&calls) == 1);
	AT("nng_close after nng_fini");
	RV_IN(nng_close(a), NNG_ECLOSED);
	nng_aio_free(aio);

	MUST(nng_pair0_open(&a));
	MUST(nng_pair0_open(&b));
	listen_fresh(a, transport, url);
	MUST(nng_dial(b, url, NULL, 0));
	MUST(nng_send(b, "again", 6, 0));
	nng_msg *msg;
	MUST(nng_recvmsg(a, &msg, 0));
	CHECK(nng_msg_len(msg) == 6);
	nng_msg_free(msg);
	if (rnd(2) == 0) {
		MUST(nng_close(a));
		MUST(nng_close(b));
	}
	AT("nng_fini");
	nng_fini();
}
