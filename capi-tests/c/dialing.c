// Dialing and listening: who comes first, refusals, addresses and ports in use, and reconnecting.
#include "testing.h"
#include <arpa/inet.h>
#include <nng/protocol/pair1/pair.h>

#define SHOW(call) printf("%s: %s\n", #call, nng_strerror(call))

static void
meets(nng_socket one, nng_socket two)
{
	char   c   = 0;
	size_t len = 1;
	OK(nng_socket_set_ms(one, NNG_OPT_RECVTIMEO, 10000));
	OK(nng_socket_set_ms(two, NNG_OPT_SENDTIMEO, 10000));
	OK(nng_send(two, "m", 1, 0));
	OK(nng_recv(one, &c, &len, 0));
	CHECK(c == 'm' && len == 1);
}

static int lost;

static void
loses(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) p;
	(void) ev;
	(void) arg;
	__atomic_store_n(&lost, 1, __ATOMIC_SEQ_CST);
}

// The dialer comes first, and finds its listener when that comes.
static void
late(const char *url)
{
	nng_socket   one, two;
	nng_dialer   d;
	nng_listener l;

	OK(nng_pair1_open(&one));
	OK(nng_pair1_open(&two));
	lost = 0;
	OK(nng_pipe_notify(two, NNG_PIPE_EV_REM_POST, loses, NULL));
	OK(nng_socket_set_ms(two, NNG_OPT_RECONNMINT, 1));
	OK(nng_socket_set_ms(two, NNG_OPT_RECONNMAXT, 10));
	GIVES(NNG_ECONNREFUSED, nng_dial(two, url, &d, 0));
	OK(nng_dial(two, url, &d, NNG_FLAG_NONBLOCK));
	GIVES(NNG_ESTATE, nng_dialer_start(d, 0));
	OK(nng_listen(one, url, &l, 0));
	meets(one, two);

	// The listener goes, and another comes.
	OK(nng_close(one));
	EVENTUALLY(__atomic_load_n(&lost, __ATOMIC_SEQ_CST));
	OK(nng_pair1_open(&one));
	// The old library may hold the address a little longer.
	EVENTUALLY(nng_listen(one, url, &l, 0) == 0);
	meets(one, two);
	OK(nng_dialer_close(d));
	OK(nng_close(one));
	OK(nng_close(two));
}

// An address is taken once.
static void
taken(const char *transport)
{
	nng_socket  one, two;
	const char *url;

	OK(nng_pair1_open(&one));
	OK(nng_pair1_open(&two));
	url = testing_listen(one, transport);
	GIVES(NNG_EADDRINUSE, nng_listen(two, url, NULL, 0));
	OK(nng_close(one));
	OK(nng_listen(two, url, NULL, 0));
	OK(nng_close(two));
	printf("%s: taken once\n", transport);
}

static void
port_in_name(void)
{
	nng_socket   one, two;
	nng_listener l;
	char        *text;
	int          port;
	nng_sockaddr sa;
	char         url[64];

	OK(nng_pair1_open(&one));
	OK(nng_pair1_open(&two));
	OK(nng_listen(one, "tcp://*:0", &l, 0));
	OK(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port));
	OK(nng_listener_get_addr(l, NNG_OPT_LOCADDR, &sa));
	CHECK(sa.s_family == NNG_AF_INET || sa.s_family == NNG_AF_INET6);
	OK(nng_listener_get_string(l, NNG_OPT_URL, &text));
	printf("the name has the port: %d\n", strstr(text, ":0") == NULL);
	nng_strfree(text);
	snprintf(url, sizeof(url), "tcp://localhost:%d", port);
	OK(nng_dial(two, url, NULL, 0));
	meets(one, two);
	OK(nng_close(one));
	OK(nng_close(two));
}

int
main(void)
{
	nng_socket           one, two;
	nng_listener         l;
	nng_dialer           d;
	nng_stream_listener *sl;
	int                  port;
	char                 url[96];

	testing_begin(50);
	// A port that was free just now.
	OK(nng_pair1_open(&one));
	OK(nng_listen(one, "tcp://127.0.0.1:0", &l, 0));
	OK(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port));
	OK(nng_close(one));
	snprintf(url, sizeof(url), "tcp://127.0.0.1:%d", port);
	late(url);
	late(testing_address("inproc"));
	late(testing_address("ipc"));
	late(testing_address("abstract"));
	taken("inproc");
	taken("ipc");
	taken("tcp");
	port_in_name();

	OK(nng_pair1_open(&two));
	SHOW(nng_dial(two, "tcp://127.0.0.1", &d, 0));
	SHOW(nng_dial(two, "tcp://127.0.0.1:70000", &d, 0));
	SHOW(nng_listen(two, "tcp://127.0.0.1:70000", &l, 0));
	SHOW(nng_dial(two, "tcp://*:5555", &d, 0));
	// Neither host nor port, and what is neither.
	SHOW(nng_listen(two, "tcp://", &l, 0));
	SHOW(nng_listen(two, "tls+tcp://*", &l, 0));
	SHOW(nng_listen(two, "tcp://127.0.0.1:0/path", &l, 0));
	SHOW(nng_listen(two, "tcp://127.0.0.1:0?query", &l, 0));
	SHOW(nng_listen(two, "tcp://user@127.0.0.1:0", &l, 0));
	SHOW(nng_listen(two, "tcp://127.0.0.1:0/", &l, 0));
	SHOW(nng_dial(two, "tcp://127.0.0.1:1/path", &d, 0));
	SHOW(nng_dial(two, "tcp://127.0.0.1:1#part", &d, 0));
	SHOW(nng_stream_listener_alloc(&sl, "tcp://"));
	SHOW(nng_stream_listener_alloc(&sl, "tcp://127.0.0.1:0/path"));
	nng_stream_listener_free(sl);
	SHOW(nng_dial(two, "tcp://192.0.2.1;127.0.0.1:1", &d, 0));
	SHOW(nng_listen(two, "tcp://192.0.2.1:5", &l, 0));
	SHOW(nng_listen(two, "ipc:///no/such/folder/socket", &l, 0));
	SHOW(nng_dial(two, "ipc:///no/such/folder/socket", &d, 0));
	SHOW(nng_listen(two, "ipc://", &l, 0));
	memset(url, 'x', sizeof(url));
	char longest[256];
	snprintf(longest, sizeof(longest), "ipc:///%0140d", 5);
	SHOW(nng_listen(two, longest, &l, 0));
	SHOW(nng_dial(two, longest, &d, 0));
	OK(nng_close(two));

	// Asynchronously nothing is refused at once.
	OK(nng_pair1_open(&two));
	OK(nng_dialer_create(&d, two, "inproc://nobody-there"));
	OK(nng_dialer_start(d, NNG_FLAG_NONBLOCK));
	GIVES(NNG_ESTATE, nng_dialer_start(d, NNG_FLAG_NONBLOCK));
	OK(nng_dialer_close(d));
	OK(nng_close(two));
	return 0;
}
