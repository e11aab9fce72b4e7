// nng/supplemental/util/idhash.h.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_SUPPLEMENTAL_UTIL_IDHASH_H
#define NNG_SUPPLEMENTAL_UTIL_IDHASH_H

#include <nng/nng.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NNG_MAP_RANDOM 1

typedef struct nng_id_map_s nng_id_map;

// Makes a map that gives out ids from `lo` to `hi`, both included (zero for 1 and 2^32 − 1),
// beginning anywhere with `NNG_MAP_RANDOM`; to be freed with `nng_id_map_free`. A map does no
// locking. `NNG_EINVAL` for an empty range.
NNG_DECL int nng_id_map_alloc(nng_id_map **map, uint64_t lo, uint64_t hi, int flags);

// Frees a map, not what its values point to. NULL is allowed.
NNG_DECL void nng_id_map_free(nng_id_map *map);

// The value of an id, or NULL.
NNG_DECL void *nng_id_get(nng_id_map *map, uint64_t id);

// Sets the value of an id, which may lie outside the map's range; not NULL. `NNG_ENOMEM`.
NNG_DECL int nng_id_set(nng_id_map *map, uint64_t id, void *value);

// Gives a value, not NULL, an unused id of the map's range. `NNG_ENOMEM` if all are used.
NNG_DECL int nng_id_alloc(nng_id_map *map, uint64_t *id, void *value);

// Removes an id. `NNG_ENOENT` if it is not there.
NNG_DECL int nng_id_remove(nng_id_map *map, uint64_t id);

// Visits one entry after the other: `*cursor` begins at zero and is moved on. `id` and `value`
// may be NULL. Entries may be removed on the way. False when there are no more.
NNG_DECL bool nng_id_visit(nng_id_map *map, uint64_t *id, void **value, uint32_t *cursor);

#ifdef __cplusplus
}
#endif

#endif // NNG_SUPPLEMENTAL_UTIL_IDHASH_H
