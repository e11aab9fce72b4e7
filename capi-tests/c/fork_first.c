// ours only: the old library's child may hang.
// fork while another thread is in the very first call into the library: the child's calls give an
// error, or it has a library of its own. The first call is held at each system function that it
// comes by, until the process has forked.
#define _GNU_SOURCE
#include "testing.h"
#include <nng/protocol/pair0/pair.h>

#include <dlfcn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

// Of the functions below that the first call comes by, where it is held; and whether it is there.
static _Atomic int   hold_at, passed, held, released;
static __thread int first;

static void
passes(void)
{
	if (first && ++passed == hold_at) {
		held = 1;
		while (!released) {
			usleep(100);
		}
	}
}

int
epoll_create1(int flags)
{
	int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "epoll_create1");
	passes();
	return real(flags);
}

int
eventfd(unsigned n, int flags)
{
	int (*real)(unsigned, int) = (int (*)(unsigned, int)) dlsym(RTLD_NEXT, "eventfd");
	passes();
	return real(n, flags);
}

// What pthread_atfork becomes; the sanitizers call it too, before anything else can be called.
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
extern int __register_atfork(void (*)(void), void (*)(void), void (*)(void), void *);
int
__register_atfork(void (*before)(void), void (*parent)(void), void (*child)(void), void *dso)
{
	int (*real)(void (*)(void), void (*)(void), void (*)(void), void *) =
	    (int (*)(void (*)(void), void (*)(void), void (*)(void), void *)) dlsym(
	        RTLD_NEXT, "__register_atfork");
	passes();
	return real(before, parent, child, dso);
}
#endif

static void *
opens(void *arg)
{
	nng_socket s;
	(void) arg;
	first = 1;
	OK(nng_pair0_open(&s));
	first = 0;
	OK(nng_close(s));
	return NULL;
}

// Forks while the first call is at the nth function: 0 if the first call is over before that.
static int
forks(int nth)
{
	pthread_t t;
	int       status;
	void     *over = NULL;
	hold_at        = nth;
	pthread_create(&t, NULL, opens, NULL);
	while (!held) {
		if (pthread_tryjoin_np(t, &over) == 0) {
			return 0;
		}
		usleep(100);
	}
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		nng_socket s;
		alarm(10 * testing_slower());
		int rv = nng_pair0_open(&s);
		_exit(rv == 0 ? nng_close(s) : rv == NNG_ECLOSED ? 0 : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	released = 1;
	CHECK(pthread_join(t, NULL) == 0);
	return 1;
}

int
main(void)
{
	testing_begin(60);
	int nth = 1;
	// Each in a process that has not used the library.
	for (int going = 1; going; nth += going) {
		int status;
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			_exit(forks(nth) ? 50 : 0);
		}
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 50));
		going = WEXITSTATUS(status) == 50;
	}
	fprintf(stderr, "forked at %d places of the first call\n", nth - 1);
	CHECK(nth > 1);
	return 0;
}
