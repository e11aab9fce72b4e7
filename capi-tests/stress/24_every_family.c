// Random calls of every family of functions by several threads: sockets, contexts, endpoints,
// pipes, messages, aios, streams, HTTP, TLS configurations, statistics, id maps, URLs, threads,
// datagrams, nanomsg's functions; with NULLs, and with ids that are dead or never were. Nothing
// crashes, hangs or leaks. Beside the list of scenarios, as 23; a seed repeats a thread's calls.
//
// With -DFUZZING there is no runner; `every_family` makes the calls that bytes ask for.
#include "stress.h"
#include "cert.h"
#include <arpa/inet.h>

#include <nng/compat/nanomsg/nn.h>
#include <nng/supplemental/http/http.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/supplemental/util/idhash.h>
#include <nng/supplemental/util/options.h>

const char *const stress_name       = "24_every_family";
const char *const stress_transports = "inproc ipc tcp ws tls";

#define THREADS 3
#define SLOTS 5
#define CALLS 150
#define AIOS 3

// ---- what decides -----------------------------------------------------------------------------

static _Thread_local const uint8_t *bytes, *bytes_end; // of a fuzzer, or
static _Thread_local uint64_t       state;             // random

static uint32_t
draw(uint32_t bound)
{
	if (bytes_end != NULL) {
		return bytes < bytes_end ? *bytes++ % bound : 0;
	}
	state      = state + 0x9E3779B97F4A7C15u;
	uint64_t z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9u;
	z          = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
	return (uint32_t) ((z ^ (z >> 31)) >> 32) % bound;
}

#include "handles.h"

// A pointer, or now and then NULL.
#define OR_NULL(p) (draw(24) == 23 ? NULL : (p))

// ---- what there is ----------------------------------------------------------------------------

static atomic_int      nn_sockets[SLOTS];
static nng_aio        *shared_aios[THREADS][AIOS];
static nng_tls_config *shared_tls[2];
static nng_stream     *null_stream;

// What one thread has to itself.
struct own {
	nng_aio             *aio[AIOS];
	nng_msg             *msg;
	nng_url             *url;
	nng_id_map          *map;
	nng_stat            *stats;
	nng_http_req        *req;
	nng_http_res        *res;
	nng_http_client     *client;
	nng_http_server     *server;
	nng_http_conn       *conn;
	nng_stream_dialer   *dialer;
	nng_stream_listener *listener;
	nng_stream          *stream;
	nng_udp             *udp;
	nng_tls_config      *tls;
	void                *chunk;
	uint8_t              buf[512];
};

static const char *const names[] = { NNG_OPT_RECVBUF, NNG_OPT_SENDBUF, NNG_OPT_RECVTIMEO, NNG_OPT_SENDTIMEO, NNG_OPT_RAW,
	NNG_OPT_PROTO, NNG_OPT_PROTONAME, NNG_OPT_PEER, NNG_OPT_PEERNAME, NNG_OPT_SOCKNAME, NNG_OPT_URL, NNG_OPT_LOCADDR,
	NNG_OPT_REMADDR, NNG_OPT_MAXTTL, NNG_OPT_RECVMAXSZ, NNG_OPT_RECONNMINT, NNG_OPT_RECONNMAXT, NNG_OPT_RECVFD,
	NNG_OPT_SENDFD, NNG_OPT_TCP_NODELAY, NNG_OPT_TCP_KEEPALIVE, NNG_OPT_TCP_BOUND_PORT, NNG_OPT_IPC_PERMISSIONS,
	NNG_OPT_IPC_PEER_PID, NNG_OPT_TLS_VERIFIED, NNG_OPT_TLS_PEER_CN, NNG_OPT_TLS_SERVER_NAME, NNG_OPT_TLS_AUTH_MODE,
	NNG_OPT_TLS_CONFIG, NNG_OPT_WS_REQUEST_HEADERS, NNG_OPT_WS_SENDMAXFRAME, NNG_OPT_WS_RECVMAXFRAME,
	NNG_OPT_WS_PROTOCOL, NNG_OPT_WS_SEND_TEXT, "ws:request-header:X", NNG_OPT_REQ_RESENDTIME, NNG_OPT_REQ_RESENDTICK,
	NNG_OPT_SURVEYOR_SURVEYTIME, NNG_OPT_SUB_SUBSCRIBE, NNG_OPT_SUB_UNSUBSCRIBE, NNG_OPT_SUB_PREFNEW,
	NNG_OPT_PAIR1_POLY, "nonsense", "" };

static const char *const texts[] = { "", "a", "localhost", "X-Header", "text/html; charset=utf-8", "GET", "HTTP/1.1", "/", "/a/../b",
	"\xff\xfe", "a b\r\nc: d", stress_cert, stress_key, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" };

static const char *const odd_urls[] = { "tcp://127.0.0.1:1", "ipc:///nowhere/at/all", "inproc://", "ws://localhost:1/x?y#z", "tls+tcp://[::1]:1",
	"wss://127.0.0.1:1/", "nonsense", "", "tcp://", "tcp://999.1.1.1:99999", "abstract://%00%ff", "socket://", "http://[", "ipc://" };

// A result that for a function of this kind may also be -1.
static void
named_or_none(int rv)
{
	if (rv != -1) {
		named(rv);
	}
}

static void
any_url(char *url)
{
	known_url(url);
	if (draw(16) == 0) {
		snprintf(url, URL_MAX, "%s", PICK(odd_urls));
	}
}

static void
on_pipe(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	(void) arg;
	atomic_store(&pipes[p.id % SLOTS], p.id);
	if (ev == NNG_PIPE_EV_ADD_PRE && p.id % 8 == 0) {
		nng_pipe_close(p);
	}
}

// Waits for an operation, perhaps after ending it.
static int
outcome(nng_aio *aio)
{
	switch (draw(6)) {
	case 0:
		nng_aio_cancel(aio);
		break;
	case 1:
		nng_aio_abort(aio, NNG_EINTR);
		break;
	}
	AT("waiting for an operation");
	nng_aio_wait(aio);
	named(nng_aio_result(aio));
	return nng_aio_result(aio);
}

// ---- families ---------------------------------------------------------------------------------

static void
messages(struct own *own)
{
	nng_msg *msg = OR_NULL(own->msg), *other;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	size_t   n = draw(200);

	switch (draw(24)) {
	case 0:
		nng_msg_free(own->msg);
		own->msg = NULL;
		named(nng_msg_alloc(OR_NULL(&own->msg), draw(8) == 0 ? 100000 : n));
		break;
	case 1: named(nng_msg_append(msg, own->buf, n)); break;
	case 2: named(nng_msg_insert(msg, own->buf, n)); break;
	case 3: named(nng_msg_trim(msg, n)); break;
	case 4: named(nng_msg_chop(msg, n)); break;
	case 5: named(nng_msg_realloc(msg, n)); break;
	case 6: named(nng_msg_reserve(msg, 10 * n)); break;
	case 7: named(nng_msg_header_append(msg, own->buf, draw(70))); break;
	case 8: named(nng_msg_header_insert(msg, own->buf, draw(70))); break;
	case 9: named(nng_msg_header_trim(msg, draw(20))); break;
	case 10: named(nng_msg_header_chop(msg, draw(20))); break;
	case 11:
		if (nng_msg_dup(&other, msg) == 0) {
			named(nng_msg_append_u32(other, 7));
			nng_msg_free(other);
		}
		break;
	case 12: named(nng_msg_append_u16(msg, 7)); break;
	case 13: named(nng_msg_insert_u64(msg, 7)); break;
	case 14: named(nng_msg_trim_u16(msg, &u16)); break;
	case 15: named(nng_msg_chop_u64(msg, &u64)); break;
	case 16: named(nng_msg_header_append_u32(msg, 0x80000001)); break;
	case 17: named(nng_msg_header_trim_u32(msg, &u32)); break;
	case 18: named(nng_msg_header_chop_u16(msg, &u16)); break;
	case 19: nng_msg_clear(msg); break;
	case 20: nng_msg_header_clear(msg); break;
	case 21: nng_msg_set_pipe(msg, (nng_pipe) { some(pipes) }); break;
	case 22:
		if (msg != NULL) {
			atomic_store(&pipes[0], nng_msg_get_pipe(msg).id);
		}
		break;
	default:
		if (msg != NULL && nng_msg_len(msg) > 0) {
			memset(nng_msg_body(msg), 1, nng_msg_len(msg));
			CHECK(nng_msg_capacity(msg) >= nng_msg_len(msg));
		}
	}
}

static void
sends_and_receives(struct own *own)
{
	nng_socket s   = { some(sockets) };
	nng_ctx    c   = { some(contexts) };
	nng_aio   *aio = own->aio[0];
	nng_msg   *msg = NULL;
	size_t     len = sizeof(own->buf);
	int        rv;

	switch (draw(10)) {
	case 0: named(nng_send(s, own->buf, draw(300), NNG_FLAG_NONBLOCK)); break;
	case 1: named(nng_recv(s, own->buf, &len, NNG_FLAG_NONBLOCK)); break;
	case 2:
		AT("nng_send");
		named(nng_send(s, OR_NULL(own->buf), draw(300), 0));
		break;
	case 3: {
		void *data = NULL;
		AT("nng_recv");
		rv = nng_recv(s, &data, &len, NNG_FLAG_ALLOC);
		if (rv == 0) {
			nng_free(data, len);
		}
		named(rv);
		break;
	}
	case 4:
		AT("nng_ctx_recvmsg");
		if (nng_ctx_recvmsg(c, OR_NULL(&msg), (int) draw(2) * NNG_FLAG_NONBLOCK) == 0) {
			nng_msg_free(msg);
		}
		break;
	case 5:
		AT("nng_ctx_sendmsg");
		if (nng_ctx_sendmsg(c, own->msg, NNG_FLAG_NONBLOCK) == 0) {
			own->msg = NULL;
		}
		break;
	case 6:
		AT("nng_sendmsg");
		if (nng_sendmsg(s, own->msg, (int) draw(2) * NNG_FLAG_NONBLOCK) == 0) {
			own->msg = NULL;
		}
		break;
	case 7:
	case 8:
		nng_aio_set_timeout(aio, (nng_duration) draw(4));
		nng_aio_set_msg(aio, own->msg);
		own->msg = NULL;
		if (draw(2) == 0) {
			nng_send_aio(s, aio);
		} else {
			nng_ctx_send(c, aio);
		}
		if (outcome(aio) != 0) {
			own->msg = nng_aio_get_msg(aio);
		}
		nng_aio_set_msg(aio, NULL);
		break;
	default:
		nng_aio_set_timeout(aio, (nng_duration) draw(4));
		nng_aio_set_msg(aio, NULL);
		if (draw(2) == 0) {
			nng_recv_aio(s, aio);
		} else {
			nng_ctx_recv(c, aio);
		}
		if (outcome(aio) == 0) {
			nng_msg_free(own->msg);
			own->msg = nng_aio_get_msg(aio);
		}
		nng_aio_set_msg(aio, NULL);
	}
}

static void
opens_and_closes(struct own *own)
{
	nng_socket   s = { some(sockets) };
	nng_ctx      c = { some(contexts) };
	nng_dialer   d = { some(dialers) };
	nng_listener l = { some(listeners) };
	nng_pipe     p = { some(pipes) };
	char         url[URL_MAX];
	unsigned     slot = draw(SLOTS);
	(void) own;

	switch (draw(16)) {
	case 0:
	case 1:
		if (PICK(opens)(OR_NULL(&s)) == 0) {
			// Before others find it, who would wait for ever.
			named(nng_socket_set_ms(s, NNG_OPT_SENDTIMEO, 2));
			named(nng_socket_set_ms(s, NNG_OPT_RECVTIMEO, 2));
			nng_socket old = { atomic_exchange(&sockets[slot], s.id) };
			for (int ev = NNG_PIPE_EV_ADD_PRE; ev <= NNG_PIPE_EV_REM_POST; ev++) {
				named(nng_pipe_notify(s, (nng_pipe_ev) ev, OR_NULL(on_pipe), NULL));
			}
			AT("nng_close of a displaced socket");
			named(nng_close(old));
		}
		break;
	case 2:
	case 3:
	case 4:
		fresh_url(url, over);
		AT("nng_listener_create");
		if (nng_listener_create(&l, s, url) != 0) {
			break;
		}
		if (strcmp(over, "tls") == 0) {
			named(nng_listener_set_ptr(l, NNG_OPT_TLS_CONFIG, shared_tls[1]));
		}
		AT("nng_listener_start");
		if (nng_listener_start(l, 0) == 0) {
			int   port;
			char *zero = strstr(url, ":0");
			char  rest[URL_MAX];
			if (zero != NULL && nng_listener_get_int(l, NNG_OPT_TCP_BOUND_PORT, &port) == 0) {
				snprintf(rest, sizeof(rest), "%s", zero + 2);
				snprintf(zero, (size_t) (URL_MAX - (zero - url)), ":%d%s", port, rest);
			}
			keep_url(url, slot);
		}
		atomic_store(&listeners[slot], l.id);
		break;
	case 5:
	case 6:
	case 7:
		any_url(url);
		AT("nng_dialer_create");
		if (nng_dialer_create(&d, s, url) == 0) {
			atomic_store(&dialers[slot], d.id);
			named_or_none(nng_dialer_set_ptr(d, NNG_OPT_TLS_CONFIG, shared_tls[0]));
			AT("nng_dialer_start");
			named(nng_dialer_start(d, NNG_FLAG_NONBLOCK));
		}
		break;
	case 8:
		if (nng_ctx_open(&c, s) == 0) {
			nng_ctx old = { atomic_exchange(&contexts[slot], c.id) };
			named(nng_ctx_close(old));
		}
		break;
	case 9: named(nng_ctx_close(c)); break;
	case 10: named(nng_dialer_close(d)); break;
	case 11: named(nng_listener_close(l)); break;
	case 12: named(nng_pipe_close(p)); break;
	case 13:
		AT("nng_close");
		named(nng_close(s));
		break;
	case 14:
		(void) (nng_pipe_socket(p).id + nng_pipe_dialer(p).id + nng_pipe_listener(p).id);
		(void) (nng_socket_id(s) + nng_ctx_id(c) + nng_dialer_id(d) + nng_listener_id(l) + nng_pipe_id(p));
		break;
	default: {
		nng_aio *aio = own->aio[0];
		nng_aio_set_timeout(aio, (nng_duration) draw(3));
		nng_device_aio(aio, s, (nng_socket) { some(sockets) });
		outcome(aio);
	}
	}
}

// Every type of getter and setter, on one kind of object.
#define OPTIONS(kind, object)                                                                   \
	switch (draw(16)) {                                                                     \
	case 0: named(kind##_get_bool(object, name, OR_NULL(&b))); break;                       \
	case 1: named(kind##_get_int(object, name, OR_NULL(&n))); break;                        \
	case 2: named(kind##_get_ms(object, name, OR_NULL(&ms))); break;                        \
	case 3: named(kind##_get_size(object, name, OR_NULL(&z))); break;                       \
	case 4: named(kind##_get_uint64(object, name, OR_NULL(&u))); break;                     \
	case 5:                                                                                 \
		if (kind##_get_string(object, name, &str) == 0) {                               \
			nng_strfree(str);                                                       \
		}                                                                               \
		break;                                                                          \
	case 6: named(kind##_get_addr(object, name, &sa)); break;                               \
	case 7:                                                                                 \
		z = draw(sizeof(own->buf));                                                     \
		named(kind##_get(object, name, OR_NULL(own->buf), &z));                         \
		break;                                                                          \
	case 8: SETTER(named(kind##_set_bool(object, name, draw(2)))); break;                   \
	case 9: SETTER(named(kind##_set_int(object, name, (int) draw(200) - 3))); break;        \
	case 10: SETTER(named(kind##_set_ms(object, name, (nng_duration) draw(50) - 3))); break; \
	case 11: SETTER(named(kind##_set_size(object, name, draw(100000)))); break;             \
	case 12: SETTER(named(kind##_set_uint64(object, name, draw(100)))); break;              \
	case 13: SETTER(named(kind##_set_string(object, name, OR_NULL(PICK(texts))))); break;   \
	case 14: SETTER(named(kind##_set_addr(object, name, OR_NULL(&sa)))); break;             \
	default: SETTER(named(kind##_set(object, name, own->buf, draw(9))));                    \
	}

static void
options(struct own *own)
{
	const char  *name = OR_NULL(PICK(names));
	bool         b;
	int          n;
	nng_duration ms;
	size_t       z;
	uint64_t     u;
	char        *str = NULL;
	nng_sockaddr sa;

	memset(&sa, (int) draw(256), sizeof(sa));
	AT("an option");
	switch (draw(8)) {
#define SETTER(call) call
	case 0: OPTIONS(nng_socket, ((nng_socket) { some(sockets) })); break;
	case 1: OPTIONS(nng_ctx, ((nng_ctx) { some(contexts) })); break;
	case 2: OPTIONS(nng_dialer, ((nng_dialer) { some(dialers) })); break;
	case 3: OPTIONS(nng_listener, ((nng_listener) { some(listeners) })); break;
	case 4: OPTIONS(nng_stream_dialer, OR_NULL(own->dialer)); break;
	case 5: OPTIONS(nng_stream_listener, OR_NULL(own->listener)); break;
	case 6: OPTIONS(nng_stream, own->stream); break;
#undef SETTER
#define SETTER(call) (void) 0
	default: OPTIONS(nng_pipe, ((nng_pipe) { some(pipes) }));
#undef SETTER
	}
	char shown[NNG_MAXADDRSTRLEN];
	CHECK(nng_str_sockaddr(OR_NULL(&sa), shown, draw(sizeof(shown))) != NULL);
}

static void
aios(struct own *own)
{
	nng_aio *aio = OR_NULL(own->aio[1]);
	nng_iov  iov[9];

	for (unsigned i = 0; i < 9; i++) {
		iov[i] = (nng_iov) { own->buf, draw(20) };
	}
	switch (draw(12)) {
	case 0: nng_aio_abort(shared_aios[draw(THREADS)][draw(AIOS)], NNG_EINTR); break;
	case 1: nng_aio_cancel(shared_aios[draw(THREADS)][draw(AIOS)]); break;
	case 2: nng_aio_set_timeout(aio, (nng_duration) draw(5) - 2); break;
	case 3: nng_aio_set_expire(aio, nng_clock() + draw(4)); break;
	case 4: named(nng_aio_set_iov(aio, draw(10), OR_NULL(iov))); break;
	case 5: named(nng_aio_set_input(aio, draw(6), own)); break;
	case 6: named(nng_aio_set_output(aio, draw(6), own)); break;
	case 7: (void) (nng_aio_get_input(aio, draw(6)) == nng_aio_get_output(aio, draw(6))); break;
	case 8: (void) (nng_aio_busy(aio) + nng_aio_result(aio) + (int) nng_aio_count(aio)); break;
	case 9: // a provider of the program's own
		nng_aio_set_timeout(own->aio[1], (nng_duration) draw(3));
		if (nng_aio_begin(own->aio[1])) {
			if (draw(2) == 0) {
				nng_aio_defer(own->aio[1], NULL, NULL);
			}
			nng_aio_finish(own->aio[1], draw(2) == 0 ? 0 : NNG_EPROTO);
		}
		AT("waiting for the own provider");
		nng_aio_wait(own->aio[1]);
		break;
	case 10:
		MUST(nng_aio_alloc(&aio, NULL, NULL));
		nng_sleep_aio((nng_duration) draw(3), aio);
		if (draw(2) == 0) {
			nng_aio_stop(aio);
		}
		nng_aio_reap(aio);
		break;
	default:
		nng_aio_set_timeout(own->aio[1], (nng_duration) draw(3));
		nng_sleep_aio((nng_duration) draw(3), own->aio[1]);
		outcome(own->aio[1]);
	}
}

static void
streams(struct own *own)
{
	nng_aio *aio = own->aio[2];
	char     url[URL_MAX];
	nng_iov  iov = { own->buf, draw(sizeof(own->buf)) };

	nng_aio_set_timeout(aio, (nng_duration) draw(4));
	named(nng_aio_set_iov(aio, 1, &iov));
	switch (draw(12)) {
	case 0:
	case 1:
		nng_stream_dialer_free(own->dialer);
		own->dialer = NULL;
		any_url(url);
		named(nng_stream_dialer_alloc(OR_NULL(&own->dialer), OR_NULL(url)));
		break;
	case 2:
	case 3:
		if (own->dialer != NULL) {
			nng_stream_dialer_dial(own->dialer, aio);
			if (outcome(aio) == 0) {
				nng_stream_free(own->stream);
				own->stream = nng_aio_get_output(aio, 0);
			}
		}
		break;
	case 4:
		nng_stream_listener_free(own->listener);
		own->listener = NULL;
		fresh_url(url, strcmp(over, "inproc") == 0 ? "abstract" : over);
		named(nng_stream_listener_alloc(&own->listener, url));
		break;
	case 5: named(nng_stream_listener_listen(own->listener)); break;
	case 6:
		if (own->listener != NULL) {
			nng_stream_listener_accept(own->listener, aio);
			if (outcome(aio) == 0) {
				nng_stream_free(own->stream);
				own->stream = nng_aio_get_output(aio, 0);
			}
		}
		break;
	case 7:
	case 8:
		if (own->stream != NULL) {
			nng_stream_send(own->stream, aio);
			outcome(aio);
		}
		break;
	case 9:
		if (own->stream != NULL) {
			nng_stream_recv(own->stream, aio);
			outcome(aio);
		}
		break;
	case 10:
		nng_stream_close(OR_NULL(own->stream));
		nng_stream_dialer_close(OR_NULL(draw(4) == 0 ? own->dialer : NULL));
		nng_stream_listener_close(OR_NULL(draw(4) == 0 ? own->listener : NULL));
		break;
	default:
		nng_stream_free(own->stream);
		own->stream = null_stream;
	}
}

static void
handles(nng_aio *aio)
{
	nng_http_res *res;
	if (nng_http_res_alloc(&res) == 0) {
		named(nng_http_res_copy_data(res, "hello", 5));
		nng_aio_set_output(aio, 0, res);
	}
	nng_aio_finish(aio, 0);
}

static void
http(struct own *own)
{
	nng_http_req     *req = OR_NULL(own->req);
	nng_http_res     *res = OR_NULL(own->res);
	nng_http_handler *handler;
	nng_aio          *aio = own->aio[2];
	nng_url          *url;
	nng_iov           iov = { own->buf, draw(sizeof(own->buf)) };
	void             *data;
	size_t            size;
	nng_sockaddr      sa;
	char              text[100];

	nng_aio_set_timeout(aio, (nng_duration) draw(6));
	named(nng_aio_set_iov(aio, 1, &iov));
	switch (draw(26)) {
	case 0: named(nng_http_req_set_header(req, OR_NULL(PICK(texts)), OR_NULL(PICK(texts)))); break;
	case 1: named(nng_http_req_add_header(req, PICK(texts), PICK(texts))); break;
	case 2: named(nng_http_req_del_header(req, PICK(texts))); break;
	case 3: (void) nng_http_req_get_header(req, OR_NULL(PICK(texts))); break;
	case 4: named(nng_http_req_set_method(req, OR_NULL(PICK(texts)))); break;
	case 5: named(nng_http_req_set_uri(req, OR_NULL(PICK(texts)))); break;
	case 6: named(nng_http_req_set_version(req, OR_NULL(PICK(texts)))); break;
	case 7: named(nng_http_req_copy_data(req, own->buf, draw(300))); break;
	case 8: nng_http_req_get_data(req, OR_NULL(&data), OR_NULL(&size)); break;
	case 9: nng_http_req_reset(req); break;
	case 10: named(nng_http_res_set_header(res, PICK(texts), PICK(texts))); break;
	case 11: named(nng_http_res_set_status(res, (uint16_t) draw(700))); break;
	case 12: named(nng_http_res_set_reason(res, OR_NULL(PICK(texts)))); break;
	case 13: named(nng_http_res_copy_data(res, own->buf, draw(300))); break;
	case 14: nng_http_res_get_data(res, OR_NULL(&data), OR_NULL(&size)); break;
	case 15: nng_http_res_reset(res); break;
	case 16: (void) (nng_http_res_get_reason(res), nng_http_res_get_status(res), nng_http_req_get_method(req)); break;
	case 17:
		if (own->server == NULL) {
			snprintf(text, sizeof(text), "http://%s:0", own_ip());
			MUST(nng_url_parse(&url, text));
			named(nng_http_server_hold(&own->server, url));
			nng_url_free(url);
		} else if (draw(3) == 0) {
			nng_http_server_release(own->server);
			own->server = NULL;
		}
		break;
	case 18:
		if (nng_http_handler_alloc(&handler, PICK(texts), handles) == 0) {
			named(nng_http_handler_set_method(handler, OR_NULL(PICK(texts))));
			named(nng_http_handler_set_host(handler, OR_NULL(PICK(texts))));
			named(nng_http_handler_collect_body(handler, draw(2), draw(300)));
			named(draw(2) == 0 ? nng_http_handler_set_tree(handler) : nng_http_handler_set_tree_exclusive(handler));
			int rv = nng_http_server_add_handler(own->server, handler);
			named(rv);
			if (rv != 0 || (draw(3) == 0 && nng_http_server_del_handler(own->server, handler) == 0)) {
				nng_http_handler_free(handler);
			}
		}
		break;
	case 19:
		named(nng_http_server_start(own->server));
		if (nng_http_server_get_addr(own->server, &sa) == 0) {
			nng_http_client_free(own->client);
			own->client = NULL;
			snprintf(text, sizeof(text), "http://%s:%u/", own_ip(), (unsigned) ntohs(sa.s_in.sa_port));
			if (nng_url_parse(&url, text) == 0) {
				named(nng_http_client_alloc(&own->client, url));
				nng_url_free(url);
			}
		}
		break;
	case 20: named(nng_http_server_set_error_page(own->server, (uint16_t) draw(700), OR_NULL(PICK(texts)))); break;
	case 21: named(nng_http_server_res_error(own->server, res)); break;
	case 22:
		if (own->client != NULL) {
			nng_http_client_connect(own->client, aio);
			if (outcome(aio) == 0) {
				nng_http_conn_close(own->conn);
				own->conn = nng_aio_get_output(aio, 0);
			}
		}
		break;
	case 23:
		if (own->client != NULL) {
			nng_http_client_transact(own->client, own->req, own->res, aio);
			outcome(aio);
		}
		break;
	case 24:
		if (own->conn != NULL) {
			switch (draw(5)) {
			case 0: nng_http_conn_write_req(own->conn, own->req, aio); break;
			case 1: nng_http_conn_read_res(own->conn, own->res, aio); break;
			case 2: nng_http_conn_transact(own->conn, own->req, own->res, aio); break;
			case 3: nng_http_conn_write_all(own->conn, aio); break;
			default: nng_http_conn_read(own->conn, aio);
			}
			outcome(aio);
		}
		break;
	default:
		if (own->server != NULL && draw(4) == 0) {
			AT("nng_http_server_stop");
			nng_http_server_stop(own->server);
		}
	}
}

static void
tls_configs(struct own *own)
{
	nng_tls_config *tls = OR_NULL(draw(8) == 0 ? shared_tls[draw(2)] : own->tls), *got;

	switch (draw(10)) {
	case 0:
		nng_tls_config_free(own->tls);
		own->tls = NULL;
		named(nng_tls_config_alloc(OR_NULL(&own->tls), (nng_tls_mode) draw(3)));
		break;
	case 1:
		nng_tls_config_hold(tls);
		nng_tls_config_free(tls);
		break;
	case 2: named(nng_tls_config_server_name(tls, OR_NULL(PICK(texts)))); break;
	case 3: named(nng_tls_config_ca_chain(tls, OR_NULL(PICK(texts)), draw(2) ? NULL : PICK(texts))); break;
	case 4: named(nng_tls_config_own_cert(tls, OR_NULL(PICK(texts)), OR_NULL(PICK(texts)), draw(2) ? NULL : "x")); break;
	case 5: named(nng_tls_config_auth_mode(tls, (nng_tls_auth_mode) draw(4))); break;
	case 6: named(nng_tls_config_version(tls, (nng_tls_version) (0x300 + draw(6)), (nng_tls_version) (0x300 + draw(6)))); break;
	case 7: named(nng_tls_config_ca_file(tls, OR_NULL("/nowhere"))); break;
	case 8: named(nng_tls_config_psk(tls, OR_NULL(PICK(texts)), own->buf, draw(200))); break;
	default:
		if (nng_http_server_get_tls(own->server, &got) == 0) {
			nng_tls_config_free(got);
		}
	}
}

static void
statistics(struct own *own)
{
	nng_stat *stat = OR_NULL(own->stats);

	switch (draw(6)) {
	case 0:
	case 1:
		nng_stats_free(own->stats);
		own->stats = NULL;
		named(nng_stats_get(OR_NULL(&own->stats)));
		break;
	case 2:
		(void) nng_stat_find(stat, OR_NULL("rx_bytes"));
		(void) nng_stat_find_socket(stat, (nng_socket) { some(sockets) });
		(void) nng_stat_find_dialer(stat, (nng_dialer) { some(dialers) });
		(void) nng_stat_find_listener(stat, (nng_listener) { some(listeners) });
		break;
	default:
		for (int depth = 0; stat != NULL && depth < 20; depth++) {
			(void) (nng_stat_value(stat) + nng_stat_timestamp(stat));
			(void) (nng_stat_type(stat) + nng_stat_unit(stat) + nng_stat_bool(stat));
			(void) (nng_stat_string(stat) != nng_stat_desc(stat));
			CHECK(nng_stat_name(stat) != NULL);
			stat = draw(3) == 0 ? nng_stat_child(stat) : nng_stat_next(stat);
		}
	}
}

static void
maps_and_urls(struct own *own)
{
	nng_id_map *map = OR_NULL(own->map);
	uint64_t    id  = draw(200);
	uint32_t    cursor = 0;
	void       *value;
	nng_url    *copy;

	switch (draw(10)) {
	case 0:
		nng_id_map_free(own->map);
		own->map = NULL;
		named(nng_id_map_alloc(OR_NULL(&own->map), draw(3), draw(300), (int) draw(2)));
		break;
	case 1:
	case 2:
		if (map != NULL) {
			named(nng_id_set(map, id, own));
			CHECK(nng_id_get(map, id) == own);
		}
		break;
	case 3:
		if (map != NULL && nng_id_alloc(map, &id, own) == 0) {
			CHECK(nng_id_get(map, id) == own);
		}
		break;
	case 4:
		if (map != NULL && nng_id_remove(map, id) == 0) {
			CHECK(nng_id_get(map, id) == NULL);
		}
		break;
	case 5:
		for (int i = 0; map != NULL && i < 400 && nng_id_visit(map, &id, &value, &cursor); i++) {
			CHECK(value == own);
		}
		break;
	case 6:
	case 7:
		nng_url_free(own->url);
		own->url = NULL;
		named(nng_url_parse(OR_NULL(&own->url), OR_NULL(draw(2) ? PICK(odd_urls) : PICK(texts))));
		break;
	case 8:
		if (nng_url_clone(OR_NULL(&copy), own->url) == 0) {
			nng_url_free(copy);
		}
		break;
	default: {
		char *s = nng_strdup(PICK(texts));
		nng_strfree(s);
		nng_free(nng_alloc(draw(300)), 0);
		(void) (nng_strerror((int) draw(256) - 5), nng_version(), nng_random(), nng_clock());
	}
	}
}

static void
wakes(void *arg)
{
	nng_cv_wake(arg);
}

static void
threads_and_datagrams(struct own *own)
{
	nng_aio *aio = own->aio[2];
	nng_iov  iov = { own->buf, draw(300) };

	switch (draw(6)) {
	case 0: {
		nng_mtx    *m;
		nng_cv     *cv;
		nng_thread *t;
		MUST(nng_mtx_alloc(&m));
		MUST(nng_cv_alloc(&cv, m));
		MUST(nng_thread_create(&t, wakes, cv));
		nng_thread_set_name(OR_NULL(t), OR_NULL("name"));
		nng_mtx_lock(m);
		named(nng_cv_until(cv, nng_clock() + draw(2)));
		nng_mtx_unlock(m);
		nng_thread_destroy(t);
		nng_cv_free(cv);
		nng_mtx_free(m);
		break;
	}
	case 1:
	case 2: {
		nng_sockaddr sa;
		memset(&sa, (int) draw(256), sizeof(sa));
		sa.s_in = (struct nng_sockaddr_in) { .sa_family = draw(8) == 0 ? (uint16_t) draw(9) : NNG_AF_INET, .sa_port = 0,
			.sa_addr = htonl(0x7f000001) };
		nng_udp_close(own->udp);
		own->udp = NULL;
		named(nng_udp_open(OR_NULL(&own->udp), OR_NULL(&sa)));
		break;
	}
	case 3:
	case 4:
		if (own->udp != NULL) {
			nng_sockaddr sa;
			named(nng_udp_sockname(own->udp, &sa));
			nng_aio_set_timeout(aio, (nng_duration) draw(3));
			named(nng_aio_set_input(aio, 0, OR_NULL(&sa)));
			named(nng_aio_set_iov(aio, 1, &iov));
			if (draw(2) == 0) {
				nng_udp_send(own->udp, aio);
			} else {
				nng_udp_recv(own->udp, aio);
			}
			outcome(aio);
		}
		break;
	default: {
		static const nng_optspec specs[] = { { "one", 'o', 1, true }, { "other", 'p', 2, false }, { NULL, 0, 0, false } };
		char                    *line[]  = { "x", draw(2) ? "--o" : "-oval", draw(2) ? "--one=1" : "-p", "-", NULL };
		int                      val, at = (int) draw(6);
		char                    *arg;
		named_or_none(nng_opts_parse(4, line, OR_NULL(specs), &val, OR_NULL(&arg), OR_NULL(&at)));
	}
	}
}

static void
nanomsg(struct own *own)
{
	static const int protocols[] = { 16, 32, 33, 48, 49, 80, 81, 98, 99, 112, 0, 7 };
	int              s = atomic_load(&nn_sockets[draw(SLOTS)]), option = (int) draw(40), value = (int) draw(30);
	char             url[URL_MAX];
	size_t           size = draw(9);

	if (draw(12) == 0) {
		s = draw(2) == 0 ? -1 : (int) some(sockets);
	}
	AT("a function of nanomsg's");
	switch (draw(16)) {
	case 0:
	case 1:
		s = nn_socket((int) draw(3), PICK(protocols));
		if (s >= 0) {
			int ms = 2, old = atomic_exchange(&nn_sockets[draw(SLOTS)], s);
			nn_setsockopt(s, NN_SOL_SOCKET, NN_SNDTIMEO, &ms, sizeof(ms));
			nn_setsockopt(s, NN_SOL_SOCKET, NN_RCVTIMEO, &ms, sizeof(ms));
			nn_close(old);
		}
		break;
	case 2:
		fresh_url(url, strcmp(over, "tls") == 0 ? "inproc" : over);
		nn_bind(s, url);
		break;
	case 3:
		any_url(url);
		nn_connect(s, OR_NULL(url));
		break;
	case 4: nn_shutdown(s, (int) draw(3)); break;
	case 5: nn_setsockopt(s, (int) draw(100) - 4, option, OR_NULL(&value), draw(6)); break;
	case 6: nn_getsockopt(s, (int) draw(100) - 4, option, own->buf, OR_NULL(&size)); break;
	case 7: nn_send(s, OR_NULL(own->buf), draw(200), (int) draw(2)); break;
	case 8: nn_recv(s, own->buf, draw(200), (int) draw(2)); break;
	case 9:
		if (own->chunk != NULL && nn_send(s, &own->chunk, NN_MSG, NN_DONTWAIT) >= 0) {
			own->chunk = NULL;
		}
		break;
	case 10:
		if (own->chunk == NULL) {
			nn_recv(s, &own->chunk, NN_MSG, NN_DONTWAIT);
		}
		break;
	case 11:
		if (own->chunk == NULL) {
			own->chunk = nn_allocmsg(draw(300), (int) draw(2));
		} else {
			void *more = nn_reallocmsg(own->chunk, 1 + draw(500));
			own->chunk = more == NULL ? own->chunk : more;
		}
		break;
	case 12: {
		struct nn_pollfd fds[2] = { { s, (short) draw(4), 0 }, { atomic_load(&nn_sockets[0]), NN_POLLIN, 0 } };
		nn_poll(OR_NULL(fds), 2, (int) draw(3));
		break;
	}
	case 13: nn_get_statistic(s, 400 + (int) draw(20)); break;
	case 14: CHECK(nn_strerror(nn_errno()) != NULL); break;
	default: nn_close(s);
	}
}

// ---- rounds -----------------------------------------------------------------------------------

static void (*const families[])(struct own *) = { messages, sends_and_receives, sends_and_receives, opens_and_closes,
	opens_and_closes, opens_and_closes, options, options, aios, streams, streams, http, http, tls_configs, statistics,
	maps_and_urls, threads_and_datagrams, nanomsg, nanomsg };

struct caller {
	pthread_t      thread;
	unsigned       number;
	uint64_t       seed;
	const uint8_t *data;
	size_t         len;
};

static void
calls(void *arg)
{
	struct caller *caller = arg;
	struct own     own    = { 0 };

	state = caller->seed;
	bytes = caller->data;
	if (bytes != NULL) {
		bytes_end = bytes + caller->len;
	}
	// Others may end what it starts.
	memcpy(own.aio, shared_aios[caller->number], sizeof(own.aio));
	MUST(nng_http_req_alloc(&own.req, NULL));
	MUST(nng_http_res_alloc(&own.res));
	for (int i = 0; i < CALLS && (bytes == NULL || bytes < bytes_end); i++) {
		PICK(families)(&own);
		beat();
	}
	AT("cleaning up");
	nng_msg_free(own.msg);
	nng_url_free(own.url);
	nng_id_map_free(own.map);
	nng_stats_free(own.stats);
	nng_http_client_free(own.client);
	nng_http_conn_close(own.conn);
	nng_http_server_release(own.server);
	nng_http_req_free(own.req);
	nng_http_res_free(own.res);
	nng_stream_free(own.stream);
	nng_stream_dialer_free(own.dialer);
	nng_stream_listener_free(own.listener);
	nng_udp_close(own.udp);
	nng_tls_config_free(own.tls);
	if (own.chunk != NULL) {
		nn_freemsg(own.chunk);
	}
}

static void
round_with(const uint8_t *data, size_t len)
{
	struct caller callers[THREADS];

	forget_urls();
	for (int i = 0; i < SLOTS; i++) {
		atomic_store(&nn_sockets[i], -1);
	}
	MUST(nng_tls_config_alloc(&shared_tls[0], NNG_TLS_MODE_CLIENT));
	MUST(nng_tls_config_alloc(&shared_tls[1], NNG_TLS_MODE_SERVER));
	MUST(nng_tls_config_auth_mode(shared_tls[0], NNG_TLS_AUTH_MODE_NONE));
	MUST(nng_tls_config_own_cert(shared_tls[1], stress_cert, stress_key, NULL));
	for (unsigned i = 0; i < THREADS; i++) {
		for (int n = 0; n < AIOS; n++) {
			MUST(nng_aio_alloc(&shared_aios[i][n], NULL, NULL));
		}
		callers[i] = (struct caller) { .number = i, .seed = ((uint64_t) rnd(UINT32_MAX) << 32) + rnd(UINT32_MAX) };
		if (data != NULL) {
			callers[i].data = data + len * i / THREADS;
			callers[i].len  = len * (i + 1) / THREADS - len * i / THREADS;
		}
	}
	for (unsigned i = 0; i < THREADS; i++) {
		callers[i].thread = spawn(calls, &callers[i]);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		join(callers[i].thread);
	}
	close_sockets();
	for (int i = 0; i < SLOTS; i++) {
		AT("the last nn_close");
		nn_close(atomic_load(&nn_sockets[i]));
	}
	for (unsigned i = 0; i < THREADS; i++) {
		for (int n = 0; n < AIOS; n++) {
			nng_aio_free(shared_aios[i][n]);
		}
	}
	nng_tls_config_free(shared_tls[0]);
	nng_tls_config_free(shared_tls[1]);
}

static void
one_round(const char *transport)
{
	over = transport;
	round_with(NULL, 0);
}

#ifdef FUZZING
// The first byte is the transport's, the others the threads' in equal parts.
void
every_family(const uint8_t *data, size_t len)
{
	static const char *const transports[] = { "inproc", "ipc", "tcp", "ws", "tls" };
	if (len > 1) {
		over = transports[data[0] % 5];
		round_with(data + 1, len - 1);
	}
}
#endif
