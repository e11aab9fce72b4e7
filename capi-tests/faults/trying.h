// What the scenarios share: calls that are made until they succeed, addresses, and the account at
// the end. A call may give an error, as a fault may have hit it; then it is made again. That none
// succeeds in the end, and that one does not return, are what is looked for.
#ifndef TRYING_H
#define TRYING_H

#define _GNU_SOURCE
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <nng/nng.h>

// In the injector, if it is there.
__attribute__((weak)) void faults_off(void);

static const char *volatile trying_what = "";
static volatile int         trying_line;
static atomic_int           errors;
static double               deadline;

static double
now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void
sleep_ms(unsigned ms)
{
	struct timespec t = { ms / 1000, (long) (ms % 1000) * 1000000 };
	nanosleep(&t, NULL);
}

__attribute__((noreturn)) static void
give_up(int line, const char *what, const char *why)
{
	fprintf(stderr, "line %d: %s: %s\n", line, what, why);
	_exit(1);
}

// Notes an error that the library gave, and whether it is time to stop trying.
static bool
tried(int line, const char *what, int rv)
{
	if (rv == 0) {
		return true;
	}
	atomic_fetch_add(&errors, 1);
	if (getenv("FAULTS_SAY") != NULL) {
		fprintf(stderr, "line %d: %s: %s\n", line, what, nng_strerror(rv));
	}
	if (now_s() > deadline) {
		give_up(line, what, nng_strerror(rv));
	}
	sleep_ms(2);
	return false;
}

// Until it succeeds.
#define TRY(call)                                                \
	do {                                                         \
		trying_line = __LINE__;                                  \
		trying_what = #call;                                     \
	} while (!tried(__LINE__, #call, (call)))
// Once; whether it succeeded.
#define ONCE(call) (trying_line = __LINE__, trying_what = #call, tried(__LINE__, #call, (call)))
#define CHECK(cond)                                              \
	do {                                                         \
		if (!(cond)) {                                           \
			give_up(__LINE__, #cond, "not so");                  \
		}                                                        \
	} while (0)

static void
hangs(int sig)
{
	char text[256];
	int  n = snprintf(text, sizeof(text), "hangs at line %d: %s\n", trying_line, trying_what);
	(void) sig;
	if (getenv("FAULTS_GDB") != NULL) {
		char cmd[160];
		snprintf(cmd, sizeof(cmd), "LD_PRELOAD= gdb -q -p %d -batch -ex 'thread apply all bt 14' >&2",
		    (int) getpid());
		if (system(cmd) != 0) {
			_exit(98);
		}
	}
	if (write(2, text, (size_t) n) < 0) {
		_exit(98);
	}
	_exit(99);
}

static int
entries(const char *path)
{
	int            n = 0;
	DIR           *d = opendir(path);
	struct dirent *e;
	CHECK(d != NULL);
	while ((e = readdir(d)) != NULL) {
		n += e->d_name[0] != '.';
	}
	closedir(d);
	return n;
}

// Where files go: the runner removes it.
static const char *
folder(void)
{
	const char *dir = getenv("FAULTS_DIR");
	return dir != NULL ? dir : "/tmp";
}

// An address to listen at; a port is found out later.
static const char *
fresh(const char *transport)
{
	static char url[128];
	unsigned    p = (unsigned) getpid();
	char        ip[32];
	static int  n;
	snprintf(ip, sizeof(ip), "127.%u.%u.%u", 16 + p / 62500 % 200, p / 250 % 250, 2 + p % 250);
	n++;
	if (strcmp(transport, "tcp") == 0 || strcmp(transport, "tls+tcp") == 0) {
		snprintf(url, sizeof(url), "%s://%s:0", transport, ip);
	} else if (strcmp(transport, "ws") == 0 || strcmp(transport, "wss") == 0) {
		snprintf(url, sizeof(url), "%s://%s:0/faults", transport, ip);
	} else if (strcmp(transport, "ipc") == 0) {
		snprintf(url, sizeof(url), "ipc://%s/nng-faults-%u-%d", folder(), p, n);
	} else {
		snprintf(url, sizeof(url), "%s://nng-faults-%u-%d", transport, p, n);
	}
	return url;
}

// Listens, and returns what to dial.
static const char *
listens(nng_listener l, const char *listened)
{
	static char url[128];
	int         port;
	const char *zero = strstr(listened, ":0");
	snprintf(url, sizeof(url), "%s", listened);
	TRY(nng_listener_start(l, 0));
	if (zero != NULL) {
		TRY(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port));
		snprintf(url + (zero - listened), sizeof(url) - (size_t) (zero - listened), ":%d%s", port, zero + 2);
	}
	return url;
}

// A message whose content tells which it is.
static nng_msg *
numbered(uint32_t n, size_t size)
{
	nng_msg *msg;
	TRY(nng_msg_alloc(&msg, size));
	uint32_t *words = nng_msg_body(msg);
	for (size_t i = 0; i < size / 4; i++) {
		words[i] = n + (uint32_t) i;
	}
	return msg;
}

static uint32_t
number_of(nng_msg *msg, size_t size)
{
	uint32_t *words = nng_msg_body(msg);
	CHECK(nng_msg_len(msg) == size);
	for (size_t i = 0; i < size / 4; i++) {
		CHECK(words[i] == words[0] + (uint32_t) i);
	}
	return words[0];
}

static void
timeouts(nng_socket s, nng_duration send, nng_duration recv)
{
	TRY(nng_socket_set_ms(s, NNG_OPT_SENDTIMEO, send));
	TRY(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, recv));
	TRY(nng_socket_set_ms(s, NNG_OPT_RECONNMINT, 5));
	TRY(nng_socket_set_ms(s, NNG_OPT_RECONNMAXT, 50));
}

static pthread_t
spawn(void *(*main)(void *), void *arg)
{
	pthread_t id;
	CHECK(pthread_create(&id, NULL, main, arg) == 0);
	return id;
}

#endif
