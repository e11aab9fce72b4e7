// What the C tests share: checks that say where, and a watchdog that says where a program hangs.
// What a test prints on its standard output is compared with what it prints on the old library.
#ifndef TESTING_H
#define TESTING_H

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nng/nng.h>

static _Atomic int          testing_line;
static const char *_Atomic testing_what = "";

// Ends the test unless a condition holds.
#define CHECK(cond)                                                                      \
	do {                                                                                 \
		testing_line = __LINE__;                                                         \
		testing_what = #cond;                                                            \
		if (!(cond)) {                                                                   \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #cond);           \
			exit(1);                                                                     \
		}                                                                                \
	} while (0)

// Ends the test unless a call gives a certain result.
#define GIVES(want, call)                                                                \
	do {                                                                                 \
		testing_line    = __LINE__;                                                      \
		testing_what    = #call;                                                         \
		int testing_got = (call);                                                        \
		if (testing_got != (want)) {                                                     \
			fprintf(stderr, "%s:%d: %s gave %d (%s), not %s\n", __FILE__, __LINE__,      \
			    #call, testing_got, nng_strerror(testing_got), #want);                   \
			exit(1);                                                                     \
		}                                                                                \
	} while (0)

#define OK(call) GIVES(0, call)

static inline void
testing_hangs(int sig)
{
	char text[256];
	int  n = snprintf(text, sizeof(text), "hangs at line %d: %s\n", testing_line, testing_what);
	(void) sig;
	if (write(2, text, (size_t) n) < 0) {
		_exit(98);
	}
	_exit(99);
}

// How many times longer everything takes under a checker.
static inline unsigned
testing_slower(void)
{
	const char *slower = getenv("TESTING_SLOWER");
	return slower != NULL ? (unsigned) atoi(slower) : 1;
}

// Begins a test that must be through in so many seconds.
static inline void
testing_begin(unsigned seconds)
{
	signal(SIGALRM, testing_hangs);
	signal(SIGPIPE, SIG_IGN);
	alarm(seconds * testing_slower());
	setvbuf(stdout, NULL, _IOLBF, 0);
}

// A fresh address; `transport` is "inproc", "ipc" or "tcp". A tcp address has port 0, for
// `testing_url` to complete once it is bound.
static inline const char *
testing_address(const char *transport)
{
	static char buf[8][96];
	static int  next;
	char       *url = buf[next % 8];
	next++;
	if (strcmp(transport, "tcp") == 0) {
		snprintf(url, sizeof(buf[0]), "tcp://127.0.0.1:0");
	} else if (strcmp(transport, "ipc") == 0) {
		snprintf(url, sizeof(buf[0]), "ipc:///tmp/nng_test_%d_%d.sock", (int) getpid(), next);
	} else {
		snprintf(url, sizeof(buf[0]), "%s://test_%d_%d", transport, (int) getpid(), next);
	}
	return url;
}

// Listens on a fresh address of a transport, and returns what to dial.
static inline const char *
testing_listen(nng_socket s, const char *transport)
{
	static char  buf[8][96];
	static int   next;
	const char  *url = testing_address(transport);
	nng_listener l;
	OK(nng_listen(s, url, &l, 0));
	if (strcmp(transport, "tcp") == 0) {
		nng_sockaddr sa;
		char        *out = buf[next++ % 8];
		OK(nng_listener_get_addr(l, NNG_OPT_LOCADDR, &sa));
		unsigned char *port = (unsigned char *) &sa.s_in.sa_port;
		snprintf(out, sizeof(buf[0]), "tcp://127.0.0.1:%d", port[0] * 256 + port[1]);
		return out;
	}
	return url;
}

// Connects two sockets over a transport.
static inline void
testing_connect(nng_socket one, nng_socket two, const char *transport)
{
	OK(nng_dial(two, testing_listen(one, transport), NULL, 0));
}

// Waits for something that has no event, for two seconds at most.
#define EVENTUALLY(cond)                                                                 \
	do {                                                                                 \
		int testing_tries = 0;                                                           \
		while (!(cond)) {                                                                \
			CHECK(testing_tries++ < 2000);                                               \
			usleep(1000);                                                                \
		}                                                                                \
	} while (0)

#endif
