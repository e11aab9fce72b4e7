// The library is ended with live sockets, and used again.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>

int
main(void)
{
	testing_begin(30);
	for (int i = 0; i < 3; i++) {
		nng_socket one, two;
		char       buf[8];
		size_t     len = sizeof(buf);
		OK(nng_pair1_open(&one));
		OK(nng_pair1_open(&two));
		testing_connect(one, two, i == 0 ? "inproc" : i == 1 ? "ipc" : "tcp");
		OK(nng_send(one, "x", 2, 0));
		OK(nng_recv(two, buf, &len, 0));
		nng_fini();
		GIVES(NNG_ECLOSED, nng_send(one, "x", 2, 0));
	}
	nng_fini();
	return 0;
}
