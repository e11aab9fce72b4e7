// URLs: their parts, what is none, and copies.
#include "testing.h"

#define SHOW(x) (x) == NULL ? "-" : (x)

int
main(void)
{
	static const char *good[] = { "tcp://127.0.0.1:80", "http://www.example.com",
		"https://user@www.example.com:8443/a/b?c=d#e", "ipc:///tmp/a.sock", "inproc://some name",
		"ws://[::1]:77/x", "tcp://:5555", "HTTP://WWW.Example.Com/A%20b", "http://h/a/../b" };
	static const char *bad[]  = { "", "tcp", "tcp:", "tcp:/x", "://x", "http://h:99999999x",
		"http://[::1" };
	nng_url *u, *copy;
	testing_begin(10);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		OK(nng_url_parse(&u, good[i]));
		OK(nng_url_clone(&copy, u));
		CHECK(copy != u);
		nng_url_free(u);
		printf("%s: %s %s %s %s %s %s %s %s\n", copy->u_rawurl, SHOW(copy->u_scheme),
		    SHOW(copy->u_userinfo), SHOW(copy->u_hostname), SHOW(copy->u_port),
		    SHOW(copy->u_path), SHOW(copy->u_query), SHOW(copy->u_fragment),
		    SHOW(copy->u_requri));
		nng_url_free(copy);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		printf("%s: %s\n", bad[i], nng_strerror(nng_url_parse(&u, bad[i])));
	}
	nng_url_free(NULL);
	return 0;
}
