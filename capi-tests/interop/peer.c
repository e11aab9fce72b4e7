// One end of an exchange, on whatever libnng it is run with; the other end is this program on
// another library, or nnpeer.c on nanomsg.
//
//   peer PROTOCOL a|b listen|dial URL
//
// Side a drives: it sends each message and, where the protocol answers, checks what comes back.
// Side b answers, or checks what it gets. Messages are of 0 B, 1 B, 100 B, 64 KiB and 1 MiB, with
// 200 small ones between; each begins with its number, the rest is made from that.
#include "cert.h"
#include "exchange.h"

#include <nng/nng.h>
#include <nng/protocol/bus0/bus.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/transport/tls/tls.h>

static const struct protocol {
	const char *name;
	int (*open[2])(nng_socket *);
	bool answers; // side b sends every message back
	bool raw;     // side a makes an id of its own in each message's header
} protocols[] = {
	{ "reqrep", { nng_req0_open, nng_rep0_open }, true, false },
	{ "reqrep-raw", { nng_req0_open_raw, nng_rep0_open_raw }, true, true },
	{ "reqrep-half-raw", { nng_req0_open, nng_rep0_open_raw }, true, false },
	{ "pair0", { nng_pair0_open, nng_pair0_open }, true, false },
	{ "pair0-raw", { nng_pair0_open_raw, nng_pair0_open_raw }, true, false },
	{ "pair1", { nng_pair1_open, nng_pair1_open }, true, false },
	{ "pair1-half-raw", { nng_pair1_open, nng_pair1_open_raw }, true, false },
	{ "poly", { nng_pair1_open_poly, nng_pair1_open }, true, false },
	{ "pubsub", { nng_pub0_open, nng_sub0_open }, false, false },
	{ "pubsub-raw", { nng_pub0_open_raw, nng_sub0_open_raw }, false, false },
	{ "pipeline", { nng_push0_open, nng_pull0_open }, false, false },
	{ "pipeline-raw", { nng_push0_open_raw, nng_pull0_open_raw }, false, false },
	{ "bus", { nng_bus0_open, nng_bus0_open }, true, false },
	{ "survey", { nng_surveyor0_open, nng_respondent0_open }, true, false },
	{ "survey-raw", { nng_surveyor0_open_raw, nng_respondent0_open_raw }, true, true },
};

#define MUST(call)                                                                    \
	do {                                                                          \
		int rv_ = (call);                                                     \
		if (rv_ != 0) {                                                       \
			exchange_fail("%s: %s", #call, nng_strerror(rv_));            \
		}                                                                     \
	} while (0)

static nng_socket s;

static void
on_pipe(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) p;
	(void) ev;
	(void) arg;
	atomic_fetch_add(&exchange_connected, 1);
}

static bool
secure(const char *url)
{
	return strncmp(url, "tls", 3) == 0 || strncmp(url, "wss", 3) == 0;
}

static nng_tls_config *
tls_config(bool server)
{
	nng_tls_config *c;
	MUST(nng_tls_config_alloc(&c, server ? NNG_TLS_MODE_SERVER : NNG_TLS_MODE_CLIENT));
	if (server) {
		MUST(nng_tls_config_own_cert(c, stress_cert, stress_key, NULL));
	} else {
		MUST(nng_tls_config_ca_chain(c, stress_cert, NULL));
		MUST(nng_tls_config_server_name(c, "localhost"));
		MUST(nng_tls_config_auth_mode(c, NNG_TLS_AUTH_MODE_REQUIRED));
	}
	return c;
}

static void
drive(const struct protocol *p)
{
	nng_pipe to = NNG_PIPE_INITIALIZER;
	nng_msg *msg;

	if (strcmp(p->name, "poly") == 0) {
		// The other side speaks first, and so tells which pipe is its.
		MUST(nng_recvmsg(s, &msg, 0));
		to = nng_msg_get_pipe(msg);
		nng_msg_free(msg);
	}
	for (int i = 0; i < EXCHANGE_COUNT; i++) {
		MUST(nng_msg_alloc(&msg, exchange_size(i)));
		exchange_fill(nng_msg_body(msg), nng_msg_len(msg), i);
		if (p->raw) {
			MUST(nng_msg_header_append_u32(msg, 0x80000000u + (uint32_t) i));
		}
		if (nng_pipe_id(to) > 0) {
			nng_msg_set_pipe(msg, to);
		}
		MUST(nng_sendmsg(s, msg, 0));
		if (!p->answers) {
			exchange_pace(p->name, i);
			continue;
		}
		MUST(nng_recvmsg(s, &msg, 0));
		exchange_check(nng_msg_body(msg), nng_msg_len(msg), i);
		nng_msg_free(msg);
	}
}

static void
answer(const struct protocol *p)
{
	nng_msg *msg;
	if (strcmp(p->name, "poly") == 0) {
		MUST(nng_send(s, "here", 4, 0));
	}
	for (int i = 0; i < EXCHANGE_COUNT; i++) {
		MUST(nng_recvmsg(s, &msg, 0));
		exchange_check(nng_msg_body(msg), nng_msg_len(msg), i);
		if (p->answers) {
			MUST(nng_sendmsg(s, msg, 0));
		} else {
			nng_msg_free(msg);
		}
	}
}

int
main(int argc, char **argv)
{
	const struct protocol *p = NULL;
	bool                   a;

	if (argc != 5) {
		fprintf(stderr, "usage: peer PROTOCOL a|b listen|dial URL\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (strcmp(protocols[i].name, argv[1]) == 0) {
			p = &protocols[i];
		}
	}
	if (p == NULL) {
		return 2;
	}
	a = strcmp(argv[2], "a") == 0;
	exchange_begin(argv);
	MUST(p->open[a ? 0 : 1](&s));
	MUST(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, EXCHANGE_TIMEOUT));
	MUST(nng_socket_set_ms(s, NNG_OPT_SENDTIMEO, EXCHANGE_TIMEOUT));
	MUST(nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, 4 << 20));
	if (strncmp(p->name, "survey", 6) == 0 && a && !p->raw) {
		MUST(nng_socket_set_ms(s, NNG_OPT_SURVEYOR_SURVEYTIME, EXCHANGE_TIMEOUT));
	}
	if (strcmp(p->name, "pubsub") == 0 && !a) {
		MUST(nng_socket_set(s, NNG_OPT_SUB_SUBSCRIBE, "", 0));
	}
	if (strncmp(p->name, "pubsub", 6) == 0) {
		// They drop what they cannot keep: let that be everything. Raw ones may not have both.
		nng_socket_set_int(s, NNG_OPT_RECVBUF, 512);
		nng_socket_set_int(s, NNG_OPT_SENDBUF, 512);
	}
	MUST(nng_pipe_notify(s, NNG_PIPE_EV_ADD_POST, on_pipe, NULL));
	if (strcmp(argv[3], "listen") == 0) {
		nng_listener l;
		MUST(nng_listener_create(&l, s, argv[4]));
		if (secure(argv[4])) {
			nng_tls_config *c = tls_config(true);
			MUST(nng_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, c));
			nng_tls_config_free(c);
		}
		MUST(nng_listener_start(l, 0));
		exchange_ready();
	} else {
		nng_dialer d;
		int        rv;
		MUST(nng_dialer_create(&d, s, argv[4]));
		if (secure(argv[4])) {
			nng_tls_config *c = tls_config(false);
			MUST(nng_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, c));
			nng_tls_config_free(c);
		}
		for (int tries = 0; (rv = nng_dialer_start(d, 0)) != 0; tries++) {
			if (tries > 100) {
				exchange_fail("nng_dial: %s", nng_strerror(rv));
			}
			exchange_sleep(20);
		}
		exchange_ready();
	}
	exchange_await_peer();
	if (a) {
		drive(p);
	} else {
		answer(p);
	}
	// What is on its way reaches the other side before we are gone.
	exchange_end();
	nng_close(s);
	return 0;
}
