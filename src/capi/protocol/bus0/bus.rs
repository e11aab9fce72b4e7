//! BUS: every peer gets what any peer sends.
use crate::capi::nng::socket::{nng_socket, open};
use crate::sp::proto::bus0::Bus0;
use std::ffi::c_int;

/// Opens a BUS socket, to be closed with `nng_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_bus0_open(socket: *mut nng_socket) -> c_int {
    open(socket, Bus0::new(false))
}

/// Opens a raw BUS socket, to be closed with `nng_close`. Messages come and go with their protocol headers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_bus0_open_raw(socket: *mut nng_socket) -> c_int {
    open(socket, Bus0::new(true))
}
