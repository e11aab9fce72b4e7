// Fetches what a URL names, and writes it to the standard output: http_client URL [CA-FILE]
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/supplemental/http/http.h>
#include <nng/supplemental/tls/tls.h>

static void
check(const char *what, int rv)
{
	if (rv != 0) {
		fprintf(stderr, "%s: %s\n", what, nng_strerror(rv));
		exit(1);
	}
}

int
main(int argc, char **argv)
{
	nng_url         *url;
	nng_http_client *client;
	nng_http_req    *req;
	nng_http_res    *res;
	nng_aio         *aio;
	void            *data;
	size_t           size;

	if (argc < 2) {
		fprintf(stderr, "usage: %s URL [CA-FILE]\n", argv[0]);
		return (2);
	}
	check("URL", nng_url_parse(&url, argv[1]));
	check("client", nng_http_client_alloc(&client, url));
	if (argc > 2) {
		nng_tls_config *cfg;
		check("TLS", nng_tls_config_alloc(&cfg, NNG_TLS_MODE_CLIENT));
		check("CA", nng_tls_config_ca_file(cfg, argv[2]));
		check("name", nng_tls_config_server_name(cfg, url->u_hostname));
		check("TLS", nng_http_client_set_tls(client, cfg));
		nng_tls_config_free(cfg);
	}
	check("request", nng_http_req_alloc(&req, url));
	check("response", nng_http_res_alloc(&res));
	check("aio", nng_aio_alloc(&aio, NULL, NULL));
	nng_aio_set_timeout(aio, 30000);

	nng_http_client_transact(client, req, res, aio);
	nng_aio_wait(aio);
	check(argv[1], nng_aio_result(aio));

	if (nng_http_res_get_status(res) != NNG_HTTP_STATUS_OK) {
		fprintf(stderr, "%s: %d %s\n", argv[1], nng_http_res_get_status(res),
		    nng_http_res_get_reason(res));
		return (1);
	}
	nng_http_res_get_data(res, &data, &size);
	fwrite(data, 1, size, stdout);

	nng_aio_free(aio);
	nng_http_res_free(res);
	nng_http_req_free(req);
	nng_http_client_free(client);
	nng_url_free(url);
	return (0);
}
