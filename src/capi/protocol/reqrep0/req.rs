//! REQ: sends requests, again if need be, and gets one answer to each.
use crate::capi::nng::socket::{nng_socket, open};
use crate::sp::proto::raw::Raw;
use crate::sp::proto::req0::Req0;
use std::ffi::c_int;

/// Opens a REQ socket, to be closed with `nng_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_req0_open(socket: *mut nng_socket) -> c_int {
    open(socket, Req0::new())
}

/// Opens a raw REQ socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_req0_open_raw(socket: *mut nng_socket) -> c_int {
    open(socket, Raw::req())
}
