// Faulty on purpose: a message that nobody frees. A checker that is on says so.
#include <nng/nng.h>
#include <string.h>

int
main(void)
{
	for (int i = 0; i < 10; i++) {
		nng_msg *msg;
		if (nng_msg_alloc(&msg, 50000) != 0) {
			return 2;
		}
		memset(&msg, 0, sizeof(msg));
	}
	nng_fini();
	return 0;
}
