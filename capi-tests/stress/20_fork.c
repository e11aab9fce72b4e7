// fork in a program with live sockets and busy threads: the child's calls on the parent's sockets
// give errors, or it gets a library of its own; it never hangs or aborts, and the parent goes on.
// It forks in callbacks too.
#include "stress.h"
#include "cert.h"
#include <fcntl.h>
#include <nng/supplemental/http/http.h>
#include <nng/supplemental/tls/tls.h>
#include <sys/wait.h>

const char *const stress_name       = "20_fork";
const char *const stress_transports = "inproc ipc tcp";

static nng_socket           req, rep;
static atomic_int           stop;
static char                 where[URL_MAX];
static nng_aio             *sleeping, *receiving, *accepting;
static nng_stream_listener *streams;
static nng_msg             *kept[300];
static bool                 ours[1000]; // descriptors that are not the library's

static void
traffic(void *arg)
{
	(void) arg;
	while (!atomic_load(&stop)) {
		nng_msg *msg;
		MUST(nng_send(req, "ask", 4, 0));
		MUST(nng_recvmsg(rep, &msg, 0));
		MUST(nng_sendmsg(rep, msg, 0));
		MUST(nng_recvmsg(req, &msg, 0));
		nng_msg_free(msg);
		beat();
	}
}

static void
nothing(void *arg)
{
	(void) arg;
}

// Keeps every lock of the library's busy, so that forks come while some are held.
static void
bustle(void *arg)
{
	(void) arg;
	while (!atomic_load(&stop)) {
		nng_stat       *stats;
		nng_tls_config *tls;
		nng_msg        *msgs[300];
		nng_socket      s;
		nng_dialer      d;
		MUST(nng_stats_get(&stats));
		nng_stats_free(stats);
		MUST(nng_tls_config_alloc(&tls, NNG_TLS_MODE_CLIENT));
		nng_tls_config_free(tls);
		for (int i = 0; i < 300; i++) {
			MUST(nng_msg_alloc(&msgs[i], 8));
		}
		for (int i = 0; i < 300; i++) {
			nng_msg_free(msgs[i]);
		}
		MUST(nng_req0_open(&s));
		MUST(nng_dial(s, where, &d, NNG_FLAG_NONBLOCK));
		MUST(nng_close(s));
		beat();
	}
}

static void
sleeps(void *arg)
{
	nng_aio *aio;
	(void) arg;
	MUST(nng_aio_alloc(&aio, nothing, NULL));
	while (!atomic_load(&stop)) {
		nng_sleep_aio(0, aio);
		nng_aio_wait(aio);
		nng_sleep_aio(10, aio);
		nng_aio_cancel(aio);
		nng_aio_wait(aio);
	}
	nng_aio_free(aio);
}

// New objects of every family: each gives an error, or works.
static void
uses_everything(void)
{
	nng_aio             *aio;
	nng_stat            *stats;
	nng_tls_config      *tls;
	nng_url             *url;
	nng_http_client     *client;
	nng_http_server     *server;
	nng_stream_dialer   *d;
	nng_stream_listener *l;
	nng_msg             *msg;
	nng_socket           s;
	nng_mtx             *m;
	nng_cv              *cv;

	if (nng_stats_get(&stats) == 0) {
		nng_stats_free(stats);
	}
	if (nng_tls_config_alloc(&tls, NNG_TLS_MODE_SERVER) == 0) {
		nng_tls_config_own_cert(tls, stress_cert, stress_key, NULL);
		nng_tls_config_free(tls);
	}
	for (int i = 0; i < 600; i++) {
		if (nng_msg_alloc(&msg, 8) == 0) {
			nng_msg_free(msg);
		}
	}
	if (nng_aio_alloc(&aio, nothing, NULL) == 0) {
		nng_aio_set_timeout(aio, 50);
		nng_sleep_aio(5, aio);
		nng_aio_wait(aio);
		nng_recv_aio(rep, aio);
		nng_aio_wait(aio);
		if (nng_stream_dialer_alloc(&d, "tcp://127.0.0.1:1") == 0) {
			nng_stream_dialer_dial(d, aio);
			nng_aio_wait(aio);
			nng_stream_dialer_free(d);
		}
		if (nng_stream_listener_alloc(&l, "tcp://127.0.0.1:0") == 0) {
			nng_stream_listener_listen(l);
			nng_stream_listener_accept(l, aio);
			nng_aio_cancel(aio);
			nng_aio_wait(aio);
			nng_stream_listener_free(l);
		}
		if (nng_url_parse(&url, "http://127.0.0.1:1/") == 0) {
			if (nng_http_client_alloc(&client, url) == 0) {
				nng_http_client_connect(client, aio);
				nng_aio_wait(aio);
				nng_http_client_free(client);
			}
			if (nng_http_server_hold(&server, url) == 0) {
				nng_http_server_start(server);
				nng_http_server_release(server);
			}
			nng_url_free(url);
		}
		nng_aio_stop(aio);
		nng_aio_free(aio);
	}
	if (nng_mtx_alloc(&m) == 0) {
		if (nng_cv_alloc(&cv, m) == 0) {
			nng_mtx_lock(m);
			nng_cv_until(cv, nng_clock() + 1);
			nng_mtx_unlock(m);
			nng_cv_free(cv);
		}
		nng_mtx_free(m);
	}
	if (nng_sub0_open(&s) == 0) {
		nng_close(s);
	}
	nng_msleep(1);
}

// What was the parent's, and under way.
static void
uses_inherited(void)
{
	nng_dialer   d = { 1 };
	nng_listener l = { 1 };
	nng_pipe     p = { 1 };
	nng_ctx      c;

	nng_aio_cancel(sleeping);
	nng_aio_wait(sleeping);
	nng_aio_result(sleeping);
	nng_aio_abort(receiving, NNG_EINTR);
	nng_aio_stop(receiving);
	nng_aio_free(receiving);
	nng_stream_listener_close(streams);
	nng_aio_wait(accepting);
	nng_stream_listener_free(streams);
	nng_dialer_close(d);
	nng_listener_close(l);
	nng_pipe_close(p);
	nng_ctx_open(&c, rep);
	for (int i = 0; i < 300; i++) {
		nng_msg_free(kept[i]);
	}
}

// What the child does; its own alarm ends it should it hang.
static void
child(int what)
{
	nng_socket a, b;
	char       url[URL_MAX], buf[8];
	size_t     size = sizeof(buf);
	int        rv;

	alarm(10);
	switch (what) {
	case 0: // leaves as a C program does
		exit(0);
	case 1: // uses what it inherited
		nng_socket_set_ms(req, NNG_OPT_SENDTIMEO, 100);
		nng_socket_set_ms(rep, NNG_OPT_RECVTIMEO, 100);
		nng_send(req, "x", 1, 0);
		nng_recv(rep, buf, &size, 0);
		nng_close(req);
		nng_close(rep);
		exit(0);
	case 2:
		uses_everything();
		exit(0);
	case 3:
		uses_inherited();
		exit(0);
	case 4:
		nng_fini();
		uses_everything();
		nng_fini();
		exit(0);
	case 5: // nothing of the library's is left to a program that it starts
		for (int fd = 0; fd < 1000; fd++) {
			int flags = ours[fd] ? -1 : fcntl(fd, F_GETFD);
			if (flags >= 0 && (flags & FD_CLOEXEC) == 0) {
				_exit(4);
			}
		}
		execl("/bin/true", "true", (char *) NULL);
		_exit(0);
	case 6: { // a child of the child
		int   status;
		pid_t pid = fork();
		if (pid == 0) {
			alarm(5);
			uses_everything();
			exit(0);
		}
		exit(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? 0 : 5);
	}
	default: // opens its own
		rv = nng_pair0_open(&a);
		if (rv != 0) {
			exit(0); // an error is an answer
		}
		if (nng_pair0_open(&b) != 0) {
			exit(0);
		}
		snprintf(url, sizeof(url), "inproc://child-%d", (int) getpid());
		set_timeouts(a, 3000, 3000);
		set_timeouts(b, 3000, 3000);
		if (nng_listen(a, url, NULL, 0) == 0 && nng_dial(b, url, NULL, 0) == 0) {
			if (nng_send(a, "hello", 6, 0) != 0 || nng_recv(b, buf, &size, 0) != 0) {
				exit(3);
			}
		}
		nng_close(a);
		nng_close(b);
		nng_fini();
		exit(0);
	}
}

// Forks, and waits for the child; on the program's own thread, or in a callback.
static void
forks(void *arg)
{
	int   what = *(int *) arg, status;
	pid_t pid;
	AT("fork");
	fflush(stdout);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		child(what);
	}
	AT("waiting for the child");
	CHECK(waitpid(pid, &status, 0) == pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
		FAIL("the child hangs (what it did: %d)", what);
	}
	if (WIFSIGNALED(status)) {
		FAIL("the child died of signal %d (what it did: %d)", WTERMSIG(status), what);
	}
	if (WEXITSTATUS(status) != 0) {
		FAIL("the child's exit status is %d (what it did: %d)", WEXITSTATUS(status), what);
	}
	place_give_back();
}

static void
one_round(const char *transport)
{
	char      url[URL_MAX];
	pthread_t t[3];

	static bool looked;
	for (int fd = 0; !looked && fd < 1000; fd++) {
		ours[fd] = fcntl(fd, F_GETFD) >= 0;
	}
	looked = true;
	atomic_store(&stop, 0);
	MUST(nng_req0_open(&req));
	MUST(nng_rep0_open(&rep));
	set_timeouts(req, 10000, 10000);
	set_timeouts(rep, 10000, 10000);
	listen_fresh(rep, transport, where);
	MUST(nng_dial(req, where, NULL, 0));
	nng_socket other;
	MUST(nng_pull0_open(&other));
	MUST(nng_aio_alloc(&sleeping, nothing, NULL));
	MUST(nng_aio_alloc(&receiving, nothing, NULL));
	MUST(nng_aio_alloc(&accepting, nothing, NULL));
	fresh_url(url, "ipc");
	MUST(nng_stream_listener_alloc(&streams, url));
	MUST(nng_stream_listener_listen(streams));
	nng_stream_listener_accept(streams, accepting);
	nng_sleep_aio(60000, sleeping);
	nng_recv_aio(other, receiving);
	for (int i = 0; i < 300; i++) {
		MUST(nng_msg_alloc(&kept[i], 8));
	}
	t[0] = spawn(traffic, NULL);
	t[1] = spawn(bustle, NULL);
	t[2] = spawn(sleeps, NULL);
	nng_aio *calls;
	int      what;
	MUST(nng_aio_alloc(&calls, forks, &what));
	for (what = 0; what < 8; what++) {
		sleep_us(rnd(3000));
		if (rnd(2) == 0) {
			forks(&what);
			continue;
		}
		nng_sleep_aio(0, calls);
		AT("waiting for the callback that forks");
		nng_aio_wait(calls);
	}
	nng_aio_free(calls);
	atomic_store(&stop, 1);
	for (int i = 0; i < 3; i++) {
		join(t[i]);
	}
	for (int i = 0; i < 300; i++) {
		nng_msg_free(kept[i]);
	}
	nng_stream_listener_free(streams);
	nng_aio_free(sleeping);
	nng_aio_free(receiving);
	nng_aio_free(accepting);
	MUST(nng_close(req));
	MUST(nng_close(rep));
	MUST(nng_close(other));
}
