// Bursts at slow receivers: each message sent is received or counted as dropped in a statistic.
// PUB to a SUB that reads late, and BUS to BUS.
#include "stress.h"

const char *const stress_name       = "19_counted_drops";
const char *const stress_transports = "inproc ipc tcp";

#define BURST 3000

// Sum of the counters below `s` whose name says drop.
static uint64_t
dropped_below(nng_stat *s)
{
	uint64_t sum = 0;
	for (nng_stat *c = nng_stat_child(s); c != NULL; c = nng_stat_next(c)) {
		if (strstr(nng_stat_name(c), "drop") != NULL || strstr(nng_stat_name(c), "discard") != NULL) {
			sum += nng_stat_value(c);
		}
		sum += dropped_below(c);
	}
	return sum;
}

static uint64_t
dropped(nng_socket a, nng_socket b)
{
	nng_stat *stats;
	uint64_t  sum;
	nng_stat *of[2];
	MUST(nng_stats_get(&stats));
	of[0] = nng_stat_find_socket(stats, a);
	of[1] = nng_stat_find_socket(stats, b);
	CHECK(of[0] != NULL && of[1] != NULL);
	sum = dropped_below(of[0]) + dropped_below(of[1]);
	nng_stats_free(stats);
	return sum;
}

static pthread_mutex_t lock    = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  changed = PTHREAD_COND_INITIALIZER;
static bool            there;

static void
on_pipe(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) p, (void) ev, (void) arg;
	pthread_mutex_lock(&lock);
	there = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

// For the listener's side of the pipe.
static void
await_pipe(void)
{
	AT("waiting for the pipe");
	pthread_mutex_lock(&lock);
	while (!there) {
		pthread_cond_wait(&changed, &lock);
	}
	there = false;
	pthread_mutex_unlock(&lock);
}

static void
burst(const char *transport, bool bus)
{
	nng_socket from, to;
	char       url[URL_MAX];
	uint64_t   received = 0, lost = 0;
	double     until;

	if (bus) {
		MUST(nng_bus0_open(&from));
		MUST(nng_bus0_open(&to));
	} else {
		MUST(nng_pub0_open(&from));
		MUST(nng_sub0_open(&to));
		MUST(nng_socket_set(to, NNG_OPT_SUB_SUBSCRIBE, "", 0));
		MUST(nng_socket_set_bool(to, NNG_OPT_SUB_PREFNEW, rnd(2) == 0));
	}
	MUST(nng_socket_set_int(to, NNG_OPT_RECVBUF, 1 + (int) rnd(64)));
	MUST(nng_socket_set_ms(to, NNG_OPT_RECVTIMEO, 20));
	MUST(nng_pipe_notify(from, NNG_PIPE_EV_ADD_POST, on_pipe, NULL));
	listen_fresh(from, transport, url);
	MUST(nng_dial(to, url, NULL, 0));
	await_pipe();
	for (int i = 0; i < BURST; i++) {
		nng_msg *msg;
		MUST(nng_msg_alloc(&msg, 32 + rnd(2000)));
		MUST(nng_sendmsg(from, msg, 0));
		if (rnd(64) == 0 && nng_recvmsg(to, &msg, NNG_FLAG_NONBLOCK) == 0) {
			nng_msg_free(msg);
			received++;
		}
	}
	beat();
	until = now_s() + 5;
	for (;;) {
		nng_msg *msg;
		AT("draining the receiver");
		if (nng_recvmsg(to, &msg, 0) == 0) {
			nng_msg_free(msg);
			received++;
			continue;
		}
		lost = dropped(from, to);
		if (received + lost >= BURST || now_s() > until) {
			break;
		}
	}
	if (received + lost != BURST) {
		FAIL("%s: %d sent, %llu received, %llu counted as dropped", bus ? "bus" : "pub", BURST,
		    (unsigned long long) received, (unsigned long long) lost);
	}
	MUST(nng_close(from));
	MUST(nng_close(to));
}

static void
one_round(const char *transport)
{
	burst(transport, false);
	burst(transport, true);
}
