// Random streams at listeners and dialers of every protocol: pure junk, junk after a good
// handshake, well-framed messages with random headers and bodies, any of them cut off anywhere.
// A round is 100 streams at one socket. No crash, bounded memory, bystanders served.
#include "victims.h"

const char *const stress_name       = "01_random_streams";
const char *const stress_transports = "ipc tcp";

#define STREAMS 100
#define GROWTH (64 * 1024) // KiB

static unsigned
junk(unsigned char *out, unsigned most)
{
	unsigned n = rnd(most + 1);
	for (unsigned i = 0; i < n; i++) {
		out[i] = (unsigned char) rnd(256);
	}
	return n;
}

static void
frame(int fd, const char *transport)
{
	unsigned char head[16], body[2048];
	unsigned      size = junk(body, rnd(4) == 0 ? sizeof(body) : 64);
	uint64_t      says = size;
	size_t        n;
	if (rnd(3) == 0 && size >= 4) {
		// Backtraces: ids with and without the end mark, and hop counts.
		for (unsigned at = 0; at + 4 <= size && rnd(4) != 0; at += 4) {
			body[at] = (unsigned char) (rnd(2) * 0x80);
			body[at + 1] = body[at + 2] = 0;
			body[at + 3] = (unsigned char) rnd(20);
		}
	}
	if (rnd(8) == 0) {
		says = (uint64_t) rnd(UINT32_MAX) << rnd(33);
	}
	n = raw_length(head, transport, says);
	if (n == 9 && rnd(16) == 0) {
		head[0] = (unsigned char) rnd(256);
	}
	raw_write(fd, head, n);
	raw_write(fd, body, size);
}

static void
attack(int fd, const char *transport, uint16_t peer)
{
	unsigned char buf[4096];
	switch (rnd(4)) {
	case 0: // nothing but junk
		raw_write(fd, buf, junk(buf, sizeof(buf)));
		break;
	case 1: { // another protocol
		unsigned char hello[8] = { 0, 'S', 'P', 0, (unsigned char) rnd(2), (unsigned char) rnd(256), 0, 0 };
		raw_write(fd, hello, sizeof(hello));
		raw_write(fd, buf, junk(buf, 256));
		break;
	}
	default: {
		unsigned char hello[8] = { 0, 'S', 'P', 0, (unsigned char) (peer >> 8), (unsigned char) peer, 0, 0 };
		raw_write(fd, hello, sizeof(hello));
		if (rnd(2) == 0) {
			raw_read(fd, buf, 8, 100);
		}
		for (unsigned i = rnd(8); i > 0; i--) {
			frame(fd, transport);
		}
		if (rnd(2) == 0) {
			raw_write(fd, buf, junk(buf, 300));
		}
	}
	}
	if (rnd(3) == 0) {
		raw_reset(fd);
	} else {
		close(fd);
	}
}

static void
one_round(const char *transport)
{
	static unsigned      turn;
	static long          before;
	const struct victim *v        = &victims[(turn / 2) % VICTIMS];
	bool                 listener = turn++ % 2 == 0;
	nng_socket           s        = victim_open(v), req, rep;
	char                 url[URL_MAX], good[URL_MAX];
	int                  trap = -1;

	if (before == 0) {
		before = rss_kib();
	}
	MUST(nng_req0_open(&req));
	MUST(nng_rep0_open(&rep));
	set_timeouts(req, 5000, 5000);
	set_timeouts(rep, 5000, 5000);
	listen_fresh(rep, transport, good);
	MUST(nng_dial(req, good, NULL, 0));
	MUST(nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, rnd(2) == 0 ? 0 : 100000));
	if (listener) {
		listen_fresh(s, transport, url);
	} else {
		trap = raw_listen(url, transport);
		MUST(nng_socket_set_ms(s, NNG_OPT_RECONNMINT, 1));
		MUST(nng_socket_set_ms(s, NNG_OPT_RECONNMAXT, 2));
		// A dialer keeps its distance: several bring the streams in time.
		for (int i = 0; i < 8; i++) {
			MUST(nng_dial(s, url, NULL, NNG_FLAG_NONBLOCK));
		}
	}
	for (int i = 0; i < STREAMS; i++) {
		int fd;
		AT("an attacker connects");
		if (listener) {
			fd = raw_connect(url);
		} else {
			struct pollfd pfd  = { .fd = trap, .events = POLLIN };
			double        from = now_s();
			while (poll(&pfd, 1, 20) <= 0) {
				// A pipe whose message nobody takes does not see its peer go.
				victim_works(v, s);
				if (now_s() - from > 5) {
					nng_stat *stats;
					MUST(nng_stats_get(&stats));
					nng_stats_dump(stats);
					FAIL("%s: the dialer does not come back (stream %d)", v->name, i);
				}
			}
			fd = accept4(trap, NULL, NULL, SOCK_CLOEXEC);
		}
		if (fd < 0) {
			FAIL("%s: no connection: %s", v->name, strerror(errno));
		}
		AT("an attack");
		attack(fd, transport, v->peer);
		victim_works(v, s);
		if (i % 20 == 19) {
			bystanders_are_served(req, rep);
		}
	}
	if (rss_kib() - before > GROWTH) {
		FAIL("%s: resident memory grew from %ld to %ld KiB", v->name, before, rss_kib());
	}
	MUST(nng_close(s));
	MUST(nng_close(req));
	MUST(nng_close(rep));
	if (trap >= 0) {
		close(trap);
		raw_unlink(url);
	}
}
