// peer.c by nanomsg's API, for the protocols that both have: on nanomsg itself (libnanomsg-dev), and
// on ours, compiled against the headers that are there for such programs.
#include "exchange.h"

#include <nanomsg/bus.h>
#include <nanomsg/nn.h>
#include <nanomsg/pair.h>
#include <nanomsg/pipeline.h>
#include <nanomsg/pubsub.h>
#include <nanomsg/reqrep.h>
#include <nanomsg/survey.h>

static const struct protocol {
	const char *name;
	int         id[2];
	bool        answers;
} protocols[] = {
	{ "reqrep", { NN_REQ, NN_REP }, true },
	{ "pair0", { NN_PAIR, NN_PAIR }, true },
	{ "pubsub", { NN_PUB, NN_SUB }, false },
	{ "pipeline", { NN_PUSH, NN_PULL }, false },
	{ "bus", { NN_BUS, NN_BUS }, true },
	{ "survey", { NN_SURVEYOR, NN_RESPONDENT }, true },
};

#define MUST(call)                                                                       \
	do {                                                                             \
		if ((call) < 0) {                                                        \
			exchange_fail("%s: %s", #call, nn_strerror(nn_errno()));         \
		}                                                                        \
	} while (0)

int
main(int argc, char **argv)
{
	const struct protocol *p = NULL;
	int                    s, timeout = EXCHANGE_TIMEOUT, most = 4 << 20;
	bool                   a;

	if (argc != 5) {
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
	MUST(s = nn_socket(AF_SP, p->id[a ? 0 : 1]));
	MUST(nn_setsockopt(s, NN_SOL_SOCKET, NN_RCVTIMEO, &timeout, sizeof(timeout)));
	MUST(nn_setsockopt(s, NN_SOL_SOCKET, NN_SNDTIMEO, &timeout, sizeof(timeout)));
	MUST(nn_setsockopt(s, NN_SOL_SOCKET, NN_RCVMAXSIZE, &most, sizeof(most)));
	MUST(nn_setsockopt(s, NN_SOL_SOCKET, NN_RCVBUF, &most, sizeof(most)));
	if (p->id[a ? 0 : 1] == NN_SURVEYOR) {
		MUST(nn_setsockopt(s, NN_SURVEYOR, NN_SURVEYOR_DEADLINE, &timeout, sizeof(timeout)));
	}
	if (p->id[a ? 0 : 1] == NN_SUB) {
		MUST(nn_setsockopt(s, NN_SUB, NN_SUB_SUBSCRIBE, "", 0));
	}
	if (strcmp(argv[3], "listen") == 0) {
		MUST(nn_bind(s, argv[4]));
	} else {
		MUST(nn_connect(s, argv[4]));
	}
	exchange_ready();
#ifdef NN_STAT_CURRENT_CONNECTIONS
	for (int i = 0; i < 5000 && nn_get_statistic(s, NN_STAT_CURRENT_CONNECTIONS) == 0; i++) {
		exchange_sleep(1);
	}
	exchange_sleep(50);
#else
	// nng's version of the API counts no connections.
	exchange_sleep(300);
#endif
	for (int i = 0; i < EXCHANGE_COUNT; i++) {
		void *msg;
		int   n;
		if (a) {
			void *out = malloc(exchange_size(i) + 1);
			exchange_fill(out, exchange_size(i), i);
			MUST(nn_send(s, out, exchange_size(i), 0));
			free(out);
			if (!p->answers) {
				exchange_pace(p->name, i);
				continue;
			}
		}
		MUST(n = nn_recv(s, &msg, NN_MSG, 0));
		exchange_check(msg, (size_t) n, i);
		if (!a && p->answers) {
			MUST(nn_send(s, &msg, NN_MSG, 0));
		} else {
			nn_freemsg(msg);
		}
	}
	exchange_end();
	nn_close(s);
	return 0;
}
