// ours only: the old library may hang or abort at such an exit.
// Programs that end while threads of theirs are in the library, with nng_fini at exit or without.
#include "testing.h"
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static nng_socket req, rep, idle;

static void *
asks(void *arg)
{
	nng_msg *msg;
	(void) arg;
	while (nng_send(req, "ask", 4, 0) == 0 && nng_recvmsg(req, &msg, 0) == 0) {
		nng_msg_free(msg);
	}
	return NULL;
}

static void *
answers(void *arg)
{
	nng_msg *msg;
	(void) arg;
	while (nng_recvmsg(rep, &msg, 0) == 0 && nng_sendmsg(rep, msg, 0) == 0) {
	}
	return NULL;
}

static void *
waits(void *arg)
{
	nng_msg *msg;
	(void) arg;
	nng_recvmsg(idle, &msg, 0);
	return NULL;
}

static void
again(void *arg)
{
	nng_sleep_aio(0, *(nng_aio **) arg);
}

static void
used_afterwards(void)
{
	nng_socket s;
	nng_fini();
	if (nng_pair0_open(&s) != 0 || nng_close(s) != 0) {
		_exit(3);
	}
	nng_fini();
}

// What the child does: it has not used the library before it came to be.
static void
ends(int how)
{
	static nng_aio *aio;
	pthread_t       t;

	alarm(10 * testing_slower());
	OK(nng_req0_open(&req));
	OK(nng_rep0_open(&rep));
	OK(nng_pair0_open(&idle));
	testing_connect(rep, req, how == 0 || how == 2 ? "ipc" : "tcp");
	void *(*const mains[])(void *) = { asks, answers, waits };
	for (int i = 0; i < 3; i++) {
		pthread_create(&t, NULL, mains[i], NULL);
		pthread_detach(t);
	}
	OK(nng_aio_alloc(&aio, again, &aio));
	nng_sleep_aio(0, aio);
	if (how < 4) {
		atexit(how < 2 ? nng_fini : used_afterwards);
	}
	usleep(1000 * (unsigned) (how % 5));
	exit(0);
}

int
main(void)
{
	testing_begin(60);
	for (int round = 0; round < 10; round++) {
		for (int how = 0; how < 6; how++) {
			int status;
			fflush(stdout);
			pid_t pid = fork();
			CHECK(pid >= 0);
			if (pid == 0) {
				ends(how);
			}
			CHECK(waitpid(pid, &status, 0) == pid);
			if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
				fprintf(stderr, "the program that ends in way %d: status %x\n", how, (unsigned) status);
				return 1;
			}
		}
	}
	printf("ended\n");
	return 0;
}
