// Random calls by several threads on a few shared handles, live, dead and never born: sockets,
// contexts, dialers, listeners, pipes, aios, statistics. Nothing crashes, hangs or leaks; what
// comes back is 0 or an error that has a name. Not in the list of scenarios, but after all of them.
#include "stress.h"

const char *const stress_name       = "23_random_calls";
const char *const stress_transports = "inproc ipc tcp";

#define THREADS 4
#define SLOTS 6
#define CALLS 400

#define draw rnd
#include "handles.h"

static nng_aio *aios[THREADS];

static void
on_pipe(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) arg;
	atomic_store(&pipes[draw(SLOTS)], p.id);
	if (draw(8) == 0) {
		nng_pipe_close(p);
	}
	if (ev == NNG_PIPE_EV_REM_POST && draw(64) == 0) {
		nng_close(nng_pipe_socket(p));
	}
}

static void
sends(nng_socket s, nng_ctx c, nng_aio *aio)
{
	nng_msg *msg;
	if (nng_msg_alloc(&msg, draw(4) == 0 ? draw(50000) : draw(64)) != 0) {
		return;
	}
	switch (draw(4)) {
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
		nng_aio_set_timeout(aio, (nng_duration) draw(4));
		nng_aio_set_msg(aio, msg);
		if (draw(2) == 0) {
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
	switch (draw(4)) {
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
		nng_aio_set_timeout(aio, (nng_duration) draw(4));
		if (draw(2) == 0) {
			nng_recv_aio(s, aio);
		} else {
			nng_ctx_recv(c, aio);
		}
		if (draw(4) == 0) {
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
	const char              *name    = PICK(names);
	int                      n;
	bool                     b;
	size_t                   z;
	nng_duration             ms;
	nng_sockaddr             sa;
	char                    *str = NULL;

	AT("an option");
	switch (draw(12)) {
	case 0:
		named(nng_socket_get_int(s, name, &n));
		break;
	case 1:
		named(nng_socket_set_int(s, name, (int) draw(200)));
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
		named(nng_socket_get_int(s, draw(2) == 0 ? NNG_OPT_RECVFD : NNG_OPT_SENDFD, &n));
		break;
	case 9:
		named(nng_listener_set_size(l, NNG_OPT_RECVMAXSZ, draw(100000)));
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
	unsigned     slot = draw(SLOTS);

	switch (draw(20)) {
	case 0:
		AT("nng_close");
		named(nng_close(s));
		break;
	case 1:
		AT("open");
		if (PICK(opens)(&s) == 0) {
			// Before others find it, who would wait for ever.
			named(nng_socket_set_ms(s, NNG_OPT_SENDTIMEO, 2));
			named(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 2));
			nng_socket old = { atomic_exchange(&sockets[slot], s.id) };
			named(nng_socket_set_ms(s, NNG_OPT_RECONNMINT, (nng_duration) draw(5)));
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
			keep_url(url, slot);
		}
		break;
	case 4:
	case 5:
		known_url(url);
		AT("nng_dial");
		if (nng_dial(s, url, &d, draw(4) == 0 ? 0 : NNG_FLAG_NONBLOCK) == 0) {
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
		nng_aio_abort(aios[draw(THREADS)], NNG_EINTR);
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
		nng_sleep_aio((nng_duration) draw(3), aio);
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
	forget_urls();
	for (int i = 0; i < THREADS; i++) {
		MUST(nng_aio_alloc(&aios[i], NULL, NULL));
	}
	for (int i = 0; i < THREADS; i++) {
		t[i] = spawn(caller, aios[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		join(t[i]);
	}
	close_sockets();
	for (int i = 0; i < THREADS; i++) {
		AT("nng_aio_free");
		nng_aio_free(aios[i]);
	}
}
