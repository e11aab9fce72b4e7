// Pairs: both ways, with many peers, and one at a time.
#include "testing.h"
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pair1/pair.h>

static _Atomic int pipes;

static void
added(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) p;
	(void) arg;
	pipes += ev == NNG_PIPE_EV_ADD_POST ? 1 : -1;
}

// Counts the pipes of a socket from here on.
static void
watch(nng_socket s)
{
	pipes = 0;
	OK(nng_pipe_notify(s, NNG_PIPE_EV_ADD_POST, added, NULL));
	OK(nng_pipe_notify(s, NNG_PIPE_EV_REM_POST, added, NULL));
}

static void
hears(nng_socket s, const char *want)
{
	char   buf[64];
	size_t len = sizeof(buf);
	OK(nng_recv(s, buf, &len, 0));
	CHECK(len == strlen(want) && memcmp(buf, want, len) == 0);
}

static void
nothing(nng_socket s)
{
	char   buf[64];
	size_t len = sizeof(buf);
	GIVES(NNG_EAGAIN, nng_recv(s, buf, &len, NNG_FLAG_NONBLOCK));
}

static void
says(nng_socket s, const char *text)
{
	OK(nng_send(s, (void *) text, strlen(text), 0));
}

static void
patience(nng_socket s)
{
	OK(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 10000));
}

static void
pairs(const char *transport)
{
	nng_socket a, b, c;
	nng_msg   *m;

	// Version 0, both ways.
	OK(nng_pair0_open(&a));
	OK(nng_pair0_open(&b));
	patience(a);
	patience(b);
	testing_connect(a, b, transport);
	says(a, "ping");
	hears(b, "ping");
	says(b, "pong");
	hears(a, "pong");
	OK(nng_close(a));
	OK(nng_close(b));

	// Many peers: answers find the one that asked.
	OK(nng_pair1_open_poly(&a));
	OK(nng_pair1_open(&b));
	OK(nng_pair1_open(&c));
	patience(a);
	patience(b);
	patience(c);
	watch(a);
	const char *url = testing_listen(a, transport);
	OK(nng_dial(b, url, NULL, 0));
	OK(nng_dial(c, url, NULL, 0));
	EVENTUALLY(pipes == 2);
	says(c, "from c");
	OK(nng_recvmsg(a, &m, 0));
	CHECK(nng_msg_len(m) == 6 && memcmp(nng_msg_body(m), "from c", 6) == 0);
	says(b, "from b");
	nng_msg *second;
	OK(nng_recvmsg(a, &second, 0));
	CHECK(nng_pipe_id(nng_msg_get_pipe(m)) != nng_pipe_id(nng_msg_get_pipe(second)));
	nng_msg_clear(m);
	OK(nng_msg_append(m, "to c", 4));
	OK(nng_sendmsg(a, m, 0));
	nng_msg_clear(second);
	OK(nng_msg_append(second, "to b", 4));
	OK(nng_sendmsg(a, second, 0));
	hears(b, "to b");
	hears(c, "to c");
	OK(nng_close(a));
	OK(nng_close(b));
	OK(nng_close(c));

	// Alike, but one at a time: a second peer waits.
	OK(nng_pair1_open(&a));
	OK(nng_pair1_open(&b));
	OK(nng_pair1_open(&c));
	patience(b);
	url = testing_listen(a, transport);
	OK(nng_dial(b, url, NULL, 0));
	(void) nng_dial(c, url, NULL, 0);
	says(a, "to b");
	hears(b, "to b");
	nothing(c);
	OK(nng_close(a));
	OK(nng_close(b));
	OK(nng_close(c));
	printf("%s: paired\n", transport);
}

int
main(void)
{
	static const char *transports[] = { "inproc", "ipc", "tcp" };
	testing_begin(30);
	for (int i = 0; i < 3; i++) {
		pairs(transports[i]);
	}
	return 0;
}
