// ours only: version 1.5.2 crashes when a header is set
// Headers of the program's own, one by one and several at once.
#include "testing.h"
#include <nng/protocol/pair0/pair.h>
#include <nng/transport/ws/websocket.h>

static void
has(nng_pipe p, const char *name, const char *want)
{
	char *value;
	OK(nng_pipe_get_string(p, name, &value));
	CHECK(strcmp(value, want) == 0);
	nng_strfree(value);
}

int
main(void)
{
	nng_socket   one, two;
	nng_listener l;
	nng_dialer   d;
	nng_msg     *msg;
	int          port;
	char         url[64];
	char        *value;

	testing_begin(60);
	OK(nng_pair0_open(&one));
	OK(nng_pair0_open(&two));
	OK(nng_listener_create(&l, one, "ws://127.0.0.1:0/"));
	OK(nng_listener_set_string(l, NNG_OPT_WS_RESPONSE_HEADERS, "X-One: 1\r\nX-Two: 2"));
	OK(nng_listener_set_string(l, NNG_OPT_WS_RESPONSE_HEADER "X-Three", "3"));
	OK(nng_listener_set_string(l, NNG_OPT_WS_RESPONSE_HEADER "x-three", "4"));
	OK(nng_listener_start(l, 0));
	OK(nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port));
	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/", port);
	OK(nng_dialer_create(&d, two, url));
	OK(nng_dialer_set_string(d, NNG_OPT_WS_REQUEST_HEADERS, "X-Client: five"));
	OK(nng_dialer_start(d, 0));
	OK(nng_msg_alloc(&msg, 1));
	OK(nng_sendmsg(two, msg, 0));
	OK(nng_recvmsg(one, &msg, 0));
	has(nng_msg_get_pipe(msg), NNG_OPT_WS_REQUEST_HEADER "X-CLIENT", "five");
	OK(nng_sendmsg(one, msg, 0));
	OK(nng_recvmsg(two, &msg, 0));
	has(nng_msg_get_pipe(msg), NNG_OPT_WS_RESPONSE_HEADER "X-One", "1");
	has(nng_msg_get_pipe(msg), NNG_OPT_WS_RESPONSE_HEADER "X-Two", "2");
	has(nng_msg_get_pipe(msg), NNG_OPT_WS_RESPONSE_HEADER "X-Three", "4");
	OK(nng_pipe_get_string(nng_msg_get_pipe(msg), NNG_OPT_WS_RESPONSE_HEADERS, &value));
	CHECK(strstr(value, "X-Two: 2\r\n") != NULL);
	nng_strfree(value);
	nng_msg_free(msg);
	OK(nng_close(one));
	OK(nng_close(two));
	nng_fini();
	return (0);
}
