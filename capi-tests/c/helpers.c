// Helpers: ids, command lines, URLs, addresses, threads and what they wait on, memory, clocks.
#include "testing.h"
#include <nng/supplemental/util/options.h>
#include <nng/supplemental/util/platform.h>

static nng_mtx *mtx;
static nng_cv  *cv;
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
	nng_mtx_unlock(mtx);
}

static void
threads(void)
{
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

int
main(void)
{
	testing_begin(30);
	threads();
	command_lines();
	urls();
	memory();
	CHECK(strcmp(nng_strerror(NNG_ETIMEDOUT), "Timed out") == 0);
	CHECK(strcmp(nng_strerror(0), "Hunky dory") == 0);
	puts("helpers help");
	return 0;
}
