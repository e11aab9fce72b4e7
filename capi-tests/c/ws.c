// WebSocket: SP and streams over ws, headers, sharing a port with a server, refusals.
#include "testing.h"
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/http/http.h>
#include <nng/supplemental/util/platform.h>
#include <nng/transport/ws/websocket.h>

// Two ports that were free a moment ago.
static int
some_port(void)
{
	nng_stream_listener *l;
	int                  port;
	OK(nng_stream_listener_alloc(&l, "tcp://127.0.0.1:0"));
	OK(nng_stream_listener_listen(l));
	OK(nng_stream_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port));
	nng_stream_listener_free(l);
	return (port);
}

static void
messages(void)
{
	nng_socket   one, two;
	nng_listener l;
	nng_dialer   d;
	nng_pipe     p;
	nng_msg     *msg;
	char         url[64];
	char        *value;

	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/some/where", some_port());
	OK(nng_pair0_open(&one));
	OK(nng_pair0_open(&two));
	OK(nng_listener_create(&l, one, url));
	OK(nng_listener_start(l, 0));
	OK(nng_dialer_create(&d, two, url));
	OK(nng_dialer_start(d, 0));
	for (size_t size = 1; size < 900000; size *= 7) {
		OK(nng_msg_alloc(&msg, size));
		memset(nng_msg_body(msg), (int) size, size);
		OK(nng_sendmsg(two, msg, 0));
		OK(nng_recvmsg(one, &msg, 0));
		CHECK(nng_msg_len(msg) == size);
		CHECK(((unsigned char *) nng_msg_body(msg))[size - 1] == (unsigned char) size);
		p = nng_msg_get_pipe(msg);
		OK(nng_pipe_get_string(p, NNG_OPT_WS_REQUEST_HEADER "sec-websocket-protocol", &value));
		CHECK(strcmp(value, "pair.sp.nanomsg.org") == 0);
		nng_strfree(value);
		OK(nng_sendmsg(one, msg, 0));
		OK(nng_recvmsg(two, &msg, 0));
		p = nng_msg_get_pipe(msg);
		OK(nng_pipe_get_string(p, NNG_OPT_WS_RESPONSE_HEADER "Upgrade", &value));
		CHECK(strcmp(value, "websocket") == 0);
		nng_strfree(value);
		OK(nng_pipe_get_string(p, NNG_OPT_WS_RESPONSE_HEADERS, &value));
		CHECK(strstr(value, "Sec-WebSocket-Accept: ") != NULL);
		nng_strfree(value);
		GIVES(NNG_ENOENT, nng_pipe_get_string(p, NNG_OPT_WS_REQUEST_HEADER "None", &value));
		nng_msg_free(msg);
		printf("%zu bytes there and back\n", size);
	}
	OK(nng_close(one));
	OK(nng_close(two));
}

static void
refused(void)
{
	nng_socket one, two;
	char       url[64], wrong[80];

	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/here", some_port());
	OK(nng_pair0_open(&one));
	OK(nng_pair0_open(&two));
	GIVES(NNG_ECONNREFUSED, nng_dial(two, url, NULL, 0));
	OK(nng_listen(one, url, NULL, 0));
	snprintf(wrong, sizeof(wrong), "%sx", url);
	GIVES(NNG_ECONNREFUSED, nng_dial(two, wrong, NULL, 0));
	GIVES(NNG_EADDRINUSE, nng_listen(two, url, NULL, 0));
	nng_socket req;
	OK(nng_req0_open(&req));
	CHECK(nng_dial(req, url, NULL, 0) != 0);
	OK(nng_dial(two, url, NULL, 0));
	OK(nng_close(req));
	OK(nng_close(one));
	OK(nng_close(two));
}

static void
move(nng_stream *s, nng_aio *aio, const char *buf, size_t len, bool in)
{
	while (len > 0) {
		nng_iov iov = { .iov_buf = (char *) buf, .iov_len = len };
		OK(nng_aio_set_iov(aio, 1, &iov));
		if (in) {
			nng_stream_recv(s, aio);
		} else {
			nng_stream_send(s, aio);
		}
		nng_aio_wait(aio);
		OK(nng_aio_result(aio));
		buf += nng_aio_count(aio);
		len -= nng_aio_count(aio);
	}
}

static void
streams(void)
{
	nng_stream_listener *l;
	nng_stream_dialer   *d;
	nng_aio             *a, *b;
	nng_stream          *s, *c;
	char                 url[64], got[6];
	size_t               size;
	bool                 text;

	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/stream", some_port());
	OK(nng_stream_listener_alloc(&l, url));
	OK(nng_stream_listener_get_size(l, NNG_OPT_WS_RECVMAXFRAME, &size));
	printf("rxframe %zu\n", size);
	OK(nng_stream_listener_get_size(l, NNG_OPT_WS_SENDMAXFRAME, &size));
	printf("txframe %zu\n", size);
	OK(nng_stream_listener_get_bool(l, NNG_OPT_WS_SEND_TEXT, &text));
	CHECK(!text);
	OK(nng_stream_listener_set_bool(l, NNG_OPT_WS_SEND_TEXT, true));
	OK(nng_stream_dialer_alloc(&d, url));
	OK(nng_stream_dialer_set_bool(d, NNG_OPT_WS_RECV_TEXT, true));
	OK(nng_aio_alloc(&a, NULL, NULL));
	OK(nng_aio_alloc(&b, NULL, NULL));
	nng_aio_set_timeout(a, 5000);
	nng_aio_set_timeout(b, 5000);
	nng_stream_listener_accept(l, a);
	nng_aio_wait(a);
	GIVES(NNG_ESTATE, nng_aio_result(a));
	OK(nng_stream_listener_listen(l));
	nng_stream_listener_accept(l, a);
	nng_stream_dialer_dial(d, b);
	nng_aio_wait(a);
	nng_aio_wait(b);
	OK(nng_aio_result(a));
	OK(nng_aio_result(b));
	s = nng_aio_get_output(a, 0);
	c = nng_aio_get_output(b, 0);
	move(c, b, "hello", 6, false);
	move(s, a, got, 6, true);
	printf("%s\n", got);
	move(s, a, "world", 6, false);
	move(c, b, got, 6, true);
	printf("%s\n", got);
	// Nothing comes.
	nng_aio_set_timeout(a, 50);
	nng_iov iov = { .iov_buf = got, .iov_len = 1 };
	OK(nng_aio_set_iov(a, 1, &iov));
	nng_stream_recv(s, a);
	nng_aio_wait(a);
	GIVES(NNG_ETIMEDOUT, nng_aio_result(a));
	nng_stream_close(c);
	nng_stream_free(c);
	nng_stream_free(s);
	nng_stream_dialer_free(d);
	nng_stream_listener_free(l);
	nng_aio_free(a);
	nng_aio_free(b);
}

// A peer that is gone without a CLOSE has closed.
static void
gone(void)
{
	static char ask[] = "GET /gone HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
	                    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
	                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
	nng_stream_listener *l;
	nng_stream_dialer   *d;
	nng_aio             *a, *b;
	nng_stream          *s, *c;
	char                 url[64], tcp[64], got[13];
	int                  port = some_port();

	snprintf(url, sizeof(url), "ws://127.0.0.1:%d/gone", port);
	snprintf(tcp, sizeof(tcp), "tcp://127.0.0.1:%d", port);
	OK(nng_aio_alloc(&a, NULL, NULL));
	OK(nng_aio_alloc(&b, NULL, NULL));
	nng_aio_set_timeout(a, 5000);
	nng_aio_set_timeout(b, 5000);
	OK(nng_stream_listener_alloc(&l, url));
	OK(nng_stream_listener_listen(l));
	nng_stream_listener_accept(l, a);
	OK(nng_stream_dialer_alloc(&d, tcp));
	nng_stream_dialer_dial(d, b);
	nng_aio_wait(b);
	OK(nng_aio_result(b));
	c = nng_aio_get_output(b, 0);
	move(c, b, ask, sizeof(ask) - 1, false);
	move(c, b, got, 12, true);
	got[12] = 0;
	printf("%s\n", got);
	nng_aio_wait(a);
	OK(nng_aio_result(a));
	s = nng_aio_get_output(a, 0);
	nng_stream_free(c);
	nng_iov iov = { .iov_buf = got, .iov_len = 1 };
	OK(nng_aio_set_iov(a, 1, &iov));
	nng_stream_recv(s, a);
	nng_aio_wait(a);
	GIVES(NNG_ECLOSED, nng_aio_result(a));
	nng_stream_free(s);
	nng_stream_dialer_free(d);
	nng_stream_listener_free(l);
	nng_aio_free(a);
	nng_aio_free(b);
}

// A page and a socket on one port.
static void
shared(void)
{
	nng_http_server  *server;
	nng_http_handler *h;
	nng_http_client  *client;
	nng_http_req     *req;
	nng_http_res     *res;
	nng_url          *url;
	nng_aio          *aio;
	nng_socket        one, two;
	char              text[64], sp[64];
	int               port = some_port();

	snprintf(text, sizeof(text), "http://127.0.0.1:%d/page", port);
	snprintf(sp, sizeof(sp), "ws://127.0.0.1:%d/sp", port);
	OK(nng_url_parse(&url, text));
	OK(nng_http_server_hold(&server, url));
	OK(nng_http_handler_alloc_static(&h, "/page", "a page", 6, "text/plain"));
	OK(nng_http_server_add_handler(server, h));
	OK(nng_http_server_start(server));
	OK(nng_pair0_open(&one));
	OK(nng_pair0_open(&two));
	OK(nng_listen(one, sp, NULL, 0));
	OK(nng_dial(two, sp, NULL, 0));
	OK(nng_send(two, "x", 1, 0));
	char   buf[1];
	size_t len = 1;
	OK(nng_recv(one, buf, &len, 0));
	OK(nng_http_client_alloc(&client, url));
	OK(nng_http_req_alloc(&req, url));
	OK(nng_http_res_alloc(&res));
	OK(nng_aio_alloc(&aio, NULL, NULL));
	nng_http_client_transact(client, req, res, aio);
	nng_aio_wait(aio);
	OK(nng_aio_result(aio));
	printf("page %d\n", nng_http_res_get_status(res));
	// The socket's path is no page.
	nng_http_req_free(req);
	OK(nng_http_req_alloc(&req, url));
	OK(nng_http_req_set_uri(req, "/sp"));
	nng_http_client_transact(client, req, res, aio);
	nng_aio_wait(aio);
	OK(nng_aio_result(aio));
	printf("sp %d\n", nng_http_res_get_status(res));
	nng_aio_free(aio);
	nng_http_req_free(req);
	nng_http_res_free(res);
	nng_http_client_free(client);
	nng_url_free(url);
	OK(nng_close(two));
	OK(nng_close(one));
	nng_http_server_stop(server);
	nng_http_server_release(server);
}

int
main(void)
{
	testing_begin(60);
	OK(nng_ws_register());
	messages();
	refused();
	streams();
	gone();
	shared();
	nng_fini();
	return (0);
}
