//! Calls of every family of C functions, by several threads; see
//! `capi-tests/stress/24_every_family.c`: `cargo +nightly fuzz run calls`.
#![no_main]
use libfuzzer_sys::fuzz_target;
// For its C functions.
use nng as _;

unsafe extern "C" {
    fn every_family(data: *const u8, len: usize);
}

fuzz_target!(|data: &[u8]| {
    // SAFETY: the bytes are there for as long as the call.
    unsafe { every_family(data.as_ptr(), data.len()) };
});
