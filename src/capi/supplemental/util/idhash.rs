//! Maps from ids to pointers.
use crate::base::Error;
use crate::base::idmap::IdMap;
use crate::base::memory::enough_memory;
use crate::capi::handle::{boxed, change, give, look, take};
use crate::capi::{put, ret};
use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

pub type nng_id_map = IdMap<usize>;

boxed!(true: nng_id_map);

pub const NNG_MAP_RANDOM: c_int = 1;

/// Makes a map that gives out ids from `lo` to `hi`, both included (zero for 1 and 2^32 − 1),
/// beginning anywhere with `NNG_MAP_RANDOM`; to be freed with `nng_id_map_free`. A map does no
/// locking. `NNG_EINVAL` for an empty range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_id_map_alloc(
    map: *mut *mut nng_id_map,
    lo: u64,
    hi: u64,
    flags: c_int,
) -> c_int {
    let random = flags & NNG_MAP_RANDOM != 0;
    ret(enough_memory().and_then(|()| give(map, Box::new(IdMap::new(lo, hi, random)?))))
}

/// Frees a map, not what its values point to. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_id_map_free(map: *mut nng_id_map) {
    drop(take(map));
}

/// The value of an id, or NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_id_get(map: *mut nng_id_map, id: u64) -> *mut c_void {
    let value = look(map).ok().and_then(|map| map.get(id).copied());
    value.map_or(null_mut(), |value| value as *mut c_void)
}

/// Sets the value of an id, which may lie outside the map's range; not NULL. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_id_set(map: *mut nng_id_map, id: u64, value: *mut c_void) -> c_int {
    if value.is_null() {
        return Error::INVAL.code();
    }
    ret(change(map).and_then(|map| map.set(id, value as usize)))
}

/// Gives a value, not NULL, an unused id of the map's range. `NNG_ENOMEM` if all are used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_id_alloc(
    map: *mut nng_id_map,
    id: *mut u64,
    value: *mut c_void,
) -> c_int {
    if value.is_null() || id.is_null() {
        return Error::INVAL.code();
    }
    ret(change(map).and_then(|map| put(id, map.alloc(value as usize)?)))
}

/// Removes an id. `NNG_ENOENT` if it is not there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_id_remove(map: *mut nng_id_map, id: u64) -> c_int {
    ret(change(map).and_then(|map| map.remove(id).map(|_| ())))
}

/// Visits one entry after the other: `*cursor` begins at zero and is moved on. `id` and `value`
/// may be NULL. Entries may be removed on the way. False when there are no more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_id_visit(
    map: *mut nng_id_map,
    id: *mut u64,
    value: *mut *mut c_void,
    cursor: *mut u32,
) -> bool {
    let (Ok(map), false) = (look(map), cursor.is_null()) else { return false };
    let Some((key, found, next)) = map.visit(*cursor as usize) else { return false };
    if !id.is_null() {
        id.write(key);
    }
    if !value.is_null() {
        value.write(*found as *mut c_void);
    }
    cursor.write(next as u32);
    true
}
