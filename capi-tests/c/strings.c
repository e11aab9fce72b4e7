// Error texts, memory, printed addresses, clock and random numbers.
#include "testing.h"
#include <nng/supplemental/util/platform.h>

#include <arpa/inet.h>

int
main(void)
{
	testing_begin(20);
	for (int i = 0; i <= NNG_ECONNSHUT; i++) {
		printf("%d %s\n", i, nng_strerror(i));
	}
	printf("%s\n", nng_strerror(NNG_EINTERNAL));
	printf("%s\n", nng_strerror(NNG_ESYSERR + 2));
	CHECK(strcmp(nng_strerror(NNG_ESYSERR + 2), strerror(2)) == 0);
	printf("%s\n", nng_strerror(NNG_ETRANERR + 2));
	printf("%s\n", nng_strerror(9999));
	CHECK(nng_version()[0] == '1' && nng_version()[1] == '.');

	char *mem = nng_alloc(64);
	CHECK(mem != NULL);
	memset(mem, 7, 64);
	nng_free(mem, 64);
	nng_free(NULL, 0);
	char *text = nng_strdup("some text");
	CHECK(strcmp(text, "some text") == 0);
	nng_strfree(text);
	nng_strfree(NULL);

	nng_time before = nng_clock();
	nng_msleep(5);
	CHECK(nng_clock() >= before + 5);
	uint32_t a = nng_random(), b = nng_random(), c = nng_random();
	CHECK(a != b || b != c);
	return 0;
}
