// Pipes are rejected or closed while they start, dialers come back at once, and snapshots of the
// statistics are taken all the while.
#include "stress.h"

const char *const stress_name       = "12_pipe_churn";
const char *const stress_transports = "inproc ipc tcp";

static atomic_int  events, stop;
static atomic_uint left_open[16]; // pipes that were let live, by id

static void
on_pipe(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) arg;
	atomic_fetch_add(&events, 1);
	if (ev == NNG_PIPE_EV_REM_POST) {
		// Its statistics may be asked for meanwhile.
	} else if (rnd(3) != 0) {
		nng_pipe_close(p);
	} else if (ev == NNG_PIPE_EV_ADD_POST) {
		atomic_store(&left_open[rnd(16)], (unsigned) nng_pipe_id(p));
	}
	beat();
}

static uint64_t
walk(nng_stat *s)
{
	uint64_t sum = 0;
	for (; s != NULL; s = nng_stat_next(s)) {
		sum += strlen(nng_stat_name(s)) + strlen(nng_stat_desc(s)) + nng_stat_value(s);
		sum += walk(nng_stat_child(s));
	}
	return sum;
}

static void
snapshots(void *arg)
{
	(void) arg;
	while (!atomic_load(&stop)) {
		nng_stat *stats;
		MUST(nng_stats_get(&stats));
		AT("walking statistics");
		walk(stats);
		nng_stats_free(stats);
		sleep_us(rnd(300));
	}
}

static void
one_round(const char *transport)
{
	nng_socket bus, peer[4];
	char       url[URL_MAX];
	pthread_t  t[2];

	atomic_store(&stop, 0);
	atomic_store(&events, 0);
	MUST(nng_bus0_open(&bus));
	MUST(nng_pipe_notify(bus, NNG_PIPE_EV_ADD_PRE, on_pipe, NULL));
	MUST(nng_pipe_notify(bus, NNG_PIPE_EV_ADD_POST, on_pipe, NULL));
	MUST(nng_pipe_notify(bus, NNG_PIPE_EV_REM_POST, on_pipe, NULL));
	listen_fresh(bus, transport, url);
	t[0] = spawn(snapshots, NULL);
	t[1] = spawn(snapshots, NULL);
	for (int i = 0; i < 4; i++) {
		MUST(nng_bus0_open(&peer[i]));
		MUST(nng_socket_set_ms(peer[i], NNG_OPT_RECONNMINT, 1));
		MUST(nng_socket_set_ms(peer[i], NNG_OPT_RECONNMAXT, 2));
		MUST(nng_dial(peer[i], url, NULL, NNG_FLAG_NONBLOCK));
	}
	double until = now_s() + 10;
	while (atomic_load(&events) < 60) {
		for (int i = 0; i < 16; i++) {
			nng_pipe p = NNG_PIPE_INITIALIZER;
			p.id       = atomic_exchange(&left_open[i], 0);
			if (p.id != 0) {
				AT("nng_pipe_close from outside");
				nng_pipe_close(p);
			}
		}
		AT("waiting for pipe events");
		sleep_us(1000);
		if (now_s() > until) {
			FAIL("only %d pipe events in 10 s", atomic_load(&events));
		}
	}
	if (rnd(2) == 0) {
		MUST(nng_close(bus));
	}
	for (int i = 0; i < 4; i++) {
		MUST(nng_close(peer[i]));
	}
	nng_close(bus);
	atomic_store(&stop, 1);
	join(t[0]);
	join(t[1]);
}
