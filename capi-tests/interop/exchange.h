// What both ends of an exchange agree on: the messages, how long to wait, how to say goodbye. The
// harness reads "ready" from a listener before it starts the dialer, and closes both programs'
// standard input when both have said "done".
#ifndef EXCHANGE_H
#define EXCHANGE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXCHANGE_COUNT 208
#define EXCHANGE_TIMEOUT 5000 // milliseconds

static atomic_int         exchange_connected;
static char             **exchange_argv;

__attribute__((format(printf, 1, 2), noreturn, unused)) static void
exchange_fail(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(stderr, "%s %s %s %s: ", exchange_argv[1], exchange_argv[2], exchange_argv[3], exchange_argv[4]);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	_exit(1);
}

__attribute__((unused)) static void
exchange_sleep(unsigned ms)
{
	struct timespec t = { ms / 1000, (long) (ms % 1000) * 1000000 };
	nanosleep(&t, NULL);
}

static size_t
exchange_size(int i)
{
	switch (i) {
	case 0:
	case 3:
		return 0;
	case 1:
		return 1;
	case 2:
		return 100;
	case 50:
	case 51:
		return 64 * 1024;
	case 100:
	case 206:
		return 1024 * 1024;
	default:
		return 4 + (size_t) i;
	}
}

static unsigned char
exchange_byte(int i, size_t at)
{
	return (unsigned char) ((unsigned) i * 31u + (unsigned) at * 7u + (unsigned) (at >> 8));
}

__attribute__((unused)) static void
exchange_fill(void *body, size_t size, int i)
{
	unsigned char *p = body;
	for (size_t at = 0; at < size; at++) {
		p[at] = exchange_byte(i, at);
	}
}

__attribute__((unused)) static void
exchange_check(const void *body, size_t size, int i)
{
	const unsigned char *p = body;
	if (size != exchange_size(i)) {
		exchange_fail("message %d has %zu bytes, not %zu", i, size, exchange_size(i));
	}
	for (size_t at = 0; at < size; at++) {
		if (p[at] != exchange_byte(i, at)) {
			exchange_fail("message %d differs at byte %zu", i, at);
		}
	}
}

static void
exchange_hangs(int sig)
{
	(void) sig;
	exchange_fail("hangs");
}

__attribute__((unused)) static void
exchange_begin(char **argv)
{
	exchange_argv = argv;
	signal(SIGALRM, exchange_hangs);
	signal(SIGPIPE, SIG_IGN);
	alarm(30);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

__attribute__((unused)) static void
exchange_ready(void)
{
	printf("ready\n");
}

// Waits for a connection; one that publishes gives the other side time to see it too.
__attribute__((unused)) static void
exchange_await_peer(void)
{
	for (int i = 0; i < EXCHANGE_TIMEOUT && atomic_load(&exchange_connected) == 0; i++) {
		exchange_sleep(1);
	}
	exchange_sleep(50);
}

// Protocols that drop for slow readers are given time.
__attribute__((unused)) static void
exchange_pace(const char *protocol, int i)
{
	if (strncmp(protocol, "pubsub", 6) == 0) {
		exchange_sleep(exchange_size(i) > 1000 ? 20 : 1);
	}
}

// Says that this side is through, and stays until the harness has heard that from both.
__attribute__((unused)) static void
exchange_end(void)
{
	char          c;
	struct pollfd in = { .fd = 0, .events = POLLIN };
	printf("done\n");
	if (poll(&in, 1, 10000) > 0 && read(0, &c, 1) > 0) {
		return;
	}
}

#endif
