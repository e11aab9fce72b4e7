// One peer of tests/namespaces.rs, which puts each into a network of its own:
//
//     peer ROLE listen|dial URL[,URL] [COUNT] [NUMBER]
//
//     req    makes COUNT requests one after another, each sent again every NUMBER milliseconds
//     rep    answers
//     give, take   pair sockets: COUNT messages, all of them and in order
//     push, pull   the same, but what a lost connection held may be missing
//     watch  a pull socket with keep-alive on its connections if NUMBER is not zero
//     sub    receives COUNT messages; pub sends until it is killed, every NUMBER milliseconds
//
// Each says what happens, a line at a time: "ready", "pipe added", "pipe gone", "done N".
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

static pthread_mutex_t lines = PTHREAD_MUTEX_INITIALIZER;

__attribute__((format(printf, 1, 2))) static void
say(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	pthread_mutex_lock(&lines);
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
	pthread_mutex_unlock(&lines);
	va_end(args);
}

#define FAIL(...)                                                   \
	do {                                                        \
		fprintf(stderr, "peer: line %d: ", __LINE__);       \
		fprintf(stderr, __VA_ARGS__);                       \
		fprintf(stderr, "\n");                              \
		_exit(1);                                           \
	} while (0)
// The call gives 0.
#define MUST(call)                                                  \
	do {                                                        \
		int rv_ = (call);                                   \
		if (rv_ != 0) {                                     \
			FAIL("%s: %s", #call, nng_strerror(rv_));   \
		}                                                   \
	} while (0)

static void
on_pipe(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) p;
	(void) arg;
	say(ev == NNG_PIPE_EV_ADD_POST ? "pipe added" : "pipe gone");
}

// The number that a message carries in front.
static uint32_t
number(nng_msg *msg)
{
	uint32_t n;
	if (nng_msg_len(msg) < sizeof(n)) {
		FAIL("a message of %zu bytes", nng_msg_len(msg));
	}
	memcpy(&n, nng_msg_body(msg), sizeof(n));
	return n;
}

static nng_msg *
numbered(uint32_t n, size_t size)
{
	nng_msg *msg;
	MUST(nng_msg_alloc(&msg, size));
	memset(nng_msg_body(msg), (int) (n & 0x7f), size);
	memcpy(nng_msg_body(msg), &n, sizeof(n));
	return msg;
}

static void
request(nng_socket s, uint32_t count, nng_duration again)
{
	MUST(nng_socket_set_ms(s, NNG_OPT_REQ_RESENDTIME, again));
	MUST(nng_socket_set_ms(s, NNG_OPT_REQ_RESENDTICK, 20));
	for (uint32_t n = 0; n < count; n++) {
		nng_msg *msg = numbered(n, 200 + n % 7 * 1000);
		MUST(nng_sendmsg(s, msg, 0));
		MUST(nng_recvmsg(s, &msg, 0));
		if (number(msg) != n) {
			FAIL("asked %u, was answered %u", n, number(msg));
		}
		nng_msg_free(msg);
		say("done %u", n + 1);
	}
}

static void
answer(nng_socket s)
{
	uint32_t served = 0;
	for (;;) {
		nng_msg *msg;
		int      rv = nng_recvmsg(s, &msg, 0);
		if (rv == NNG_ETIMEDOUT) {
			continue;
		}
		MUST(rv);
		uint32_t n = number(msg);
		say("served %u as %u", n, ++served);
		// A requester that went is no concern of ours.
		if (nng_sendmsg(s, msg, 0) != 0) {
			nng_msg_free(msg);
		}
	}
}

static void
sends(nng_socket s, uint32_t count)
{
	for (uint32_t n = 0; n < count; n++) {
		MUST(nng_sendmsg(s, numbered(n, 500), 0));
		say("sent %u", n + 1);
	}
	// Until it is taken; the other side tells.
	for (;;) {
		pause();
	}
}

static void
takes(nng_socket s, uint32_t count, bool all)
{
	uint32_t next = 0;
	for (uint32_t got = 0; all ? next < count : got < count; got++) {
		nng_msg *msg;
		MUST(nng_recvmsg(s, &msg, 0));
		uint32_t n = number(msg);
		if (n < next || (all && n != next)) {
			FAIL("message %u came after %u", n, next);
		}
		next = n + 1;
		nng_msg_free(msg);
		say("done %u", got + 1);
		if (next == count) {
			return;
		}
	}
}

static void
publishes(nng_socket s, unsigned ms)
{
	for (uint32_t n = 0;; n++) {
		MUST(nng_sendmsg(s, numbered(n, 100), 0));
		usleep(ms * 1000);
	}
}

int
main(int argc, char **argv)
{
	static int (*const opens[])(nng_socket *) = { nng_req0_open, nng_rep0_open, nng_pair1_open, nng_pair1_open,
		nng_push0_open, nng_pull0_open, nng_pull0_open, nng_pub0_open, nng_sub0_open };
	static const char *const roles[]          = { "req", "rep", "give", "take", "push", "pull", "watch", "pub", "sub" };
	const char              *role             = argc > 3 ? argv[1] : "";
	uint32_t                 count            = argc > 4 ? (uint32_t) atoi(argv[4]) : 0;
	int                      more             = argc > 5 ? atoi(argv[5]) : 0;
	unsigned                 which            = 0;
	nng_socket               s;

	while (strcmp(roles[which], role) != 0) {
		if (++which == sizeof(roles) / sizeof(roles[0])) {
			FAIL("peer ROLE listen|dial URL [COUNT] [NUMBER]");
		}
	}
	MUST(opens[which](&s));
	MUST(nng_socket_set_ms(s, NNG_OPT_RECONNMINT, 50));
	MUST(nng_socket_set_ms(s, NNG_OPT_RECONNMAXT, 200));
	MUST(nng_socket_set_ms(s, NNG_OPT_SENDTIMEO, 60000));
	MUST(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 60000));
	if (strcmp(role, "watch") == 0) {
		MUST(nng_socket_set_bool(s, NNG_OPT_TCP_KEEPALIVE, more != 0));
	}
	if (strcmp(role, "sub") == 0) {
		MUST(nng_socket_set(s, NNG_OPT_SUB_SUBSCRIBE, "", 0));
	}
	MUST(nng_pipe_notify(s, NNG_PIPE_EV_ADD_POST, on_pipe, NULL));
	MUST(nng_pipe_notify(s, NNG_PIPE_EV_REM_POST, on_pipe, NULL));
	for (char *url = strtok(argv[3], ","); url != NULL; url = strtok(NULL, ",")) {
		if (strcmp(argv[2], "listen") == 0) {
			MUST(nng_listen(s, url, NULL, 0));
		} else {
			MUST(nng_dial(s, url, NULL, NNG_FLAG_NONBLOCK));
		}
	}
	say("ready");
	switch (which) {
	case 0:
		request(s, count, more);
		break;
	case 1:
		answer(s);
		break;
	case 2:
	case 4:
		sends(s, count);
		break;
	case 3:
		takes(s, count, true);
		break;
	case 5:
		takes(s, count, false);
		break;
	case 6:
		for (;;) {
			pause();
		}
	case 7:
		publishes(s, (unsigned) more);
		break;
	default:
		takes(s, count, false);
	}
	say("all is done");
	MUST(nng_close(s));
	return 0;
}
