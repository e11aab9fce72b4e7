//! The C surface: `extern "C"` functions and nothing else. The path of a file here is the path of
//! the header that is made from it (see README.md beside this file).
//!
//! Every function's contract with C is its doc comment, which becomes the header's comment. What
//! holds for all: a pointer is NULL or points to a live object of its type (for buffers, of the
//! length given with it); handles come from this library and were not freed. NULL handles give
//! `NNG_EINVAL` where there is a result, and nothing happens where there is none.
#![allow(non_camel_case_types)]
// The functions are unsafe as a whole: C keeps the contract above.
#![allow(unsafe_op_in_unsafe_fn, clippy::missing_safety_doc)]
// Folders and files have the names of headers.
#![allow(clippy::module_inception)]

mod accessors;
pub mod compat;
mod handle;
mod memory;
pub mod nng;
pub mod protocol;
pub mod supplemental;
pub mod transport;

use crate::base::{Error, Result, raw_text};
use std::borrow::Cow;
use std::ffi::{CStr, c_char, c_int};

/// A result as C sees it: zero, or an error code.
fn ret(result: Result<()>) -> c_int {
    result.err().map_or(0, Error::code)
}

/// What a C string says; NULL and what is not UTF-8 are invalid.
unsafe fn text<'a>(s: *const c_char) -> Result<&'a str> {
    if s.is_null() {
        return Err(Error::INVAL);
    }
    CStr::from_ptr(s).to_str().map_err(|_| Error::INVAL)
}

/// What a C string says, which need not be UTF-8; NULL is invalid.
unsafe fn any_text<'a>(s: *const c_char) -> Result<Cow<'a, str>> {
    if s.is_null() {
        return Err(Error::INVAL);
    }
    Ok(raw_text::from_bytes(CStr::from_ptr(s).to_bytes()))
}

/// Writes a result to where C wants it.
unsafe fn put<T>(place: *mut T, value: T) -> Result<()> {
    if place.is_null() {
        return Err(Error::INVAL);
    }
    place.write(value);
    Ok(())
}

/// The bytes of a C buffer; NULL may stand for an empty one.
unsafe fn bytes<'a>(data: *const std::ffi::c_void, len: usize) -> Result<&'a [u8]> {
    match (data.is_null(), len) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Error::INVAL),
        (false, _) => Ok(std::slice::from_raw_parts(data.cast(), len)),
    }
}

/// The library's own copy of bytes, in an amount that the program chose.
fn owned(bytes: &[u8]) -> Result<Vec<u8>> {
    crate::sys::memory::copy(bytes).ok_or(Error::NOMEM)
}

/// A pointer of the program's that is handed back to its callbacks on other threads.
#[derive(Clone, Copy)]
struct Argument(usize);

impl Argument {
    fn new(pointer: *mut std::ffi::c_void) -> Argument {
        Argument(pointer as usize)
    }

    fn get(self) -> *mut std::ffi::c_void {
        self.0 as *mut _
    }
}
