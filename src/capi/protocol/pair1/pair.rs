//! PAIR version 1: two sockets, both ways, with hops counted.
use crate::capi::nng::socket::{nng_socket, open};
use crate::sp::proto::pair::Pair;
use crate::sp::proto::poly1::Poly1;
use std::ffi::c_int;

/// Opens a PAIR version 1 socket, to be closed with `nng_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pair1_open(socket: *mut nng_socket) -> c_int {
    open(socket, Pair::new(1, false))
}

/// Opens a raw PAIR version 1 socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pair1_open_raw(socket: *mut nng_socket) -> c_int {
    open(socket, Pair::new(1, true))
}

/// Opens a polyamorous PAIR version 1 socket, to be closed with `nng_close`. It has many peers, and `nng_msg_set_pipe`
/// chooses one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pair1_open_poly(socket: *mut nng_socket) -> c_int {
    open(socket, Poly1::new())
}
