//! PULL: takes what PUSH hands out.
use crate::capi::nng::socket::{nng_socket, open};
use crate::sp::proto::pipeline0::Pull0;
use std::ffi::c_int;

/// Opens a PULL socket, to be closed with `nng_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pull0_open(socket: *mut nng_socket) -> c_int {
    open(socket, Pull0::new(false))
}

/// Opens a raw PULL socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pull0_open_raw(socket: *mut nng_socket) -> c_int {
    open(socket, Pull0::new(true))
}
