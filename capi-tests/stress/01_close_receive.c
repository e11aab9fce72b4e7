// REQ sits in nng_recv while another thread closes its socket; REP closes its listener and socket
// after every reply, or without one.
#include "stress.h"

const char *const stress_name       = "01_close_receive";
const char *const stress_transports = "inproc ipc tcp";

static void
receiver(void *arg)
{
	nng_socket req = *(nng_socket *) arg;
	for (int i = 0; i < 2; i++) {
		char  *buf;
		size_t size;
		int    rv;
		AT("nng_send(req)");
		rv = nng_send(req, "date", 5, 0);
		if (rv != 0) {
			RV_IN(rv, NNG_ECLOSED);
			return;
		}
		AT("nng_recv(req)");
		rv = nng_recv(req, &buf, &size, NNG_FLAG_ALLOC);
		if (rv == 0) {
			CHECK(size == 4);
			nng_free(buf, size);
		} else {
			RV_IN(rv, NNG_ECLOSED, NNG_ESTATE);
		}
	}
}

static void
one_round(const char *transport)
{
	nng_socket   req, rep;
	nng_listener l;
	char         url[URL_MAX], *buf;
	size_t       size;
	pthread_t    t;

	MUST(nng_rep0_open(&rep));
	MUST(nng_req0_open(&req));
	l = listen_fresh(rep, transport, url);
	MUST(nng_dial(req, url, NULL, 0));
	t = spawn(receiver, &req);
	MUST(nng_recv(rep, &buf, &size, NNG_FLAG_ALLOC));
	nng_free(buf, size);
	if (rnd(2) == 0) {
		MUST(nng_send(rep, "now", 4, 0));
	}
	if (rnd(4) != 0) {
		MUST(nng_listener_close(l));
	}
	MUST(nng_close(rep));
	jitter(1500);
	MUST(nng_close(req));
	join(t);
}
