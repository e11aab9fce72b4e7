// Devices as operations, which end when they are cancelled.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>

int
main(void)
{
	nng_socket b, c;
	nng_aio   *aio;

	testing_begin(20);
	OK(nng_pair1_open_raw(&b));
	OK(nng_pair1_open_raw(&c));
	OK(nng_aio_alloc(&aio, NULL, NULL));
	nng_device_aio(aio, b, c);
	CHECK(nng_aio_busy(aio));
	nng_aio_cancel(aio);
	nng_aio_wait(aio);
	printf("cancelled: %s\n", nng_strerror(nng_aio_result(aio)));
	nng_aio_free(aio);
	(void) nng_close(b);
	(void) nng_close(c);
	return 0;
}
