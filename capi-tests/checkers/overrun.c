// Faulty on purpose: a byte behind a message's memory is read. A checker that is on says so.
#include <nng/nng.h>
#include <stdio.h>

int
main(void)
{
	nng_msg *msg;
	if (nng_msg_alloc(&msg, 50000) != 0) {
		return 2;
	}
	char *body = nng_msg_body(msg);
	printf("%d\n", body[nng_msg_capacity(msg)]);
	nng_msg_free(msg);
	return 0;
}
