// Descriptors run out on accept and on dial, then come back: no spin while there are none, and
// everybody connects and is served afterwards.
#include "stress.h"
#include "raw.h"

const char *const stress_name       = "15_no_descriptors";
const char *const stress_transports = "ipc tcp";

#define CLIENTS 8

static void
one_round(const char *transport)
{
	nng_socket    rep, req[CLIENTS];
	char          url[URL_MAX];
	struct rlimit old, low;
	double        cpu, from;
	nng_msg      *msg;
	nng_aio      *aio[CLIENTS];

	MUST(nng_rep0_open(&rep));
	listen_fresh(rep, transport, url);
	set_timeouts(rep, 10000, 10000);
	for (int i = 0; i < CLIENTS; i++) {
		MUST(nng_req0_open(&req[i]));
		set_timeouts(req[i], 10000, 10000);
		MUST(nng_socket_set_ms(req[i], NNG_OPT_RECONNMINT, 10));
		MUST(nng_socket_set_ms(req[i], NNG_OPT_RECONNMAXT, 50));
		MUST(nng_aio_alloc(&aio[i], NULL, NULL));
	}
	getrlimit(RLIMIT_NOFILE, &old);
	low          = old;
	low.rlim_cur = (rlim_t) open_fds() + 3;
	setrlimit(RLIMIT_NOFILE, &low);
	for (int i = 0; i < CLIENTS; i++) {
		AT("nng_dial without descriptors");
		int rv = nng_dial(req[i], url, NULL, NNG_FLAG_NONBLOCK);
		RV_IN(rv, 0);
	}
	from = now_s();
	cpu  = cpu_s();
	sleep_us(300000);
	cpu  = cpu_s() - cpu;
	from = now_s() - from;
	setrlimit(RLIMIT_NOFILE, &old);
	if (cpu > from * 0.5) {
		FAIL("%.2f s of CPU in %.2f s without descriptors", cpu, from);
	}
	for (int i = 0; i < CLIENTS; i++) {
		MUST(nng_send(req[i], "ask", 4, 0));
	}
	for (int i = 0; i < CLIENTS; i++) {
		MUST(nng_recvmsg(rep, &msg, 0));
		MUST(nng_sendmsg(rep, msg, 0));
	}
	for (int i = 0; i < CLIENTS; i++) {
		MUST(nng_recvmsg(req[i], &msg, 0));
		nng_msg_free(msg);
	}
	for (int i = 0; i < CLIENTS; i++) {
		MUST(nng_close(req[i]));
		nng_aio_free(aio[i]);
	}
	MUST(nng_close(rep));
}
