// ours only: the library is ended in an exit handler, when the main thread's own storage is gone.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>

static void
ends(void)
{
	nng_fini();
	printf("ended\n");
}

int
main(void)
{
	const char *transports[] = { "inproc", "ipc", "tcp" };
	testing_begin(20);
	CHECK(atexit(ends) == 0);
	for (int i = 0; i < 3; i++) {
		nng_socket one, two;
		nng_msg   *msg;
		OK(nng_pair1_open(&one));
		OK(nng_pair1_open(&two));
		testing_connect(one, two, transports[i]);
		OK(nng_msg_alloc(&msg, 100000));
		OK(nng_sendmsg(one, msg, 0));
		OK(nng_recvmsg(two, &msg, 0));
		nng_msg_free(msg);
	}
	// The sockets stay open.
	return 0;
}
