// Asynchronous operations: callbacks once each, timeouts, cancellation, and providers in C.
#include "testing.h"
#include <nng/protocol/pair0/pair.h>
#include <nng/supplemental/util/platform.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t  cond = PTHREAD_COND_INITIALIZER;
static int             called;

static void
count(void *arg)
{
	(void) arg;
	pthread_mutex_lock(&lock);
	called++;
	pthread_cond_broadcast(&cond);
	pthread_mutex_unlock(&lock);
}

static void
await(int n)
{
	pthread_mutex_lock(&lock);
	while (called < n) {
		pthread_cond_wait(&cond, &lock);
	}
	pthread_mutex_unlock(&lock);
}

static void
cancel(nng_aio *aio, void *arg, int err)
{
	CHECK(arg == &lock);
	nng_aio_finish(aio, err);
}

int
main(void)
{
	nng_aio   *aio;
	nng_aio   *other;
	nng_msg   *m;
	nng_socket one, two;

	testing_begin(30);
	OK(nng_aio_alloc(&aio, count, NULL));
	CHECK(!nng_aio_busy(aio));
	nng_sleep_aio(1, aio);
	await(1);
	nng_aio_wait(aio);
	OK(nng_aio_result(aio));

	// A deadline that has passed already is no infinite sleep.
	nng_sleep_aio(-1, aio);
	await(2);
	nng_aio_wait(aio);
	OK(nng_aio_result(aio));

	// A timeout shorter than the sleep.
	nng_aio_set_timeout(aio, 5);
	nng_sleep_aio(60000, aio);
	await(3);
	nng_aio_wait(aio);
	GIVES(NNG_ETIMEDOUT, nng_aio_result(aio));
	nng_aio_set_timeout(aio, NNG_DURATION_INFINITE);

	nng_sleep_aio(60000, aio);
	CHECK(nng_aio_busy(aio));
	nng_aio_cancel(aio);
	await(4);
	nng_aio_wait(aio);
	GIVES(NNG_ECANCELED, nng_aio_result(aio));
	nng_sleep_aio(60000, aio);
	nng_aio_abort(aio, NNG_EPERM);
	await(5);
	nng_aio_wait(aio);
	GIVES(NNG_EPERM, nng_aio_result(aio));

	// Sending and receiving.
	OK(nng_pair0_open(&one));
	OK(nng_pair0_open(&two));
	OK(nng_aio_alloc(&other, NULL, NULL));
	nng_recv_aio(one, aio);
	testing_connect(one, two, "ipc");
	OK(nng_msg_alloc(&m, 0));
	OK(nng_msg_append(m, "hello", 6));
	nng_aio_set_msg(other, m);
	nng_send_aio(two, other);
	nng_aio_wait(other);
	OK(nng_aio_result(other));
	CHECK(nng_aio_count(other) == 6);
	await(6);
	nng_aio_wait(aio);
	OK(nng_aio_result(aio));
	CHECK(nng_aio_count(aio) == 6);
	m = nng_aio_get_msg(aio);
	CHECK(strcmp(nng_msg_body(m), "hello") == 0);
	nng_msg_free(m);
	nng_aio_set_msg(aio, NULL);

	// What cannot be sent stays with its owner.
	OK(nng_close(two));
	OK(nng_msg_alloc(&m, 3));
	nng_aio_set_msg(other, m);
	nng_send_aio(two, other);
	nng_aio_wait(other);
	GIVES(NNG_ECLOSED, nng_aio_result(other));
	CHECK(nng_aio_get_msg(other) == m);
	nng_msg_free(m);
	nng_aio_set_msg(other, NULL);
	nng_send_aio(one, other);
	nng_aio_wait(other);
	GIVES(NNG_EINVAL, nng_aio_result(other));

	nng_recv_aio(one, aio);
	OK(nng_close(one));
	await(7);
	nng_aio_wait(aio);
	GIVES(NNG_ECLOSED, nng_aio_result(aio));

	// Inputs, outputs, buffers.
	OK(nng_aio_set_input(aio, 3, &lock));
	GIVES(NNG_EINVAL, nng_aio_set_input(aio, 4, &lock));
	CHECK(nng_aio_get_input(aio, 3) == &lock && nng_aio_get_input(aio, 0) == NULL);
	OK(nng_aio_set_output(aio, 0, &cond));
	CHECK(nng_aio_get_output(aio, 0) == &cond && nng_aio_get_output(aio, 9) == NULL);
	nng_iov iov[9] = { { &called, 1 } };
	OK(nng_aio_set_iov(aio, 8, iov));
	GIVES(NNG_EINVAL, nng_aio_set_iov(aio, 9, iov));

	// A provider of operations in C.
	CHECK(nng_aio_begin(aio));
	nng_aio_finish(aio, NNG_EBUSY);
	await(8);
	nng_aio_wait(aio);
	GIVES(NNG_EBUSY, nng_aio_result(aio));
	CHECK(nng_aio_begin(aio));
	nng_aio_defer(aio, cancel, &lock);
	nng_aio_cancel(aio);
	await(9);
	nng_aio_wait(aio);
	GIVES(NNG_ECANCELED, nng_aio_result(aio));

	nng_sleep_aio(60000, aio);
	nng_aio_stop(aio);
	GIVES(NNG_ECANCELED, nng_aio_result(aio));
	CHECK(called == 10);
	CHECK(!nng_aio_begin(aio));
	nng_aio_free(aio);
	nng_aio_free(other);
	nng_aio_free(NULL);
	printf("%d callbacks\n", called);
	return 0;
}
