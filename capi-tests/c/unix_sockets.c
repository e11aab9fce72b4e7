// Unix sockets: permissions, files left behind by the dead, and names in the abstract space.
#include "testing.h"
#include <nng/protocol/pair1/pair.h>

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define SHOW(call) printf("%s: %s\n", #call, nng_strerror(call))

static void
mode(const char *url, int bits)
{
	nng_socket   s;
	nng_listener l;
	struct stat  st;

	OK(nng_pair1_open(&s));
	OK(nng_listener_create(&l, s, url));
	OK(nng_listener_set_int(l, NNG_OPT_IPC_PERMISSIONS, bits));
	OK(nng_listener_start(l, 0));
	CHECK(stat(url + 6, &st) == 0 && S_ISSOCK(st.st_mode));
	printf("mode %o\n", st.st_mode & 0777);
	SHOW(nng_listener_set_int(l, NNG_OPT_IPC_PERMISSIONS, 0600));
	OK(nng_close(s));
	CHECK(stat(url + 6, &st) != 0);
}

// What the system says that has no code of its own comes with its errno.
static void
strange(void)
{
	nng_socket         s;
	const char        *url = testing_address("ipc");
	struct sockaddr_un un  = { .sun_family = AF_UNIX };
	int                fd  = socket(AF_UNIX, SOCK_DGRAM, 0);
	char               below[256];

	strcpy(un.sun_path, url + 6);
	unlink(un.sun_path); // an older process of this number may have left it
	CHECK(bind(fd, (struct sockaddr *) &un, sizeof(un)) == 0);
	OK(nng_pair1_open(&s));
	GIVES(NNG_ESYSERR + EPROTOTYPE, nng_dial(s, url, NULL, 0));
	snprintf(below, sizeof(below), "%s/below", url);
	GIVES(NNG_ESYSERR + ENOTDIR, nng_listen(s, below, NULL, 0));
	OK(nng_close(s));
	close(fd);
	unlink(un.sun_path);
}

int
main(void)
{
	nng_socket         one, two;
	nng_listener       l;
	nng_sockaddr       sa;
	const char        *url = testing_address("ipc");
	struct sockaddr_un un  = { .sun_family = AF_UNIX };
	char               dial[256];
	int                fd, n;

	testing_begin(30);
	mode(url, 0700);
	mode(url, 0622);
	strange();
	OK(nng_pair1_open(&one));
	OK(nng_pair1_open(&two));
	OK(nng_listener_create(&l, one, url));
	SHOW(nng_listener_set_int(l, NNG_OPT_IPC_PERMISSIONS, S_IFREG));
	SHOW(nng_listener_set_bool(l, NNG_OPT_IPC_PERMISSIONS, true));
	SHOW(nng_listener_get_int(l, NNG_OPT_IPC_PERMISSIONS, &n));
	OK(nng_listener_close(l));

	// A socket file that nobody listens on is replaced.
	strcpy(un.sun_path, url + 6);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(fd, (struct sockaddr *) &un, sizeof(un)) == 0);
	close(fd);
	OK(nng_listen(one, url, &l, 0));
	// One that somebody listens on is not.
	GIVES(NNG_EADDRINUSE, nng_listen(two, url, NULL, 0));
	OK(nng_listener_get_addr(l, NNG_OPT_LOCADDR, &sa));
	CHECK(sa.s_family == NNG_AF_IPC && strcmp(sa.s_ipc.sa_path, url + 6) == 0);
	OK(nng_dial(two, url, NULL, 0));
	OK(nng_close(one));
	OK(nng_close(two));

	OK(nng_pair1_open(&one));
	// The abstract space: a name of the system's choice, one with odd bytes, one too long.
	OK(nng_pair1_open(&two));
	OK(nng_listen(one, "abstract://", &l, 0));
	OK(nng_listener_get_addr(l, NNG_OPT_LOCADDR, &sa));
	CHECK(sa.s_family == NNG_AF_ABSTRACT);
	printf("chosen: %d bytes\n", sa.s_abstract.sa_len);
	strcpy(dial, "abstract://");
	for (int i = 0; i < sa.s_abstract.sa_len; i++) {
		snprintf(dial + strlen(dial), 4, "%%%02x", sa.s_abstract.sa_name[i]);
	}
	OK(nng_dial(two, dial, NULL, 0));
	OK(nng_close(one));
	OK(nng_close(two));
	OK(nng_pair1_open(&one));
	snprintf(dial, sizeof(dial), "abstract://nul%%00and%%2f%d", (int) getpid());
	OK(nng_listen(one, dial, &l, 0));
	OK(nng_listener_get_addr(l, NNG_OPT_LOCADDR, &sa));
	CHECK(memcmp(sa.s_abstract.sa_name, "nul\0and/", 8) == 0);
	GIVES(NNG_EADDRINUSE, nng_listen(one, dial, NULL, 0));
	snprintf(dial, sizeof(dial), "abstract://%0107d", (int) getpid());
	SHOW(nng_listen(one, dial, NULL, 0));
	snprintf(dial, sizeof(dial), "abstract://%0108d", (int) getpid());
	SHOW(nng_listen(one, dial, NULL, 0));
	OK(nng_close(one));

	// The other name of the scheme.
	OK(nng_pair1_open(&one));
	OK(nng_pair1_open(&two));
	url = testing_address("ipc");
	snprintf(dial, sizeof(dial), "unix://%s", url + 6);
	OK(nng_listen(one, dial, NULL, 0));
	OK(nng_dial(two, url, NULL, 0));
	OK(nng_close(one));
	OK(nng_close(two));
	return 0;
}
