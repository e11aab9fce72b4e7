// Receives with a timeout of one millisecond race the closing of their socket.
#include "stress.h"

const char *const stress_name       = "02_timeout_close";
const char *const stress_transports = "inproc ipc tcp";

#define SOCKETS 6

static void
expired(void *arg)
{
	atomic_fetch_add((atomic_int *) arg, 1);
}

static void
blocking(void *arg)
{
	nng_socket s = *(nng_socket *) arg;
	for (;;) {
		nng_msg *msg;
		AT("nng_recvmsg, 1 ms");
		int rv = nng_recvmsg(s, &msg, 0);
		if (rv == NNG_ECLOSED) {
			return;
		}
		RV_IN(rv, NNG_ETIMEDOUT);
	}
}

static int
open_one(unsigned kind, nng_socket *s)
{
	switch (kind % 4) {
	case 0:
		return nng_pair0_open(s);
	case 1:
		return nng_sub0_open(s);
	case 2:
		return nng_bus0_open(s);
	default:
		return nng_pull0_open(s);
	}
}

static void
one_round(const char *transport)
{
	nng_socket s[SOCKETS];
	nng_aio   *aio[SOCKETS];
	atomic_int calls[SOCKETS];
	pthread_t  t[SOCKETS];

	for (unsigned i = 0; i < SOCKETS; i++) {
		char url[URL_MAX];
		MUST(open_one(i, &s[i]));
		MUST(nng_socket_set_ms(s[i], NNG_OPT_RECVTIMEO, 1));
		listen_fresh(s[i], transport, url);
		atomic_store(&calls[i], 0);
		MUST(nng_aio_alloc(&aio[i], expired, &calls[i]));
		nng_aio_set_timeout(aio[i], 1);
		t[i] = spawn(blocking, &s[i]);
		nng_recv_aio(s[i], aio[i]);
	}
	for (unsigned i = 0; i < SOCKETS; i++) {
		jitter(1200);
		MUST(nng_close(s[i]));
	}
	for (unsigned i = 0; i < SOCKETS; i++) {
		AT("nng_aio_wait");
		nng_aio_wait(aio[i]);
		RV_IN(nng_aio_result(aio[i]), NNG_ETIMEDOUT, NNG_ECLOSED);
		CHECK(atomic_load(&calls[i]) == 1);
		AT("nng_aio_free");
		nng_aio_free(aio[i]);
		join(t[i]);
	}
}
