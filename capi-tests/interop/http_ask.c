// An HTTP client for somebody else's servers: http_ask BASE-URL [WORD=VALUE | REQUEST ...]
//
// The requests, "GET /path" or "POST /path BYTES", go over one connection one after the other;
// for each a line "STATUS LENGTH CHECKSUM" tells the answer, or the error. Words: ca=FILE
// cert=FILE name=NAME. `once=1` uses a fresh connection for each, as nng_http_client_transact does.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/supplemental/http/http.h>
#include <nng/supplemental/tls/tls.h>

static void
must(int rv, const char *what)
{
	if (rv != 0) {
		printf("%s: %s\n", what, nng_strerror(rv));
		fflush(stdout);
		_exit(1);
	}
}

static const char *
word(char **argv, const char *name)
{
	for (size_t len = strlen(name); *argv != NULL; argv++) {
		if (strncmp(*argv, name, len) == 0 && (*argv)[len] == '=') {
			return *argv + len + 1;
		}
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	nng_url         *url;
	nng_http_client *client;
	nng_http_conn   *conn = NULL;
	nng_aio         *aio;

	if (argc < 2) {
		return 2;
	}
	alarm(60);
	must(nng_url_parse(&url, argv[1]), "url");
	must(nng_http_client_alloc(&client, url), "client");
	if (strncmp(argv[1], "https", 5) == 0) {
		nng_tls_config *tls;
		must(nng_tls_config_alloc(&tls, NNG_TLS_MODE_CLIENT), "tls");
		if (word(argv, "ca") != NULL) {
			must(nng_tls_config_ca_file(tls, word(argv, "ca")), "ca");
		}
		if (word(argv, "cert") != NULL) {
			must(nng_tls_config_cert_key_file(tls, word(argv, "cert"), NULL), "cert");
		}
		must(nng_tls_config_server_name(
		         tls, word(argv, "name") != NULL ? word(argv, "name") : url->u_hostname),
		    "name");
		must(nng_http_client_set_tls(client, tls), "tls");
		nng_tls_config_free(tls);
	}
	must(nng_aio_alloc(&aio, NULL, NULL), "aio");
	nng_aio_set_timeout(aio, 20000);
	for (int i = 2; i < argc; i++) {
		char          method[16], path[1024];
		size_t        size = 0, length;
		nng_http_req *req;
		nng_http_res *res;
		void         *data;
		if (sscanf(argv[i], "%15[A-Z] %1023s %zu", method, path, &size) < 2) {
			continue;
		}
		must(nng_http_req_alloc(&req, url), "request");
		must(nng_http_res_alloc(&res), "response");
		must(nng_http_req_set_method(req, method), "method");
		must(nng_http_req_set_uri(req, path), "path");
		if (size > 0) {
			data = malloc(size);
			memset(data, 'x', size);
			must(nng_http_req_copy_data(req, data, size), "data");
			free(data);
		}
		if (word(argv, "once") != NULL) {
			nng_http_client_transact(client, req, res, aio);
		} else {
			if (conn == NULL) {
				nng_http_client_connect(client, aio);
				nng_aio_wait(aio);
				must(nng_aio_result(aio), "connect");
				conn = nng_aio_get_output(aio, 0);
			}
			nng_http_conn_transact(conn, req, res, aio);
		}
		nng_aio_wait(aio);
		must(nng_aio_result(aio), argv[i]);
		nng_http_res_get_data(res, &data, &length);
		uint32_t sum = 0;
		for (size_t k = 0; k < length; k++) {
			sum = sum * 31 + ((unsigned char *) data)[k];
		}
		printf("%d %zu %08x\n", nng_http_res_get_status(res), length, sum);
		fflush(stdout);
		nng_http_req_free(req);
		nng_http_res_free(res);
	}
	if (conn != NULL) {
		nng_http_conn_close(conn);
	}
	nng_aio_free(aio);
	nng_http_client_free(client);
	nng_url_free(url);
	nng_fini();
	return 0;
}
