// ours only: the old library has no maps of ids.
// Maps of ids, and addresses as text.
#include "testing.h"
#include <arpa/inet.h>
#include <nng/supplemental/util/idhash.h>

int
main(void)
{
	nng_id_map *map;
	uint64_t    id;
	void       *value;
	uint32_t    cursor = 0;
	int         x[3], seen = 0;
	testing_begin(10);
	OK(nng_id_map_alloc(&map, 10, 12, 0));
	for (int i = 0; i < 3; i++) {
		OK(nng_id_alloc(map, &id, &x[i]));
		CHECK(id == (uint64_t) 10 + i && nng_id_get(map, id) == &x[i]);
	}
	GIVES(NNG_ENOMEM, nng_id_alloc(map, &id, &x[0]));
	while (nng_id_visit(map, &id, &value, &cursor)) {
		CHECK(nng_id_get(map, id) == value);
		seen++;
	}
	CHECK(seen == 3);
	OK(nng_id_remove(map, 11));
	GIVES(NNG_ENOENT, nng_id_remove(map, 11));
	CHECK(nng_id_get(map, 11) == NULL);
	OK(nng_id_set(map, 12, &x[0]));
	CHECK(nng_id_get(map, 12) == &x[0]);
	nng_id_map_free(map);

	nng_sockaddr sa = { 0 };
	char         buf[NNG_MAXADDRSTRLEN];
	sa.s_in.sa_family = NNG_AF_INET;
	sa.s_in.sa_addr   = htonl(INADDR_LOOPBACK);
	sa.s_in.sa_port   = htons(80);
	CHECK(strcmp(nng_str_sockaddr(&sa, buf, sizeof(buf)), "127.0.0.1:80") == 0);
	CHECK(strlen(nng_str_sockaddr(&sa, buf, 5)) == 4);
	return 0;
}
