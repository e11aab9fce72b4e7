// Maps of numbers: set, found, visited, removed, and given out within their range.
#include "testing.h"
#include <nng/supplemental/util/idhash.h>

int
main(void)
{
	nng_id_map *map;
	uint64_t    id;
	void       *value;
	uint32_t    cursor = 0;
	int         a, b, n = 0;

	testing_begin(20);
	OK(nng_id_map_alloc(&map, 10, 13, 0));
	OK(nng_id_alloc(map, &id, &a));
	CHECK(id == 10);
	OK(nng_id_alloc(map, &id, &a));
	OK(nng_id_alloc(map, &id, &a));
	OK(nng_id_alloc(map, &id, &b));
	CHECK(id == 13 && nng_id_get(map, 13) == &b);
	GIVES(NNG_ENOMEM, nng_id_alloc(map, &id, &a));
	OK(nng_id_remove(map, 11));
	GIVES(NNG_ENOENT, nng_id_remove(map, 11));
	CHECK(nng_id_get(map, 11) == NULL);
	OK(nng_id_alloc(map, &id, &b));
	CHECK(id == 11);
	OK(nng_id_set(map, 12, &b));
	CHECK(nng_id_get(map, 12) == &b);
	while (nng_id_visit(map, &id, &value, &cursor)) {
		CHECK(id >= 10 && id <= 13 && value == nng_id_get(map, id));
		n++;
	}
	CHECK(n == 4);
	nng_id_map_free(map);

	OK(nng_id_map_alloc(&map, 0, 0, 0));
	for (uint64_t i = 0; i < 5000; i++) {
		OK(nng_id_set(map, i * 37, &a));
	}
	for (uint64_t i = 0; i < 5000; i += 2) {
		OK(nng_id_remove(map, i * 37));
	}
	for (uint64_t i = 0; i < 5000; i++) {
		CHECK(nng_id_get(map, i * 37) == (i % 2 == 0 ? NULL : &a));
	}
	nng_id_map_free(map);

	OK(nng_id_map_alloc(&map, 0, 0, NNG_MAP_RANDOM));
	OK(nng_id_alloc(map, &id, &a));
	CHECK(nng_id_get(map, id) == &a);
	nng_id_map_free(map);
	printf("mapped\n");
	return 0;
}
