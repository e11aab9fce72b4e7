<<<<<<< HEAD
// Threads, locks and conditions, and options of command lines.
=======
// Helpers: ids, command lines, URLs, addresses, threads and what they wait on, memory, clocks.
>>>>>>> main
#include "testing.h"
#include <nng/supplemental/util/options.h>
#include <nng/supplemental/util/platform.h>

static nng_mtx *mtx;
static nng_cv  *cv;
<<<<<<< HEAD
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
=======
static int      turns;

static void
turn(void *arg)
{
	for (int i = 0; i < 1000; i++) {
		nng_mtx_lock(mtx);
		turns++;
		nng_mtx_unlock(mtx);
	}
	nng_mtx_lock(mtx);
	*(bool *) arg = true;
	nng_cv_wake(cv);
>>>>>>> main
	nng_mtx_unlock(mtx);
}

static void
threads(void)
{
<<<<<<< HEAD
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
=======
	nng_thread *t[3];
	bool        done[3] = { false, false, false };
	nng_time    began;

	OK(nng_mtx_alloc(&mtx));
	OK(nng_cv_alloc(&cv, mtx));
	for (int i = 0; i < 3; i++) {
		OK(nng_thread_create(&t[i], turn, &done[i]));
	}
	nng_mtx_lock(mtx);
	while (!done[0] || !done[1] || !done[2]) {
		nng_cv_wait(cv);
	}
	CHECK(turns == 3000);
	began = nng_clock();
	GIVES(NNG_ETIMEDOUT, nng_cv_until(cv, began + 20));
	CHECK(nng_clock() >= began + 20);
	nng_mtx_unlock(mtx);
	for (int i = 0; i < 3; i++) {
		nng_thread_destroy(t[i]);
	}
	nng_cv_free(cv);
	nng_mtx_free(mtx);
	began = nng_clock();
	nng_msleep(10);
	CHECK(nng_clock() >= began + 10);
	CHECK(nng_random() != nng_random() || nng_random() != nng_random());
}

static void
command_lines(void)
{
	static const nng_optspec specs[] = {
		{ "flag", 'f', 1, false },
		{ "long", 0, 2, false },
		{ "longer", 'l', 3, true },
		{ NULL, 'z', 4, true },
		{ NULL, 0, 0, false },
	};
	char *argv[] = { "prog", "--flag", "-f", "-lx", "-l", "y", "--longer=z", "--longer:", "--long",
		"-z", "1", "rest", "-f" };
	struct {
		int         val;
		const char *arg;
	} want[] = { { 1, NULL }, { 1, NULL }, { 3, "x" }, { 3, "y" }, { 3, "z" }, { 3, "" },
		{ 2, NULL }, { 4, "1" } };
	int   at = 1, val;
	char *arg;

	for (int i = 0; i < 8; i++) {
		arg = NULL;
		OK(nng_opts_parse(13, argv, specs, &val, &arg, &at));
		CHECK(val == want[i].val);
		CHECK(want[i].arg == NULL || strcmp(want[i].arg, arg) == 0);
	}
	GIVES(-1, nng_opts_parse(13, argv, specs, &val, &arg, &at));
	CHECK(at == 11);
	char *wrong[] = { "prog", "--nosuch", "--lo", "-fx", "--longer" };
	at            = 1;
	GIVES(NNG_EINVAL, nng_opts_parse(5, wrong, specs, &val, &arg, &at));
	at = 2;
	GIVES(NNG_EAMBIGUOUS, nng_opts_parse(5, wrong, specs, &val, &arg, &at));
	at = 3;
	GIVES(NNG_EINVAL, nng_opts_parse(5, wrong, specs, &val, &arg, &at));
	at = 4;
	GIVES(NNG_ENOARG, nng_opts_parse(5, wrong, specs, &val, &arg, &at));
}

static void
urls(void)
{
	nng_url *url, *copy;

	OK(nng_url_parse(&url, "HTTP://me@Host.Example:81/a/./b//c%41?q=1#frag"));
	OK(nng_url_clone(&copy, url));
	nng_url_free(url);
	CHECK(strcmp(copy->u_scheme, "http") == 0);
	CHECK(strcmp(copy->u_userinfo, "me") == 0);
	CHECK(strcmp(copy->u_host, "host.example:81") == 0);
	CHECK(strcmp(copy->u_hostname, "host.example") == 0);
	CHECK(strcmp(copy->u_port, "81") == 0);
	CHECK(strcmp(copy->u_path, "/a/b/cA") == 0);
	CHECK(strcmp(copy->u_query, "q=1") == 0);
	CHECK(strcmp(copy->u_fragment, "frag") == 0);
	nng_url_free(copy);
	OK(nng_url_parse(&url, "ipc:///tmp/x//y"));
	CHECK(strcmp(url->u_path, "/tmp/x//y") == 0);
	CHECK(url->u_query == NULL && url->u_host == NULL);
	nng_url_free(url);
	GIVES(NNG_EINVAL, nng_url_parse(&url, "nothing"));
	GIVES(NNG_EINVAL, nng_url_parse(&url, "http://a@b@c/"));
	GIVES(NNG_EINVAL, nng_url_parse(&url, "http://a/%zz"));
}

static void
memory(void)
{
	char *s;
	void *p = nng_alloc(100);

	CHECK(p != NULL);
	memset(p, 1, 100);
	nng_free(p, 100);
	s = nng_strdup("some text");
	CHECK(strcmp(s, "some text") == 0);
	nng_strfree(s);
	nng_strfree(NULL);
}
>>>>>>> main

int
main(void)
{
<<<<<<< HEAD
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
=======
	testing_begin(30);
	threads();
	command_lines();
	urls();
	memory();
	CHECK(strcmp(nng_strerror(NNG_ETIMEDOUT), "Timed out") == 0);
	CHECK(strcmp(nng_strerror(0), "Hunky dory") == 0);
	puts("helpers help");
>>>>>>> main
	return 0;
}
