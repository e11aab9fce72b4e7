//! REP: answers requests.
use crate::capi::nng::socket::{nng_socket, open};
use crate::sp::proto::raw::Raw;
use crate::sp::proto::rep0::Rep0;
use std::ffi::c_int;

/// Opens a REP socket, to be closed with `nng_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_rep0_open(socket: *mut nng_socket) -> c_int {
    open(socket, Rep0::new())
}

/// Opens a raw REP socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_rep0_open_raw(socket: *mut nng_socket) -> c_int {
    open(socket, Raw::rep())
}
