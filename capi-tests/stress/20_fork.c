// fork in a program with live sockets and busy threads: the child's calls on the parent's sockets
// give errors, or it gets a library of its own; it never hangs or aborts, and the parent goes on.
#include "stress.h"
#include <sys/wait.h>

const char *const stress_name       = "20_fork";
const char *const stress_transports = "inproc ipc tcp";

static nng_socket req, rep;
static atomic_int stop;

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

static void
one_round(const char *transport)
{
	char      url[URL_MAX];
	pthread_t t;

	atomic_store(&stop, 0);
	MUST(nng_req0_open(&req));
	MUST(nng_rep0_open(&rep));
	set_timeouts(req, 10000, 10000);
	set_timeouts(rep, 10000, 10000);
	listen_fresh(rep, transport, url);
	MUST(nng_dial(req, url, NULL, 0));
	t = spawn(traffic, NULL);
	for (int what = 0; what < 3; what++) {
		int   status;
		pid_t pid;
		sleep_us(rnd(3000));
		AT("fork");
		fflush(stdout);
		pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			child(what);
		}
		AT("waiting for the child");
		while (waitpid(pid, &status, WNOHANG) == 0) {
			sleep_us(500);
		}
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
			FAIL("the child hangs (what it did: %d)", what);
		}
		if (WIFSIGNALED(status)) {
			FAIL("the child died of signal %d (what it did: %d)", WTERMSIG(status), what);
		}
		if (WEXITSTATUS(status) != 0) {
			FAIL("the child's exit status is %d (what it did: %d)", WEXITSTATUS(status), what);
		}
	}
	atomic_store(&stop, 1);
	join(t);
	MUST(nng_close(req));
	MUST(nng_close(rep));
}
