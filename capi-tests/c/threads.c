// Threads, locks and conditions, and options of command lines.
#include "testing.h"
#include <nng/supplemental/util/options.h>
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
	GIVES(NNG_ETIMEDOUT, nng_cv_until(cv, nng_clock() + 5));
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

static const nng_optspec specs[] = {
	{ "verbose", 'v', 1, false },
	{ "version", 'V', 2, false },
	{ "file", 'f', 3, true },
	{ NULL, 'x', 4, false },
	{ "long-only", 0, 5, true },
	{ NULL, 0, 0, false },
};

static void
options(int argc, char **argv)
{
	int   index = 1, val = 0, rv;
	char *arg;

	for (int i = 1; i < argc; i++) {
		printf("%s ", argv[i]);
	}
	printf("->");
	while (arg = NULL, (rv = nng_opts_parse(argc, argv, specs, &val, &arg, &index)) == 0) {
		printf(" %d%s%s", val, arg != NULL ? "=" : "", arg != NULL ? arg : "");
	}
	printf(" end: %s at %d\n", rv == -1 ? "done" : nng_strerror(rv), index);
}

#define OPTIONS(...)                                                                     \
	do {                                                                                 \
		char *argv[] = { "program", __VA_ARGS__ };                                       \
		options(sizeof(argv) / sizeof(argv[0]), argv);                                   \
	} while (0)

int
main(void)
{
	testing_begin(20);
	threads();
	OPTIONS("-v", "-f", "a", "rest");
	OPTIONS("-fa", "-x");
	OPTIONS("-vx", "-v");
	OPTIONS("--verbose", "--file", "b", "--file=c", "--", "-v");
	OPTIONS("--file:c");
	OPTIONS("--ver");
	OPTIONS("--verb");
	OPTIONS("--fi=d");
	OPTIONS("--long-only=1");
	OPTIONS("--none");
	OPTIONS("-q");
	OPTIONS("-f");
	OPTIONS("--file");
	OPTIONS("--verbose=1");
	OPTIONS("-");
	OPTIONS("rest", "-v");
	return 0;
}
