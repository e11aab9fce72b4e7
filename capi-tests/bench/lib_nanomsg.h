/* nanomsg. Its buffers are counted in bytes; a depth asked for is turned into
 * that many messages' worth. */
#include <nanomsg/nn.h>
#include <nanomsg/pair.h>
#include <nanomsg/pipeline.h>
#include <nanomsg/pubsub.h>
#include <nanomsg/reqrep.h>

#define LIB_NAME "nanomsg"
#define DIAL_WAITS 0

typedef int sock_t;
typedef struct {
	void  *body;
	size_t size;
} msg_t;

static void
must(int rv, const char *what)
{
	if (rv < 0) {
		fail("%s: %s", what, nn_strerror(nn_errno()));
	}
}

static sock_t
sock_open(enum kind kind, int depth)
{
	static const int types[] = { NN_REQ, NN_REP, NN_PUSH, NN_PULL, NN_PAIR, NN_PUB,
		NN_SUB };
	int              s = nn_socket(AF_SP, types[kind]);
	int              any = -1;
	must(s, "open");
	must(nn_setsockopt(s, NN_SOL_SOCKET, NN_RCVMAXSIZE, &any, sizeof(any)), "limit");
	if (depth > 0) {
		int bytes = depth * (int) opt.size;
		nn_setsockopt(s, NN_SOL_SOCKET, NN_SNDBUF, &bytes, sizeof(bytes));
		nn_setsockopt(s, NN_SOL_SOCKET, NN_RCVBUF, &bytes, sizeof(bytes));
	}
	if (kind == SUB) {
		must(nn_setsockopt(s, NN_SUB, NN_SUB_SUBSCRIBE, "", 0), "subscribe");
	}
	return (s);
}

static void
sock_listen(sock_t s, const char *url)
{
	must(nn_bind(s, url), "listen");
}

static void
sock_dial(sock_t s, const char *url)
{
	must(nn_connect(s, url), "dial");
}

static void
sock_close(sock_t s)
{
	must(nn_close(s), "close");
}

static inline void
msg_new(msg_t *m, size_t size)
{
	m->size = size;
	if ((m->body = nn_allocmsg(size, 0)) == NULL) {
		fail("message: %s", nn_strerror(nn_errno()));
	}
	((char *) m->body)[0] = 1;
}

static inline void *
msg_body(msg_t *m)
{
	return (m->body);
}

static inline size_t
msg_size(msg_t *m)
{
	return (m->size);
}

static inline void
msg_free(msg_t *m)
{
	nn_freemsg(m->body);
}

static inline void
sock_send(sock_t s, msg_t *m)
{
	must(nn_send(s, &m->body, NN_MSG, 0), "send");
}

static inline void
sock_recv(sock_t s, msg_t *m)
{
	int rv = nn_recv(s, &m->body, NN_MSG, 0);
	must(rv, "receive");
	m->size = (size_t) rv;
}

static inline bool
sock_try_recv(sock_t s, msg_t *m)
{
	int rv = nn_recv(s, &m->body, NN_MSG, NN_DONTWAIT);
	if (rv < 0) {
		if (nn_errno() != EAGAIN) {
			must(-1, "receive");
		}
		return (false);
	}
	m->size = (size_t) rv;
	return (true);
}
