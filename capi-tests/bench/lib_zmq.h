/* libzmq. */
#include <zmq.h>

#define LIB_NAME "zmq"
#define DIAL_WAITS 0

typedef void     *sock_t;
typedef zmq_msg_t msg_t;

static void *context;

static void
must(int rv, const char *what)
{
	if (rv < 0) {
		fail("%s: %s", what, zmq_strerror(zmq_errno()));
	}
}

static void
lib_once(void)
{
	context = zmq_ctx_new();
	must(zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 20000), "context");
}

static sock_t
sock_open(enum kind kind, int depth)
{
	static pthread_once_t once    = PTHREAD_ONCE_INIT;
	static const int      types[] = { ZMQ_REQ, ZMQ_REP, ZMQ_PUSH, ZMQ_PULL, ZMQ_PAIR,
		     ZMQ_PUB, ZMQ_SUB };
	int                   backlog = 4096, linger = 0;
	pthread_once(&once, lib_once);
	sock_t s = zmq_socket(context, types[kind]);
	if (s == NULL) {
		fail("open: %s", zmq_strerror(zmq_errno()));
	}
	must(zmq_setsockopt(s, ZMQ_BACKLOG, &backlog, sizeof(backlog)), "backlog");
	must(zmq_setsockopt(s, ZMQ_LINGER, &linger, sizeof(linger)), "linger");
	if (depth >= 0) {
		must(zmq_setsockopt(s, ZMQ_SNDHWM, &depth, sizeof(depth)), "buffers");
		must(zmq_setsockopt(s, ZMQ_RCVHWM, &depth, sizeof(depth)), "buffers");
	}
	if (kind == SUB) {
		must(zmq_setsockopt(s, ZMQ_SUBSCRIBE, "", 0), "subscribe");
	}
	return (s);
}

static void
sock_listen(sock_t s, const char *url)
{
	must(zmq_bind(s, url), "listen");
}

static void
sock_dial(sock_t s, const char *url)
{
	must(zmq_connect(s, url), "dial");
}

static void
sock_close(sock_t s)
{
	must(zmq_close(s), "close");
}

static inline void
msg_new(msg_t *m, size_t size)
{
	must(zmq_msg_init_size(m, size), "message");
	((char *) zmq_msg_data(m))[0] = 1;
}

static inline void *
msg_body(msg_t *m)
{
	return (zmq_msg_data(m));
}

static inline size_t
msg_size(msg_t *m)
{
	return (zmq_msg_size(m));
}

static inline void
msg_free(msg_t *m)
{
	zmq_msg_close(m);
}

static inline void
sock_send(sock_t s, msg_t *m)
{
	must(zmq_msg_send(m, s, 0), "send");
}

static inline void
sock_recv(sock_t s, msg_t *m)
{
	zmq_msg_init(m);
	must(zmq_msg_recv(m, s, 0), "receive");
}

static inline bool
sock_try_recv(sock_t s, msg_t *m)
{
	zmq_msg_init(m);
	if (zmq_msg_recv(m, s, ZMQ_DONTWAIT) < 0) {
		if (zmq_errno() != EAGAIN) {
			must(-1, "receive");
		}
		return (false);
	}
	return (true);
}
