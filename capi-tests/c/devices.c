// Raw sockets with their headers, and devices between them.
#include "testing.h"
#include <nng/protocol/bus0/bus.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>

struct device {
	nng_socket one, two;
	int        result;
};

static void *
runs(void *arg)
{
	struct device *device = arg;
	device->result        = nng_device(device->one, device->two);
	return NULL;
}

// What a raw socket hears of a cooked one, and how it answers.
static void
header(const char *name, int (*ask)(nng_socket *), int (*answer)(nng_socket *))
{
	nng_socket asks, raw;
	nng_msg   *m;
	char       buf[16];
	size_t     len = sizeof(buf);

	OK(ask(&asks));
	OK(answer(&raw));
	OK(nng_socket_set_ms(raw, NNG_OPT_RECVTIMEO, 10000));
	OK(nng_socket_set_ms(asks, NNG_OPT_RECVTIMEO, 10000));
	testing_connect(raw, asks, "inproc");
	OK(nng_send(asks, "ask", 3, 0));
	OK(nng_recvmsg(raw, &m, 0));
	printf("%s: header %zu body %zu\n", name, nng_msg_header_len(m), nng_msg_len(m));
	if (nng_msg_header_len(m) >= 8) {
		unsigned char *h = nng_msg_header(m);
		CHECK((h[nng_msg_header_len(m) - 4] & 0x80) != 0);
		nng_msg_clear(m);
		OK(nng_msg_append(m, "answer", 6));
		OK(nng_sendmsg(raw, m, 0));
		OK(nng_recv(asks, buf, &len, 0));
		CHECK(len == 6 && memcmp(buf, "answer", 6) == 0);
	} else {
		nng_msg_free(m);
	}
	OK(nng_close(asks));
	OK(nng_close(raw));
}

// Requests pass a device, with two kinds of end.
static void
forwards(const char *transport)
{
	struct device device;
	nng_socket    req, rep;
	pthread_t     thread;
	char          buf[16];
	size_t        len = sizeof(buf);

	OK(nng_rep0_open_raw(&device.one));
	OK(nng_req0_open_raw(&device.two));
	OK(nng_req0_open(&req));
	OK(nng_rep0_open(&rep));
	OK(nng_socket_set_ms(req, NNG_OPT_RECVTIMEO, 10000));
	OK(nng_socket_set_ms(rep, NNG_OPT_RECVTIMEO, 10000));
	testing_connect(device.one, req, transport);
	testing_connect(device.two, rep, transport);
	pthread_create(&thread, NULL, runs, &device);
	for (int i = 0; i < 50; i++) {
		OK(nng_send(req, "through", 8, 0));
		len = sizeof(buf);
		OK(nng_recv(rep, buf, &len, 0));
		CHECK(len == 8 && strcmp(buf, "through") == 0);
		OK(nng_send(rep, "back", 5, 0));
		len = sizeof(buf);
		OK(nng_recv(req, buf, &len, 0));
		CHECK(len == 5 && strcmp(buf, "back") == 0);
	}
	OK(nng_close(device.one));
	OK(nng_close(device.two));
	pthread_join(thread, NULL);
	printf("%s: %s\n", transport, nng_strerror(device.result));
	OK(nng_close(req));
	OK(nng_close(rep));
}

int
main(void)
{
	nng_socket a, b;
	nng_socket none = NNG_SOCKET_INITIALIZER;

	testing_begin(30);
	header("rep0", nng_req0_open, nng_rep0_open_raw);
	header("respondent0", nng_surveyor0_open, nng_respondent0_open_raw);
	header("pair1", nng_pair1_open, nng_pair1_open_raw);
	header("bus0", nng_bus0_open, nng_bus0_open_raw);
	header("sub0", nng_pub0_open, nng_sub0_open_raw);
	forwards("inproc");
	forwards("ipc");
	forwards("tcp");

	OK(nng_req0_open_raw(&a));
	OK(nng_req0_open(&b));
	GIVES(NNG_EINVAL, nng_device(a, b));
	OK(nng_close(b));
	OK(nng_pair1_open_raw(&b));
	GIVES(NNG_EINVAL, nng_device(a, b));
	GIVES(NNG_EINVAL, nng_device(none, none));

	OK(nng_close(a));
	OK(nng_close(b));
	return 0;
}
