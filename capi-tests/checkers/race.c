// Faulty on purpose: two threads lengthen one message. A checker that is on says so.
#include <nng/nng.h>
#include <pthread.h>

static nng_msg *msg;

static void *
lengthens(void *arg)
{
	for (int i = 0; i < 10; i++) {
		(void) nng_msg_append(msg, "x", 1);
	}
	return arg;
}

int
main(void)
{
	pthread_t one, two;
	if (nng_msg_alloc(&msg, 0) != 0 || nng_msg_reserve(msg, 1000) != 0) {
		return 2;
	}
	pthread_create(&one, NULL, lengthens, NULL);
	pthread_create(&two, NULL, lengthens, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
