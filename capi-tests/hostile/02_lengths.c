// Lengths that lie, at listeners of every protocol: 2^64-1, 2^63-1, 2^63, 2^44 and around
// RECVMAXSZ. What is over the limit loses its connection, what is within it is delivered, memory
// is taken for bytes that came only, and the socket goes on.
#include "victims.h"

const char *const stress_name       = "02_lengths";
const char *const stress_transports = "ipc tcp";

#define LIMIT 5000

static int
attacker(const char *url, const struct victim *v)
{
	int fd;
	AT("an attacker connects");
	fd = raw_connect(url);
	CHECK(fd >= 0);
	AT("an attacker's handshake");
	if (!raw_handshake(fd, v->peer)) {
		FAIL("%s: no handshake", v->name);
	}
	return fd;
}

// What a protocol expects before the body: an id, a hop count, or nothing.
static size_t
prefix(const struct victim *v, unsigned char *out)
{
	if (strncmp(v->name, "pair1", 5) == 0 || strcmp(v->name, "poly") == 0) {
		memcpy(out, "\0\0\0\1", 4);
		return 4;
	}
	if (strncmp(v->name, "re", 2) == 0 || strncmp(v->name, "surv", 4) == 0) {
		memcpy(out, "\x80\0\0\1", 4);
		return 4;
	}
	return 0;
}

static bool
receives(const struct victim *v)
{
	return strncmp(v->name, "pub", 3) != 0 && strncmp(v->name, "push", 4) != 0 && !v->speaks;
}

static void
one_victim(const struct victim *v, const char *transport)
{
	static const uint64_t lies[] = { UINT64_MAX, UINT64_MAX - 8, INT64_MAX, 1ull << 63, 1ull << 44,
		(1ull << 32) + 1, LIMIT + 1 };
	nng_socket            s      = victim_open(v);
	char                  url[URL_MAX];
	static unsigned char  body[LIMIT];
	unsigned char         head[16];
	size_t                n;
	int                   fd;
	long                  before = rss_kib();

	MUST(nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, LIMIT));
	listen_fresh(s, transport, url);
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		fd = attacker(url, v);
		n  = raw_length(head, transport, lies[i]);
		raw_write(fd, head, n);
		raw_write(fd, body, 100);
		AT("waiting for the library to hang up on a lie");
		if (!raw_hung_up(fd, 5000)) {
			FAIL("%s: a length of %llu does not end the connection", v->name, (unsigned long long) lies[i]);
		}
		close(fd);
		beat();
	}
	// Exactly at the limit, a byte at a time to begin with.
	fd = attacker(url, v);
	n  = raw_length(head, transport, LIMIT);
	for (size_t i = 0; i < n; i++) {
		raw_write(fd, head + i, 1);
		sleep_us(100);
	}
	memset(body, 'x', sizeof(body));
	size_t first = prefix(v, body);
	for (size_t i = 0; i < first + 3; i++) {
		raw_write(fd, body + i, 1);
		sleep_us(100);
	}
	raw_write(fd, body + first + 3, LIMIT - first - 3);
	if (receives(v)) {
		nng_msg *msg;
		MUST(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 5000));
		AT("receiving a message of just the limit");
		int rv = nng_recvmsg(s, &msg, 0);
		if (rv != 0) {
			FAIL("%s: a message of just the limit: %s", v->name, nng_strerror(rv));
		}
		CHECK(nng_msg_len(msg) + nng_msg_header_len(msg) >= LIMIT - first);
		nng_msg_free(msg);
	}
	close(fd);
	// Without a limit only what comes is kept.
	nng_close(s);
	s = victim_open(v);
	listen_fresh(s, transport, url);
	fd = attacker(url, v);
	n  = raw_length(head, transport, 1ull << 40);
	raw_write(fd, head, n);
	raw_write(fd, body, sizeof(body));
	sleep_us(3000);
	if (rss_kib() - before > 16 * 1024) {
		FAIL("%s: %ld KiB for a promise", v->name, rss_kib() - before);
	}
	close(fd);
	MUST(nng_close(s));
}

static void
one_round(const char *transport)
{
	for (size_t i = 0; i < VICTIMS; i++) {
		one_victim(&victims[i], transport);
	}
}
