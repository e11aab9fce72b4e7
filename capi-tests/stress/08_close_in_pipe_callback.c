// nng_close on the own socket from within each of the three pipe events, at either end.
#include "stress.h"

const char *const stress_name       = "08_close_in_pipe_callback";
const char *const stress_transports = "inproc ipc tcp";

struct seen {
	nng_socket s;
	atomic_int calls;
	int        rv;
};

static void
closes(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	struct seen *seen = arg;
	(void) p;
	(void) ev;
	AT("nng_close in a pipe callback");
	seen->rv = nng_close(seen->s);
	AT("after nng_close in a pipe callback");
	atomic_fetch_add(&seen->calls, 1);
}

static void
one_case(const char *transport, nng_pipe_ev ev, bool at_listener)
{
	nng_socket  a, b;
	struct seen seen = { 0 };
	char        url[URL_MAX];

	MUST(nng_pair0_open(&a));
	MUST(nng_pair0_open(&b));
	set_timeouts(a, 1000, 1000);
	set_timeouts(b, 1000, 1000);
	seen.s = at_listener ? a : b;
	MUST(nng_pipe_notify(seen.s, ev, closes, &seen));
	listen_fresh(a, transport, url);
	if (ev == NNG_PIPE_EV_REM_POST) {
		MUST(nng_dial(b, url, NULL, 0));
		MUST(nng_close(at_listener ? b : a));
	} else {
		MAY(nng_dial(b, url, NULL, NNG_FLAG_NONBLOCK), NNG_ECLOSED);
	}
	AT("waiting for the pipe event");
	if (!wait_for(&seen.calls, 1, stress_patience + 5)) {
		FAIL("event %d at the %s never came", (int) ev, at_listener ? "listener" : "dialer");
	}
	CHECK(seen.rv == 0);
	AT("nng_close after the callback's");
	RV_IN(nng_close(seen.s), NNG_ECLOSED);
	nng_close(a);
	nng_close(b);
	beat();
}

static void
one_round(const char *transport)
{
	one_case(transport, NNG_PIPE_EV_ADD_PRE, true);
	one_case(transport, NNG_PIPE_EV_ADD_PRE, false);
	one_case(transport, NNG_PIPE_EV_ADD_POST, true);
	one_case(transport, NNG_PIPE_EV_ADD_POST, false);
	one_case(transport, NNG_PIPE_EV_REM_POST, true);
	one_case(transport, NNG_PIPE_EV_REM_POST, false);
}
