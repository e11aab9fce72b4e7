// RESPONDENT receives and answers while surveyors leave; a REQ is closed right after its resend
// fired, with servers that never answer.
#include "stress.h"

const char *const stress_name       = "11_survey_disconnect";
const char *const stress_transports = "inproc ipc tcp";

#define RESPONDENTS 3

static void
responds(void *arg)
{
	nng_socket s = *(nng_socket *) arg;
	for (;;) {
		nng_msg *msg;
		AT("nng_recvmsg(respondent)");
		int rv = nng_recvmsg(s, &msg, 0);
		if (rv == 0) {
			AT("nng_sendmsg(respondent)");
			rv = nng_sendmsg(s, msg, 0);
			if (rv != 0) {
				nng_msg_free(msg);
			}
		}
		if (rv == NNG_ECLOSED) {
			return;
		}
		RV_IN(rv, 0, NNG_ESTATE);
	}
}

static void
surveys(const char *transport)
{
	nng_socket r[RESPONDENTS];
	char       url[RESPONDENTS][URL_MAX];
	pthread_t  t[RESPONDENTS];

	for (int i = 0; i < RESPONDENTS; i++) {
		MUST(nng_respondent0_open(&r[i]));
		listen_fresh(r[i], transport, url[i]);
		t[i] = spawn(responds, &r[i]);
	}
	for (int n = 0; n < 10; n++) {
		nng_socket s;
		MUST(nng_surveyor0_open(&s));
		MUST(nng_socket_set_ms(s, NNG_OPT_SURVEYOR_SURVEYTIME, 10000));
		for (int i = 0; i < RESPONDENTS; i++) {
			MUST(nng_dial(s, url[i], NULL, 0));
		}
		MUST(nng_send(s, "who", 4, 0));
		for (int i = (int) rnd(RESPONDENTS + 1); i > 0; i--) {
			nng_msg *msg;
			AT("nng_recvmsg(surveyor)");
			int rv = nng_recvmsg(s, &msg, 0);
			if (rv != 0) {
				nng_stat *stats;
				MUST(nng_stats_get(&stats));
				nng_stats_dump(stats);
				FAIL("%d of %d answers still missing: %s", i, RESPONDENTS, nng_strerror(rv));
			}
			nng_msg_free(msg);
		}
		MUST(nng_close(s));
		beat();
	}
	for (int i = 0; i < RESPONDENTS; i++) {
		MUST(nng_close(r[i]));
		join(t[i]);
	}
}

static void
resends(const char *transport)
{
	nng_socket rep, req;
	char       url[URL_MAX];
	nng_msg   *msg;
	int        rv;

	MUST(nng_rep0_open(&rep));
	MUST(nng_req0_open(&req));
	MUST(nng_socket_set_ms(rep, NNG_OPT_RECVTIMEO, 3000));
	MUST(nng_socket_set_ms(req, NNG_OPT_REQ_RESENDTIME, 3));
	// Later versions look only so often; the option is theirs.
	rv = nng_socket_set_ms(req, "req:resend-tick", 1);
	RV_IN(rv, 0, NNG_ENOTSUP);
	listen_fresh(rep, transport, url);
	MUST(nng_dial(req, url, NULL, 0));
	MUST(nng_send(req, "again", 6, 0));
	for (int i = (int) rnd(3); i >= 0; i--) {
		MUST(nng_recvmsg(rep, &msg, 0));
		nng_msg_free(msg);
	}
	jitter(4000);
	MUST(nng_close(req));
	MUST(nng_close(rep));
}

static void
one_round(const char *transport)
{
	surveys(transport);
	resends(transport);
}
