// Sockets of every protocol to be attacked, and what their peers call themselves on the wire.
#ifndef VICTIMS_H
#define VICTIMS_H

#include "stress.h"
#include "raw.h"

struct victim {
	const char *name;
	int (*open)(nng_socket *);
	uint16_t peer; // the protocol that a peer must name
	bool     speaks; // only after it has sent does it listen to answers
};

static const struct victim victims[] = {
	{ "req", nng_req0_open, 0x31, true },
	{ "rep", nng_rep0_open, 0x30, false },
	{ "pair0", nng_pair0_open, 0x10, false },
	{ "pair1", nng_pair1_open, 0x11, false },
	{ "poly", nng_pair1_open_poly, 0x11, false },
	{ "pub", nng_pub0_open, 0x21, false },
	{ "sub", nng_sub0_open, 0x20, false },
	{ "push", nng_push0_open, 0x51, false },
	{ "pull", nng_pull0_open, 0x50, false },
	{ "bus", nng_bus0_open, 0x70, false },
	{ "surveyor", nng_surveyor0_open, 0x63, true },
	{ "respondent", nng_respondent0_open, 0x62, false },
	{ "req raw", nng_req0_open_raw, 0x31, false },
	{ "rep raw", nng_rep0_open_raw, 0x30, false },
	{ "pair0 raw", nng_pair0_open_raw, 0x10, false },
	{ "pair1 raw", nng_pair1_open_raw, 0x11, false },
	{ "pub raw", nng_pub0_open_raw, 0x21, false },
	{ "sub raw", nng_sub0_open_raw, 0x20, false },
	{ "push raw", nng_push0_open_raw, 0x51, false },
	{ "pull raw", nng_pull0_open_raw, 0x50, false },
	{ "bus raw", nng_bus0_open_raw, 0x70, false },
	{ "surveyor raw", nng_surveyor0_open_raw, 0x63, false },
	{ "respondent raw", nng_respondent0_open_raw, 0x62, false },
};
#define VICTIMS (sizeof(victims) / sizeof(victims[0]))

__attribute__((unused)) static nng_socket
victim_open(const struct victim *v)
{
	nng_socket s;
	MUST(v->open(&s));
	set_timeouts(s, 200, 200);
	if (strcmp(v->name, "sub") == 0) {
		MUST(nng_socket_set(s, NNG_OPT_SUB_SUBSCRIBE, "", 0));
	}
	return s;
}

// Has a victim ask, and take what came; whatever it was, it must not hurt.
__attribute__((unused)) static void
victim_works(const struct victim *v, nng_socket s)
{
	nng_msg *msg;
	if (v->speaks) {
		AT("a victim asks");
		nng_send(s, "question", 8, NNG_FLAG_NONBLOCK);
	}
	for (int i = 0; i < 64; i++) {
		AT("a victim receives");
		if (nng_recvmsg(s, &msg, NNG_FLAG_NONBLOCK) != 0) {
			break;
		}
		// Back to where it came from, where that can be.
		AT("a victim answers");
		if (nng_sendmsg(s, msg, NNG_FLAG_NONBLOCK) != 0) {
			nng_msg_free(msg);
		}
	}
}

// A request and its reply between two good sockets on fresh ground, over the attacked transport.
__attribute__((unused)) static void
bystanders_are_served(nng_socket req, nng_socket rep)
{
	nng_msg *msg;
	double   from = now_s();
	MUST(nng_send(req, "ask", 4, 0));
	MUST(nng_recvmsg(rep, &msg, 0));
	MUST(nng_sendmsg(rep, msg, 0));
	MUST(nng_recvmsg(req, &msg, 0));
	CHECK(nng_msg_len(msg) == 4);
	nng_msg_free(msg);
	if (now_s() - from > 2) {
		FAIL("a bystander waited %.1f s", now_s() - from);
	}
}

#endif
