// The one-way and many-way patterns over each transport: publish and subscribe, pipelines, buses,
// surveys, and pairs with many peers.
#include "testing.h"
#include <nng/protocol/bus0/bus.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>

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
publish(const char *transport)
{
	nng_socket pub, all, some;
	nng_ctx    c;
	nng_aio   *aio;

	OK(nng_pub0_open(&pub));
	OK(nng_sub0_open(&all));
	OK(nng_sub0_open(&some));
	patience(all);
	patience(some);
	OK(nng_socket_set(all, NNG_OPT_SUB_SUBSCRIBE, "", 0));
	OK(nng_socket_set(some, NNG_OPT_SUB_SUBSCRIBE, "ab", 2));
	OK(nng_socket_set(some, NNG_OPT_SUB_SUBSCRIBE, "x", 1));
	watch(pub);
	const char *url = testing_listen(pub, transport);
	OK(nng_dial(all, url, NULL, 0));
	OK(nng_dial(some, url, NULL, 0));
	EVENTUALLY(pipes == 2);
	says(pub, "a");
	says(pub, "ab1");
	says(pub, "b");
	says(pub, "x2");
	hears(all, "a");
	hears(all, "ab1");
	hears(all, "b");
	hears(all, "x2");
	hears(some, "ab1");
	hears(some, "x2");
	nothing(some);
	OK(nng_socket_set(some, NNG_OPT_SUB_UNSUBSCRIBE, "ab", 2));
	GIVES(NNG_ENOENT, nng_socket_set(some, NNG_OPT_SUB_UNSUBSCRIBE, "ab", 2));
	says(pub, "ab3");
	says(pub, "x4");
	hears(some, "x4");

	// A context has topics of its own.
	OK(nng_ctx_open(&c, all));
	OK(nng_ctx_set(c, NNG_OPT_SUB_SUBSCRIBE, "ctx", 3));
	OK(nng_aio_alloc(&aio, NULL, NULL));
	nng_aio_set_timeout(aio, 10000);
	nng_ctx_recv(c, aio);
	says(pub, "no");
	says(pub, "ctx!");
	nng_aio_wait(aio);
	OK(nng_aio_result(aio));
	CHECK(nng_msg_len(nng_aio_get_msg(aio)) == 4);
	nng_msg_free(nng_aio_get_msg(aio));
	nng_aio_free(aio);
	OK(nng_close(pub));
	OK(nng_close(all));
	OK(nng_close(some));
	printf("%s: published\n", transport);
}

static void
pipeline(const char *transport)
{
	nng_socket push, one, two;
	char       buf[8];
	size_t     len;
	int        got = 0;

	OK(nng_push0_open(&push));
	OK(nng_pull0_open(&one));
	OK(nng_pull0_open(&two));
	OK(nng_socket_set_ms(push, NNG_OPT_SENDTIMEO, 10000));
	patience(one);
	watch(push);
	const char *url = testing_listen(push, transport);
	OK(nng_dial(one, url, NULL, 0));
	OK(nng_dial(two, url, NULL, 0));
	EVENTUALLY(pipes == 2);
	// Each message goes to one of them.
	says(push, "1");
	says(push, "2");
	for (int i = 0; i < 5000 && got < 2; i++) {
		len = sizeof(buf);
		got += nng_recv(one, buf, &len, NNG_FLAG_NONBLOCK) == 0;
		len = sizeof(buf);
		got += nng_recv(two, buf, &len, NNG_FLAG_NONBLOCK) == 0;
		nng_msleep(1);
	}
	CHECK(got == 2);
	nothing(one);
	nothing(two);
	OK(nng_close(two));
	EVENTUALLY(pipes == 1);
	says(push, "3");
	hears(one, "3");
	GIVES(NNG_ENOTSUP, nng_send(one, "x", 1, 0));
	len = sizeof(buf);
	GIVES(NNG_ENOTSUP, nng_recv(push, buf, &len, 0));
	OK(nng_close(push));
	OK(nng_close(one));
	printf("%s: pushed\n", transport);
}

static void
bus(const char *transport)
{
	nng_socket a, b, c;

	OK(nng_bus0_open(&a));
	OK(nng_bus0_open(&b));
	OK(nng_bus0_open(&c));
	patience(a);
	patience(b);
	patience(c);
	watch(a);
	const char *url = testing_listen(a, transport);
	OK(nng_dial(b, url, NULL, 0));
	OK(nng_dial(c, url, NULL, 0));
	EVENTUALLY(pipes == 2);
	says(a, "from a");
	hears(b, "from a");
	hears(c, "from a");
	// Not passed on, and not back to who sent it.
	says(b, "from b");
	hears(a, "from b");
	nothing(a);
	nothing(b);
	nothing(c);
	OK(nng_close(a));
	OK(nng_close(b));
	OK(nng_close(c));
	printf("%s: on the bus\n", transport);
}

static void
survey(const char *transport)
{
	nng_socket s, one, two;
	char       buf[16];
	size_t     len;

	OK(nng_surveyor0_open(&s));
	OK(nng_respondent0_open(&one));
	OK(nng_respondent0_open(&two));
	patience(one);
	patience(two);
	len = sizeof(buf);
	GIVES(NNG_ESTATE, nng_recv(s, buf, &len, 0));
	GIVES(NNG_ESTATE, nng_send(one, "x", 1, 0));
	watch(s);
	const char *url = testing_listen(s, transport);
	OK(nng_dial(one, url, NULL, 0));
	OK(nng_dial(two, url, NULL, 0));
	EVENTUALLY(pipes == 2);
	OK(nng_socket_set_ms(s, NNG_OPT_SURVEYOR_SURVEYTIME, 10000));
	says(s, "who?");
	hears(one, "who?");
	hears(two, "who?");
	says(one, "me");
	hears(s, "me");
	says(two, "me");
	hears(s, "me");
	// Its time over, a survey is; and answers are for one survey.
	OK(nng_socket_set_ms(s, NNG_OPT_SURVEYOR_SURVEYTIME, 30));
	says(s, "again?");
	hears(one, "again?");
	len = sizeof(buf);
	GIVES(NNG_ETIMEDOUT, nng_recv(s, buf, &len, 0));
	GIVES(NNG_ESTATE, nng_recv(s, buf, &len, 0));
	says(one, "late");
	OK(nng_socket_set_ms(s, NNG_OPT_SURVEYOR_SURVEYTIME, 10000));
	says(s, "last?");
	hears(one, "last?");
	says(one, "here");
	hears(s, "here");
	OK(nng_close(s));
	OK(nng_close(one));
	OK(nng_close(two));
	printf("%s: surveyed\n", transport);
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
	testing_begin(50);
	for (int i = 0; i < 3; i++) {
		publish(transports[i]);
		pipeline(transports[i]);
		bus(transports[i]);
		survey(transports[i]);
		pairs(transports[i]);
	}
	return 0;
}
