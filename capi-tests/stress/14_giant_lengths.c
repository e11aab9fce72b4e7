// Length headers of 2^64-1, 2^63-1, 2^44 and just over RECVMAXSZ, by themselves and with a first
// piece of body: the pipe goes, memory stays, other peers are served.
#include "stress.h"
#include "raw.h"

const char *const stress_name       = "14_giant_lengths";
const char *const stress_transports = "ipc tcp ws";

// The upgrade to a WebSocket, then a frame header with a 64-bit length.
static bool
ws_upgrade(int fd, const char *url)
{
	char        ask[512], answer[1024];
	size_t      got  = 0;
	const char *host = url + 5;
	snprintf(ask, sizeof(ask),
	    "GET /stress HTTP/1.1\r\nHost: %.*s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: pair.sp.nanomsg.org\r\n"
	    "Sec-WebSocket-Version: 13\r\n\r\n",
	    (int) (strchr(host, '/') - host), host);
	if (!raw_write(fd, ask, strlen(ask))) {
		return false;
	}
	while (got + 1 < sizeof(answer) && raw_read(fd, answer + got, 1, 3000)) {
		answer[++got] = '\0';
		if (got >= 4 && memcmp(answer + got - 4, "\r\n\r\n", 4) == 0) {
			return strstr(answer, " 101 ") != NULL;
		}
	}
	return false;
}

static void
one_round(const char *transport)
{
	static const uint64_t lengths[] = { UINT64_MAX, UINT64_MAX - 7, INT64_MAX, 1ull << 63, 1ull << 44, 1ull << 32,
		1ull << 31 };
	bool                  ws = strcmp(transport, "ws") == 0;
	char                  body[4096], url[URL_MAX];
	long                  before;

	memset(body, 'x', sizeof(body));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		for (int limited = 0; limited < 2; limited++) {
			nng_socket    a, b;
			unsigned char head[16];
			size_t        n, back = sizeof(body);
			int           fd;

			MUST(nng_pair0_open(&a));
			MUST(nng_pair0_open(&b));
			set_timeouts(a, 5000, 5000);
			set_timeouts(b, 5000, 5000);
			MUST(nng_socket_set_size(a, NNG_OPT_RECVMAXSZ, limited ? 1000000 : 0));
			listen_fresh(a, transport, url);
			before = rss_kib();
			AT("the attacker connects");
			fd = raw_connect(url);
			CHECK(fd >= 0);
			AT("the attacker's handshake");
			CHECK(ws ? ws_upgrade(fd, url) : raw_handshake(fd, 0x10));
			if (ws) {
				head[0] = 0x82;
				head[1] = 0xFF;
				for (int k = 0; k < 8; k++) {
					head[2 + k] = (unsigned char) (lengths[i] >> (56 - 8 * k));
				}
				memset(head + 10, 0, 4);
				n = 14;
			} else {
				n = raw_length(head, transport, lengths[i]);
			}
			raw_write(fd, head, n);
			raw_write(fd, body, sizeof(body));
			if (limited || lengths[i] >= 1ull << 44) {
				AT("waiting for the library to hang up on a giant");
				if (limited && !raw_hung_up(fd, 5000)) {
					FAIL("a length of %llu is not refused", (unsigned long long) lengths[i]);
				}
			}
			close(fd);
			if (rss_kib() - before > 64 * 1024) {
				FAIL("%ld KiB more after a length of %llu", rss_kib() - before,
				    (unsigned long long) lengths[i]);
			}
			// The place of the pair's only peer is free again, or soon is.
			MUST(nng_socket_set_ms(b, NNG_OPT_RECONNMINT, 10));
			MUST(nng_dial(b, url, NULL, 0));
			AT("a good peer's message after a giant");
			for (int tries = 0;; tries++) {
				int rv = nng_send(b, "good", 5, 0);
				RV_IN(rv, 0);
				MUST(nng_socket_set_ms(a, NNG_OPT_RECVTIMEO, 300));
				rv = nng_recv(a, body, &back, 0);
				if (rv == 0) {
					break;
				}
				RV_IN(rv, NNG_ETIMEDOUT);
				CHECK(tries < 20); // rejected while the giant's pipe was still there: it dials again
			}
			CHECK(back == 5);
			MUST(nng_close(a));
			MUST(nng_close(b));
			beat();
		}
	}
}
