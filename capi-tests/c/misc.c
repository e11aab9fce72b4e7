// What is beside sockets: texts of errors, memory, threads, locks, time and
// options of programs.
#include "testing.h"
#include <nng/supplemental/util/options.h>
#include <nng/supplemental/util/platform.h>

static nng_mtx *mtx;
static nng_cv  *cv;
static int      turn;

static void
work(void *arg)
{
	nng_mtx_lock(mtx);
	turn = *(int *) arg;
	nng_cv_wake(cv);
	nng_mtx_unlock(mtx);
}

int
main(void)
{
	testing_begin(10);
	for (int i = 0; i <= NNG_EBADTYPE; i++) {
		printf("%d: %s\n", i, nng_strerror(i));
	}
	CHECK(strcmp(nng_strerror(NNG_ESYSERR + 2), strerror(2)) == 0);
	printf("%s\n", nng_strerror(NNG_ETRANERR + 7));
	CHECK(nng_version()[0] == '1');

	char *copy = nng_strdup("text");
	CHECK(strcmp(copy, "text") == 0);
	nng_strfree(copy);
	nng_strfree(NULL);
	void *block = nng_alloc(1000);
	memset(block, 1, 1000);
	nng_free(block, 1000);

	nng_thread *t;
	int         seven = 7;
	OK(nng_mtx_alloc(&mtx));
	OK(nng_cv_alloc(&cv, mtx));
	nng_mtx_lock(mtx);
	nng_time before = nng_clock();
	GIVES(NNG_ETIMEDOUT, nng_cv_until(cv, before + 20));
	CHECK(nng_clock() >= before + 20);
	OK(nng_thread_create(&t, work, &seven));
	while (turn == 0) {
		nng_cv_wait(cv);
	}
	nng_mtx_unlock(mtx);
	nng_thread_destroy(t);
	CHECK(turn == 7);
	nng_cv_free(cv);
	nng_mtx_free(mtx);
	before = nng_clock();
	nng_msleep(20);
	CHECK(nng_clock() >= before + 20);
	CHECK(nng_random() != nng_random() || nng_random() != nng_random());

	static nng_optspec specs[] = { { "flag", 'f', 1, false }, { "value", 'v', 2, true },
		{ "valley", 0, 3, false }, { NULL, 0, 0, false } };
	char *argv[] = { "me", "-f", "--value", "x", "--value=y", "-vz", "--val", "--no", "-v" };
	int   at = 1, val, rv;
	for (int i = 0; i < 5; i++) {
		char *arg = NULL;
		rv        = nng_opts_parse(9, argv, specs, &val, &arg, &at);
		printf("%d %d %s %d\n", rv, rv == 0 ? val : 0, arg != NULL && rv == 0 ? arg : "-", at);
		if (rv != 0) {
			break;
		}
	}
	at         = 7;
	char *arg2 = NULL;
	GIVES(NNG_EINVAL, nng_opts_parse(9, argv, specs, &val, &arg2, &at));
	at = 8;
	GIVES(NNG_ENOARG, nng_opts_parse(9, argv, specs, &val, &arg2, &at));
	at = 9;
	GIVES(-1, nng_opts_parse(9, argv, specs, &val, &arg2, &at));
	return 0;
}
