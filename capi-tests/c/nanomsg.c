// Programs for nanomsg, through the header of that name.
#include "testing.h"
#include <nng/compat/nanomsg/nn.h>
#include <nng/compat/nanomsg/pair.h>
#include <nng/compat/nanomsg/reqrep.h>

int
main(void)
{
	char   buf[16];
	void  *msg;
	int    ms = 20, got;
	size_t len;
	testing_begin(10);
	int one = nn_socket(AF_SP, NN_PAIR), two = nn_socket(AF_SP, NN_PAIR);
	CHECK(one >= 0 && two >= 0);
	CHECK(nn_bind(one, "inproc://nn") >= 0);
	CHECK(nn_connect(two, "inproc://nn") >= 0);
	CHECK(nn_send(one, "hello", 6, 0) == 6);
	CHECK(nn_recv(two, buf, sizeof(buf), 0) == 6 && strcmp(buf, "hello") == 0);
	CHECK((msg = nn_allocmsg(4, 0)) != NULL);
	memcpy(msg, "msg", 4);
	CHECK(nn_send(two, &msg, NN_MSG, 0) == 4);
	CHECK(nn_recv(one, &msg, NN_MSG, 0) == 4 && strcmp(msg, "msg") == 0);
	CHECK(nn_freemsg(msg) == 0);
	CHECK(nn_setsockopt(one, NN_SOL_SOCKET, NN_RCVTIMEO, &ms, sizeof(ms)) == 0);
	len = sizeof(got);
	CHECK(nn_getsockopt(one, NN_SOL_SOCKET, NN_RCVTIMEO, &got, &len) == 0 && got == 20);
	// Of what can only be read, the error says that; of what is no option, that.
	CHECK(nn_setsockopt(one, NN_SOL_SOCKET, NN_RCVFD, &ms, sizeof(ms)) == -1);
	CHECK(nn_errno() == EACCES);
	CHECK(nn_setsockopt(one, NN_SOL_SOCKET, NN_DOMAIN, &ms, sizeof(ms)) == -1);
	CHECK(nn_errno() == ENOPROTOOPT);
	CHECK(nn_recv(one, buf, sizeof(buf), 0) == -1 && nn_errno() == ETIMEDOUT);
	CHECK(nn_recv(one, buf, sizeof(buf), NN_DONTWAIT) == -1 && nn_errno() == EAGAIN);
	CHECK(nn_close(one) == 0);
	CHECK(nn_close(one) == -1 && nn_errno() == EBADF);
	CHECK(nn_close(two) == 0);
	printf("closed\n");
	return 0;
}
