// Results of rare calls that a program may know from the old library.
#include "testing.h"
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>

// Debian's library, which differs from 1.12 here and there.
static int is_old;

// What a call gives, for comparison.
#define SHOW(call) printf("%s: %s\n", #call, nng_strerror(call))

static void
listeners(const char *url, const char *other)
{
	nng_stream_listener *l;
	nng_sockaddr         sa;
	bool                 on;
	printf("listener at %.5s\n", url);
	OK(nng_stream_listener_alloc(&l, url));
	// An address is there before it is bound, if only in part.
	SHOW(nng_stream_listener_get_addr(l, NNG_OPT_LOCADDR, &sa));
	printf("family %d\n", sa.s_family);
	SHOW(nng_stream_listener_get_bool(l, NNG_OPT_LOCADDR, &on));
	SHOW(nng_stream_listener_set_int(l, NNG_OPT_TCP_BOUND_PORT, 1));
	SHOW(nng_stream_listener_listen(l));
	SHOW(nng_stream_listener_set_int(l, NNG_OPT_TCP_BOUND_PORT, 1));
	SHOW(nng_stream_listener_get_addr(l, NNG_OPT_LOCADDR, &sa));
	printf("family %d\n", sa.s_family);
	nng_stream_listener_free(l);

	nng_socket   s;
	nng_listener here;
	nng_dialer   d;
	OK(nng_pair0_open(&s));
	OK(nng_listener_create(&here, s, other));
	SHOW(nng_listener_get_addr(here, NNG_OPT_LOCADDR, &sa));
	printf("family %d\n", sa.s_family);
	SHOW(nng_listener_get_addr(here, NNG_OPT_REMADDR, &sa));
	OK(nng_dialer_create(&d, s, other));
	SHOW(nng_dialer_get_addr(d, NNG_OPT_REMADDR, &sa));
	OK(nng_close(s));
}

static void
permissions(const char *url)
{
	nng_stream_listener *l;
	int                  mode;
	printf("permissions at %.5s\n", url);
	OK(nng_stream_listener_alloc(&l, url));
	SHOW(nng_stream_listener_get_int(l, NNG_OPT_IPC_PERMISSIONS, &mode));
	SHOW(nng_stream_listener_set_int(l, NNG_OPT_IPC_PERMISSIONS, 01600));
	SHOW(nng_stream_listener_set_int(l, NNG_OPT_IPC_PERMISSIONS, 010000));
	SHOW(nng_stream_listener_set_int(l, NNG_OPT_IPC_PERMISSIONS, -1));
	OK(nng_stream_listener_listen(l));
	SHOW(nng_stream_listener_set_int(l, NNG_OPT_IPC_PERMISSIONS, 010000));
	SHOW(nng_stream_listener_set_int(l, NNG_OPT_IPC_PERMISSIONS, 0600));
	nng_stream_listener_free(l);
}

static void
dialers(void)
{
	nng_socket         s;
	nng_dialer         d;
	nng_stream_dialer *sd;
	nng_duration       ms;
	OK(nng_pair0_open(&s));
	SHOW(nng_dial(s, "tcp://127.0.0.1:0", NULL, 0));
	SHOW(nng_dial(s, "tcp://127.0.0.1:0", NULL, NNG_FLAG_NONBLOCK));
	SHOW(nng_dial(s, "tcp://127.0.0.1", NULL, 0));
	SHOW(nng_stream_dialer_alloc(&sd, "tcp://127.0.0.1:0"));
	SHOW(nng_stream_dialer_set(sd, NNG_OPT_LOCADDR, "x", 1));
	nng_stream_dialer_free(sd);

	OK(nng_socket_get_ms(s, NNG_OPT_RECONNMINT, &ms));
	printf("first pause %d\n", ms);
	OK(nng_dialer_create(&d, s, "tcp://127.0.0.1:9"));
	OK(nng_dialer_get_ms(d, NNG_OPT_RECONNMINT, &ms));
	printf("first pause %d\n", ms);
	SHOW(nng_dialer_set_ms(d, NNG_OPT_RECONNMINT, -1));
	SHOW(nng_dialer_set_ms(d, NNG_OPT_RECONNMINT, -2));
	SHOW(nng_socket_set_ms(s, NNG_OPT_RECONNMAXT, -1));
	OK(nng_socket_get_ms(s, NNG_OPT_RECONNMAXT, &ms));
	printf("last pause %d\n", ms);
	OK(nng_close(s));
}

static void
sockets(void)
{
	nng_socket s;
	char      *text;
	char       name[128];
	size_t     size = 0;
	OK(nng_pair0_open(&s));
	SHOW(nng_socket_set_int(s, NNG_OPT_IPC_PERMISSIONS, 010000));
	SHOW(nng_socket_set_int(s, NNG_OPT_IPC_PERMISSIONS, 0600));
	SHOW(nng_socket_set_int(s, NNG_OPT_TLS_AUTH_MODE, 3));
	SHOW(nng_socket_set_int(s, NNG_OPT_TLS_AUTH_MODE, 2));
	// A name of 63 bytes; a longer one is refused as bytes, and as text cut here, where the old
	// library wrote over its end.
	memset(name, 'o', sizeof(name));
	name[64] = 0;
	GIVES(NNG_EINVAL, nng_socket_set(s, NNG_OPT_SOCKNAME, name, 65));
	memset(name, 'n', sizeof(name));
	name[63] = 0;
	SHOW(nng_socket_set_string(s, NNG_OPT_SOCKNAME, name));
	OK(nng_socket_get_string(s, NNG_OPT_SOCKNAME, &text));
	CHECK(strcmp(text, name) == 0);
	nng_strfree(text);
	// Without room, the size that it takes.
	SHOW(nng_socket_get(s, NNG_OPT_SOCKNAME, NULL, &size));
	CHECK(size == 64);
	size = 2;
	SHOW(nng_socket_get(s, NNG_OPT_PROTONAME, name, &size));
	CHECK(size == 5 && memcmp(name, "pan", 2) == 0);
	if (!is_old) {
		memset(name, 'm', 64);
		name[64] = 0;
		OK(nng_socket_set_string(s, NNG_OPT_SOCKNAME, name));
		OK(nng_socket_get_string(s, NNG_OPT_SOCKNAME, &text));
		CHECK(strlen(text) == 63);
		nng_strfree(text);
	}
	OK(nng_close(s));
}

static void
surveys(void)
{
	nng_socket s;
	char      *buf;
	size_t     size;
	OK(nng_surveyor0_open(&s));
	OK(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 100));
	for (int ms = -1; ms <= 0; ms++) {
		SHOW(nng_socket_set_ms(s, NNG_OPT_SURVEYOR_SURVEYTIME, ms));
		SHOW(nng_send(s, "?", 1, 0));
		// Over at once; 1.5 may wait for the receive timeout.
		int rv = nng_recv(s, &buf, &size, NNG_FLAG_ALLOC);
		CHECK(rv == NNG_ESTATE || (is_old && rv == NNG_ETIMEDOUT));
	}
	OK(nng_close(s));

	OK(nng_respondent0_open(&s));
	SHOW(nng_send(s, "!", 1, 0));
	OK(nng_close(s));
	OK(nng_rep0_open(&s));
	SHOW(nng_send(s, "!", 1, NNG_FLAG_NONBLOCK));
	SHOW(nng_send(s, "!", 1, 0));
	OK(nng_close(s));
}

// Paths and names need not be UTF-8.
static void
bytes(void)
{
	nng_socket one, two;
	nng_dialer d;
	char       url[64], *text;
	snprintf(url, sizeof(url), "ipc:///tmp/nng_\xff\xe4_%d.sock", (int) getpid());
	OK(nng_pair0_open(&one));
	OK(nng_pair0_open(&two));
	OK(nng_listen(one, url, NULL, 0));
	OK(nng_dial(two, url, &d, 0));
	CHECK(access(url + 6, F_OK) == 0);
	OK(nng_dialer_get_string(d, NNG_OPT_URL, &text));
	CHECK(strcmp(text, url) == 0);
	nng_strfree(text);
	OK(nng_socket_set_string(one, NNG_OPT_SOCKNAME, "na\xefve"));
	OK(nng_socket_get_string(one, NNG_OPT_SOCKNAME, &text));
	CHECK(strcmp(text, "na\xefve") == 0);
	nng_strfree(text);
	SHOW(nng_socket_set_ms(one, "\xff", 1));
	OK(nng_close(one));
	OK(nng_close(two));
	CHECK(access(url + 6, F_OK) != 0);

	OK(nng_pair0_open(&one));
	OK(nng_pair0_open(&two));
	OK(nng_listen(one, "inproc://\xff\xfe", NULL, 0));
	OK(nng_dial(two, "inproc://\xff\xfe", NULL, 0));
	OK(nng_close(one));
	OK(nng_close(two));

	nng_url *u;
	SHOW(nng_url_parse(&u, "http://host/\xff"));
	SHOW(nng_url_parse(&u, "http://host/%ff"));
	OK(nng_url_parse(&u, "ipc:///a\xff"));
	CHECK(strcmp(u->u_path, "/a\xff") == 0);
	nng_url_free(u);
}

int
main(void)
{
	testing_begin(30);
	is_old = strncmp(nng_version(), "1.5.", 4) == 0;
	listeners("tcp://127.0.0.1:0", "tcp://127.0.0.1:1");
	listeners(testing_address("ipc"), testing_address("ipc"));
	listeners(testing_address("abstract"), testing_address("inproc"));
	permissions(testing_address("ipc"));
	permissions(testing_address("abstract"));
	dialers();
	sockets();
	surveys();
	bytes();
	return 0;
}
