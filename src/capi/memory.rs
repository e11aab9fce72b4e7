//! Memory that C frees: it comes from `malloc`.
use crate::base::{Error, Result, raw_text};
use std::ffi::{c_char, c_void};

/// A copy of `data` (at least one byte long) that C frees with `nng_free` or `free`.
pub unsafe fn copied(data: &[u8]) -> Result<*mut c_void> {
    let copy = libc::malloc(data.len().max(1));
    if copy.is_null() {
        return Err(Error::NOMEM);
    }
    copy.cast::<u8>().copy_from_nonoverlapping(data.as_ptr(), data.len());
    Ok(copy)
}

/// A C string that C frees with `nng_strfree`; the text ends at its first NUL.
pub unsafe fn string(text: &str) -> Result<*mut c_char> {
    let text = raw_text::to_bytes(text.split('\0').next().unwrap_or_default());
    let copy = libc::malloc(text.len() + 1).cast::<u8>();
    if copy.is_null() {
        return Err(Error::NOMEM);
    }
    copy.copy_from_nonoverlapping(text.as_ptr(), text.len());
    copy.add(text.len()).write(0);
    Ok(copy.cast())
}

/// A NULL-terminated array of strings, each of them and the array itself from `malloc`.
pub unsafe fn strings(texts: &[String]) -> Result<*mut c_void> {
    let array = libc::calloc(texts.len() + 1, size_of::<*mut c_char>()).cast::<*mut c_char>();
    if array.is_null() {
        return Err(Error::NOMEM);
    }
    for (i, text) in texts.iter().enumerate() {
        array.add(i).write(string(text)?);
    }
    Ok(array.cast())
}

/// Copies `text` into a buffer of `size` bytes, cut off where it does not fit, NUL-terminated.
pub unsafe fn fill(buf: *mut c_char, size: usize, text: &[u8]) {
    if buf.is_null() || size == 0 {
        return;
    }
    let len = text.len().min(size - 1);
    buf.cast::<u8>().copy_from_nonoverlapping(text.as_ptr(), len);
    buf.add(len).write(0);
}
