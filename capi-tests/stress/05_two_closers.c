// Two threads close one socket: both return, one with 0 and one with NNG_ECLOSED. Likewise
// listeners, dialers, contexts and pipes, where one at least gets 0.
#include "stress.h"

const char *const stress_name       = "05_two_closers";
const char *const stress_transports = "inproc ipc tcp";

struct closer {
	nng_socket         s;
	nng_listener       l;
	nng_dialer         d;
	nng_ctx            c;
	pthread_barrier_t *start;
	int                rv;
	int                parts[3];
};

static void
closes(void *arg)
{
	struct closer *c = arg;
	pthread_barrier_wait(c->start);
	AT("nng_ctx_close");
	c->parts[0] = nng_ctx_close(c->c);
	AT("nng_dialer_close");
	c->parts[1] = nng_dialer_close(c->d);
	AT("nng_listener_close");
	c->parts[2] = nng_listener_close(c->l);
	AT("nng_close");
	c->rv = nng_close(c->s);
}

static void
one_round(const char *transport)
{
	nng_socket        rep, req;
	char              url[URL_MAX], other[URL_MAX];
	pthread_barrier_t start;
	struct closer     c[2];
	pthread_t         t[2];
	nng_aio          *aio;

	memset(c, 0, sizeof(c));
	MUST(nng_rep0_open(&rep));
	MUST(nng_req0_open(&req));
	listen_fresh(rep, transport, url);
	MUST(nng_dial(req, url, &c[0].d, 0));
	c[0].l = listen_fresh(req, transport, other);
	MUST(nng_ctx_open(&c[0].c, req));
	c[0].s     = req;
	c[0].start = &start;
	c[1]       = c[0];
	MUST(nng_send(req, "x", 1, 0));
	MUST(nng_aio_alloc(&aio, NULL, NULL));
	nng_recv_aio(req, aio);
	pthread_barrier_init(&start, NULL, 2);
	t[0] = spawn(closes, &c[0]);
	t[1] = spawn(closes, &c[1]);
	join(t[0]);
	join(t[1]);
	pthread_barrier_destroy(&start);
	if (!((c[0].rv == 0 && c[1].rv == NNG_ECLOSED) || (c[1].rv == 0 && c[0].rv == NNG_ECLOSED))) {
		FAIL("nng_close twice: %d and %d", c[0].rv, c[1].rv);
	}
	for (int i = 0; i < 3; i++) {
		RV_IN(c[0].parts[i], 0, NNG_ECLOSED, NNG_ENOENT);
		RV_IN(c[1].parts[i], 0, NNG_ECLOSED, NNG_ENOENT);
		CHECK(c[0].parts[i] == 0 || c[1].parts[i] == 0);
	}
	AT("nng_aio_wait");
	nng_aio_wait(aio);
	RV_IN(nng_aio_result(aio), NNG_ECLOSED);
	nng_aio_free(aio);
	MUST(nng_close(rep));
}
