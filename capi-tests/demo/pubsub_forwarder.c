// Passes on what publishers say to subscribers, so that neither need know the other: publishers
// dial the first address, subscribers the second.
//
//	pubsub_forwarder FRONT BACK
//
// For example, with nngcat on both sides:
//
//	nngcat --pub --dial FRONT --data hello --interval 1
//	nngcat --sub --dial BACK --quoted
#include <stdio.h>
#include <stdlib.h>

#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>

static void
check(int rv, const char *what)
{
	if (rv != 0) {
		fprintf(stderr, "%s: %s\n", what, nng_strerror(rv));
		exit(1);
	}
}

int
main(int argc, char **argv)
{
	nng_socket front, back;

	if (argc != 3) {
		fprintf(stderr, "usage: %s FRONT BACK\n", argv[0]);
		return 2;
	}
	// Raw: what a raw subscriber receives is not filtered, and goes on as it is.
	check(nng_sub0_open_raw(&front), "nng_sub0_open_raw");
	check(nng_pub0_open_raw(&back), "nng_pub0_open_raw");
	check(nng_listen(front, argv[1], NULL, 0), "nng_listen");
	check(nng_listen(back, argv[2], NULL, 0), "nng_listen");
	// Returns when one of the sockets is closed.
	check(nng_device(front, back), "nng_device");
	return 0;
}
