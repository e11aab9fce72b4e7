// Bus: each neighbour gets a message once, the sender does not, and there are no contexts.
#include "testing.h"
#include <nng/protocol/bus0/bus.h>

static void
expect(nng_socket s, const char *want)
{
	char   buf[32];
	size_t len = sizeof(buf);
	OK(nng_recv(s, buf, &len, 0));
	CHECK(len == strlen(want) + 1 && strcmp(buf, want) == 0);
}

int
main(void)
{
	static const char *transports[] = { "inproc", "ipc", "tcp" };
	testing_begin(30);
	for (int i = 0; i < 3; i++) {
		nng_socket s[3];
		nng_ctx    ctx;
		for (int j = 0; j < 3; j++) {
			OK(nng_bus0_open(&s[j]));
			OK(nng_socket_set_ms(s[j], NNG_OPT_RECVTIMEO, 5000));
		}
		GIVES(NNG_ENOTSUP, nng_ctx_open(&ctx, s[0]));
		testing_connect(s[0], s[1], transports[i]);
		testing_connect(s[0], s[2], transports[i]);
		// The leaves speak first, so that the middle knows both.
		OK(nng_send(s[1], "one", 4, 0));
		expect(s[0], "one");
		OK(nng_send(s[2], "two", 4, 0));
		expect(s[0], "two");
		OK(nng_send(s[0], "all", 4, 0));
		expect(s[1], "all");
		expect(s[2], "all");
		for (int j = 0; j < 3; j++) {
			char   buf[8];
			size_t len = sizeof(buf);
			GIVES(NNG_EAGAIN, nng_recv(s[j], buf, &len, NNG_FLAG_NONBLOCK));
			OK(nng_close(s[j]));
		}
		printf("%s: heard once\n", transports[i]);
	}
	return 0;
}
