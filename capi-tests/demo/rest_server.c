// A web service that hands requests on to workers over REQ/REP, and answers with their replies:
//
//     rest_server PORT [CERT-KEY-FILE]
//     curl -d 'hello' http://127.0.0.1:PORT/turn
//
// Each worker is a context of one REP socket. The handler returns at once; the answer is given
// when the reply comes, so no thread waits for anybody.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/http/http.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/supplemental/util/platform.h>

#define INPROC "inproc://turn"
#define WORKERS 4

static nng_socket questions;

static void
check(const char *what, int rv)
{
	if (rv != 0) {
		fprintf(stderr, "%s: %s\n", what, nng_strerror(rv));
		exit(1);
	}
}

// One request of a client on its way.
typedef struct {
	nng_aio *http; // the handler's, to be finished with the response
	nng_aio *work;
	nng_ctx  ctx;
	bool     sent;
} job;

static void
answer(job *j, int status, const void *data, size_t size)
{
	nng_http_res *res;
	int           rv = 0;

	if (status == NNG_HTTP_STATUS_OK) {
		if ((rv = nng_http_res_alloc(&res)) == 0) {
			rv = nng_http_res_copy_data(res, data, size);
		}
	} else {
		rv = nng_http_res_alloc_error(&res, (uint16_t) status);
	}
	if (rv == 0) {
		nng_aio_set_output(j->http, 0, res);
	}
	nng_aio_finish(j->http, rv);
	nng_ctx_close(j->ctx);
	nng_aio_reap(j->work);
	free(j);
}

// The request has been sent to a worker, or its reply is there.
static void
worked(void *arg)
{
	job     *j = arg;
	nng_msg *msg;

	if (nng_aio_result(j->work) != 0) {
		if (!j->sent) {
			nng_msg_free(nng_aio_get_msg(j->work));
		}
		answer(j, NNG_HTTP_STATUS_SERVICE_UNAVAILABLE, NULL, 0);
		return;
	}
	if (!j->sent) {
		j->sent = true;
		nng_ctx_recv(j->ctx, j->work);
		return;
	}
	msg = nng_aio_get_msg(j->work);
	answer(j, NNG_HTTP_STATUS_OK, nng_msg_body(msg), nng_msg_len(msg));
	nng_msg_free(msg);
}

static void
handle(nng_aio *aio)
{
	nng_http_req *req = nng_aio_get_input(aio, 0);
	nng_msg      *msg;
	job          *j;
	void         *data;
	size_t        size;

	if ((j = calloc(1, sizeof(*j))) == NULL) {
		nng_aio_finish(aio, NNG_ENOMEM);
		return;
	}
	j->http = aio;
	check("context", nng_ctx_open(&j->ctx, questions));
	check("aio", nng_aio_alloc(&j->work, worked, j));
	nng_aio_set_timeout(j->work, 5000);
	nng_http_req_get_data(req, &data, &size);
	check("message", nng_msg_alloc(&msg, 0));
	check("message", nng_msg_append(msg, data, size));
	nng_aio_set_msg(j->work, msg);
	nng_ctx_send(j->ctx, j->work);
}

// A worker turns letters over.
typedef struct {
	nng_aio *aio;
	nng_ctx  ctx;
	bool     replying;
} worker;

static void
turn(void *arg)
{
	worker  *w = arg;
	nng_msg *msg;

	if (nng_aio_result(w->aio) != 0) {
		if (w->replying) {
			nng_msg_free(nng_aio_get_msg(w->aio));
		}
		return;
	}
	if (w->replying) {
		w->replying = false;
		nng_ctx_recv(w->ctx, w->aio);
		return;
	}
	msg           = nng_aio_get_msg(w->aio);
	char  *text = nng_msg_body(msg);
	size_t len  = nng_msg_len(msg);
	for (size_t i = 0; i < len; i++) {
		int c   = (unsigned char) text[i];
		text[i] = (char) (isupper(c) ? tolower(c) : toupper(c));
	}
	w->replying = true;
	nng_aio_set_msg(w->aio, msg);
	nng_ctx_send(w->ctx, w->aio);
}

int
main(int argc, char **argv)
{
	static worker     workers[WORKERS];
	nng_socket        replies;
	nng_http_server  *server;
	nng_http_handler *h;
	nng_url          *url;
	char              text[64];

	if (argc < 2) {
		fprintf(stderr, "usage: %s PORT [CERT-KEY-FILE]\n", argv[0]);
		return (2);
	}
	check("rep", nng_rep0_open(&replies));
	check("listen", nng_listen(replies, INPROC, NULL, 0));
	for (int i = 0; i < WORKERS; i++) {
		check("context", nng_ctx_open(&workers[i].ctx, replies));
		check("aio", nng_aio_alloc(&workers[i].aio, turn, &workers[i]));
		nng_ctx_recv(workers[i].ctx, workers[i].aio);
	}
	check("req", nng_req0_open(&questions));
	check("dial", nng_dial(questions, INPROC, NULL, 0));

	snprintf(text, sizeof(text), "%s://127.0.0.1:%s", argc > 2 ? "https" : "http", argv[1]);
	check("URL", nng_url_parse(&url, text));
	check("server", nng_http_server_hold(&server, url));
	if (argc > 2) {
		nng_tls_config *cfg;
		check("TLS", nng_tls_config_alloc(&cfg, NNG_TLS_MODE_SERVER));
		check("certificate", nng_tls_config_cert_key_file(cfg, argv[2], NULL));
		check("TLS", nng_http_server_set_tls(server, cfg));
		nng_tls_config_free(cfg);
	}
	check("handler", nng_http_handler_alloc(&h, "/turn", handle));
	check("method", nng_http_handler_set_method(h, "POST"));
	check("handler", nng_http_server_add_handler(server, h));
	check("start", nng_http_server_start(server));

	// Until the standard input ends.
	while (getchar() != EOF) {
	}
	nng_http_server_stop(server);
	nng_http_server_release(server);
	nng_url_free(url);
	nng_close(questions);
	nng_close(replies);
	for (int i = 0; i < WORKERS; i++) {
		nng_aio_free(workers[i].aio);
	}
	nng_fini();
	return (0);
}
