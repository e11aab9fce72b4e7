// Contexts in send and receive while their socket closes, and a context per request with many
// requests at a time.
#include "stress.h"

const char *const stress_name       = "04_contexts_close";
const char *const stress_transports = "inproc ipc tcp";

#define CLIENTS 6
#define SERVERS 4

static nng_socket req, rep;
static atomic_int done;

static void
per_request(void *arg)
{
	(void) arg;
	for (;;) {
		nng_ctx  ctx;
		nng_aio *aio;
		nng_msg *msg;
		int      rv;

		AT("nng_ctx_open(req)");
		rv = nng_ctx_open(&ctx, req);
		if (rv != 0) {
			RV_IN(rv, NNG_ECLOSED);
			return;
		}
		MUST(nng_aio_alloc(&aio, NULL, NULL));
		MUST(nng_msg_alloc(&msg, 64));
		nng_aio_set_msg(aio, msg);
		nng_ctx_send(ctx, aio);
		AT("wait for a request's sending");
		nng_aio_wait(aio);
		rv = nng_aio_result(aio);
		if (rv != 0) {
			nng_msg_free(nng_aio_get_msg(aio));
		} else {
			nng_ctx_recv(ctx, aio);
			AT("wait for a reply");
			nng_aio_wait(aio);
			rv = nng_aio_result(aio);
			if (rv == 0) {
				msg = nng_aio_get_msg(aio);
				CHECK(nng_msg_len(msg) == 64);
				nng_msg_free(msg);
				atomic_fetch_add(&done, 1);
			}
		}
		RV_IN(rv, 0, NNG_ECLOSED, NNG_ECANCELED);
		AT("nng_ctx_close");
		RV_IN(nng_ctx_close(ctx), 0, NNG_ECLOSED);
		AT("nng_aio_free");
		nng_aio_free(aio);
	}
}

struct echo {
	nng_ctx  ctx;
	nng_aio *aio;
	bool     sending;
};

static void
echo_step(void *arg)
{
	struct echo *e  = arg;
	int          rv = nng_aio_result(e->aio);
	if (rv != 0) {
		RV_IN(rv, NNG_ECLOSED, NNG_ECANCELED);
		if (e->sending) {
			nng_msg_free(nng_aio_get_msg(e->aio));
			nng_aio_set_msg(e->aio, NULL);
		}
		return;
	}
	e->sending = !e->sending;
	if (e->sending) {
		nng_ctx_send(e->ctx, e->aio);
	} else {
		nng_ctx_recv(e->ctx, e->aio);
	}
}

static void
one_round(const char *transport)
{
	char        url[URL_MAX];
	pthread_t   t[CLIENTS];
	struct echo echo[SERVERS];

	atomic_store(&done, 0);
	MUST(nng_req0_open(&req));
	MUST(nng_rep0_open(&rep));
	listen_fresh(rep, transport, url);
	MUST(nng_dial(req, url, NULL, 0));
	for (int i = 0; i < SERVERS; i++) {
		echo[i].sending = false;
		MUST(nng_ctx_open(&echo[i].ctx, rep));
		MUST(nng_aio_alloc(&echo[i].aio, echo_step, &echo[i]));
		nng_ctx_recv(echo[i].ctx, echo[i].aio);
	}
	for (int i = 0; i < CLIENTS; i++) {
		t[i] = spawn(per_request, NULL);
	}
	// Once in a while at once, before anything has been answered.
	if (rnd(4) != 0) {
		wait_for(&done, 20 + (int) rnd(200), 2);
	}
	if (rnd(2) == 0) {
		MUST(nng_close(rep));
		MUST(nng_close(req));
	} else {
		MUST(nng_close(req));
		MUST(nng_close(rep));
	}
	for (int i = 0; i < CLIENTS; i++) {
		join(t[i]);
	}
	for (int i = 0; i < SERVERS; i++) {
		AT("nng_aio_stop");
		nng_aio_stop(echo[i].aio);
		nng_aio_free(echo[i].aio);
	}
}
