//! Responses.
use super::{callback, copied, cstr, maybe, nng_http_res, show_data};
use crate::capi::handle::{give, look, take};
use crate::capi::{bytes, ret};
use crate::http::{Body, Response};
use crate::init;
use parking_lot::Mutex;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null;
use std::sync::Arc;

/// Makes a response with the status 200, to be freed with `nng_http_res_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_alloc(resp: *mut *mut nng_http_res) -> c_int {
    ret(init::start().and_then(|()| give(resp, Arc::default())))
}

/// Makes a response with an error's status and a page that shows it; a server puts its own page
/// in its place, if it has one for the status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_alloc_error(
    resp: *mut *mut nng_http_res,
    status: u16,
) -> c_int {
    ret(init::start().and_then(|()| give(resp, Arc::new(Mutex::new(Response::error(status))))))
}

/// The status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_get_status(res: *mut nng_http_res) -> u16 {
    look(res).map_or(0, |res| res.lock().status())
}

/// Sets the status; the reason goes with it unless it is set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_set_status(res: *mut nng_http_res, status: u16) -> c_int {
    ret(look(res).map(|res| res.lock().set_status(status)))
}

/// Frees a response. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_free(res: *mut nng_http_res) {
    drop(take(res));
}

/// Makes a response as it was when new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_reset(res: *mut nng_http_res) {
    if let Ok(res) = look(res) {
        res.lock().reset();
    }
}

/// The value of a header, or NULL if there is none. It is valid until the header is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_get_header(
    res: *mut nng_http_res,
    name: *const c_char,
) -> *const c_char {
    let found = look(res).and_then(|res| {
        let res = res.lock();
        Ok(res.headers.get(cstr(name)?).map_or(null(), CStr::as_ptr))
    });
    found.unwrap_or(null())
}

/// Sets a header, in place of an earlier value. `NNG_EINVAL` for line ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_set_header(
    res: *mut nng_http_res,
    name: *const c_char,
    value: *const c_char,
) -> c_int {
    ret(look(res).and_then(|res| res.lock().headers.set(cstr(name)?, cstr(value)?)))
}

/// Adds to a header, after a comma if it is there already. `NNG_EINVAL` for line ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_add_header(
    res: *mut nng_http_res,
    name: *const c_char,
    value: *const c_char,
) -> c_int {
    ret(look(res).and_then(|res| res.lock().headers.add(cstr(name)?, cstr(value)?)))
}

/// Removes a header. `NNG_ENOENT` if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_del_header(
    res: *mut nng_http_res,
    name: *const c_char,
) -> c_int {
    ret(look(res).and_then(|res| res.lock().headers.remove(cstr(name)?)))
}

/// Sets the data, which stays where it is and the caller's, and its Content-Length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_set_data(
    res: *mut nng_http_res,
    data: *const c_void,
    size: usize,
) -> c_int {
    ret(look(res).map(|res| res.lock().set_data(callback::lent(data, size))))
}

/// Sets the data, which is copied, and its Content-Length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_copy_data(
    res: *mut nng_http_res,
    data: *const c_void,
    size: usize,
) -> c_int {
    ret(look(res).and_then(|res| {
        res.lock().set_data(copied(bytes(data, size)?)?);
        Ok(())
    }))
}

/// The data and its size, NULL and zero if there is none. It is valid until it is set anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_get_data(
    res: *mut nng_http_res,
    datap: *mut *mut c_void,
    sizep: *mut usize,
) {
    match look(res) {
        Ok(res) => show_data(&res.lock().body, datap, sizep),
        Err(_) => show_data(&Body::Empty, datap, sizep),
    }
}

/// The version, valid until it is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_get_version(res: *mut nng_http_res) -> *const c_char {
    look(res).map_or(null(), |res| res.lock().version().as_ptr())
}

/// Sets the version; NULL is HTTP/1.1. `NNG_EINVAL` for characters that end it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_set_version(
    res: *mut nng_http_res,
    version: *const c_char,
) -> c_int {
    ret(look(res).and_then(|res| res.lock().set_version(maybe(version))))
}

/// The reason, valid until it is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_get_reason(res: *mut nng_http_res) -> *const c_char {
    look(res).map_or(null(), |res| res.lock().reason().as_ptr())
}

/// Sets the reason; NULL is the usual one for the status. `NNG_EINVAL` for characters that end it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_res_set_reason(
    res: *mut nng_http_res,
    reason: *const c_char,
) -> c_int {
    ret(look(res).and_then(|res| res.lock().set_reason(maybe(reason))))
}
