// ours only: the old library does not survive a fork, nor its end with sockets open.
// The library's end and new beginning, and a child process.
#include "testing.h"
#include <nng/protocol/pair0/pair.h>

#include <dirent.h>
#include <sys/wait.h>

static void
works(void)
{
	nng_socket one, two;
	char       c;
	size_t     len = 1;

	OK(nng_pair0_open(&one));
	OK(nng_pair0_open(&two));
	testing_connect(one, two, "ipc");
	OK(nng_send(one, "w", 1, 0));
	OK(nng_recv(two, &c, &len, 0));
	CHECK(c == 'w');
	OK(nng_close(one));
	OK(nng_close(two));
}

static int
threads(void)
{
	int  n = 0;
	DIR *all = opendir("/proc/self/task");
	CHECK(all != NULL);
	for (struct dirent *one; (one = readdir(all)) != NULL;) {
		n += one->d_name[0] != '.';
	}
	closedir(all);
	return n;
}

// The threads that look names up go with the library.
static void
looks_up(void)
{
	nng_socket s;
	int        before;
	// A checker starts a thread of its own with the first.
	works();
	nng_fini();
	before = threads();
	OK(nng_pair0_open(&s));
	int rv = nng_dial(s, "tcp://localhost:1", NULL, 0);
	CHECK(rv != 0);
	nng_fini();
	nng_time end = nng_clock() + 400 * testing_slower();
	while (threads() > before) {
		CHECK(nng_clock() < end);
		usleep(1000);
	}
}

static _Atomic int slept;

static void
has_slept(void *arg)
{
	(void) arg;
	slept = 1;
}

// What goes on after the library's end has its callback, and keeps no thread.
static void
goes_on(void)
{
	nng_aio *aio;
	int      before = threads();
	OK(nng_aio_alloc(&aio, has_slept, NULL));
	nng_sleep_aio(100, aio);
	nng_fini();
	nng_time end = nng_clock() + 2000 * testing_slower();
	while (!slept || threads() > before) {
		CHECK(nng_clock() < end);
		usleep(1000);
	}
	nng_aio_free(aio);
	nng_fini();
}

int
main(void)
{
	nng_socket s;
	int        status;

	testing_begin(30);
	looks_up();
	goes_on();
	nng_init_set_parameter(NNG_INIT_NUM_TASK_THREADS, 2);
	nng_init_set_parameter(NNG_INIT_MAX_TASK_THREADS, 4);
	for (int i = 0; i < 5; i++) {
		works();
		nng_fini();
		nng_fini();
	}
	works();

	// With sockets open, in the middle of it.
	static const char *transports[] = { "inproc", "ipc", "tcp" };
	for (int i = 0; i < 3; i++) {
		nng_socket one, two;
		char       buf[8];
		size_t     len = sizeof(buf);
		OK(nng_pair0_open(&one));
		OK(nng_pair0_open(&two));
		testing_connect(one, two, transports[i]);
		OK(nng_send(one, "x", 2, 0));
		OK(nng_recv(two, buf, &len, 0));
		nng_fini();
		GIVES(NNG_ECLOSED, nng_send(one, "x", 2, 0));
	}
	OK(nng_pair0_open(&s));
	OK(nng_listen(s, "inproc://restart", NULL, 0));
	nng_fini();
	GIVES(NNG_ECLOSED, nng_close(s));
	works();

	// A child is told that what it inherited is gone; it does not hang.
	OK(nng_pair0_open(&s));
	fflush(stdout);
	pid_t pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		alarm(10);
		_exit(nng_close(s) == NNG_ECLOSED ? 0 : 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	OK(nng_close(s));
	works();
	nng_fini();
	printf("began again\n");
	return 0;
}
