// ours only: with the old library callbacks that wait use up its few threads.
// Callbacks of operations that events end, and what a program may do in them: wait for others,
// never come back, fork. None holds the library up, and its end waits for those under way.
#include "testing.h"
#include <nng/protocol/pair0/pair.h>

#include <sys/wait.h>

enum { PAIRS = 8 };

struct pair {
	nng_socket  near, far;
	nng_aio    *aio;
	_Atomic int calls;
	int         number;
	void (*then)(struct pair *);
};

static struct pair pairs[PAIRS];

static void
received(void *arg)
{
	struct pair *p = arg;
	if (nng_aio_result(p->aio) != 0) {
		return;
	}
	nng_msg_free(nng_aio_get_msg(p->aio));
	if (p->then != NULL) {
		p->then(p);
	}
	// First, as who counts may go on with the aio.
	nng_recv_aio(p->near, p->aio);
	p->calls++;
}

static void
begin(void)
{
	for (int i = 0; i < PAIRS; i++) {
		struct pair *p = &pairs[i];
		memset(p, 0, sizeof(*p));
		p->number = i;
		OK(nng_pair0_open(&p->near));
		OK(nng_pair0_open(&p->far));
		testing_connect(p->near, p->far, i % 2 ? "tcp" : "ipc");
		OK(nng_aio_alloc(&p->aio, received, p));
		nng_recv_aio(p->near, p->aio);
	}
}

static void
ring(struct pair *p)
{
	OK(nng_send(p->far, "x", 2, 0));
}

static void
call(struct pair *p)
{
	int before = p->calls;
	ring(p);
	EVENTUALLY(p->calls > before);
}

static void
end(void)
{
	for (int i = 0; i < PAIRS; i++) {
		nng_close(pairs[i].near);
		nng_close(pairs[i].far);
		nng_aio_free(pairs[i].aio);
	}
	nng_fini();
}

// ---- each waits for the next one's callback ----

static void
waits_for_next(struct pair *p)
{
	while (p->number + 1 < PAIRS && p[1].calls == 0) {
		usleep(100);
	}
}

static void
wait_for_each_other(void)
{
	begin();
	for (int i = 0; i < PAIRS; i++) {
		pairs[i].then = waits_for_next;
	}
	for (int i = 0; i < PAIRS; i++) {
		ring(&pairs[i]);
	}
	for (int i = 0; i < PAIRS; i++) {
		EVENTUALLY(pairs[i].calls == 1);
	}
	end();
	printf("callbacks may wait for each other\n");
}

// ---- one that stays in its callback ----

static _Atomic int stays, released;

static void
stay(struct pair *p)
{
	(void) p;
	stays = 1;
	while (!released) {
		usleep(100);
	}
}

static void
one_stays(void)
{
	nng_aio *timed;
	begin();
	OK(nng_aio_alloc(&timed, NULL, NULL));
	for (int i = 0; i < 20; i++) {
		call(&pairs[0]);
	}
	pairs[0].then = stay;
	ring(&pairs[0]);
	EVENTUALLY(stays);
	for (int i = 0; i < 50; i++) {
		call(&pairs[1 + i % (PAIRS - 1)]);
		nng_sleep_aio(1, timed);
		nng_aio_wait(timed);
		OK(nng_aio_result(timed));
		nng_socket s;
		OK(nng_pair0_open(&s));
		testing_connect(s, s, "tcp");
		OK(nng_close(s));
	}
	released = 1;
	nng_aio_free(timed);
	end();
	printf("one that stays holds nobody up\n");
}

// ---- nng_fini ----

static _Atomic int under_way, over;

static void
take_a_while(struct pair *p)
{
	(void) p;
	under_way = 1;
	usleep(100000);
	over = 1;
}

static void
fini_waits(void)
{
	nng_aio *sleeps;
	begin();
	OK(nng_aio_alloc(&sleeps, NULL, NULL));
	for (int i = 0; i < 20; i++) {
		call(&pairs[0]);
	}
	// What is under way when the library ends keeps its threads.
	nng_sleep_aio(60000, sleeps);
	pairs[0].then = take_a_while;
	ring(&pairs[0]);
	EVENTUALLY(under_way);
	nng_fini();
	CHECK(over);
	nng_aio_free(sleeps);
	end();
	printf("nng_fini waits for callbacks\n");
}

// ---- fork ----

static _Atomic pid_t forked;

static void
fork_and_come_back(struct pair *p)
{
	pid_t pid;
	p->then = NULL;
	pid     = fork();
	CHECK(pid >= 0);
	if (pid > 0) {
		forked = pid;
	}
}

static void
a_child_comes_back(void)
{
	begin();
	for (int i = 0; i < 20; i++) {
		call(&pairs[0]);
	}
	pairs[0].then = fork_and_come_back;
	call(&pairs[0]);
	for (int i = 0; i < 300; i++) {
		call(&pairs[i % PAIRS]);
	}
	CHECK(kill(forked, SIGKILL) == 0);
	CHECK(waitpid(forked, NULL, 0) == forked);
	end();
	printf("a child that comes back from a callback takes nothing\n");
}

int
main(void)
{
	testing_begin(60);
	wait_for_each_other();
	one_stays();
	fini_waits();
	a_child_comes_back();
	return 0;
}
