// What buffers, flags and time limits show a sender whose peer does not read.
//
// On inproc every message is counted. A stream holds as much as the system allows besides, so
// messages are large there, and the system does not hold many.
#include "testing.h"
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>

#include <poll.h>

struct kind {
	const char *name;
	int (*from)(nng_socket *);
	int (*to)(nng_socket *);
	int has_recvbuf;
};

static const struct kind pipeline = { "push", nng_push0_open, nng_pull0_open, 0 };
static const struct kind pair0    = { "pair0", nng_pair0_open, nng_pair0_open, 1 };
static const struct kind pair1    = { "pair1", nng_pair1_open, nng_pair1_open, 1 };

static size_t size;   // of a message
static int    settle; // milliseconds in which what is sent goes as far as it can

static int
ready(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	return poll(&p, 1, ms);
}

static int
send_fd(nng_socket s)
{
	int fd;
	OK(nng_socket_get_int(s, NNG_OPT_SENDFD, &fd));
	return fd;
}

static nng_msg *
numbered(unsigned n)
{
	nng_msg *m;
	OK(nng_msg_alloc(&m, size));
	memcpy(nng_msg_body(m), &n, sizeof(n));
	return m;
}

static int
offer(nng_socket s, unsigned n, int flags)
{
	nng_msg *m  = numbered(n);
	int      rv = nng_sendmsg(s, m, flags);
	if (rv != 0) {
		// It is still the caller's, and whole.
		unsigned kept;
		memcpy(&kept, nng_msg_body(m), sizeof(kept));
		CHECK(kept == n && nng_msg_len(m) == size);
		nng_msg_free(m);
	}
	return rv;
}

// Sends without waiting, from number `first` on, until nothing is taken any more for a while.
static unsigned
fill(nng_socket s, unsigned first)
{
	int      fd = send_fd(s);
	unsigned n  = first;
	do {
		int rv;
		while ((rv = offer(s, n, NNG_FLAG_NONBLOCK)) == 0) {
			n++;
		}
		CHECK(rv == NNG_EAGAIN);
	} while (ready(fd, settle) == 1);
	return n - first;
}

static unsigned
next(nng_socket s)
{
	nng_msg *m;
	unsigned n;
	OK(nng_recvmsg(s, &m, 0));
	CHECK(nng_msg_len(m) == size);
	memcpy(&n, nng_msg_body(m), sizeof(n));
	nng_msg_free(m);
	return n;
}

static void
open_two(const struct kind *kind, nng_socket *from, nng_socket *to, int sends, int recvs)
{
	OK(kind->from(from));
	OK(kind->to(to));
	OK(nng_socket_set_int(*from, NNG_OPT_SENDBUF, sends));
	if (kind->has_recvbuf) {
		OK(nng_socket_set_int(*to, NNG_OPT_RECVBUF, recvs));
	}
	OK(nng_socket_set_ms(*to, NNG_OPT_RECVTIMEO, 5000 * (int) testing_slower()));
}

static void
connect_two(nng_socket to, nng_socket from, const char *transport)
{
	char url[64];
	if (strcmp(transport, "ws") != 0) {
		testing_connect(to, from, transport);
		return;
	}
	// A port that is free, most likely.
	for (int port = 20000 + (int) getpid() % 20000;; port++) {
		snprintf(url, sizeof(url), "ws://127.0.0.1:%d/full", port);
		int rv = nng_listen(to, url, NULL, 0);
		if (rv == 0) {
			break;
		}
		GIVES(NNG_EADDRINUSE, rv);
	}
	OK(nng_dial(from, url, NULL, 0));
}

static void *
sends_one(void *arg)
{
	nng_socket s = *(nng_socket *) arg;
	OK(nng_socket_set_ms(s, NNG_OPT_SENDTIMEO, 5000 * (int) testing_slower()));
	OK(offer(s, 1000, 0));
	return NULL;
}

// How many are taken, what the full socket says, and that all of them arrive.
static unsigned
full(const struct kind *kind, const char *transport, int sends, int recvs)
{
	nng_socket from, to;
	pthread_t  thread;
	nng_aio   *aio;
	nng_msg   *m;

	open_two(kind, &from, &to, sends, recvs);
	connect_two(to, from, transport);
	CHECK(ready(send_fd(from), 5000 * (int) testing_slower()) == 1);
	unsigned taken = fill(from, 0);
	CHECK(ready(send_fd(from), 0) == 0);

	// Full is full, however one asks.
	GIVES(NNG_EAGAIN, offer(from, 1000, NNG_FLAG_NONBLOCK));
	OK(nng_socket_set_ms(from, NNG_OPT_SENDTIMEO, 0));
	GIVES(NNG_ETIMEDOUT, offer(from, 1000, 0));
	OK(nng_socket_set_ms(from, NNG_OPT_SENDTIMEO, 30));
	nng_time start = nng_clock();
	GIVES(NNG_ETIMEDOUT, offer(from, 1000, 0));
	CHECK(nng_clock() - start >= 29);
	OK(nng_aio_alloc(&aio, NULL, NULL));
	nng_aio_set_timeout(aio, 20);
	nng_aio_set_msg(aio, numbered(1000));
	nng_send_aio(from, aio);
	nng_aio_wait(aio);
	GIVES(NNG_ETIMEDOUT, nng_aio_result(aio));
	m = nng_aio_get_msg(aio);
	CHECK(m != NULL && nng_msg_len(m) == size);
	// Cancelled, it is the caller's again too.
	nng_aio_set_timeout(aio, NNG_DURATION_INFINITE);
	nng_send_aio(from, aio);
	nng_aio_cancel(aio);
	nng_aio_wait(aio);
	GIVES(NNG_ECANCELED, nng_aio_result(aio));
	CHECK(nng_aio_get_msg(aio) == m);
	nng_msg_free(m);
	nng_aio_free(aio);

	// A sender that waits goes on when the peer reads; in order, nothing lost, nothing twice.
	pthread_create(&thread, NULL, sends_one, &from);
	for (unsigned i = 0; i < taken; i++) {
		CHECK(next(to) == i);
	}
	CHECK(next(to) == 1000);
	pthread_join(thread, NULL);
	CHECK(ready(send_fd(from), 5000 * (int) testing_slower()) == 1);
	OK(nng_socket_set_ms(to, NNG_OPT_RECVTIMEO, 0));
	GIVES(NNG_ETIMEDOUT, nng_recvmsg(to, &m, 0));
	OK(nng_close(from));
	OK(nng_close(to));
	return taken;
}

// What is read makes room for as much, and no more.
static void
one_for_one(const struct kind *kind, int sends, int recvs)
{
	nng_socket from, to;
	open_two(kind, &from, &to, sends, recvs);
	testing_connect(to, from, "inproc");
	CHECK(ready(send_fd(from), 5000 * (int) testing_slower()) == 1);
	unsigned taken = fill(from, 0), read = 0;
	for (unsigned round = 1; round <= 3 && round <= taken - read; round++) {
		for (unsigned i = 0; i < round; i++) {
			CHECK(next(to) == read++);
		}
		CHECK(fill(from, taken) == round);
		taken += round;
	}
	printf("%s: one for one with %d and %d: %u on their way\n", kind->name, sends, recvs,
	    taken - read);
	OK(nng_close(from));
	OK(nng_close(to));
}

// Buffers that change while they are full.
static void
changed(const struct kind *kind)
{
	nng_socket from, to;
	open_two(kind, &from, &to, 2, 2);
	testing_connect(to, from, "inproc");
	CHECK(ready(send_fd(from), 5000 * (int) testing_slower()) == 1);
	unsigned taken = fill(from, 0);
	OK(nng_socket_set_int(from, NNG_OPT_SENDBUF, 7));
	unsigned more = fill(from, taken);
	printf("%s: %u, and %u more\n", kind->name, taken, more);
	for (unsigned i = 0; i < taken + more; i++) {
		CHECK(next(to) == i);
	}
	OK(nng_close(from));
	OK(nng_close(to));
}

// Without a peer only the buffer takes messages; the first peer gets them, in order.
static void
alone(const struct kind *kind, int sends)
{
	nng_socket from, to;
	open_two(kind, &from, &to, sends, 3);
	unsigned taken = fill(from, 0);
	printf("%s: alone with %d: %u\n", kind->name, sends, taken);
	GIVES(NNG_EAGAIN, offer(from, 1000, NNG_FLAG_NONBLOCK));
	testing_connect(to, from, "inproc");
	for (unsigned i = 0; i < taken; i++) {
		CHECK(next(to) == i);
	}
	OK(nng_close(from));
	OK(nng_close(to));
}

static int gone;

static void
is_gone(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) p;
	(void) ev;
	(void) arg;
	__atomic_store_n(&gone, 1, __ATOMIC_SEQ_CST);
}

// A peer takes with it what was on its way to it; what waited in the buffer goes to the next.
static void
inherited(const struct kind *kind, int sends, int recvs)
{
	nng_socket  from, to, heir;
	const char *url;
	gone = 0;
	open_two(kind, &from, &to, sends, recvs);
	OK(kind->to(&heir));
	OK(nng_socket_set_ms(heir, NNG_OPT_RECVTIMEO, 5000));
	OK(nng_pipe_notify(from, NNG_PIPE_EV_REM_POST, is_gone, NULL));
	url = testing_listen(from, "inproc");
	OK(nng_dial(to, url, NULL, 0));
	CHECK(ready(send_fd(from), 5000 * (int) testing_slower()) == 1);
	unsigned taken = fill(from, 0);
	OK(nng_close(to));
	EVENTUALLY(__atomic_load_n(&gone, __ATOMIC_SEQ_CST));
	CHECK(ready(send_fd(from), settle) == 0);
	GIVES(NNG_EAGAIN, offer(from, 1000, NNG_FLAG_NONBLOCK));
	OK(nng_dial(heir, url, NULL, 0));
	unsigned first = next(heir);
	printf("%s: with %d and %d the next peer begins with %u of %u\n", kind->name, sends, recvs,
	    first, taken);
	for (unsigned i = first + 1; i < taken; i++) {
		CHECK(next(heir) == i);
	}
	OK(offer(from, taken, NNG_FLAG_NONBLOCK));
	CHECK(next(heir) == taken);
	OK(nng_close(from));
	OK(nng_close(heir));
}

// Two pullers, one of which does not read: the other has what waits, and what comes.
static void
shared_work(int sends)
{
	nng_socket from, idle, busy;
	open_two(&pipeline, &from, &idle, sends, 0);
	OK(nng_pull0_open(&busy));
	OK(nng_socket_set_ms(busy, NNG_OPT_RECVTIMEO, 5000));
	const char *url = testing_listen(from, "inproc");
	OK(nng_dial(idle, url, NULL, 0));
	CHECK(ready(send_fd(from), 5000 * (int) testing_slower()) == 1);
	unsigned taken = fill(from, 0);
	// It joins when the first has been given all that it takes.
	OK(nng_dial(busy, url, NULL, 0));
	unsigned more = fill(from, taken);
	printf("push: with %d, %u and for a second puller %u\n", sends, taken, more);
	unsigned first = next(busy);
	printf("push: the second begins with %u\n", first);
	for (unsigned i = first + 1; i < taken + more; i++) {
		CHECK(next(busy) == i);
	}
	for (unsigned i = taken + more; i < taken + more + 50; i++) {
		OK(nng_socket_set_ms(from, NNG_OPT_SENDTIMEO, 5000 * (int) testing_slower()));
		OK(offer(from, i, 0));
		CHECK(next(busy) == i);
	}
	for (unsigned i = 0; i < first; i++) {
		CHECK(next(idle) == i);
	}
	OK(nng_close(from));
	OK(nng_close(idle));
	OK(nng_close(busy));
}

// Both ways at once, both full: reading one way does not open the other.
static void
both_ways(const struct kind *kind, int sends, int recvs)
{
	nng_socket one, two;
	open_two(kind, &one, &two, sends, recvs);
	OK(nng_socket_set_int(two, NNG_OPT_SENDBUF, sends));
	OK(nng_socket_set_int(one, NNG_OPT_RECVBUF, recvs));
	testing_connect(one, two, "inproc");
	CHECK(ready(send_fd(one), 5000) == 1 && ready(send_fd(two), 5000) == 1);
	unsigned there = fill(one, 0), back = fill(two, 0);
	printf("%s: %u there, %u back\n", kind->name, there, back);
	for (unsigned i = 0; i < there; i++) {
		CHECK(next(two) == i);
		GIVES(NNG_EAGAIN, offer(two, 1000, NNG_FLAG_NONBLOCK));
	}
	for (unsigned i = 0; i < back; i++) {
		CHECK(next(one) == i);
	}
	OK(nng_close(one));
	OK(nng_close(two));
}

// Some protocols never keep a sender waiting.
static void
never(const char *name, int (*open)(nng_socket *), int (*peer)(nng_socket *),
    const char *transport)
{
	nng_socket from, to;
	OK(open(&from));
	OK(peer(&to));
	OK(nng_socket_set_ms(from, NNG_OPT_SENDTIMEO, 1));
	connect_two(to, from, transport);
	for (unsigned i = 0; i < 200; i++) {
		OK(offer(from, i, i % 2 ? NNG_FLAG_NONBLOCK : 0));
	}
	OK(nng_close(from));
	OK(nng_close(to));
	printf("%s over %s: never waits\n", name, transport);
}

static void
exactly(const struct kind *kind)
{
	static const int depths[] = { 0, 1, 2, 9 };
	for (int i = 0; i < 4; i++) {
		for (int j = 0; j < (kind->has_recvbuf ? 4 : 1); j++) {
			printf("%s: %d and %d take %u\n", kind->name, depths[i], depths[j],
			    full(kind, "inproc", depths[i], depths[j]));
		}
		alone(kind, depths[i]);
	}
	one_for_one(kind, 0, 0);
	one_for_one(kind, 5, 0);
	one_for_one(kind, 0, 3);
	one_for_one(kind, 2, 4);
	changed(kind);
	inherited(kind, 1, 0);
	inherited(kind, 6, 0);
	inherited(kind, 6, 2);
}

// How many large messages are taken: the buffers' depths, and what two pipes' ends hold; over
// tcp the system may hold some more.
static void
about(const struct kind *kind, const char *transport, unsigned sends, unsigned recvs)
{
	unsigned taken = full(kind, transport, (int) sends, (int) recvs) - sends - recvs;
	if (strcmp(transport, "ipc") == 0) {
		printf("ipc: %s takes %u and its buffers\n", kind->name, taken);
	} else {
		CHECK(taken >= 1 && taken <= 6);
	}
}

int
main(void)
{
	static const char *transports[] = { "inproc", "ipc", "tcp", "ws" };
	testing_begin(90);
	size   = 64;
	settle = testing_slower() > 1 ? 300 : 60;
	exactly(&pipeline);
	exactly(&pair0);
	exactly(&pair1);
	both_ways(&pair0, 0, 0);
	both_ways(&pair1, 3, 2);
	shared_work(0);
	shared_work(1);
	shared_work(5);
	for (int i = 1; i < 4; i++) {
		size   = 10000000;
		settle = 400 * (int) testing_slower();
		about(&pipeline, transports[i], 0, 0);
		about(&pipeline, transports[i], 3, 0);
		about(&pair1, transports[i], 0, 0);
		about(&pair1, transports[i], 2, 2);
	}
	size = 64;
	for (int i = 0; i < 4; i++) {
		never("pub", nng_pub0_open, nng_sub0_open, transports[i]);
		never("surveyor", nng_surveyor0_open, nng_respondent0_open, transports[i]);
	}
	return 0;
}
