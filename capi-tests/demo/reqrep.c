// Asks a server for the date, or is that server.
//
//	reqrep server URL [COUNT]    answers, COUNT times if that is given
//	reqrep client URL            asks once
//
// A request is the number 1 in 64 bits, most significant byte first; the answer is the time in
// seconds since 1970, likewise. The demo of the same name of the old library talks to this one.
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

#define DATE 1

static void
check(int rv, const char *what)
{
	if (rv != 0) {
		fprintf(stderr, "%s: %s\n", what, nng_strerror(rv));
		exit(1);
	}
}

static int
server(const char *url, long count)
{
	nng_socket s;
	check(nng_rep0_open(&s), "nng_rep0_open");
	check(nng_listen(s, url, NULL, 0), "nng_listen");
	for (long i = 0; count == 0 || i < count; i++) {
		nng_msg *msg;
		uint64_t command;
		check(nng_recvmsg(s, &msg, 0), "nng_recvmsg");
		if (nng_msg_trim_u64(msg, &command) == 0 && command == DATE) {
			printf("SERVER: RECEIVED DATE REQUEST\n");
			check(nng_msg_append_u64(msg, (uint64_t) time(NULL)), "nng_msg_append_u64");
		}
		check(nng_sendmsg(s, msg, 0), "nng_sendmsg");
	}
	// Closing writes out what was accepted.
	return nng_close(s);
}

static int
client(const char *url)
{
	nng_socket s;
	nng_msg   *msg;
	uint64_t   seconds;
	check(nng_req0_open(&s), "nng_req0_open");
	check(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 10000), "nng_socket_set_ms");
	check(nng_dial(s, url, NULL, NNG_FLAG_NONBLOCK), "nng_dial");
	check(nng_msg_alloc(&msg, 0), "nng_msg_alloc");
	check(nng_msg_append_u64(msg, DATE), "nng_msg_append_u64");
	check(nng_sendmsg(s, msg, 0), "nng_sendmsg");
	check(nng_recvmsg(s, &msg, 0), "nng_recvmsg");
	check(nng_msg_trim_u64(msg, &seconds), "nng_msg_trim_u64");
	nng_msg_free(msg);
	time_t now = (time_t) seconds;
	printf("CLIENT: RECEIVED DATE: %s", asctime(localtime(&now)));
	return nng_close(s);
}

int
main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc >= 3 && strcmp(argv[1], "server") == 0) {
		return server(argv[2], argc > 3 ? atol(argv[3]) : 0);
	}
	if (argc == 3 && strcmp(argv[1], "client") == 0) {
		return client(argv[2]);
	}
	fprintf(stderr, "usage: %s server URL [COUNT] | client URL\n", argv[0]);
	return 2;
}
