// Requests and replies over each transport: order, contexts, states, timeouts, closed sockets.
#include "testing.h"
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

static void
exchange(const char *transport)
{
	nng_socket req, rep;
	char       buf[32];
	size_t     len;

	OK(nng_req0_open(&req));
	OK(nng_rep0_open(&rep));
	testing_connect(rep, req, transport);
	for (int i = 0; i < 100; i++) {
		char text[32];
		snprintf(text, sizeof(text), "request %d", i);
		OK(nng_send(req, text, strlen(text) + 1, 0));
		len = sizeof(buf);
		OK(nng_recv(rep, buf, &len, 0));
		CHECK(strcmp(buf, text) == 0 && len == strlen(text) + 1);
		buf[0] = 'R';
		OK(nng_send(rep, buf, len, 0));
		char *answer;
		OK(nng_recv(req, &answer, &len, NNG_FLAG_ALLOC));
		CHECK(answer[0] == 'R' && strcmp(answer + 1, text + 1) == 0);
		nng_free(answer, len);
	}

	// Nobody asked, nobody may answer.
	GIVES(NNG_ESTATE, nng_send(rep, "x", 1, 0));
	len = sizeof(buf);
	GIVES(NNG_ESTATE, nng_recv(req, buf, &len, 0));
	GIVES(NNG_EAGAIN, nng_recv(rep, buf, &len, NNG_FLAG_NONBLOCK));
	OK(nng_socket_set_ms(rep, NNG_OPT_RECVTIMEO, 20));
	GIVES(NNG_ETIMEDOUT, nng_recv(rep, buf, &len, 0));

	// Two contexts, answered in the other order.
	nng_ctx  one, two, answer_one, answer_two;
	nng_msg *m;
	OK(nng_ctx_open(&one, req));
	OK(nng_ctx_open(&two, req));
	OK(nng_ctx_open(&answer_one, rep));
	OK(nng_ctx_open(&answer_two, rep));
	OK(nng_msg_alloc(&m, 0));
	OK(nng_msg_append(m, "1", 1));
	OK(nng_ctx_sendmsg(one, m, 0));
	OK(nng_ctx_recvmsg(answer_one, &m, 0));
	CHECK(*(char *) nng_msg_body(m) == '1');
	nng_msg *first = m;
	OK(nng_msg_alloc(&m, 0));
	OK(nng_msg_append(m, "2", 1));
	OK(nng_ctx_sendmsg(two, m, 0));
	OK(nng_ctx_recvmsg(answer_two, &m, 0));
	CHECK(*(char *) nng_msg_body(m) == '2');
	OK(nng_ctx_sendmsg(answer_two, m, 0));
	OK(nng_ctx_sendmsg(answer_one, first, 0));
	OK(nng_ctx_recvmsg(one, &m, 0));
	CHECK(*(char *) nng_msg_body(m) == '1');
	nng_msg_free(m);
	OK(nng_ctx_recvmsg(two, &m, 0));
	CHECK(*(char *) nng_msg_body(m) == '2');
	nng_msg_free(m);
	OK(nng_ctx_close(one));
	GIVES(NNG_ECLOSED, nng_ctx_close(one));
	GIVES(NNG_ECLOSED, nng_ctx_recvmsg(one, &m, 0));

	OK(nng_close(req));
	GIVES(NNG_ECLOSED, nng_close(req));
	GIVES(NNG_ECLOSED, nng_send(req, "x", 1, 0));
	GIVES(NNG_ECLOSED, nng_ctx_recvmsg(two, &m, 0));
	OK(nng_close(rep));
	printf("%s: answered\n", transport);
}

// A request whose server goes is sent again to the next.
static void
resent(void)
{
	nng_socket req, first, second;
	char       buf[32];
	size_t     len = sizeof(buf);

	OK(nng_req0_open(&req));
	OK(nng_rep0_open(&first));
	OK(nng_rep0_open(&second));
	OK(nng_socket_set_ms(req, NNG_OPT_RECVTIMEO, 5000));
	testing_connect(req, first, "tcp");
	OK(nng_send(req, "again", 6, 0));
	OK(nng_recv(first, buf, &len, 0));
	testing_connect(req, second, "tcp");
	OK(nng_close(first));
	len = sizeof(buf);
	OK(nng_recv(second, buf, &len, 0));
	CHECK(strcmp(buf, "again") == 0);
	OK(nng_send(second, "done", 5, 0));
	len = sizeof(buf);
	OK(nng_recv(req, buf, &len, 0));
	CHECK(strcmp(buf, "done") == 0);
	OK(nng_close(req));
	OK(nng_close(second));
	printf("sent again\n");
}

int
main(void)
{
	testing_begin(30);
	exchange("inproc");
	exchange("ipc");
	exchange("tcp");
	resent();
	return 0;
}
