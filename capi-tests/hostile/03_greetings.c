// Greetings that are wrong in one byte, cut off, trickled, or never come, 100 silent peers at a
// time: the wrong ones are hung up on, good ones served meanwhile, and closing hangs up on all.
#include "victims.h"

const char *const stress_name       = "03_greetings";
const char *const stress_transports = "ipc tcp";

#define SILENT 100

static void
one_round(const char *transport)
{
	nng_socket req, rep;
	char       url[URL_MAX];
	int        silent[SILENT], fd;

	MUST(nng_rep0_open(&rep));
	MUST(nng_req0_open(&req));
	set_timeouts(req, 5000, 5000);
	set_timeouts(rep, 5000, 5000);
	listen_fresh(rep, transport, url);
	for (int i = 0; i < SILENT; i++) {
		AT("a silent peer connects");
		silent[i] = raw_connect(url);
		CHECK(silent[i] >= 0);
		raw_write(silent[i], "\0SP\0\0\x30\0\0", (size_t) (i % 8));
	}
	MUST(nng_dial(req, url, NULL, 0));
	bystanders_are_served(req, rep);

	// One wrong byte, in each place.
	for (int at = 0; at < 8; at++) {
		unsigned char hello[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 };
		hello[at] ^= (unsigned char) (1 + rnd(255));
		if (hello[4] == 0 && hello[5] == 0x30 && at >= 4 && at < 6) {
			continue;
		}
		fd = raw_connect(url);
		CHECK(fd >= 0);
		raw_write(fd, hello, 8);
		AT("waiting for the library to hang up on a wrong greeting");
		if (!raw_hung_up(fd, 5000)) {
			FAIL("byte %d of the greeting was %02x, and it was taken", at, hello[at]);
		}
		close(fd);
		beat();
	}

	// Slowly, but right: served.
	fd = raw_connect(url);
	CHECK(fd >= 0);
	for (int i = 0; i < 8; i++) {
		raw_write(fd, "\0SP\0\0\x30\0\0" + i, 1);
		sleep_us(2000);
	}
	unsigned char hello[8], head[32], got[32];
	AT("a slow peer reads the greeting");
	CHECK(raw_read(fd, hello, 8, 3000));
	size_t n = raw_length(head, transport, 8);
	memcpy(head + n, "\x80\0\0\x2a" "asks", 8);
	raw_write(fd, head, n + 8);
	nng_msg *msg;
	MUST(nng_recvmsg(rep, &msg, 0));
	CHECK(nng_msg_len(msg) == 4 && memcmp(nng_msg_body(msg), "asks", 4) == 0);
	MUST(nng_sendmsg(rep, msg, 0));
	AT("a slow peer reads its reply");
	CHECK(raw_read(fd, got, n + 8, 3000));
	CHECK(memcmp(got, head, n + 8) == 0);
	close(fd);
	bystanders_are_served(req, rep);

	MUST(nng_close(rep));
	for (int i = 0; i < SILENT; i++) {
		AT("waiting for the library to hang up on a silent peer");
		if (!raw_hung_up(silent[i], 5000)) {
			FAIL("a silent peer outlives the socket");
		}
		close(silent[i]);
	}
	MUST(nng_close(req));
}
