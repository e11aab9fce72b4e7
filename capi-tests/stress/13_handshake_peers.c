// Peers that talk junk, stay silent, trickle, go half-open or reset during the handshake; others
// must connect and be served at once meanwhile. At listeners and at dialers.
#include "stress.h"
#include "raw.h"

const char *const stress_name       = "13_handshake_peers";
const char *const stress_transports = "ipc tcp";

#define STRANGERS 24

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

static void
one_round(const char *transport)
{
	nng_socket rep, req;
	char       url[URL_MAX], trap[URL_MAX];
	int        fds[STRANGERS], trap_fd, held[8];
	int        holding = 0;
	double     from;

	MUST(nng_rep0_open(&rep));
	MUST(nng_req0_open(&req));
	set_timeouts(rep, 5000, 5000);
	set_timeouts(req, 5000, 5000);
	listen_fresh(rep, transport, url);
	for (int i = 0; i < STRANGERS; i++) {
		unsigned char junk[64];
		AT("a stranger connects");
		fds[i] = raw_connect(url);
		CHECK(fds[i] >= 0);
		for (size_t k = 0; k < sizeof(junk); k++) {
			junk[k] = (unsigned char) rnd(256);
		}
		switch (i % 6) {
		case 0: // silent
			break;
		case 1:
			raw_write(fds[i], junk, sizeof(junk));
			break;
		case 2: // stops halfway
			raw_write(fds[i], "\0SP\0", 4);
			break;
		case 3: // half-open
			raw_write(fds[i], "\0SP", 3);
			shutdown(fds[i], SHUT_WR);
			break;
		case 4: // the wrong protocol: PAIR
			raw_write(fds[i], "\0SP\0\0\x10\0\0", 8);
			break;
		case 5:
			raw_write(fds[i], junk, rnd(8));
			raw_reset(fds[i]);
			fds[i] = -1;
			break;
		}
	}
	from = now_s();
	MUST(nng_dial(req, url, NULL, 0));
	exchange(req, rep);
	if (now_s() - from > 2) {
		FAIL("a good peer waited %.1f s for its reply", now_s() - from);
	}
	// Now a dialer of ours falls into the hands of such a peer.
	trap_fd = raw_listen(trap, transport);
	MUST(nng_dial(req, trap, NULL, NNG_FLAG_NONBLOCK));
	for (int i = 0; i < 3; i++) {
		struct pollfd pfd = { .fd = trap_fd, .events = POLLIN };
		AT("waiting for the dialer in the trap");
		if (poll(&pfd, 1, 1500) > 0) {
			int fd = accept4(trap_fd, NULL, NULL, SOCK_CLOEXEC);
			CHECK(fd >= 0);
			if (i < 2) {
				raw_write(fd, i == 0 ? "HTTP/1.1 200 OK\r\n\r\n" : "\0SP\0\0\x10\0\0", i == 0 ? 19 : 8);
			}
			held[holding++] = fd;
		}
		exchange(req, rep);
	}
	CHECK(holding > 0);
	if (rnd(2) == 0) {
		MUST(nng_close(req));
		MUST(nng_close(rep));
	} else {
		MUST(nng_close(rep));
		MUST(nng_close(req));
	}
	for (int i = 0; i < holding; i++) {
		AT("waiting for the library to hang up");
		if (!raw_hung_up(held[i], 5000)) {
			FAIL("a connection outlives its closed socket");
		}
		close(held[i]);
	}
	for (int i = 0; i < STRANGERS; i++) {
		if (fds[i] >= 0) {
			if (!raw_hung_up(fds[i], 5000)) {
				FAIL("stranger %d is still connected after nng_close", i % 6);
			}
			close(fds[i]);
		}
	}
	close(trap_fd);
	raw_unlink(trap);
}
