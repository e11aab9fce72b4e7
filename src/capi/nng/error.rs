//! Error codes and the version.
use crate::base::error;
use std::ffi::{c_char, c_int};

/// The text of an error code, valid for the life of the process. System errors (`NNG_ESYSERR`)
/// have the system's text, and codes that are not known one with their number.
#[unsafe(no_mangle)]
pub extern "C" fn nng_strerror(code: c_int) -> *const c_char {
    error::strerror(code).as_ptr()
}

/// The version of the library that is running, as `NNG_MAJOR_VERSION` and its siblings in the
/// header are that of the header. Valid for the life of the process.
#[unsafe(no_mangle)]
pub extern "C" fn nng_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
