// Strangers at ws, tls and wss listeners: junk, silence, halves, resets, requests that are no
// upgrade, and over tls and wss, from within a good session, lengths that lie; and servers of that
// kind for our dialers. Good peers are served at once meanwhile, memory stays, and closing hangs up
// on everybody.
#include "cert.h"
#include "stress.h"
#include "raw.h"
#include <nng/supplemental/tls/tls.h>
#include <nng/transport/tls/tls.h>

const char *const stress_name       = "04_secure_peers";
const char *const stress_transports = "ws tls wss";

#define STRANGERS 24

static bool
secure(const char *transport)
{
	return strcmp(transport, "ws") != 0;
}

static nng_tls_config *
config(nng_tls_mode mode)
{
	nng_tls_config *c;
	MUST(nng_tls_config_alloc(&c, mode));
	MUST(nng_tls_config_auth_mode(c, NNG_TLS_AUTH_MODE_NONE));
	if (mode == NNG_TLS_MODE_SERVER) {
		MUST(nng_tls_config_own_cert(c, stress_cert, stress_key, NULL));
	}
	return c;
}

static void
listens(nng_socket s, const char *transport, char *url)
{
	nng_listener l;
	fresh_url(url, transport);
	MUST(nng_listener_create(&l, s, url));
	if (secure(transport)) {
		nng_tls_config *c = config(NNG_TLS_MODE_SERVER);
		MUST(nng_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, c));
		nng_tls_config_free(c);
	}
	MUST(nng_listener_start(l, 0));
	bound_url(l, url);
}

static void
dials(nng_socket s, const char *transport, const char *url)
{
	nng_dialer d;
	MUST(nng_dialer_create(&d, s, url));
	if (secure(transport)) {
		nng_tls_config *c = config(NNG_TLS_MODE_CLIENT);
		MUST(nng_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, c));
		nng_tls_config_free(c);
	}
	MUST(nng_dialer_start(d, 0));
}

static void
exchange(nng_socket req, nng_socket rep)
{
	nng_msg *msg;
	MUST(nng_send(req, "ask", 4, 0));
	MUST(nng_recvmsg(rep, &msg, 0));
	MUST(nng_sendmsg(rep, msg, 0));
	MUST(nng_recvmsg(req, &msg, 0));
	CHECK(nng_msg_len(msg) == 4);
	nng_msg_free(msg);
}

// A raw connection to the host and port of any of these addresses.
static int
stranger(const char *url)
{
	char  plain[URL_MAX];
	char *slash;
	snprintf(plain, sizeof(plain), "tcp%s", strstr(url, "://"));
	slash = strchr(plain + 6, '/');
	if (slash != NULL) {
		*slash = '\0';
	}
	return raw_connect(plain);
}

static int
stream_moves(nng_stream *s, nng_aio *aio, bool sends, void *data, size_t size)
{
	size_t done = 0;
	while (done < size) {
		nng_iov iov = { (char *) data + done, size - done };
		MUST(nng_aio_set_iov(aio, 1, &iov));
		if (sends) {
			nng_stream_send(s, aio);
		} else {
			nng_stream_recv(s, aio);
		}
		AT("an attacker's stream");
		nng_aio_wait(aio);
		if (nng_aio_result(aio) != 0) {
			return nng_aio_result(aio);
		}
		done += nng_aio_count(aio);
	}
	return 0;
}

// Within TLS: a good greeting, or an upgrade, then a length that lies; the connection ends.
static void
lies_over_tls(const char *url, const char *transport, uint64_t length)
{
	nng_stream_dialer *d;
	nng_stream        *s;
	nng_aio           *aio;
	unsigned char      hello[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 }, head[16], body[512] = { 0 };
	nng_tls_config    *c = config(NNG_TLS_MODE_CLIENT);
	char               plain[URL_MAX];
	size_t             n;
	bool               ws = strcmp(transport, "wss") == 0;

	snprintf(plain, sizeof(plain), "tls+tcp%s", strstr(url, "://"));
	if (ws) {
		*strchr(plain + 10, '/') = '\0';
	}
	MUST(nng_aio_alloc(&aio, NULL, NULL));
	nng_aio_set_timeout(aio, 5000);
	MUST(nng_stream_dialer_alloc(&d, plain));
	MUST(nng_stream_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, c));
	nng_stream_dialer_dial(d, aio);
	AT("an attacker dials");
	nng_aio_wait(aio);
	MUST(nng_aio_result(aio));
	s = nng_aio_get_output(aio, 0);
	if (ws) {
		char   ask[512], end[4] = "", *answered = "\r\n\r\n";
		snprintf(ask, sizeof(ask),
		    "GET /stress HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
		    "Sec-WebSocket-Protocol: rep.sp.nanomsg.org\r\n\r\n",
		    plain + 10);
		MUST(stream_moves(s, aio, true, ask, strlen(ask)));
		while (memcmp(end, answered, 4) != 0) {
			memmove(end, end + 1, 3);
			MUST(stream_moves(s, aio, false, end + 3, 1));
		}
		memset(head, 0, sizeof(head));
		head[0] = 0x82;
		head[1] = 0xFF;
		for (int k = 0; k < 8; k++) {
			head[2 + k] = (unsigned char) (length >> (56 - 8 * k));
		}
		n = 14;
	} else {
		MUST(stream_moves(s, aio, true, hello, 8));
		MUST(stream_moves(s, aio, false, hello, 8));
		n = raw_length(head, "tcp", length);
	}
	MUST(stream_moves(s, aio, true, head, n));
	stream_moves(s, aio, true, body, sizeof(body));
	// What may come is the reason why it is closed.
	int rv = 0;
	for (int i = 0; i < 20 && rv == 0; i++) {
		rv = stream_moves(s, aio, false, body, 1);
	}
	if (rv == 0 || rv == NNG_ETIMEDOUT) {
		FAIL("a length of %llu within TLS does not end the connection", (unsigned long long) length);
	}
	nng_stream_free(s);
	nng_stream_dialer_free(d);
	nng_tls_config_free(c);
	nng_aio_free(aio);
}

// A dialer of ours in the hands of servers that say nothing, junk, a half or something else.
static int
traps(nng_socket s, const char *transport, int held[])
{
	static const char *const words[] = { "", "HTTP/1.1 200 OK\r\n\r\n", "\x16\x03\x03\x40", "\n\n\n\n",
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n" };
	char           trap[URL_MAX], url[URL_MAX];
	int            trap_fd = raw_listen(trap, "tcp"), holding = 0;
	nng_dialer     d;
	nng_tls_config *c;
	snprintf(url, sizeof(url), "%s%s%s", strcmp(transport, "tls") == 0 ? "tls+tcp" : transport, strstr(trap, "://"),
	    strcmp(transport, "tls") == 0 ? "" : "/stress");
	MUST(nng_dialer_create(&d, s, url));
	MUST(nng_dialer_set_ms(d, NNG_OPT_RECONNMINT, 5));
	MUST(nng_dialer_set_ms(d, NNG_OPT_RECONNMAXT, 10));
	if (secure(transport)) {
		c = config(NNG_TLS_MODE_CLIENT);
		MUST(nng_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, c));
		nng_tls_config_free(c);
	}
	MUST(nng_dialer_start(d, NNG_FLAG_NONBLOCK));
	for (int i = 1; i <= 5; i++) {
		struct pollfd pfd = { .fd = trap_fd, .events = POLLIN };
		AT("waiting for the dialer in the trap");
		if (poll(&pfd, 1, 300) > 0) {
			int fd = accept4(trap_fd, NULL, NULL, SOCK_CLOEXEC);
			CHECK(fd >= 0);
			raw_write(fd, words[i % 5], strlen(words[i % 5]));
			if (i == 2) {
				shutdown(fd, SHUT_WR);
			}
			held[holding++] = fd;
		}
	}
	close(trap_fd);
	CHECK(holding > 0);
	return holding;
}

static void
one_round(const char *transport)
{
	static const char *const asks[] = { "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET /stress HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /stress HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"GET /stress HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 99\r\n\r\n" };
	nng_socket rep, req;
	char       url[URL_MAX];
	int        fds[STRANGERS], held[5], holding;
	long       before = rss_kib();
	double     from;

	MUST(nng_rep0_open(&rep));
	MUST(nng_req0_open(&req));
	set_timeouts(rep, 8000, 8000);
	set_timeouts(req, 8000, 8000);
	MUST(nng_socket_set_size(rep, NNG_OPT_RECVMAXSZ, 1000000));
	listens(rep, transport, url);
	for (int i = 0; i < STRANGERS; i++) {
		unsigned char junk[512];
		AT("a stranger connects");
		fds[i] = stranger(url);
		CHECK(fds[i] >= 0);
		for (size_t k = 0; k < sizeof(junk); k++) {
			junk[k] = (unsigned char) rnd(256);
		}
		switch (i % 6) {
		case 0:
			break;
		case 1:
			raw_write(fds[i], junk, sizeof(junk));
			break;
		case 2: // a TLS record, or a request, that never ends
			raw_write(fds[i], secure(transport) ? "\x16\x03\x01\x40\0" : "GET /str", 5);
			break;
		case 3:
			raw_write(fds[i], "\x16\x03", 2);
			shutdown(fds[i], SHUT_WR);
			break;
		case 4:
			raw_write(fds[i], asks[(i / 6) % 4], strlen(asks[(i / 6) % 4]));
			break;
		case 5:
			raw_write(fds[i], junk, rnd(64));
			raw_reset(fds[i]);
			fds[i] = -1;
			break;
		}
	}
	from = now_s();
	dials(req, transport, url);
	exchange(req, rep);
	if (now_s() - from > 3) {
		FAIL("a good peer waited %.1f s", now_s() - from);
	}
	if (secure(transport)) {
		static const uint64_t lies[] = { UINT64_MAX, INT64_MAX, 1ull << 63, 1ull << 44, 1000001 };
		for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
			lies_over_tls(url, transport, lies[i]);
			beat();
		}
		exchange(req, rep);
	}
	if (rss_kib() - before > 32 * 1024) {
		FAIL("resident memory grew from %ld to %ld KiB", before, rss_kib());
	}
	holding = traps(req, transport, held);
	exchange(req, rep);
	MUST(nng_close(rep));
	MUST(nng_close(req));
	for (int i = 0; i < holding; i++) {
		AT("waiting for the library to let go of a trap");
		if (!raw_hung_up(held[i], 5000)) {
			FAIL("a connection outlives its closed socket");
		}
		close(held[i]);
	}
	for (int i = 0; i < STRANGERS; i++) {
		AT("waiting for the library to hang up on a stranger");
		if (fds[i] >= 0) {
			if (!raw_hung_up(fds[i], 5000)) {
				FAIL("stranger %d is still connected after nng_close", i % 6);
			}
			close(fds[i]);
		}
	}
}
