//! PAIR version 0: two sockets, both ways.
use crate::capi::nng::socket::{nng_socket, open};
use crate::sp::proto::pair::Pair;
use std::ffi::c_int;

/// Opens a PAIR version 0 socket, to be closed with `nng_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pair0_open(socket: *mut nng_socket) -> c_int {
    open(socket, Pair::new(0, false))
}

/// Opens a raw PAIR version 0 socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pair0_open_raw(socket: *mut nng_socket) -> c_int {
    open(socket, Pair::new(0, true))
}
