//! SURVEYOR: asks all peers, and collects answers for a time.
use crate::capi::nng::socket::{nng_socket, open};
use crate::sp::proto::raw::Raw;
use crate::sp::proto::surveyor0::Surveyor0;
use std::ffi::c_int;

/// Opens a SURVEYOR socket, to be closed with `nng_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_surveyor0_open(socket: *mut nng_socket) -> c_int {
    open(socket, Surveyor0::new())
}

/// Opens a raw SURVEYOR socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_surveyor0_open_raw(socket: *mut nng_socket) -> c_int {
    open(socket, Raw::surveyor())
}
