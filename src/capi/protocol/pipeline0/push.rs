//! PUSH: hands each message to one of its peers.
use crate::capi::nng::socket::{nng_socket, open};
use crate::sp::proto::pipeline0::Push0;
use std::ffi::c_int;

/// Opens a PUSH socket, to be closed with `nng_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_push0_open(socket: *mut nng_socket) -> c_int {
    open(socket, Push0::new(false))
}

/// Opens a raw PUSH socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_push0_open_raw(socket: *mut nng_socket) -> c_int {
    open(socket, Push0::new(true))
}
