// HTTP: messages, a client and a server with handlers of each kind.
#include "testing.h"
#include <nng/supplemental/http/http.h>
#include <nng/supplemental/util/platform.h>
#include <semaphore.h>
#include <time.h>

static char  base[64];
static char *last_handler_data;
static sem_t handler_gone;

static void
messages(void)
{
	nng_http_req *req;
	nng_http_res *res;
	nng_url      *url;
	void         *data;
	size_t        size;

	OK(nng_url_parse(&url, "http://example.org:8080/a/b?c=d"));
	OK(nng_http_req_alloc(&req, url));
	printf("%s %s %s\n", nng_http_req_get_method(req), nng_http_req_get_uri(req),
	    nng_http_req_get_version(req));
	printf("%s\n", nng_http_req_get_header(req, "HOST"));
	OK(nng_http_req_set_method(req, "POST"));
	OK(nng_http_req_set_header(req, "Accept", "one"));
	OK(nng_http_req_add_header(req, "accept", "two"));
	printf("%s %s\n", nng_http_req_get_method(req), nng_http_req_get_header(req, "ACCEPT"));
	OK(nng_http_req_del_header(req, "Accept"));
	GIVES(NNG_ENOENT, nng_http_req_del_header(req, "Accept"));
	CHECK(nng_http_req_get_header(req, "Accept") == NULL);
	OK(nng_http_req_copy_data(req, "hello", 5));
	printf("%s\n", nng_http_req_get_header(req, "Content-Length"));
	nng_http_req_get_data(req, &data, &size);
	CHECK(size == 5 && memcmp(data, "hello", 5) == 0);
	nng_http_req_free(req);
	nng_url_free(url);

	OK(nng_http_req_alloc(&req, NULL));
	CHECK(strcmp(nng_http_req_get_uri(req), "") == 0);
	nng_http_req_free(req);

	OK(nng_http_res_alloc(&res));
	printf("%d %s %s\n", nng_http_res_get_status(res), nng_http_res_get_reason(res),
	    nng_http_res_get_version(res));
	OK(nng_http_res_set_status(res, NNG_HTTP_STATUS_NOT_FOUND));
	printf("%s\n", nng_http_res_get_reason(res));
	OK(nng_http_res_set_reason(res, "Gone fishing"));
	printf("%s\n", nng_http_res_get_reason(res));
	OK(nng_http_res_set_reason(res, NULL));
	printf("%s\n", nng_http_res_get_reason(res));
	static char lent[] = "lent";
	OK(nng_http_res_set_data(res, lent, 4));
	nng_http_res_get_data(res, &data, &size);
	CHECK(data == lent && size == 4);
	nng_http_res_free(res);

	OK(nng_http_res_alloc_error(&res, NNG_HTTP_STATUS_TEAPOT));
	printf("%d %s %s\n", nng_http_res_get_status(res), nng_http_res_get_reason(res),
	    nng_http_res_get_header(res, "Content-Type"));
	nng_http_res_free(res);
}

// Answers with what was sent, and the handler's data.
static void
echo(nng_aio *aio)
{
	nng_http_req     *req = nng_aio_get_input(aio, 0);
	nng_http_handler *h   = nng_aio_get_input(aio, 1);
	nng_http_res     *res;
	void             *data;
	size_t            size;

	nng_http_req_get_data(req, &data, &size);
	OK(nng_http_res_alloc(&res));
	OK(nng_http_res_copy_data(res, data, size));
	OK(nng_http_res_set_header(res, "X-Data", nng_http_handler_get_data(h)));
	nng_aio_set_output(aio, 0, res);
	nng_aio_finish(aio, 0);
}

// Answers by itself, on a connection that it takes away.
static void
take_over(nng_aio *aio)
{
	nng_http_req  *req  = nng_aio_get_input(aio, 0);
	nng_http_conn *conn = nng_aio_get_input(aio, 2);
	nng_aio       *mine;
	nng_iov        iov;
	char          *text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nmine!";

	OK(nng_http_hijack(conn));
	OK(nng_aio_alloc(&mine, NULL, NULL));
	iov.iov_buf = text;
	iov.iov_len = strlen(text);
	OK(nng_aio_set_iov(mine, 1, &iov));
	nng_http_conn_write_all(conn, mine);
	nng_aio_wait(mine);
	OK(nng_aio_result(mine));
	nng_aio_free(mine);
	nng_http_req_free(req);
	nng_http_conn_close(conn);
	nng_aio_set_output(aio, 0, NULL);
	nng_aio_finish(aio, 0);
}

static void
released(void *data)
{
	last_handler_data = data;
	sem_post(&handler_gone);
}

// Two errors with pages of the server: one that is asked for, and one that has no other.
static void
errors(nng_aio *aio)
{
	nng_http_handler *h = nng_aio_get_input(aio, 1);
	nng_http_server  *server = nng_http_handler_get_data(h);
	nng_http_res     *res;

	OK(nng_http_res_alloc(&res));
	if (server == NULL) {
		OK(nng_http_res_set_status(res, NNG_HTTP_STATUS_INTERNAL_SERVER_ERROR));
	} else {
		OK(nng_http_res_set_status(res, NNG_HTTP_STATUS_NOT_FOUND));
		OK(nng_http_server_res_error(server, res));
	}
	nng_aio_set_output(aio, 0, res);
	nng_aio_finish(aio, 0);
}

// One transaction, for a host; prints what came of it.
static void
ask_host(const char *method, const char *path, const char *body, const char *host)
{
	char             text[256];
	nng_url         *url;
	nng_http_client *client;
	nng_http_req    *req;
	nng_http_res    *res;
	nng_aio         *aio;
	void            *data;
	size_t           size;

	snprintf(text, sizeof(text), "%s%s", base, path);
	OK(nng_url_parse(&url, text));
	OK(nng_http_client_alloc(&client, url));
	OK(nng_http_req_alloc(&req, url));
	OK(nng_http_res_alloc(&res));
	OK(nng_http_req_set_method(req, method));
	if (host != NULL) {
		OK(nng_http_req_set_header(req, "Host", host));
	}
	if (body != NULL) {
		OK(nng_http_req_copy_data(req, body, strlen(body)));
	}
	OK(nng_aio_alloc(&aio, NULL, NULL));
	nng_aio_set_timeout(aio, 5000);
	nng_http_client_transact(client, req, res, aio);
	nng_aio_wait(aio);
	OK(nng_aio_result(aio));
	nng_http_res_get_data(res, &data, &size);
	const char *ty    = nng_http_res_get_header(res, "Content-Type");
	const char *extra = nng_http_res_get_header(res, "X-Data");
	const char *to    = nng_http_res_get_header(res, "Location");
	int         code  = nng_http_res_get_status(res);
	// Error pages are each library's own, but for those that the program gives.
	bool shown = code == 200 || (size > 3 && memcmp(data, "<p>", 3) == 0);
	printf("%s %s: %d %s %s %.*s %s\n", method, path, code, ty != NULL ? ty : "-",
	    extra != NULL ? extra : "-", shown ? (int) size : 0, (char *) data, to != NULL ? to : "");
	nng_aio_free(aio);
	nng_http_req_free(req);
	nng_http_res_free(res);
	nng_http_client_free(client);
	nng_url_free(url);
}

static void
ask(const char *method, const char *path, const char *body)
{
	ask_host(method, path, body, NULL);
}

static void
add(nng_http_server *server, nng_http_handler *h)
{
	OK(nng_http_server_add_handler(server, h));
}

static void
serving(void)
{
	struct timespec until;
	nng_http_server  *server;
	nng_http_handler *h, *doomed;
	nng_url          *url;
	nng_sockaddr      addr;
	char              path[64];

	OK(nng_url_parse(&url, "http://127.0.0.1:0"));
	OK(nng_http_server_hold(&server, url));
	OK(nng_http_handler_alloc(&h, "/echo", echo));
	OK(nng_http_handler_set_method(h, "POST"));
	CHECK(sem_init(&handler_gone, 0, 0) == 0);
	OK(nng_http_handler_set_data(h, "the data", released));
	OK(nng_http_handler_collect_body(h, true, 1000));
	add(server, h);
	GIVES(NNG_EBUSY, nng_http_handler_set_method(h, "PUT"));
	OK(nng_http_handler_alloc(&h, "/mine", take_over));
	add(server, h);
	OK(nng_http_handler_alloc_static(&h, "/static", "so it is", 8, "text/plain"));
	add(server, h);
	OK(nng_http_handler_alloc_static(&doomed, "/static", "again", 5, "text/plain"));
	GIVES(NNG_EADDRINUSE, nng_http_server_add_handler(server, doomed));
	nng_http_handler_free(doomed);
	OK(nng_http_handler_alloc_redirect(&h, "/old", 0, "http://127.0.0.1/new"));
	add(server, h);
	OK(nng_http_handler_alloc_static(&h, "/tree", "below", 5, "text/plain"));
	OK(nng_http_handler_set_tree(h));
	add(server, h);
	OK(nng_http_handler_alloc_static(&h, "/tree/leaf", "leaf", 4, "text/plain"));
	add(server, h);
	OK(nng_http_handler_alloc_redirect(&h, "/moved", NNG_HTTP_STATUS_FOUND, "/tree"));
	OK(nng_http_handler_set_tree(h));
	add(server, h);
	OK(nng_http_handler_alloc_static(&h, "/host", "its own", 7, "text/plain"));
	OK(nng_http_handler_set_host(h, "example.com"));
	add(server, h);
	OK(nng_http_handler_alloc_static(&h, "/host", "anybody's", 9, "text/plain"));
	add(server, h);
	OK(nng_http_handler_alloc(&h, "/error", errors));
	OK(nng_http_handler_set_data(h, server, NULL));
	add(server, h);
	OK(nng_http_handler_alloc(&h, "/fails", errors));
	add(server, h);
	snprintf(path, sizeof(path), "/tmp/nng_http_%d.html", (int) getpid());
	FILE *file = fopen(path, "w");
	CHECK(file != NULL && fputs("<p>a file</p>", file) >= 0 && fclose(file) == 0);
	OK(nng_http_handler_alloc_file(&h, "/file", path));
	add(server, h);
	OK(nng_http_handler_alloc_static(&doomed, "/doomed", "gone", 4, "text/plain"));
	add(server, doomed);
	OK(nng_http_server_set_error_page(server, NNG_HTTP_STATUS_INTERNAL_SERVER_ERROR, "<p>ouch</p>"));
	OK(nng_http_server_set_error_file(server, NNG_HTTP_STATUS_NOT_FOUND, path));
	GIVES(NNG_ENOENT, nng_http_server_set_error_file(server, NNG_HTTP_STATUS_GONE, "/nonexistent"));
	OK(nng_http_server_start(server));
	OK(nng_http_server_get_addr(server, &addr));
	CHECK(addr.s_family == NNG_AF_INET);
	snprintf(base, sizeof(base), "http://127.0.0.1:%d",
	    ((addr.s_in.sa_port & 0xff) << 8) | (addr.s_in.sa_port >> 8));

	ask("POST", "/echo", "hello");
	ask("GET", "/echo", NULL);
	ask("GET", "/mine", NULL);
	ask("GET", "/static", NULL);
	ask("HEAD", "/static", NULL);
	ask("GET", "/static?with=query", NULL);
	ask("GET", "/stat%69c", NULL);
	ask("GET", "/tree/deep/below", NULL);
	ask("GET", "/tree/leaf", NULL);
	ask("GET", "/tree/leaf/below", NULL);
	ask("GET", "/trees", NULL);
	ask("GET", "/old", NULL);
	ask("GET", "/moved/to?here", NULL);
	ask("PUT", "/static", NULL);
	ask("GET", "/error", NULL);
	ask("GET", "/fails", NULL);
	ask_host("GET", "/host", NULL, "example.com");
	ask_host("GET", "/host", NULL, "EXAMPLE.com:80");
	ask_host("GET", "/host", NULL, "example.org");
	ask("GET", "/file", NULL);
	ask("GET", "/none", NULL);
	ask("GET", "/doomed", NULL);
	OK(nng_http_server_del_handler(server, doomed));
	GIVES(NNG_ENOENT, nng_http_server_del_handler(server, doomed));
	nng_http_handler_free(doomed);
	ask("GET", "/doomed", NULL);

	nng_http_server_stop(server);
	nng_http_server_release(server);
	nng_url_free(url);
	CHECK(unlink(path) == 0);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 5;
	CHECK(sem_timedwait(&handler_gone, &until) == 0 && last_handler_data != NULL);
}

static nng_http_conn *taken;
static sem_t          was_taken;

static void
take(nng_aio *aio)
{
	taken = nng_aio_get_input(aio, 2);
	OK(nng_http_hijack(taken));
	nng_http_req_free(nng_aio_get_input(aio, 0));
	nng_aio_set_output(aio, 0, NULL);
	nng_aio_finish(aio, 0);
	sem_post(&was_taken);
}

static int
result(nng_aio *aio)
{
	nng_aio_wait(aio);
	return nng_aio_result(aio);
}

static void
buffer(nng_aio *aio, void *buf, size_t len)
{
	nng_iov iov = { .iov_buf = buf, .iov_len = len };
	OK(nng_aio_set_iov(aio, 1, &iov));
}

// Requests and responses piece by piece, on a connection of which the program has both ends.
static void
by_hand(void)
{
	nng_http_server  *server;
	nng_http_handler *h;
	nng_http_client  *client;
	nng_http_conn    *conn;
	nng_http_req     *req, *asked;
	nng_http_res     *res;
	nng_url          *url;
	nng_sockaddr      addr;
	nng_aio          *a, *b;
	char              text[64], got[16];

	CHECK(sem_init(&was_taken, 0, 0) == 0);
	OK(nng_aio_alloc(&a, NULL, NULL));
	OK(nng_aio_alloc(&b, NULL, NULL));
	nng_aio_set_timeout(a, 5000);
	nng_aio_set_timeout(b, 5000);
	OK(nng_url_parse(&url, "http://127.0.0.1:0"));
	OK(nng_http_server_hold(&server, url));
	nng_url_free(url);
	OK(nng_http_handler_alloc(&h, "/take", take));
	add(server, h);
	OK(nng_http_server_start(server));
	OK(nng_http_server_get_addr(server, &addr));
	snprintf(text, sizeof(text), "http://127.0.0.1:%d/take",
	    ((addr.s_in.sa_port & 0xff) << 8) | (addr.s_in.sa_port >> 8));
	OK(nng_url_parse(&url, text));
	OK(nng_http_client_alloc(&client, url));
	nng_http_client_connect(client, a);
	OK(result(a));
	conn = nng_aio_get_output(a, 0);
	OK(nng_http_req_alloc(&req, url));
	OK(nng_http_req_alloc(&asked, NULL));
	OK(nng_http_res_alloc(&res));
	nng_http_conn_write_req(conn, req, a);
	OK(result(a));
	while (sem_wait(&was_taken) != 0) {
	}

	nng_http_req_free(req);
	OK(nng_http_req_alloc(&req, url));
	OK(nng_http_req_set_method(req, "PUT"));
	OK(nng_http_req_set_uri(req, "/a/path?query"));
	OK(nng_http_req_set_version(req, "HTTP/1.0"));
	OK(nng_http_req_set_header(req, "X-One", "1"));
	OK(nng_http_req_copy_data(req, "body", 4));
	nng_http_conn_write_req(conn, req, a);
	OK(result(a));
	// The request line and both headers, and the data.
	printf("written: %zu bytes\n", nng_aio_count(a));
	nng_http_conn_read_req(taken, asked, b);
	OK(result(b));
	printf("%s %s %s, %s, %s\n", nng_http_req_get_method(asked), nng_http_req_get_uri(asked),
	    nng_http_req_get_version(asked), nng_http_req_get_header(asked, "x-one"),
	    nng_http_req_get_header(asked, "content-length"));
	// Data are read apart.
	buffer(b, got, 4);
	nng_http_conn_read_all(taken, b);
	OK(result(b));
	CHECK(nng_aio_count(b) == 4 && memcmp(got, "body", 4) == 0);

	nng_http_res *answer;
	OK(nng_http_res_alloc(&answer));
	OK(nng_http_res_set_status(answer, NNG_HTTP_STATUS_CREATED));
	OK(nng_http_res_set_header(answer, "X-Two", "2"));
	OK(nng_http_res_add_header(answer, "X-Two", "3"));
	OK(nng_http_res_set_header(answer, "X-Three", "4"));
	OK(nng_http_res_del_header(answer, "x-three"));
	OK(nng_http_res_copy_data(answer, "12345678", 8));
	nng_http_conn_write_res(taken, answer, b);
	OK(result(b));
	nng_http_conn_read_res(conn, res, a);
	OK(result(a));
	CHECK(nng_http_res_get_header(res, "X-Three") == NULL);
	printf("%d %s %s, %s\n", nng_http_res_get_status(res), nng_http_res_get_reason(res),
	    nng_http_res_get_version(res), nng_http_res_get_header(res, "X-Two"));
	buffer(a, got, 3);
	nng_http_conn_read_all(conn, a);
	OK(result(a));
	CHECK(memcmp(got, "123", 3) == 0);
	buffer(a, got, sizeof(got));
	nng_http_conn_read(conn, a);
	OK(result(a));
	CHECK(nng_aio_count(a) == 5 && memcmp(got, "45678", 5) == 0);

	// A whole transaction, answered by hand.
	nng_http_req_reset(asked);
	nng_http_conn_transact(conn, req, res, a);
	nng_http_conn_read_req(taken, asked, b);
	OK(result(b));
	buffer(b, got, 4);
	nng_http_conn_read_all(taken, b);
	OK(result(b));
	nng_http_conn_write_res(taken, answer, b);
	OK(result(b));
	OK(result(a));
	void  *data;
	size_t size;
	nng_http_res_get_data(res, &data, &size);
	CHECK(size == 8 && memcmp(data, "12345678", 8) == 0);

	nng_aio_set_timeout(a, 20);
	buffer(a, got, 1);
	nng_http_conn_read(conn, a);
	GIVES(NNG_ETIMEDOUT, result(a));
	nng_http_conn_close(taken);
	nng_http_conn_close(conn);
	nng_http_res_reset(res);
	CHECK(nng_http_res_get_status(res) == 200 && nng_http_res_get_header(res, "X-Two") == NULL);
	nng_http_req_reset(req);
	CHECK(strcmp(nng_http_req_get_method(req), "GET") == 0);
	CHECK(nng_http_req_get_header(req, "X-One") == NULL);
	nng_http_req_free(req);
	nng_http_req_free(asked);
	nng_http_res_free(res);
	nng_http_res_free(answer);
	nng_http_client_free(client);
	nng_http_server_stop(server);
	nng_http_server_release(server);
	nng_url_free(url);
	nng_aio_free(a);
	nng_aio_free(b);
}

static void
failing(void)
{
	nng_http_client *client;
	nng_url         *url;
	nng_aio         *aio;

	OK(nng_url_parse(&url, "http://127.0.0.1:1"));
	OK(nng_http_client_alloc(&client, url));
	OK(nng_aio_alloc(&aio, NULL, NULL));
	nng_http_client_connect(client, aio);
	nng_aio_wait(aio);
	GIVES(NNG_ECONNREFUSED, nng_aio_result(aio));
	nng_http_client_free(client);
	nng_url_free(url);
	nng_aio_free(aio);
	OK(nng_url_parse(&url, "tcp://127.0.0.1:1"));
	GIVES(NNG_EADDRINVAL, nng_http_client_alloc(&client, url));
	nng_http_server *server;
	GIVES(NNG_EADDRINVAL, nng_http_server_hold(&server, url));
	nng_url_free(url);
}

int
main(void)
{
	testing_begin(60);
	messages();
	serving();
	by_hand();
	failing();
	nng_fini();
	return (0);
}
