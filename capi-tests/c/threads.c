// Threads, locks and conditions.
#include "testing.h"
#include <nng/supplemental/util/platform.h>

static nng_mtx *mtx;
static nng_cv  *cv;
static int      running, go;

static void
body(void *arg)
{
	nng_mtx_lock(mtx);
	(*(int *) arg)++;
	running++;
	nng_cv_wake(cv);
	while (!go) {
		nng_cv_wait(cv);
	}
	running--;
	nng_mtx_unlock(mtx);
}

static void
threads(void)
{
	nng_thread *t[4];
	int         started = 0;

	OK(nng_mtx_alloc(&mtx));
	OK(nng_cv_alloc(&cv, mtx));
	for (int i = 0; i < 4; i++) {
		OK(nng_thread_create(&t[i], body, &started));
	}
	nng_thread_set_name(t[0], "a name");
	nng_thread_set_name(NULL, "mine");
	nng_mtx_lock(mtx);
	while (running < 4) {
		nng_cv_wait(cv);
	}
	nng_time until = nng_clock() + 5;
	GIVES(NNG_ETIMEDOUT, nng_cv_until(cv, until));
	CHECK(nng_clock() >= until);
	go = 1;
	nng_cv_wake1(cv);
	nng_cv_wake(cv);
	nng_mtx_unlock(mtx);
	for (int i = 0; i < 4; i++) {
		nng_thread_destroy(t[i]);
	}
	CHECK(running == 0 && started == 4);
	nng_cv_free(cv);
	nng_mtx_free(mtx);
	printf("threads\n");
}

// Counts under the lock.
static void
count(void *arg)
{
	for (int i = 0; i < 1000; i++) {
		nng_mtx_lock(mtx);
		(*(int *) arg)++;
		nng_mtx_unlock(mtx);
	}
}

static void
locks(void)
{
	nng_thread *t[3];
	int         total = 0;

	OK(nng_mtx_alloc(&mtx));
	for (int i = 0; i < 3; i++) {
		OK(nng_thread_create(&t[i], count, &total));
	}
	for (int i = 0; i < 3; i++) {
		nng_thread_destroy(t[i]);
	}
	CHECK(total == 3000);
	nng_mtx_free(mtx);
	printf("locks\n");
}

// Writes to where nobody reads.
static void
writes(void *arg)
{
	int fds[2];
	CHECK(pipe(fds) == 0);
	close(fds[0]);
	CHECK(write(fds[1], "x", 1) < 0);
	close(fds[1]);
	(*(int *) arg)++;
}

// No thread of the library's is ended by a broken pipe.
static void
broken_pipes(void)
{
	nng_thread *t;
	nng_aio    *aio;
	int         written = 0;

	signal(SIGPIPE, SIG_DFL);
	OK(nng_thread_create(&t, writes, &written));
	nng_thread_destroy(t);
	OK(nng_aio_alloc(&aio, writes, &written));
	nng_sleep_aio(1, aio);
	nng_aio_wait(aio);
	nng_aio_free(aio);
	signal(SIGPIPE, SIG_IGN);
	CHECK(written == 2);
	printf("broken pipes\n");
}

int
main(void)
{
	testing_begin(20);
	threads();
	locks();
	broken_pipes();
	return 0;
}
