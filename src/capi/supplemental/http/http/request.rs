//! Requests.
use super::{callback, copied, cstr, maybe, nng_http_req, show_data};
use crate::capi::handle::{give, look, take};
use crate::capi::nng::url::nng_url;
use crate::capi::{bytes, ret};
use crate::http::{Body, Request};
use crate::init;
use parking_lot::Mutex;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null;
use std::sync::Arc;

/// Makes a request, to be freed with `nng_http_req_free`: for a URL, with its Host header, or
/// for NULL an empty one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_alloc(
    reqp: *mut *mut nng_http_req,
    url: *const nng_url,
) -> c_int {
    ret(init::start().and_then(|()| {
        let req = match url.as_ref() {
            Some(url) => Request::for_url(&url.to_url()?)?,
            None => Request::new(),
        };
        give(reqp, Arc::new(Mutex::new(req)))
    }))
}

/// Frees a request. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_free(req: *mut nng_http_req) {
    drop(take(req));
}

/// Makes a request as it was when new.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_reset(req: *mut nng_http_req) {
    if let Ok(req) = look(req) {
        req.lock().reset();
    }
}

/// The value of a header, or NULL if there is none. It is valid until the header is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_get_header(
    req: *mut nng_http_req,
    name: *const c_char,
) -> *const c_char {
    let found = look(req).and_then(|req| {
        let req = req.lock();
        Ok(req.headers.get(cstr(name)?).map_or(null(), CStr::as_ptr))
    });
    found.unwrap_or(null())
}

/// Sets a header, in place of an earlier value. `NNG_EINVAL` for line ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_set_header(
    req: *mut nng_http_req,
    name: *const c_char,
    value: *const c_char,
) -> c_int {
    ret(look(req).and_then(|req| req.lock().headers.set(cstr(name)?, cstr(value)?)))
}

/// Adds to a header, after a comma if it is there already. `NNG_EINVAL` for line ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_add_header(
    req: *mut nng_http_req,
    name: *const c_char,
    value: *const c_char,
) -> c_int {
    ret(look(req).and_then(|req| req.lock().headers.add(cstr(name)?, cstr(value)?)))
}

/// Removes a header. `NNG_ENOENT` if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_del_header(
    req: *mut nng_http_req,
    name: *const c_char,
) -> c_int {
    ret(look(req).and_then(|req| req.lock().headers.remove(cstr(name)?)))
}

/// Sets the data, which stays where it is and the caller's, and its Content-Length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_set_data(
    req: *mut nng_http_req,
    data: *const c_void,
    size: usize,
) -> c_int {
    ret(look(req).map(|req| req.lock().set_data(callback::lent(data, size))))
}

/// Sets the data, which is copied, and its Content-Length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_copy_data(
    req: *mut nng_http_req,
    data: *const c_void,
    size: usize,
) -> c_int {
    ret(look(req).and_then(|req| {
        req.lock().set_data(copied(bytes(data, size)?)?);
        Ok(())
    }))
}

/// The data and its size, NULL and zero if there is none. It is valid until it is set anew.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_get_data(
    req: *mut nng_http_req,
    datap: *mut *mut c_void,
    sizep: *mut usize,
) {
    match look(req) {
        Ok(req) => show_data(&req.lock().body, datap, sizep),
        Err(_) => show_data(&Body::Empty, datap, sizep),
    }
}

/// The method, valid until it is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_get_method(req: *mut nng_http_req) -> *const c_char {
    look(req).map_or(null(), |req| req.lock().method().as_ptr())
}

/// Sets the method; NULL is GET. `NNG_EINVAL` for characters that end it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_set_method(
    req: *mut nng_http_req,
    method: *const c_char,
) -> c_int {
    ret(look(req).and_then(|req| req.lock().set_method(maybe(method))))
}

/// The URI, valid until it is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_get_uri(req: *mut nng_http_req) -> *const c_char {
    look(req).map_or(null(), |req| req.lock().uri().as_ptr())
}

/// Sets the URI. `NNG_EINVAL` for characters that end it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_set_uri(req: *mut nng_http_req, uri: *const c_char) -> c_int {
    ret(look(req).and_then(|req| req.lock().set_uri(maybe(uri))))
}

/// The version, valid until it is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_get_version(req: *mut nng_http_req) -> *const c_char {
    look(req).map_or(null(), |req| req.lock().version().as_ptr())
}

/// Sets the version; NULL is HTTP/1.1. `NNG_EINVAL` for characters that end it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_req_set_version(
    req: *mut nng_http_req,
    version: *const c_char,
) -> c_int {
    ret(look(req).and_then(|req| req.lock().set_version(maybe(version))))
}
