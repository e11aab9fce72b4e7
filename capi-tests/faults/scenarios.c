// Small programs of each kind, for faults to be injected into: scenarios NAME. Each goes on until
// its exchanges have succeeded, closes, ends the library, and finds descriptors and threads gone.
#include "trying.h"
#include "../stress/cert.h"
#include <nng/compat/nanomsg/nn.h>
#include <nng/compat/nanomsg/reqrep.h>
#include <nng/protocol/bus0/bus.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/protocol/survey0/respond.h>
#include <nng/protocol/survey0/survey.h>
#include <nng/supplemental/http/http.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/supplemental/util/platform.h>
#include <nng/transport/tls/tls.h>

static nng_tls_config *
tls(nng_tls_mode mode)
{
	nng_tls_config *cfg;
	char            path[128];
	FILE           *f;
	TRY(nng_tls_config_alloc(&cfg, mode));
	if (mode == NNG_TLS_MODE_SERVER) {
		TRY(nng_tls_config_own_cert(cfg, stress_cert, stress_key, NULL));
		return cfg;
	}
	snprintf(path, sizeof(path), "%s/nng-faults-%d.pem", folder(), (int) getpid());
	f = fopen(path, "w");
	CHECK(f != NULL && fputs(stress_cert, f) >= 0 && fclose(f) == 0);
	TRY(nng_tls_config_ca_file(cfg, path));
	TRY(nng_tls_config_server_name(cfg, "localhost"));
	unlink(path);
	return cfg;
}

static void
no_keys(nng_tls_config *cfg)
{
	if (cfg != NULL) {
		nng_tls_config_free(cfg);
	}
}

// Connects two sockets; the second dials, for good.
static void
connect_for_good(nng_socket one, nng_socket two, const char *transport, const char *host)
{
	nng_listener    l;
	nng_dialer      d;
	nng_tls_config *server = NULL, *client = NULL;
	char            url[128];
	const char     *fresh_one = fresh(transport), *at;
	TRY(nng_listener_create(&l, one, fresh_one));
	if (strstr(transport, "tls") != NULL || strcmp(transport, "wss") == 0) {
		server = tls(NNG_TLS_MODE_SERVER);
		TRY(nng_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, server));
	}
	if (strcmp(transport, "ipc") == 0) {
		TRY(nng_listener_set_int(l, NNG_OPT_IPC_PERMISSIONS, 0600));
	}
	at = listens(l, fresh_one);
	snprintf(url, sizeof(url), "%s", at);
	if (host != NULL) {
		snprintf(url, sizeof(url), "tcp://%s%s", host, strrchr(at, ':'));
	}
	TRY(nng_dialer_create(&d, two, url));
	if (server != NULL) {
		client = tls(NNG_TLS_MODE_CLIENT);
		TRY(nng_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, client));
	}
	TRY(nng_dialer_start(d, 0));
	no_keys(server);
	no_keys(client);
}

static void *
replies(void *arg)
{
	nng_socket s = *(nng_socket *) arg;
	nng_msg   *msg;
	for (;;) {
		int rv = nng_recvmsg(s, &msg, 0);
		if (rv == NNG_ECLOSED) {
			return NULL;
		}
		if (rv == 0 && (rv = nng_sendmsg(s, msg, 0)) != 0) {
			nng_msg_free(msg);
		}
		if (rv != 0) {
			atomic_fetch_add(&errors, 1);
			sleep_ms(1);
		}
	}
}

static void
asks(nng_socket req, size_t size, uint32_t times)
{
	for (uint32_t n = 1; n <= times; n++) {
		nng_msg *msg = numbered(n, size);
		while (!ONCE(nng_sendmsg(req, msg, 0))) {
		}
		if (!ONCE(nng_recvmsg(req, &msg, 0))) {
			n--; // asked again
			continue;
		}
		nng_sockaddr there;
		CHECK(number_of(msg, size) == n);
		// The pipe may be gone already.
		(void) ONCE(nng_pipe_get_addr(nng_msg_get_pipe(msg), NNG_OPT_REMADDR, &there));
		nng_msg_free(msg);
	}
}

static void
requests(const char *transport, const char *host, size_t size)
{
	nng_socket req, rep;
	pthread_t  server;
	TRY(nng_rep0_open(&rep));
	TRY(nng_req0_open(&req));
	timeouts(rep, 500, NNG_DURATION_INFINITE);
	timeouts(req, 500, 1500);
	TRY(nng_socket_set_ms(req, NNG_OPT_REQ_RESENDTIME, 100));
	TRY(nng_socket_set_ms(req, NNG_OPT_REQ_RESENDTICK, 10));
	server = spawn(replies, &rep);
	connect_for_good(rep, req, transport, host);
	asks(req, size, 8);
	TRY(nng_close(req));
	TRY(nng_close(rep));
	pthread_join(server, NULL);
}

static void reqrep_tcp(void) { requests("tcp", NULL, 64); }
static void reqrep_ipc(void) { requests("ipc", NULL, 64); }
static void reqrep_abstract(void) { requests("abstract", NULL, 2000); }
static void reqrep_inproc(void) { requests("inproc", NULL, 64); }
static void reqrep_tls(void) { requests("tls+tcp", NULL, 20000); }
static void reqrep_ws(void) { requests("ws", NULL, 100000); }
static void reqrep_wss(void) { requests("wss", NULL, 64); }

static void
by_name(void)
{
	nng_socket   req, rep;
	nng_listener l;
	nng_dialer   d;
	pthread_t    server;
	char         url[64];
	const char  *at;
	TRY(nng_rep0_open(&rep));
	TRY(nng_req0_open(&req));
	timeouts(rep, 500, NNG_DURATION_INFINITE);
	timeouts(req, 500, 1500);
	TRY(nng_socket_set_ms(req, NNG_OPT_REQ_RESENDTIME, 100));
	TRY(nng_socket_set_ms(req, NNG_OPT_REQ_RESENDTICK, 10));
	server = spawn(replies, &rep);
	TRY(nng_listener_create(&l, rep, "tcp://localhost:0"));
	at = listens(l, "tcp://localhost:0");
	snprintf(url, sizeof(url), "%s", at);
	TRY(nng_dialer_create(&d, req, url));
	TRY(nng_dialer_start(d, NNG_FLAG_NONBLOCK));
	asks(req, 64, 4);
	TRY(nng_close(req));
	TRY(nng_close(rep));
	pthread_join(server, NULL);
}

struct context {
	nng_ctx  ctx;
	nng_aio *aio;
};

// Eight contexts at once, each with asynchronous operations.
static void
contexts(void)
{
	nng_socket     req, rep;
	pthread_t      server;
	struct context all[8];
	TRY(nng_rep0_open(&rep));
	TRY(nng_req0_open(&req));
	timeouts(rep, 500, NNG_DURATION_INFINITE);
	timeouts(req, 500, 1500);
	TRY(nng_socket_set_ms(req, NNG_OPT_REQ_RESENDTIME, 100));
	TRY(nng_socket_set_ms(req, NNG_OPT_REQ_RESENDTICK, 10));
	server = spawn(replies, &rep);
	connect_for_good(rep, req, "tcp", NULL);
	for (int i = 0; i < 8; i++) {
		TRY(nng_ctx_open(&all[i].ctx, req));
		TRY(nng_aio_alloc(&all[i].aio, NULL, NULL));
		nng_aio_set_timeout(all[i].aio, 1500);
	}
	for (uint32_t done = 0; done < 8;) {
		for (uint32_t i = done; i < 8; i++) {
			nng_aio_set_msg(all[i].aio, numbered(i, 64));
			nng_ctx_send(all[i].ctx, all[i].aio);
		}
		bool good = true;
		for (uint32_t i = done; i < 8; i++) {
			nng_aio_wait(all[i].aio);
			if (!ONCE(nng_aio_result(all[i].aio))) {
				nng_msg_free(nng_aio_get_msg(all[i].aio));
				good = false;
				continue;
			}
			nng_ctx_recv(all[i].ctx, all[i].aio);
			nng_aio_wait(all[i].aio);
			if (!ONCE(nng_aio_result(all[i].aio))) {
				good = false;
				continue;
			}
			nng_msg *msg = nng_aio_get_msg(all[i].aio);
			CHECK(number_of(msg, 64) == i);
			nng_msg_free(msg);
		}
		done = good ? 8 : done;
	}
	for (int i = 0; i < 8; i++) {
		nng_aio_free(all[i].aio);
		TRY(nng_ctx_close(all[i].ctx));
	}
	TRY(nng_close(req));
	TRY(nng_close(rep));
	pthread_join(server, NULL);
}

struct flow {
	nng_socket  s;
	size_t      size;
	unsigned    pause;
	atomic_bool enough;
};

static void *
pours(void *arg)
{
	struct flow *flow = arg;
	for (uint32_t n = 1; !flow->enough; n++) {
		nng_msg *msg = numbered(n, flow->size);
		int      rv  = nng_sendmsg(flow->s, msg, 0);
		if (rv != 0) {
			nng_msg_free(msg);
			atomic_fetch_add(&errors, 1);
		}
		sleep_ms(rv == 0 ? flow->pause : 2);
	}
	return NULL;
}

// Receives so many, which are whole, and none twice.
static void
drains(nng_socket s, size_t size, int times)
{
	uint32_t last = 0;
	while (times > 0) {
		nng_msg *msg;
		if (ONCE(nng_recvmsg(s, &msg, 0))) {
			uint32_t n = number_of(msg, size);
			CHECK(n > last);
			last = n;
			nng_msg_free(msg);
			times--;
		}
	}
}

static void
flows(nng_socket from, nng_socket to, const char *transport, size_t size, unsigned pause)
{
	struct flow flow = { .s = from, .size = size, .pause = pause };
	timeouts(from, 200, 200);
	timeouts(to, 200, 500);
	connect_for_good(from, to, transport, NULL);
	pthread_t source = spawn(pours, &flow);
	drains(to, size, 12);
	flow.enough = true;
	pthread_join(source, NULL);
	TRY(nng_close(from));
	TRY(nng_close(to));
}

static void
push_pull(const char *transport, size_t size)
{
	nng_socket push, pull;
	TRY(nng_push0_open(&push));
	TRY(nng_pull0_open(&pull));
	flows(push, pull, transport, size, 0);
}

static void pushpull_tcp(void) { push_pull("tcp", 300000); }
static void pushpull_ipc(void) { push_pull("ipc", 1000); }
static void pushpull_wss(void) { push_pull("wss", 100000); }

static void
pubsub_ipc(void)
{
	nng_socket pub, sub;
	TRY(nng_pub0_open(&pub));
	TRY(nng_sub0_open(&sub));
	TRY(nng_sub0_socket_subscribe(sub, "", 0));
	flows(pub, sub, "ipc", 5000, 1);
}

// One large message to many, who each write to it.
static void
fanout_inproc(void)
{
	nng_socket pub, sub[3];
	nng_msg   *msg;
	TRY(nng_pub0_open(&pub));
	for (int i = 0; i < 3; i++) {
		TRY(nng_sub0_open(&sub[i]));
		TRY(nng_sub0_socket_subscribe(sub[i], "", 0));
		timeouts(sub[i], 200, 200);
		connect_for_good(pub, sub[i], "inproc", NULL);
	}
	for (int i = 0; i < 3;) {
		msg = numbered(5, 100000);
		while (!ONCE(nng_sendmsg(pub, msg, 0))) {
		}
		for (i = 0; i < 3 && ONCE(nng_recvmsg(sub[i], &msg, 0)); i++) {
			CHECK(number_of(msg, 100000) == 5);
			memset(nng_msg_body(msg), i, 100000);
			nng_msg_free(msg);
		}
	}
	for (int i = 0; i < 3; i++) {
		TRY(nng_close(sub[i]));
	}
	TRY(nng_close(pub));
}

static void
bus_tcp(void)
{
	nng_socket one, two;
	TRY(nng_bus0_open(&one));
	TRY(nng_bus0_open(&two));
	flows(one, two, "tcp", 200, 1);
}

static void
survey_ipc(void)
{
	nng_socket asker, answerer;
	pthread_t  server;
	TRY(nng_surveyor0_open(&asker));
	TRY(nng_respondent0_open(&answerer));
	timeouts(asker, 500, 500);
	timeouts(answerer, 500, NNG_DURATION_INFINITE);
	TRY(nng_socket_set_ms(asker, NNG_OPT_SURVEYOR_SURVEYTIME, 400));
	server = spawn(replies, &answerer);
	connect_for_good(asker, answerer, "ipc", NULL);
	asks(asker, 64, 4);
	TRY(nng_close(asker));
	TRY(nng_close(answerer));
	pthread_join(server, NULL);
}

// Waits in poll(2) for the descriptors that the library lends.
static void
descriptors(void)
{
	nng_socket one, two;
	int        readable, writable;
	TRY(nng_pair1_open(&one));
	TRY(nng_pair1_open(&two));
	timeouts(one, 500, 500);
	timeouts(two, 500, 500);
	TRY(nng_socket_get_int(one, NNG_OPT_RECVFD, &readable));
	TRY(nng_socket_get_int(two, NNG_OPT_SENDFD, &writable));
	connect_for_good(one, two, "ipc", NULL);
	for (uint32_t n = 1; n <= 6;) {
		struct pollfd out = { writable, POLLIN, 0 }, in = { readable, POLLIN, 0 };
		nng_msg      *msg = numbered(n, 64);
		if (poll(&out, 1, 500) != 1) {
			tried(__LINE__, "the descriptor for sending", NNG_ETIMEDOUT);
		}
		int rv = nng_sendmsg(two, msg, NNG_FLAG_NONBLOCK);
		if (rv != 0) {
			nng_msg_free(msg);
			tried(__LINE__, "nng_sendmsg", rv);
			continue;
		}
		if (poll(&in, 1, 500) != 1) {
			tried(__LINE__, "the descriptor for receiving", NNG_ETIMEDOUT);
			continue;
		}
		if (ONCE(nng_recvmsg(one, &msg, NNG_FLAG_NONBLOCK))) {
			number_of(msg, 64);
			nng_msg_free(msg);
			n++;
		}
	}
	TRY(nng_close(one));
	TRY(nng_close(two));
}

static bool
waits(nng_aio *aio, const char *what)
{
	trying_what = what;
	nng_aio_wait(aio);
	return tried(__LINE__, what, nng_aio_result(aio));
}

// Moves bytes one way over a stream, all of them; false if the stream broke.
static bool
moves(nng_stream *from, nng_stream *to, nng_aio *out, nng_aio *in, char *data, char *room, size_t size)
{
	size_t sent = 0, got = 0;
	while (got < size) {
		nng_iov give = { data + sent, size - sent }, take = { room + got, size - got };
		if (sent < size) {
			TRY(nng_aio_set_iov(out, 1, &give));
			nng_stream_send(from, out);
		}
		TRY(nng_aio_set_iov(in, 1, &take));
		nng_stream_recv(to, in);
		bool good = true;
		if (sent < size) {
			good = waits(out, "nng_stream_send");
			sent += good ? nng_aio_count(out) : 0;
			if (!good) {
				nng_aio_cancel(in);
			}
		}
		good &= waits(in, "nng_stream_recv");
		if (!good) {
			return false;
		}
		got += nng_aio_count(in);
	}
	CHECK(memcmp(data, room, size) == 0);
	return true;
}

#define STREAMED 200000
static void
streams(const char *transport)
{
	static char          data[STREAMED], room[STREAMED];
	nng_stream_listener *l;
	nng_stream_dialer   *d;
	nng_tls_config      *server = NULL, *client = NULL;
	nng_aio             *a, *b;
	char                 url[128];
	const char          *at = fresh(transport), *zero = strstr(at, ":0");
	bool                 done = false;
	for (size_t i = 0; i < STREAMED; i++) {
		data[i] = (char) (i * 7 + i / 251);
	}
	TRY(nng_aio_alloc(&a, NULL, NULL));
	TRY(nng_aio_alloc(&b, NULL, NULL));
	nng_aio_set_timeout(a, 1000);
	nng_aio_set_timeout(b, 1000);
	TRY(nng_stream_listener_alloc(&l, at));
	if (strncmp(transport, "tls", 3) == 0) {
		server = tls(NNG_TLS_MODE_SERVER);
		client = tls(NNG_TLS_MODE_CLIENT);
		TRY(nng_stream_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, server));
	}
	TRY(nng_stream_listener_listen(l));
	snprintf(url, sizeof(url), "%s", at);
	if (zero != NULL) {
		int port;
		TRY(nng_stream_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port));
		snprintf(url + (zero - at), sizeof(url) - (size_t) (zero - at), ":%d%s", port, zero + 2);
	}
	TRY(nng_stream_dialer_alloc(&d, url));
	if (client != NULL) {
		TRY(nng_stream_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, client));
	}
	while (!done) {
		nng_stream *s = NULL, *c = NULL;
		nng_stream_listener_accept(l, a);
		nng_stream_dialer_dial(d, b);
		if (waits(b, "nng_stream_dialer_dial")) {
			c = nng_aio_get_output(b, 0);
		} else {
			nng_aio_cancel(a);
		}
		if (waits(a, "nng_stream_listener_accept")) {
			s = nng_aio_get_output(a, 0);
		}
		done = s != NULL && c != NULL && moves(c, s, b, a, data, room, STREAMED) &&
		    moves(s, c, a, b, data, room, 1000);
		nng_stream_free(s);
		nng_stream_free(c);
		if (!done) {
			// Connections of lost attempts may be in line before the next.
			nng_aio_set_timeout(a, 10);
			do {
				nng_stream_listener_accept(l, a);
				nng_aio_wait(a);
				if (nng_aio_result(a) == 0) {
					nng_stream_free(nng_aio_get_output(a, 0));
				}
			} while (nng_aio_result(a) == 0);
			nng_aio_set_timeout(a, 1000);
		}
	}
	nng_stream_listener_free(l);
	nng_stream_dialer_free(d);
	no_keys(server);
	no_keys(client);
	nng_aio_free(a);
	nng_aio_free(b);
}

static void streams_tcp(void) { streams("tcp"); }
static void streams_ipc(void) { streams("ipc"); }
static void streams_tls(void) { streams("tls+tcp"); }
static void streams_ws(void) { streams("ws"); }

static void
udp(void)
{
	nng_udp     *one, *two;
	nng_aio     *out, *in;
	nng_sockaddr sa = { 0 }, to;
	char         text[] = "datagram", got[16];
	sa.s_in.sa_family = NNG_AF_INET;
	sa.s_in.sa_addr   = 0x0100007f;
	TRY(nng_udp_open(&one, &sa));
	TRY(nng_udp_open(&two, &sa));
	TRY(nng_udp_sockname(two, &to));
	TRY(nng_aio_alloc(&out, NULL, NULL));
	TRY(nng_aio_alloc(&in, NULL, NULL));
	nng_aio_set_timeout(out, 300);
	nng_aio_set_timeout(in, 300);
	for (int n = 0; n < 4;) {
		nng_iov give = { text, 8 }, take = { got, 16 };
		TRY(nng_aio_set_iov(in, 1, &take));
		nng_udp_recv(two, in);
		TRY(nng_aio_set_iov(out, 1, &give));
		TRY(nng_aio_set_input(out, 0, &to));
		nng_udp_send(one, out);
		bool sent = waits(out, "nng_udp_send");
		if (waits(in, "nng_udp_recv") && sent) {
			CHECK(nng_aio_count(in) == 8 && memcmp(text, got, 8) == 0);
			n++;
		}
	}
	nng_udp_close(one);
	nng_udp_close(two);
	nng_aio_free(out);
	nng_aio_free(in);
}

static void
given(void)
{
	nng_socket   one, two;
	nng_listener l, m;
	int          fds[2];
	nng_msg     *msg;
	TRY(nng_pair1_open(&one));
	TRY(nng_pair1_open(&two));
	timeouts(one, 300, 300);
	timeouts(two, 300, 300);
	TRY(nng_listener_create(&l, one, "socket://"));
	TRY(nng_listener_create(&m, two, "socket://"));
	TRY(nng_listener_start(l, 0));
	TRY(nng_listener_start(m, 0));
	for (bool done = false; !done;) {
		// What is given once is the library's, whatever becomes of it; a pair takes one peer.
		TRY(nng_socket_pair(fds));
		if (!ONCE(nng_listener_set_int(l, NNG_OPT_SOCKET_FD, fds[0]))) {
			close(fds[0]);
			close(fds[1]);
			continue;
		}
		if (!ONCE(nng_listener_set_int(m, NNG_OPT_SOCKET_FD, fds[1]))) {
			close(fds[1]);
			continue;
		}
		msg = numbered(1, 64);
		if (!ONCE(nng_sendmsg(one, msg, 0))) {
			nng_msg_free(msg);
			continue;
		}
		if (ONCE(nng_recvmsg(two, &msg, 0))) {
			nng_msg_free(msg);
			done = true;
		}
	}
	TRY(nng_close(one));
	TRY(nng_close(two));
}

static void
greets(nng_aio *aio)
{
	nng_http_res *res;
	int           rv = nng_http_res_alloc(&res);
	if (rv == 0 && (rv = nng_http_res_copy_data(res, "hello", 5)) != 0) {
		nng_http_res_free(res);
	}
	if (rv == 0) {
		nng_aio_set_output(aio, 0, res);
	}
	nng_aio_finish(aio, rv);
}

static void
gets(const char *base, const char *path, size_t size)
{
	char     text[256];
	nng_aio *aio;
	TRY(nng_aio_alloc(&aio, NULL, NULL));
	nng_aio_set_timeout(aio, 1000);
	snprintf(text, sizeof(text), "%s%s", base, path);
	for (bool done = false; !done;) {
		nng_url         *url;
		nng_http_client *client;
		nng_http_req    *req;
		nng_http_res    *res;
		void            *data;
		size_t           len;
		TRY(nng_url_parse(&url, text));
		TRY(nng_http_client_alloc(&client, url));
		TRY(nng_http_req_alloc(&req, url));
		TRY(nng_http_res_alloc(&res));
		nng_http_client_transact(client, req, res, aio);
		if (waits(aio, "nng_http_client_transact")) {
			nng_http_res_get_data(res, &data, &len);
			int status = nng_http_res_get_status(res);
			done       = status == 200;
			CHECK(!done || len == size);
			if (!done) {
				CHECK(status >= 400);
				tried(__LINE__, path, NNG_EINTERNAL);
			}
		}
		nng_http_req_free(req);
		nng_http_res_free(res);
		nng_http_client_free(client);
		nng_url_free(url);
	}
	nng_aio_free(aio);
}

static void
http(void)
{
	char              dir[128], file[160], base[96];
	FILE             *f;
	nng_url          *url;
	nng_http_server  *server;
	nng_http_handler *handler;
	nng_sockaddr      sa;
	snprintf(dir, sizeof(dir), "%s/nng-faults-XXXXXX", folder());
	CHECK(mkdtemp(dir) != NULL);
	snprintf(file, sizeof(file), "%s/page.html", dir);
	CHECK((f = fopen(file, "w")) != NULL);
	for (int i = 0; i < 10000; i++) {
		fputs("0123456789", f);
	}
	fclose(f);
	snprintf(base, sizeof(base), "http://%s", strrchr(fresh("tcp"), '/') + 1);
	TRY(nng_url_parse(&url, base));
	TRY(nng_http_server_hold(&server, url));
	TRY(nng_http_handler_alloc(&handler, "/hello", greets));
	TRY(nng_http_server_add_handler(server, handler));
	TRY(nng_http_handler_alloc_file(&handler, "/file", file));
	TRY(nng_http_server_add_handler(server, handler));
	TRY(nng_http_handler_alloc_directory(&handler, "/dir", dir));
	TRY(nng_http_server_add_handler(server, handler));
	TRY(nng_http_server_start(server));
	TRY(nng_http_server_get_addr(server, &sa));
	unsigned char *port = (unsigned char *) &sa.s_in.sa_port;
	sprintf(strrchr(base, ':'), ":%d", port[0] * 256 + port[1]);
	gets(base, "/hello", 5);
	gets(base, "/file", 100000);
	gets(base, "/dir/page.html", 100000);
	nng_http_server_stop(server);
	nng_http_server_release(server);
	nng_url_free(url);
	unlink(file);
	rmdir(dir);
}

// Large memory: each call gives it or says that there is none, and leaves what it had.
static void
memory(void)
{
	nng_msg *msg, *copy;
	void    *block;
	for (int i = 0; i < 3; i++) {
		msg = numbered(7, 100000);
		TRY(nng_msg_dup(&copy, msg));
		number_of(copy, 100000);
		static char more[90000];
		TRY(nng_msg_append(copy, more, sizeof(more)));
		TRY(nng_msg_insert(copy, more, sizeof(more)));
		CHECK(nng_msg_len(copy) == 280000);
		TRY(nng_msg_realloc(copy, 400000));
		TRY(nng_msg_reserve(copy, 800000));
		TRY(nng_msg_header_append(copy, more, sizeof(more)));
		TRY(nng_msg_header_insert(copy, more, sizeof(more)));
		number_of(msg, 100000);
		nng_msg_free(copy);
		nng_msg_free(msg);
		do {
			trying_what = "nng_alloc";
			block       = nng_alloc(200000);
		} while (!tried(__LINE__, "nng_alloc", block != NULL ? 0 : NNG_ENOMEM));
		nng_free(block, 200000);
		do {
			block = nn_allocmsg(200000, 0);
		} while (!tried(__LINE__, "nn_allocmsg", block != NULL ? 0 : NNG_ENOMEM));
		nn_freemsg(block);
	}
}

static int
nn(int rv)
{
	return rv >= 0 ? 0 : nn_errno() != 0 ? nn_errno() & 0xff : NNG_EINTERNAL;
}

static void
nanomsg(void)
{
	int  rep = -1, req = -1, ms = 300, soon = 10;
	char url[128], buf[16], last = '0';
	snprintf(url, sizeof(url), "ipc://%s/nng-faults-%d-nn", folder(), (int) getpid());
	TRY(nn(rep = nn_socket(AF_SP, NN_REP)));
	TRY(nn(req = nn_socket(AF_SP, NN_REQ)));
	TRY(nn(nn_setsockopt(rep, NN_SOL_SOCKET, NN_RCVTIMEO, &ms, sizeof(ms))));
	TRY(nn(nn_setsockopt(rep, NN_SOL_SOCKET, NN_SNDTIMEO, &ms, sizeof(ms))));
	TRY(nn(nn_setsockopt(req, NN_SOL_SOCKET, NN_RCVTIMEO, &ms, sizeof(ms))));
	TRY(nn(nn_setsockopt(req, NN_SOL_SOCKET, NN_SNDTIMEO, &ms, sizeof(ms))));
	TRY(nn(nn_setsockopt(req, NN_SOL_SOCKET, NN_RECONNECT_IVL, &soon, sizeof(soon))));
	TRY(nn(nn_bind(rep, url)));
	TRY(nn(nn_connect(req, url)));
	for (int n = 0; n < 4;) {
		struct nn_pollfd in = { rep, NN_POLLIN, 0 };
		// A question that was given up may be answered first.
		last++;
		if (!ONCE(nn(nn_send(req, &last, 1, 0))) || !ONCE(nn(nn_poll(&in, 1, 300)))) {
			continue;
		}
		do {
			buf[0] = 0;
		} while (ONCE(nn(nn_recv(rep, buf, sizeof(buf), 0))) && buf[0] != last);
		if (buf[0] == last && ONCE(nn(nn_send(rep, buf, 1, 0)))) {
			n += ONCE(nn(nn_recv(req, buf, sizeof(buf), 0))) && buf[0] == last;
		}
	}
	TRY(nn(nn_close(req)));
	TRY(nn(nn_close(rep)));
}

static void
counts(void *arg)
{
	atomic_fetch_add((atomic_int *) arg, 1);
}

// Threads, sleeps, and callbacks, each of which comes once.
static void
callbacks(void)
{
	nng_aio    *aio[20];
	nng_thread *thread;
	atomic_int  came = 0, ran = 0;
	for (int i = 0; i < 20; i++) {
		TRY(nng_aio_alloc(&aio[i], counts, &came));
		nng_sleep_aio(i % 5, aio[i]);
	}
	TRY(nng_thread_create(&thread, counts, &ran));
	nng_thread_destroy(thread);
	CHECK(ran == 1);
	nng_time before = nng_clock();
	nng_msleep(5);
	CHECK(nng_clock() >= before + 5);
	for (int i = 0; i < 20; i++) {
		trying_what = "nng_aio_wait";
		nng_aio_wait(aio[i]);
		CHECK(nng_aio_result(aio[i]) == 0);
		nng_aio_free(aio[i]);
	}
	CHECK(came == 20);
}

static const struct {
	const char *name;
	void (*run)(void);
} scenarios[] = {
#define S(name) { #name, name }
	S(reqrep_tcp), S(reqrep_ipc), S(reqrep_abstract), S(reqrep_inproc), S(reqrep_tls),
	S(reqrep_ws), S(reqrep_wss), S(by_name), S(contexts), S(pushpull_tcp), S(pushpull_ipc),
	S(pushpull_wss), S(pubsub_ipc), S(bus_tcp), S(survey_ipc), S(descriptors), S(streams_tcp),
	S(streams_ipc), S(streams_tls), S(streams_ws), S(fanout_inproc), S(udp), S(given), S(http), S(memory), S(nanomsg), S(callbacks),
#undef S
};

int
main(int argc, char **argv)
{
	struct rusage used;
	int           fds, threads, tries = 0;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, hangs);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		if (argc < 2) {
			printf("%s\n", scenarios[i].name);
			continue;
		}
		if (strcmp(scenarios[i].name, argv[1]) != 0) {
			continue;
		}
		alarm(20);
		deadline = now_s() + 8;
		fds      = entries("/proc/self/fd");
		threads  = entries("/proc/self/task");
		scenarios[i].run();
		if (faults_off != NULL) {
			faults_off();
		}
		nng_fini();
		while (entries("/proc/self/fd") > fds || entries("/proc/self/task") > threads) {
			if (tries++ > 1000) {
				fprintf(stderr, "%d descriptors instead of %d, %d threads instead of %d\n",
				    entries("/proc/self/fd"), fds, entries("/proc/self/task"), threads);
				return 1;
			}
			sleep_ms(2);
		}
		getrusage(RUSAGE_SELF, &used);
		printf("errors %d cpu_ms %ld\n", errors,
		    (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
		        (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000);
		return 0;
	}
	return argc < 2 ? 0 : 2;
}
