// Random calls by several threads on a few shared handles, live, dead and never born: sockets,
// contexts, dialers, listeners, pipes, aios, statistics. Nothing crashes, hangs or leaks; what
// comes back is 0 or an error that has a name. Not in the list of scenarios, but after all of them.
#include "stress.h"

const char *const stress_name       = "23_random_calls";
const char *const stress_transports = "inproc ipc tcp";

#define THREADS 4
#define SLOTS 6
#define CALLS 400

static atomic_uint sockets[SLOTS], contexts[SLOTS], dialers[SLOTS], listeners[SLOTS], pipes[SLOTS];
static char        urls[SLOTS][URL_MAX]; // under the lock
static pthread_mutex_t urls_lock = PTHREAD_MUTEX_INITIALIZER;
static nng_aio        *aios[THREADS];
static const char     *over;

static int (*const opens[])(nng_socket *) = { nng_req0_open, nng_rep0_open, nng_pair0_open, nng_pair1_open, nng_pub0_open,
	nng_sub0_open, nng_push0_open, nng_pull0_open, nng_bus0_open, nng_surveyor0_open, nng_respondent0_open,
	nng_pair1_open_poly, nng_req0_open_raw, nng_rep0_open_raw, nng_bus0_open_raw, nng_pair0_open_raw };

// An id from a table: mostly one that was there lately, at times nonsense.
static uint32_t
some(atomic_uint *table)
{
	switch (rnd(32)) {
	case 0:
		return 0;
	case 1:
		return UINT32_MAX;
	case 2:
		return rnd(UINT32_MAX);
	default:
		return atomic_load(&table[rnd(SLOTS)]);
	}
}

static void
named(int rv)
{
	if (rv < 0 || strncmp(nng_strerror(rv), "Unknown", 7) == 0) {
		FAIL("a result without a name: %d %s", rv, nng_strerror(rv));
	}
}

static void
on_pipe(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) arg;
	atomic_store(&pipes[rnd(SLOTS)], p.id);
	if (rnd(8) == 0) {
		nng_pipe_close(p);
	}
	if (ev == NNG_PIPE_EV_REM_POST && rnd(64) == 0) {
		nng_close(nng_pipe_socket(p));
	}
}

static void
sends(nng_socket s, nng_ctx c, nng_aio *aio)
{
	nng_msg *msg;
	if (nng_msg_alloc(&msg, rnd(4) == 0 ? rnd(50000) : rnd(64)) != 0) {
		return;
	}
	switch (rnd(4)) {
	case 0:
		AT("nng_sendmsg, not blocking");
		if (nng_sendmsg(s, msg, NNG_FLAG_NONBLOCK) != 0) {
			nng_msg_free(msg);
		}
		return;
	case 1:
		AT("nng_sendmsg");
		if (nng_sendmsg(s, msg, 0) != 0) {
			nng_msg_free(msg);
		}
		return;
	default:
		nng_aio_set_timeout(aio, (nng_duration) rnd(4));
		nng_aio_set_msg(aio, msg);
		if (rnd(2) == 0) {
			nng_send_aio(s, aio);
		} else {
			nng_ctx_send(c, aio);
		}
		AT("waiting for a send");
		nng_aio_wait(aio);
		named(nng_aio_result(aio));
		if (nng_aio_result(aio) != 0) {
			nng_msg_free(nng_aio_get_msg(aio));
		}
		nng_aio_set_msg(aio, NULL);
	}
}

static void
receives(nng_socket s, nng_ctx c, nng_aio *aio)
{
	nng_msg *msg = NULL;
	switch (rnd(4)) {
	case 0:
		AT("nng_recvmsg, not blocking");
		if (nng_recvmsg(s, &msg, NNG_FLAG_NONBLOCK) == 0) {
			nng_msg_free(msg);
		}
		return;
	case 1:
		AT("nng_recvmsg");
		if (nng_recvmsg(s, &msg, 0) == 0) {
			nng_msg_free(msg);
		}
		return;
	default:
		nng_aio_set_timeout(aio, (nng_duration) rnd(4));
		if (rnd(2) == 0) {
			nng_recv_aio(s, aio);
		} else {
			nng_ctx_recv(c, aio);
		}
		if (rnd(4) == 0) {
			nng_aio_cancel(aio);
		}
		AT("waiting for a receive");
		nng_aio_wait(aio);
		named(nng_aio_result(aio));
		if (nng_aio_result(aio) == 0) {
			nng_msg_free(nng_aio_get_msg(aio));
		}
		nng_aio_set_msg(aio, NULL);
	}
}

static void
options(nng_socket s, nng_dialer d, nng_listener l, nng_pipe p)
{
	static const char *const names[] = { NNG_OPT_RECVBUF, NNG_OPT_SENDBUF, NNG_OPT_RECVTIMEO, NNG_OPT_RAW, NNG_OPT_PROTONAME,
		NNG_OPT_URL, NNG_OPT_LOCADDR, NNG_OPT_REMADDR, NNG_OPT_MAXTTL, NNG_OPT_RECONNMINT, "nonsense", "" };
	const char              *name    = names[rnd(sizeof(names) / sizeof(names[0]))];
	int                      n;
	bool                     b;
	size_t                   z;
	nng_duration             ms;
	nng_sockaddr             sa;
	char                    *str = NULL;

	AT("an option");
	switch (rnd(12)) {
	case 0:
		named(nng_socket_get_int(s, name, &n));
		break;
	case 1:
		named(nng_socket_set_int(s, name, (int) rnd(200)));
		break;
	case 2:
		named(nng_socket_get_bool(s, name, &b));
		break;
	case 3:
		if (nng_socket_get_string(s, name, &str) == 0) {
			nng_strfree(str);
		}
		break;
	case 4:
		if (nng_dialer_get_string(d, name, &str) == 0) {
			nng_strfree(str);
		}
		break;
	case 5:
		named(nng_listener_get_addr(l, name, &sa));
		break;
	case 6:
		named(nng_pipe_get_addr(p, name, &sa));
		break;
	case 7:
		named(nng_dialer_get_ms(d, name, &ms));
		break;
	case 8:
		named(nng_socket_get_int(s, rnd(2) == 0 ? NNG_OPT_RECVFD : NNG_OPT_SENDFD, &n));
		break;
	case 9:
		named(nng_listener_set_size(l, NNG_OPT_RECVMAXSZ, rnd(100000)));
		break;
	case 10:
		named(nng_listener_get_size(l, NNG_OPT_RECVMAXSZ, &z));
		break;
	default:
		named(nng_socket_set(s, NNG_OPT_SUB_SUBSCRIBE, "", 0));
	}
}

static void
one_call(nng_aio *aio)
{
	nng_socket   s = { some(sockets) };
	nng_ctx      c = { some(contexts) };
	nng_dialer   d = { some(dialers) };
	nng_listener l = { some(listeners) };
	nng_pipe     p = { some(pipes) };
	char         url[URL_MAX];
	unsigned     slot = rnd(SLOTS);

	switch (rnd(20)) {
	case 0:
		AT("nng_close");
		named(nng_close(s));
		break;
	case 1:
		AT("open");
		if (opens[rnd(sizeof(opens) / sizeof(opens[0]))](&s) == 0) {
			// Before others find it, who would wait for ever.
			named(nng_socket_set_ms(s, NNG_OPT_SENDTIMEO, 2));
			named(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 2));
			nng_socket old = { atomic_exchange(&sockets[slot], s.id) };
			named(nng_socket_set_ms(s, NNG_OPT_RECONNMINT, (nng_duration) rnd(5)));
			for (int ev = NNG_PIPE_EV_ADD_PRE; ev <= NNG_PIPE_EV_REM_POST; ev++) {
				named(nng_pipe_notify(s, (nng_pipe_ev) ev, on_pipe, NULL));
			}
			AT("nng_close of a displaced socket");
			named(nng_close(old));
		}
		break;
	case 2:
	case 3:
		fresh_url(url, over);
		AT("nng_listen");
		if (nng_listen(s, url, &l, 0) == 0) {
			int port;
			if (strcmp(over, "tcp") == 0 && nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port) == 0) {
				snprintf(url, sizeof(url), "tcp://%s:%d", own_ip(), port);
			}
			atomic_store(&listeners[slot], l.id);
			pthread_mutex_lock(&urls_lock);
			memcpy(urls[slot], url, sizeof(url));
			pthread_mutex_unlock(&urls_lock);
		}
		break;
	case 4:
	case 5:
		pthread_mutex_lock(&urls_lock);
		memcpy(url, urls[slot], sizeof(url));
		pthread_mutex_unlock(&urls_lock);
		AT("nng_dial");
		if (nng_dial(s, url, &d, rnd(4) == 0 ? 0 : NNG_FLAG_NONBLOCK) == 0) {
			atomic_store(&dialers[slot], d.id);
		}
		break;
	case 6:
		AT("nng_ctx_open");
		if (nng_ctx_open(&c, s) == 0) {
			nng_ctx old = { atomic_exchange(&contexts[slot], c.id) };
			AT("nng_ctx_close of a displaced context");
			named(nng_ctx_close(old));
		}
		break;
	case 7:
		AT("nng_ctx_close");
		named(nng_ctx_close(c));
		break;
	case 8:
		AT("nng_dialer_close");
		named(nng_dialer_close(d));
		break;
	case 9:
		AT("nng_listener_close");
		named(nng_listener_close(l));
		break;
	case 10:
		AT("nng_pipe_close");
		named(nng_pipe_close(p));
		break;
	case 11: {
		nng_stat *stats;
		AT("nng_stats_get");
		if (nng_stats_get(&stats) == 0) {
			nng_stats_free(stats);
		}
		break;
	}
	case 12: // somebody else's operation
		AT("nng_aio_abort");
		nng_aio_abort(aios[rnd(THREADS)], NNG_EINTR);
		break;
	case 13:
	case 14:
		options(s, d, l, p);
		break;
	case 15:
	case 16:
		sends(s, c, aio);
		break;
	case 17:
	case 18:
		receives(s, c, aio);
		break;
	default:
		nng_sleep_aio((nng_duration) rnd(3), aio);
		AT("waiting for a sleep");
		nng_aio_wait(aio);
	}
	beat();
}

static void
caller(void *arg)
{
	for (int i = 0; i < CALLS; i++) {
		one_call(arg);
	}
}

static void
one_round(const char *transport)
{
	pthread_t t[THREADS];

	over = transport;
	for (int i = 0; i < SLOTS; i++) {
		snprintf(urls[i], URL_MAX, "inproc://nobody");
	}
	for (int i = 0; i < THREADS; i++) {
		MUST(nng_aio_alloc(&aios[i], NULL, NULL));
	}
	for (int i = 0; i < THREADS; i++) {
		t[i] = spawn(caller, aios[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		join(t[i]);
	}
	for (int i = 0; i < SLOTS; i++) {
		nng_socket s = { atomic_exchange(&sockets[i], 0) };
		AT("the last nng_close");
		nng_close(s);
	}
	for (int i = 0; i < THREADS; i++) {
		AT("nng_aio_free");
		nng_aio_free(aios[i]);
	}
}
