// A program as a library's users write it: C and C++ alike.
#include <nng/nng.h>
#include <nng/protocol/pair1/pair.h>
#include <stdio.h>
#include <string.h>

int
main(void)
{
	nng_socket one, two;
	char       text[16];
	size_t     len = sizeof(text);
	if (nng_pair1_open(&one) != 0 || nng_pair1_open(&two) != 0 ||
	    nng_listen(one, "inproc://consumer", NULL, 0) != 0 ||
	    nng_dial(two, "inproc://consumer", NULL, 0) != 0 ||
	    nng_send(one, (void *) "hello", 6, 0) != 0 || nng_recv(two, text, &len, 0) != 0 ||
	    strcmp(text, "hello") != 0) {
		return 1;
	}
	printf("nng %s says %s\n", nng_version(), text);
	nng_close(one);
	nng_close(two);
	nng_fini();
	return 0;
}
