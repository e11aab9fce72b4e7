// An HTTP server for somebody else's clients: http_serve URL FOLDER [CERT-KEY-FILE]
//
// Prints "ready PORT" and ends with the standard input. /file is FOLDER/index.html, /files the
// folder, /text fixed, /big 20 MiB, /old a redirection to /text, /away/... one of a tree, /echo
// takes a POST of up to 32 MiB, /small one of up to 100 bytes.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/supplemental/http/http.h>
#include <nng/supplemental/tls/tls.h>

#define MUST(call)                                                        \
	do {                                                              \
		int rv_ = (call);                                         \
		if (rv_ != 0) {                                           \
			printf("%s: %s\n", #call, nng_strerror(rv_));     \
			fflush(stdout);                                   \
			_exit(1);                                         \
		}                                                         \
	} while (0)

#define BIG (20u << 20)

static nng_http_server *server;

static void
echo(nng_aio *aio)
{
	nng_http_req *req = nng_aio_get_input(aio, 0);
	nng_http_res *res;
	void         *data;
	size_t        size;
	nng_http_req_get_data(req, &data, &size);
	MUST(nng_http_res_alloc(&res));
	MUST(nng_http_res_copy_data(res, data, size));
	MUST(nng_http_res_set_header(res, "Content-Type", "application/octet-stream"));
	nng_aio_set_output(aio, 0, res);
	nng_aio_finish(aio, 0);
}

static void
add(nng_http_handler *h)
{
	MUST(nng_http_server_add_handler(server, h));
}

int
main(int argc, char **argv)
{
	nng_http_handler *h;
	nng_url          *url;
	nng_sockaddr      addr;
	char              path[4096], c;
	char             *big = malloc(BIG);

	if (argc < 3) {
		return 2;
	}
	alarm(300);
	for (size_t i = 0; i < BIG; i++) {
		big[i] = (char) (i % 251);
	}
	MUST(nng_url_parse(&url, argv[1]));
	MUST(nng_http_server_hold(&server, url));
	if (argc > 3) {
		nng_tls_config *tls;
		MUST(nng_tls_config_alloc(&tls, NNG_TLS_MODE_SERVER));
		MUST(nng_tls_config_cert_key_file(tls, argv[3], NULL));
		MUST(nng_http_server_set_tls(server, tls));
		nng_tls_config_free(tls);
	}
	snprintf(path, sizeof(path), "%s/index.html", argv[2]);
	MUST(nng_http_handler_alloc_file(&h, "/file", path));
	add(h);
	MUST(nng_http_handler_alloc_directory(&h, "/files", argv[2]));
	add(h);
	MUST(nng_http_handler_alloc_static(&h, "/text", "so it is\n", 9, "text/plain"));
	add(h);
	MUST(nng_http_handler_alloc_static(&h, "/big", big, BIG, "application/octet-stream"));
	add(h);
	MUST(nng_http_handler_alloc_redirect(&h, "/old", NNG_HTTP_STATUS_STATUS_MOVED_PERMANENTLY, "/text"));
	add(h);
	MUST(nng_http_handler_alloc_redirect(&h, "/away", NNG_HTTP_STATUS_TEMPORARY_REDIRECT, "/files"));
	MUST(nng_http_handler_set_tree(h));
	add(h);
	MUST(nng_http_handler_alloc(&h, "/echo", echo));
	MUST(nng_http_handler_set_method(h, "POST"));
	MUST(nng_http_handler_collect_body(h, true, 32u << 20));
	add(h);
	MUST(nng_http_handler_alloc(&h, "/small", echo));
	MUST(nng_http_handler_set_method(h, "POST"));
	MUST(nng_http_handler_collect_body(h, true, 100));
	add(h);
	MUST(nng_http_server_set_error_page(server, NNG_HTTP_STATUS_NOT_FOUND, "<p>nothing here</p>"));
	MUST(nng_http_server_start(server));
	MUST(nng_http_server_get_addr(server, &addr));
	printf("ready %d\n", ((addr.s_in.sa_port & 0xff) << 8) | (addr.s_in.sa_port >> 8));
	fflush(stdout);
	while (read(0, &c, 1) > 0) {
	}
	nng_http_server_stop(server);
	nng_http_server_release(server);
	nng_url_free(url);
	nng_fini();
	free(big);
	return 0;
}
