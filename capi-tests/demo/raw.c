// A server that answers many requests at once through a raw REP socket: without contexts, each
// request's header is kept with its answer and finds the way back.
//
//	raw server URL              answers until it is ended
//	raw client URL MS           asks once, for an answer after MS milliseconds
//
// A request is a number of milliseconds in 32 bits; the server answers after that time.
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

struct work {
	enum { RECEIVING, WAITING, SENDING } state;
	nng_socket s;
	nng_aio   *aio;
	nng_msg   *msg;
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
		// Its header holds the request's identity and way: it stays with the message.
		work->msg = nng_aio_get_msg(work->aio);
		if (nng_msg_trim_u32(work->msg, &ms) != 0) {
			nng_msg_free(work->msg);
			nng_recv_aio(work->s, work->aio);
			return;
		}
		work->state = WAITING;
		nng_sleep_aio((nng_duration) ms, work->aio);
		return;
	case WAITING:
		nng_aio_set_msg(work->aio, work->msg);
		work->state = SENDING;
		nng_send_aio(work->s, work->aio);
		return;
	case SENDING:
		if (nng_aio_result(work->aio) != 0) {
			nng_msg_free(nng_aio_get_msg(work->aio));
		}
		work->state = RECEIVING;
		nng_recv_aio(work->s, work->aio);
		return;
	}
}

static void
server(const char *url)
{
	static struct work works[WORKERS];
	nng_socket         s;

	check(nng_rep0_open_raw(&s), "nng_rep0_open_raw");
	check(nng_listen(s, url, NULL, 0), "nng_listen");
	for (int i = 0; i < WORKERS; i++) {
		works[i].s     = s;
		works[i].state = RECEIVING;
		check(nng_aio_alloc(&works[i].aio, serve, &works[i]), "nng_aio_alloc");
		nng_recv_aio(s, works[i].aio);
	}
	for (;;) {
		nng_msleep(3600000);
	}
}

static int
client(const char *url, uint32_t ms)
{
	nng_socket s;
	nng_msg   *msg;
	nng_time   start;

	check(nng_req0_open(&s), "nng_req0_open");
	check(nng_dial(s, url, NULL, NNG_FLAG_NONBLOCK), "nng_dial");
	check(nng_msg_alloc(&msg, 0), "nng_msg_alloc");
	check(nng_msg_append_u32(msg, ms), "nng_msg_append_u32");
	start = nng_clock();
	check(nng_sendmsg(s, msg, 0), "nng_sendmsg");
	check(nng_recvmsg(s, &msg, 0), "nng_recvmsg");
	nng_msg_free(msg);
	printf("answered after %d ms\n", (int) (nng_clock() - start));
	return nng_close(s);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "server") == 0) {
		server(argv[2]);
	}
	if (argc == 4 && strcmp(argv[1], "client") == 0) {
		return client(argv[2], (uint32_t) atoi(argv[3]));
	}
	fprintf(stderr, "usage: %s server URL | client URL MS\n", argv[0]);
	return 2;
}
