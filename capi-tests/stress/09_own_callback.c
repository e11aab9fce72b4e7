// nng_aio_free, nng_aio_stop and nng_aio_wait in the aio's own callback.
#include "stress.h"

const char *const stress_name       = "09_own_callback";
const char *const stress_transports = "inproc ipc tcp";

enum act { FREE, STOP, WAIT, REAP, CLOSE_AND_FREE };

struct own {
	nng_aio   *aio;
	enum act   act;
	nng_socket s;
	atomic_int done;
};

static void
acts(void *arg)
{
	struct own *own = arg;
	switch (own->act) {
	case FREE:
		AT("nng_aio_free in its callback");
		nng_aio_free(own->aio);
		break;
	case STOP:
		AT("nng_aio_stop in its callback");
		nng_aio_stop(own->aio);
		break;
	case WAIT:
		AT("nng_aio_wait in its callback");
		nng_aio_wait(own->aio);
		break;
	case REAP:
		AT("nng_aio_reap in its callback");
		nng_aio_reap(own->aio);
		break;
	case CLOSE_AND_FREE:
		AT("nng_close in an aio callback");
		nng_close(own->s);
		AT("nng_aio_free in its callback");
		nng_aio_free(own->aio);
		break;
	}
	AT("end of a callback");
	atomic_store(&own->done, 1);
}

static void
one_case(const char *transport, enum act act, int how)
{
	static struct own slots[4096]; // not given back while a late callback might look
	static unsigned   next;
	struct own       *own = &slots[next++ % 4096];
	nng_socket        a, b;
	char              url[URL_MAX];

	MUST(nng_pair0_open(&a));
	MUST(nng_pair0_open(&b));
	listen_fresh(a, transport, url);
	MUST(nng_dial(b, url, NULL, 0));
	own->act = act;
	own->s   = a;
	atomic_store(&own->done, 0);
	MUST(nng_aio_alloc(&own->aio, acts, own));
	if (how == 0) {
		nng_sleep_aio(0, own->aio);
	} else if (how == 1) {
		nng_aio_set_timeout(own->aio, 1);
		nng_recv_aio(a, own->aio);
	} else {
		nng_recv_aio(a, own->aio);
		jitter(200);
		nng_aio_cancel(own->aio);
	}
	AT("waiting for a callback to end");
	if (!wait_for(&own->done, 1, stress_patience + 5)) {
		FAIL("act %d, way %d: the callback did not end", (int) act, how);
	}
	if (act == STOP || act == WAIT) {
		AT("nng_aio_free after the callback");
		nng_aio_free(own->aio);
	}
	nng_close(a);
	nng_close(b);
	beat();
}

static void
one_round(const char *transport)
{
	for (int act = FREE; act <= CLOSE_AND_FREE; act++) {
		for (int how = 0; how < 3; how++) {
			one_case(transport, (enum act) act, how);
		}
	}
}
