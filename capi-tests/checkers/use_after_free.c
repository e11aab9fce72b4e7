// Faulty on purpose: a message is asked for its length after it was freed. A checker that is on says so.
#include <nng/nng.h>
#include <stdio.h>

int
main(void)
{
	nng_msg *msg;
	if (nng_msg_alloc(&msg, 100) != 0) {
		return 2;
	}
	nng_msg_free(msg);
	printf("%zu\n", nng_msg_len(msg));
	return 0;
}
