// URLs: what is parsed into which part, default ports, percent-decoding, canonical paths, what is
// refused, and copies.
#include "testing.h"

static void
part(const char *name, const char *text)
{
	if (text != NULL) {
		printf(" %s=%s", name, text);
	}
}

static void
show(const char *text)
{
	nng_url *whole = NULL, *url;
	int      rv    = nng_url_parse(&whole, text);
	printf("%s:", text);
	if (rv != 0) {
		printf(" %s\n", nng_strerror(rv));
		return;
	}
	// What a copy has, the whole had.
	OK(nng_url_clone(&url, whole));
	CHECK(url != whole);
	nng_url_free(whole);
	part("raw", url->u_rawurl);
	part("scheme", url->u_scheme);
	part("user", url->u_userinfo);
	part("host", url->u_host);
	part("hostname", url->u_hostname);
	part("port", url->u_port);
	part("path", url->u_path);
	part("query", url->u_query);
	part("fragment", url->u_fragment);
	part("requri", url->u_requri);
	printf("\n");
	nng_url_free(url);
}

int
main(void)
{
	static const char *texts[] = {
		"http://www.google.com",
		"http://www.google.com:1234",
		"http://www.google.com:1234/somewhere",
		"http://garrett@www.google.com:1234/somewhere",
		"http://www.google.com/somewhere?result=yes",
		"http://www.google.com/somewhere?result=yes#chapter1",
		"http://www.google.com/somewhere#chapter2",
		"http://www.google.com#chapter3",
		"http://www.google.com?color=red",
		"http://www.google.com/%41bc/%2f/%7e",
		"http://www.google.com/a/./b/../c//d",
		"http://www.google.com/a/../../b",
		"http://www.google.com/a/%2e%2e/b",
		"http://www.google.com/a b",
		"http://www.google.com/%zz",
		"http://www.google.com/%4",
		"http://www.google.com/%00",
		"http://[::1]",
		"http://[::1]:29",
		"http://[::1]:29/bottles",
		"http://[::1",
		"http://[::1]extra",
		"HTTP://WWW.EXAMPLE.COM/Path",
		"HTTP://WWW.Example.Com/A%20b",
		"https://user@www.example.com:8443/a/b?c=d#e",
		"http://h/a/../b",
		"http://a@b@c/",
		"ipc:///tmp/x//y",
		"http://h:99999999x",
		"ws://[::1]:77/x",
		"https://example.com",
		"ws://example.com/chat?x=1",
		"wss://example.com",
		"tcp://127.0.0.1:5555",
		"tcp://127.0.0.1",
		"tcp://*:5555",
		"tcp://:5555",
		"tcp4://localhost:1",
		"tcp6://[::1]:2",
		"tls+tcp://example.com:4433",
		"ipc:///tmp/some.sock",
		"ipc://relative.sock",
		"ipc:///tmp/a?b#c",
		"unix:///tmp/some.sock",
		"abstract://name",
		"abstract://na%00me",
		"abstract://",
		"inproc://name",
		"inproc://name/with/path?and=query",
		"inproc://",
		"inproc://some name",
		"http:",
		"http:/",
		"http://",
		"://x",
		"noscheme",
		"tcp",
		"tcp:",
		"tcp:/x",
		"",
		"0http://x",
		"ht-tp://x",
		"x.y+z://host:99/p",
	};
	nng_url *url, *copy;

	testing_begin(20);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		show(texts[i]);
	}

	OK(nng_url_parse(&url, "http://me@www.example.com:81/a/b?c=d#e"));
	OK(nng_url_clone(&copy, url));
	nng_url_free(url);
	CHECK(strcmp(copy->u_rawurl, "http://me@www.example.com:81/a/b?c=d#e") == 0);
	CHECK(strcmp(copy->u_scheme, "http") == 0);
	CHECK(strcmp(copy->u_userinfo, "me") == 0);
	CHECK(strcmp(copy->u_hostname, "www.example.com") == 0);
	CHECK(strcmp(copy->u_host, "www.example.com:81") == 0);
	CHECK(strcmp(copy->u_port, "81") == 0);
	CHECK(strcmp(copy->u_path, "/a/b") == 0);
	CHECK(strcmp(copy->u_query, "c=d") == 0);
	CHECK(strcmp(copy->u_fragment, "e") == 0);
	CHECK(strcmp(copy->u_requri, "/a/b?c=d#e") == 0);
	nng_url_free(copy);
	nng_url_free(NULL);
	return 0;
}
