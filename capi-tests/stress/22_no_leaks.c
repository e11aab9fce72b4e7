// Cancels, closes, device aborts and lost pipes, each with messages of 100 kB under way: memory is
// flat. (The exact account is valgrind's; this one runs for hours.)
#include "stress.h"
#include "raw.h"
#include <malloc.h>

const char *const stress_name       = "22_no_leaks";
const char *const stress_transports = "inproc ipc tcp";

#define SIZE 100000
#define WARM 40         // rounds after which memory is held against
#define GROWTH (24 * 1024) // KiB

static nng_msg *
message(void)
{
	nng_msg *msg;
	MUST(nng_msg_alloc(&msg, SIZE));
	memset(nng_msg_body(msg), 7, SIZE);
	return msg;
}

static void
device(void *arg)
{
	nng_socket *s = arg;
	AT("nng_device");
	nng_device(s[0], s[1]);
}

static void
cancelled(const char *transport)
{
	nng_socket a, b;
	char       url[URL_MAX];
	nng_aio   *aio;

	MUST(nng_pair0_open(&a));
	MUST(nng_pair0_open(&b));
	listen_fresh(a, transport, url);
	MUST(nng_dial(b, url, NULL, 0));
	MUST(nng_aio_alloc(&aio, NULL, NULL));
	for (int i = 0; i < 4; i++) {
		unsigned how = rnd(3);
		nng_aio_set_timeout(aio, how == 0 ? 1 : NNG_DURATION_INFINITE);
		nng_aio_set_msg(aio, message());
		nng_send_aio(b, aio);
		if (how != 0) {
			sleep_us(how == 1 ? 0 : 200);
			nng_aio_cancel(aio);
		}
		AT("nng_aio_wait(send)");
		nng_aio_wait(aio);
		if (nng_aio_result(aio) != 0) {
			nng_msg_free(nng_aio_get_msg(aio));
		}
		nng_aio_set_msg(aio, NULL);
	}
	for (int i = 0; i < 3; i++) {
		nng_aio_set_timeout(aio, 1);
		nng_recv_aio(a, aio);
		AT("nng_aio_wait(recv)");
		nng_aio_wait(aio);
		if (nng_aio_result(aio) == 0) {
			nng_msg_free(nng_aio_get_msg(aio));
		}
	}
	MUST(nng_close(a));
	MUST(nng_close(b));
	nng_aio_free(aio);
}

static void
through_device(const char *transport)
{
	nng_socket s[2], push, pull;
	char       front[URL_MAX], back[URL_MAX];
	pthread_t  t;

	MUST(nng_pull0_open_raw(&s[0]));
	MUST(nng_push0_open_raw(&s[1]));
	MUST(nng_push0_open(&push));
	MUST(nng_pull0_open(&pull));
	set_timeouts(push, 100, 100);
	set_timeouts(pull, 100, 100);
	listen_fresh(s[0], transport, front);
	listen_fresh(s[1], transport, back);
	MUST(nng_dial(push, front, NULL, 0));
	MUST(nng_dial(pull, back, NULL, 0));
	t = spawn(device, s);
	for (int i = 0; i < 6; i++) {
		nng_msg *msg = message();
		AT("nng_sendmsg(push)");
		if (nng_sendmsg(push, msg, 0) != 0) {
			nng_msg_free(msg);
		}
		if (i % 2 == 0) {
			AT("nng_recvmsg(pull)");
			if (nng_recvmsg(pull, &msg, 0) == 0) {
				nng_msg_free(msg);
			}
		}
	}
	MUST(nng_close(s[rnd(2)]));
	join(t);
	nng_close(s[0]);
	nng_close(s[1]);
	MUST(nng_close(push));
	MUST(nng_close(pull));
}

// A peer that takes part of a message, or gives part of one, and is gone.
static void
lost_pipe(const char *transport)
{
	nng_socket    s;
	char          url[URL_MAX], body[5000];
	int           fd;
	unsigned char head[16];
	nng_msg      *msg;

	if (strcmp(transport, "inproc") == 0) {
		return;
	}
	MUST(nng_pair0_open(&s));
	set_timeouts(s, 100, 100);
	listen_fresh(s, transport, url);
	fd = raw_connect(url);
	CHECK(fd >= 0);
	CHECK(raw_handshake(fd, 0x10));
	memset(body, 1, sizeof(body));
	raw_write(fd, head, raw_length(head, transport, SIZE));
	raw_write(fd, body, sizeof(body));
	for (int i = 0; i < 5; i++) {
		msg = message();
		AT("nng_sendmsg to a peer that stops reading");
		if (nng_sendmsg(s, msg, i == 0 ? 0 : NNG_FLAG_NONBLOCK) != 0) {
			nng_msg_free(msg);
		}
	}
	raw_read(fd, body, 1000, 1000);
	raw_reset(fd);
	jitter(1000);
	MUST(nng_close(s));
}

static long
heap_kib(void)
{
	// What is given back is not what is held: let go of it first.
	malloc_trim(0);
	return rss_kib();
}

static void
one_round(const char *transport)
{
	static unsigned long rounds;
	static long          held;

	cancelled(transport);
	through_device(transport);
	lost_pipe(transport);
	rounds++;
	if (rounds == WARM) {
		held = heap_kib();
	} else if (rounds > WARM && rounds % 50 == 0) {
		long now = heap_kib();
		if (now > held + GROWTH) {
			FAIL("resident memory grew from %ld to %ld KiB by round %lu", held, now, rounds);
		}
	}
}
