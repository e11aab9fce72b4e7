// Many requests at once, with contexts and asynchronous operations on both sides.
//
//	reqrep_async server URL              answers until it is ended
//	reqrep_async client URL [COUNT]      asks COUNT times, all at the same time
//
// A request is a number of milliseconds in 32 bits; the server answers after that time.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

#define WORKERS 64

static void
check(int rv, const char *what)
{
	if (rv != 0) {
		fprintf(stderr, "%s: %s\n", what, nng_strerror(rv));
		exit(1);
	}
}

// A conversation, and how far it is. Its callback is called after each operation and starts the
// next.
struct work {
	enum { RECEIVING, WAITING, SENDING, ASKING, LISTENING } state;
	nng_aio *aio;
	nng_ctx  ctx;
	nng_msg *msg;
};

static void
serve(void *arg)
{
	struct work *work = arg;
	uint32_t     ms;

	switch (work->state) {
	case RECEIVING:
		if (nng_aio_result(work->aio) != 0) {
			return; // the socket was closed
		}
		work->msg = nng_aio_get_msg(work->aio);
		if (nng_msg_trim_u32(work->msg, &ms) != 0) {
			nng_msg_free(work->msg);
			nng_ctx_recv(work->ctx, work->aio);
			return;
		}
		work->state = WAITING;
		nng_sleep_aio((nng_duration) ms, work->aio);
		return;
	case WAITING:
		nng_aio_set_msg(work->aio, work->msg);
		work->state = SENDING;
		nng_ctx_send(work->ctx, work->aio);
		return;
	default:
		if (nng_aio_result(work->aio) != 0) {
			nng_msg_free(nng_aio_get_msg(work->aio));
		}
		work->state = RECEIVING;
		nng_ctx_recv(work->ctx, work->aio);
		return;
	}
}

static void
server(const char *url)
{
	static struct work works[WORKERS];
	nng_socket         s;
	check(nng_rep0_open(&s), "nng_rep0_open");
	for (int i = 0; i < WORKERS; i++) {
		check(nng_aio_alloc(&works[i].aio, serve, &works[i]), "nng_aio_alloc");
		check(nng_ctx_open(&works[i].ctx, s), "nng_ctx_open");
		works[i].state = SENDING;
	}
	check(nng_listen(s, url, NULL, 0), "nng_listen");
	for (int i = 0; i < WORKERS; i++) {
		works[i].state = RECEIVING;
		nng_ctx_recv(works[i].ctx, works[i].aio);
	}
	for (;;) {
		nng_msleep(3600000);
	}
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  done = PTHREAD_COND_INITIALIZER;
static int             answered;

static void
ask(void *arg)
{
	struct work *work = arg;
	check(nng_aio_result(work->aio), "a request");
	if (work->state == ASKING) {
		work->state = LISTENING;
		nng_ctx_recv(work->ctx, work->aio);
		return;
	}
	nng_msg_free(nng_aio_get_msg(work->aio));
	nng_aio_set_msg(work->aio, NULL);
	pthread_mutex_lock(&lock);
	answered++;
	pthread_cond_signal(&done);
	pthread_mutex_unlock(&lock);
}

static int
client(const char *url, int count)
{
	nng_socket   s;
	struct work *works = calloc((size_t) count, sizeof(*works));
	nng_time     start = nng_clock();
	check(nng_req0_open(&s), "nng_req0_open");
	check(nng_dial(s, url, NULL, NNG_FLAG_NONBLOCK), "nng_dial");
	for (int i = 0; i < count; i++) {
		check(nng_aio_alloc(&works[i].aio, ask, &works[i]), "nng_aio_alloc");
		check(nng_ctx_open(&works[i].ctx, s), "nng_ctx_open");
		check(nng_msg_alloc(&works[i].msg, 0), "nng_msg_alloc");
		check(nng_msg_append_u32(works[i].msg, 100), "nng_msg_append_u32");
		nng_aio_set_timeout(works[i].aio, 30000);
		nng_aio_set_msg(works[i].aio, works[i].msg);
		works[i].state = ASKING;
		nng_ctx_send(works[i].ctx, works[i].aio);
	}
	pthread_mutex_lock(&lock);
	while (answered < count) {
		pthread_cond_wait(&done, &lock);
	}
	pthread_mutex_unlock(&lock);
	printf("CLIENT: %d answers, each 100 ms after its request, within %d ms\n", answered,
	    (int) (nng_clock() - start));
	for (int i = 0; i < count; i++) {
		nng_aio_free(works[i].aio);
		nng_ctx_close(works[i].ctx);
	}
	free(works);
	return nng_close(s);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "server") == 0) {
		server(argv[2]);
	}
	if (argc >= 3 && strcmp(argv[1], "client") == 0) {
		return client(argv[2], argc > 3 ? atoi(argv[3]) : 32);
	}
	fprintf(stderr, "usage: %s server URL | client URL [COUNT]\n", argv[0]);
	return 2;
}
