// Host names that the system cannot resolve: which error each of its answers becomes.
#include "testing.h"
#include <errno.h>
#include <netdb.h>
#include <nng/protocol/pair1/pair.h>
#include <nng/supplemental/http/http.h>

// What the system answers. The library's look-ups come here too, as a program's own functions go
// before those of the C library.
static int answer, reason;

int
getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
    struct addrinfo **found)
{
	(void) host, (void) service, (void) hints, (void) found;
	errno = reason;
	return answer;
}

static void
dial(nng_socket s, const char *url, int want)
{
	GIVES(want, nng_dial(s, url, NULL, 0));
}

static void
tries(int code, int why, int want)
{
	nng_socket         s;
	nng_aio           *aio;
	nng_stream_dialer *d;
	nng_url           *url;
	nng_http_client   *client;

	answer = code;
	reason = why;
	OK(nng_pair1_open(&s));
	dial(s, "tcp://host.invalid:80", want);
	dial(s, "tcp4://host.invalid:80", want);
	dial(s, "ws://host.invalid:80/", want);
	GIVES(want, nng_listen(s, "tcp://host.invalid:80", NULL, 0));
	GIVES(want, nng_listen(s, "ws://host.invalid:80/", NULL, 0));
	OK(nng_close(s));

	OK(nng_aio_alloc(&aio, NULL, NULL));
	OK(nng_stream_dialer_alloc(&d, "tcp://host.invalid:80"));
	nng_stream_dialer_dial(d, aio);
	nng_aio_wait(aio);
	GIVES(want, nng_aio_result(aio));
	nng_stream_dialer_free(d);

	OK(nng_url_parse(&url, "http://host.invalid/"));
	OK(nng_http_client_alloc(&client, url));
	nng_http_client_connect(client, aio);
	nng_aio_wait(aio);
	GIVES(want, nng_aio_result(aio));
	nng_http_client_free(client);
	nng_url_free(url);
	nng_aio_free(aio);
}

int
main(void)
{
	testing_begin(20);
	tries(EAI_NONAME, 0, NNG_EADDRINVAL);
	tries(EAI_SERVICE, 0, NNG_EADDRINVAL);
	tries(EAI_AGAIN, 0, NNG_EAGAIN);
	tries(EAI_MEMORY, 0, NNG_ENOMEM);
	tries(EAI_BADFLAGS, 0, NNG_EINVAL);
	tries(EAI_SOCKTYPE, 0, NNG_ENOTSUP);
	tries(EAI_SYSTEM, EMFILE, NNG_ENOFILES);
	tries(EAI_SYSTEM, EIO, NNG_ESYSERR + EIO);
	tries(EAI_FAIL, 0, NNG_ESYSERR + EAI_FAIL);
	tries(EAI_FAMILY, 0, NNG_ESYSERR + EAI_FAMILY);
	return 0;
}
