// Surveys: every respondent answers, a survey ends in time, a new one ends the old.
#include "testing.h"
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>

static void
expect(nng_socket s, const char *want)
{
	char   buf[32];
	size_t len = sizeof(buf);
	OK(nng_recv(s, buf, &len, 0));
	CHECK(strcmp(buf, want) == 0);
}

int
main(void)
{
	static const char *transports[] = { "inproc", "ipc", "tcp" };
	// Long enough to ask for an answer before it is over.
	nng_duration brief = 50 * (nng_duration) testing_slower();
	testing_begin(30);
	for (int i = 0; i < 3; i++) {
		nng_socket   surv, resp[2];
		char         buf[32];
		size_t       len;
		nng_duration time;
		OK(nng_surveyor0_open(&surv));
		OK(nng_socket_get_ms(surv, NNG_OPT_SURVEYOR_SURVEYTIME, &time));
		CHECK(time == 1000);
		OK(nng_socket_set_ms(surv, NNG_OPT_SURVEYOR_SURVEYTIME, 10000));
		for (int j = 0; j < 2; j++) {
			OK(nng_respondent0_open(&resp[j]));
			GIVES(NNG_ESTATE, nng_send(resp[j], "x", 2, 0));
			GIVES(NNG_EAGAIN, nng_send(resp[j], "x", 2, NNG_FLAG_NONBLOCK));
			testing_connect(resp[j], surv, transports[i]);
		}
		len = sizeof(buf);
		GIVES(NNG_ESTATE, nng_recv(surv, buf, &len, 0));
		OK(nng_send(surv, "old", 4, 0));
		expect(resp[0], "old");
		expect(resp[1], "old");
		OK(nng_send(surv, "new", 4, 0));
		OK(nng_send(resp[0], "late", 5, 0));
		for (int j = 0; j < 2; j++) {
			expect(resp[j], "new");
			OK(nng_send(resp[j], "yes", 4, 0));
		}
		expect(surv, "yes");
		expect(surv, "yes");

		// An answer that comes when its survey is over is dropped.
		OK(nng_socket_set_ms(surv, NNG_OPT_SURVEYOR_SURVEYTIME, brief));
		OK(nng_send(surv, "over", 5, 0));
		expect(resp[0], "over");
		expect(resp[1], "over");
		len = sizeof(buf);
		GIVES(NNG_ETIMEDOUT, nng_recv(surv, buf, &len, 0));
		GIVES(NNG_ESTATE, nng_recv(surv, buf, &len, 0));
		OK(nng_send(resp[0], "late", 5, 0));
		OK(nng_socket_set_ms(surv, NNG_OPT_SURVEYOR_SURVEYTIME, 10000));
		OK(nng_send(surv, "last", 5, 0));
		expect(resp[0], "last");
		OK(nng_send(resp[0], "here", 5, 0));
		expect(surv, "here");

		nng_ctx  ctx;
		nng_msg *m;
		OK(nng_ctx_open(&ctx, surv));
		OK(nng_ctx_set_ms(ctx, NNG_OPT_SURVEYOR_SURVEYTIME, brief));
		OK(nng_msg_alloc(&m, 0));
		OK(nng_ctx_sendmsg(ctx, m, 0));
		GIVES(NNG_ETIMEDOUT, nng_ctx_recvmsg(ctx, &m, 0));
		GIVES(NNG_ESTATE, nng_ctx_recvmsg(ctx, &m, 0));
		OK(nng_close(surv));
		OK(nng_close(resp[0]));
		OK(nng_close(resp[1]));
		printf("%s: surveyed\n", transports[i]);
	}
	return 0;
}
