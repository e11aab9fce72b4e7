// Cancel and abort fall between the beginning and the parking of an operation, and beside its
// completion and its expiry: the callback comes exactly once. The library's own operations, and
// those of a provider written in C.
#include "stress.h"

const char *const stress_name       = "03_cancel_race";
const char *const stress_transports = "inproc ipc tcp";

#define OPS 200

struct shared {
	nng_aio   *aio;
	atomic_int calls;
	atomic_int stop;
};

static void
called(void *arg)
{
	atomic_fetch_add(&((struct shared *) arg)->calls, 1);
}

static void
canceller(void *arg)
{
	struct shared *s = arg;
	while (!atomic_load(&s->stop)) {
		AT("nng_aio_abort");
		if (rnd(2) == 0) {
			nng_aio_cancel(s->aio);
		} else {
			nng_aio_abort(s->aio, NNG_EINTR);
		}
		if (rnd(8) == 0) {
			sleep_us(rnd(50));
		}
	}
}

// An operation of a provider in C: whoever takes `open` first finishes it.
struct provided {
	nng_aio   *aio;
	atomic_int open;
	atomic_int cancels;
};

static void
provider_cancel(nng_aio *aio, void *arg, int why)
{
	struct provided *p = arg;
	atomic_fetch_add(&p->cancels, 1);
	if (atomic_exchange(&p->open, 0) == 1) {
		nng_aio_finish(aio, why);
	}
}

static void
one_round(const char *transport)
{
	nng_socket      a, b;
	char            url[URL_MAX];
	struct shared   s = { 0 };
	struct provided p = { 0 };
	pthread_t       t;

	MUST(nng_pair0_open(&a));
	MUST(nng_pair0_open(&b));
	listen_fresh(a, transport, url);
	MUST(nng_dial(b, url, NULL, 0));
	MUST(nng_aio_alloc(&s.aio, called, &s));
	t = spawn(canceller, &s);
	for (int i = 0; i < OPS; i++) {
		int rv, kind = (int) rnd(4);
		nng_aio_set_timeout(s.aio, rnd(4) == 0 ? 0 : (nng_duration) (1 + rnd(2)));
		switch (kind) {
		case 0:
			nng_sleep_aio((nng_duration) rnd(3), s.aio);
			break;
		case 1:
			nng_recv_aio(a, s.aio);
			break;
		case 2: {
			nng_msg *msg;
			MUST(nng_msg_alloc(&msg, 100));
			nng_aio_set_msg(s.aio, msg);
			nng_send_aio(b, s.aio);
			break;
		}
		default:
			p.aio = s.aio;
			atomic_store(&p.cancels, 0);
			atomic_store(&p.open, 1);
			nng_aio_set_timeout(s.aio, NNG_DURATION_INFINITE);
			if (!nng_aio_begin(s.aio)) {
				break;
			}
			nng_aio_defer(s.aio, provider_cancel, &p);
			if (rnd(2) == 0 && atomic_exchange(&p.open, 0) == 1) {
				nng_aio_finish(s.aio, 0);
			}
		}
		AT("nng_aio_wait");
		nng_aio_wait(s.aio);
		if (atomic_load(&s.calls) != i + 1) {
			FAIL("operation %d (kind %d): %d callbacks", i + 1, kind, atomic_load(&s.calls));
		}
		rv = nng_aio_result(s.aio);
		RV_IN(rv, 0, NNG_ECANCELED, NNG_EINTR, NNG_ETIMEDOUT);
		if (kind == 1 && rv == 0) {
			nng_msg_free(nng_aio_get_msg(s.aio));
		}
		if (kind == 2 && rv != 0) {
			nng_msg_free(nng_aio_get_msg(s.aio));
		}
		nng_aio_set_msg(s.aio, NULL);
		beat();
	}
	atomic_store(&s.stop, 1);
	join(t);
	CHECK(atomic_load(&s.calls) == OPS);
	MUST(nng_close(a));
	MUST(nng_close(b));
	AT("nng_aio_free");
	nng_aio_free(s.aio);
}
