//! The tls transport.
use crate::capi::ret;
use crate::init;
use std::ffi::c_int;

/// Does nothing that is not done anyway: every transport is there from the start.
#[unsafe(no_mangle)]
pub extern "C" fn nng_tls_register() -> c_int {
    ret(init::start())
}
