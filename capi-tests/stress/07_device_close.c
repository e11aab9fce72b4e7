// A device's sockets are closed from another thread, under load: nng_device returns. Both the
// two-socket and the one-socket form, and where the library has it nng_device_aio with a cancel.
#include "stress.h"
#include <nng/protocol/pair0/pair.h>

const char *const stress_name       = "07_device_close";
const char *const stress_transports = "inproc ipc tcp";

struct device {
	nng_socket a, b;
	int        rv;
	atomic_int returned;
};

static void
runs_device(void *arg)
{
	struct device *d = arg;
	AT("nng_device");
	d->rv = nng_device(d->a, d->b);
	atomic_store(&d->returned, 1);
}

static void
client(void *arg)
{
	nng_socket s = *(nng_socket *) arg;
	for (;;) {
		nng_msg *msg;
		AT("nng_send(client)");
		int rv = nng_send(s, "through", 8, 0);
		if (rv == 0) {
			AT("nng_recvmsg(client)");
			rv = nng_recvmsg(s, &msg, 0);
			if (rv == 0) {
				nng_msg_free(msg);
			}
		}
		if (rv == NNG_ECLOSED) {
			return;
		}
		RV_IN(rv, 0, NNG_ETIMEDOUT);
	}
}

static void
server(void *arg)
{
	nng_socket s = *(nng_socket *) arg;
	for (;;) {
		nng_msg *msg;
		AT("nng_recvmsg(server)");
		int rv = nng_recvmsg(s, &msg, 0);
		if (rv == 0) {
			AT("nng_sendmsg(server)");
			rv = nng_sendmsg(s, msg, 0);
			if (rv != 0) {
				nng_msg_free(msg);
			}
		}
		if (rv == NNG_ECLOSED) {
			return;
		}
		RV_IN(rv, 0, NNG_ETIMEDOUT);
	}
}

static void (*device_aio)(nng_aio *, nng_socket, nng_socket);

static void
two_sockets(const char *transport, bool by_aio)
{
	nng_socket    req, rep;
	struct device d = { 0 };
	char          front[URL_MAX], back[URL_MAX];
	pthread_t     t[3];
	nng_aio      *aio = NULL;

	MUST(nng_rep0_open_raw(&d.a));
	MUST(nng_req0_open_raw(&d.b));
	MUST(nng_req0_open(&req));
	MUST(nng_rep0_open(&rep));
	set_timeouts(req, 500, 500);
	set_timeouts(rep, 500, 500);
	listen_fresh(d.a, transport, front);
	listen_fresh(d.b, transport, back);
	MUST(nng_dial(rep, back, NULL, 0));
	MUST(nng_dial(req, front, NULL, 0));
	if (by_aio) {
		MUST(nng_aio_alloc(&aio, NULL, NULL));
		device_aio(aio, d.a, d.b);
	} else {
		t[0] = spawn(runs_device, &d);
	}
	t[1] = spawn(client, &req);
	t[2] = spawn(server, &rep);
	sleep_us(rnd(8000));
	if (by_aio && rnd(2) == 0) {
		nng_aio_cancel(aio);
	} else {
		MUST(nng_close(rnd(2) == 0 ? d.a : d.b));
	}
	if (by_aio) {
		AT("wait for nng_device_aio");
		nng_aio_wait(aio);
		RV_IN(nng_aio_result(aio), NNG_ECLOSED, NNG_ECANCELED);
		nng_aio_free(aio);
	} else {
		join(t[0]);
		RV_IN(d.rv, NNG_ECLOSED);
	}
	nng_close(d.a);
	nng_close(d.b);
	MUST(nng_close(req));
	MUST(nng_close(rep));
	join(t[1]);
	join(t[2]);
}

// A reflector: what comes in goes back out.
static void
one_socket(const char *transport)
{
	nng_socket        s;
	nng_socket        none = NNG_SOCKET_INITIALIZER;
	struct device     d    = { 0 };
	char              url[URL_MAX];
	pthread_t         t[2];

	MUST(nng_pair0_open_raw(&d.a));
	d.b = none;
	MUST(nng_pair0_open(&s));
	set_timeouts(s, 500, 500);
	listen_fresh(d.a, transport, url);
	MUST(nng_dial(s, url, NULL, 0));
	t[0] = spawn(runs_device, &d);
	t[1] = spawn(client, &s);
	sleep_us(rnd(8000));
	MUST(nng_close(d.a));
	join(t[0]);
	RV_IN(d.rv, NNG_ECLOSED);
	MUST(nng_close(s));
	join(t[1]);
}

static void
one_round(const char *transport)
{
	if (device_aio == NULL) {
		*(void **) &device_aio = dlsym(RTLD_DEFAULT, "nng_device_aio");
	}
	two_sockets(transport, false);
	if (device_aio != NULL) {
		two_sockets(transport, true);
	}
	one_socket(transport);
}
