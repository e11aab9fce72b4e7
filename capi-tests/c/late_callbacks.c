// When nng_close has returned, no pipe callback of the socket runs any more or comes later, so that
// what it was given may go: here a socket is closed the moment its pipe is announced.
#include "testing.h"
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>

struct watched {
	pthread_mutex_t lock;
	pthread_cond_t  cond;
	int             seen[3];
	int             closed;
};

static void
note(nng_pipe p, nng_pipe_ev ev, void *arg)
{
	struct watched *w = arg;
	(void) p;
	pthread_mutex_lock(&w->lock);
	CHECK(!w->closed);
	w->seen[ev]++;
	pthread_cond_broadcast(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

static void
watch(nng_socket s, struct watched *w)
{
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->cond, NULL);
	OK(nng_pipe_notify(s, NNG_PIPE_EV_ADD_PRE, note, w));
	OK(nng_pipe_notify(s, NNG_PIPE_EV_ADD_POST, note, w));
	OK(nng_pipe_notify(s, NNG_PIPE_EV_REM_POST, note, w));
}

static void
await(struct watched *w, nng_pipe_ev ev)
{
	pthread_mutex_lock(&w->lock);
	while (w->seen[ev] == 0) {
		pthread_cond_wait(&w->cond, &w->lock);
	}
	pthread_mutex_unlock(&w->lock);
}

static void
end(nng_socket s, struct watched *w)
{
	OK(nng_close(s));
	pthread_mutex_lock(&w->lock);
	w->closed = 1;
	CHECK(w->seen[NNG_PIPE_EV_REM_POST] == w->seen[NNG_PIPE_EV_ADD_PRE]);
	pthread_mutex_unlock(&w->lock);
}

int
main(void)
{
	enum { ROUNDS = 300 };
	static const char    *transports[] = { "inproc", "ipc", "tcp" };
	static struct watched all[3][ROUNDS][2];
	testing_begin(60);
	for (int i = 0; i < 3; i++) {
		for (int round = 0; round < ROUNDS; round++) {
			struct watched *w = all[i][round];
			nng_socket      push, pull;
			OK(nng_push_open(&push));
			OK(nng_pull_open(&pull));
			watch(push, &w[0]);
			watch(pull, &w[1]);
			OK(nng_dial(push, testing_listen(pull, transports[i]), NULL, NNG_FLAG_NONBLOCK));
			await(&w[1], round % 2 ? NNG_PIPE_EV_ADD_POST : NNG_PIPE_EV_ADD_PRE);
			if (round % 3) {
				end(push, &w[0]);
				end(pull, &w[1]);
			} else {
				end(pull, &w[1]);
				end(push, &w[0]);
			}
		}
		printf("%s: none came late\n", transports[i]);
	}
	return 0;
}
