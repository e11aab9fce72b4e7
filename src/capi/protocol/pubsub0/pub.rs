//! PUB: every subscriber gets what is published.
use crate::capi::nng::socket::{nng_socket, open};
use crate::sp::proto::pub0::Pub0;
use std::ffi::c_int;

/// Opens a PUB socket, to be closed with `nng_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pub0_open(socket: *mut nng_socket) -> c_int {
    open(socket, Pub0::new(false))
}

/// Opens a raw PUB socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pub0_open_raw(socket: *mut nng_socket) -> c_int {
    open(socket, Pub0::new(true))
}
