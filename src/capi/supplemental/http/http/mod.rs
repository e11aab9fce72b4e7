//! HTTP: messages, connections, clients and servers, as the header has them, and what their
//! functions share.
mod callback;
mod client;
mod conn;
mod handler;
mod request;
mod response;
mod server;

use crate::base::{Error, Result};
use crate::capi::handle::{Handle, boxed, look, shared};
use crate::capi::nng::aio::{self, nng_aio};
use crate::capi::{put, text};
use crate::http::client::Client;
use crate::http::conn::Conn;
use crate::http::handler::Handler;
use crate::http::server::Server;
use crate::http::{Body, Request, Response};
use crate::rt::Op;
use crate::rt::aio::Timeout;
use crate::sys::memory;
use parking_lot::Mutex;
use std::ffi::{CStr, OsStr, c_char, c_void};
use std::os::unix::ffi::OsStrExt;
use std::ptr::null;

pub type nng_http_req = Mutex<Request>;
pub type nng_http_res = Mutex<Response>;
pub type nng_http_conn = Conn;
pub type nng_http_handler = Handler;
pub type nng_http_server = Server;
pub type nng_http_client = Client;

shared!(Mutex<Request>, Mutex<Response>, Conn, Handler, Server);
boxed!(Client);

unsafe fn cstr<'a>(s: *const c_char) -> Result<&'a CStr> {
    if s.is_null() { Err(Error::INVAL) } else { Ok(CStr::from_ptr(s)) }
}

unsafe fn maybe<'a>(s: *const c_char) -> Option<&'a CStr> {
    (!s.is_null()).then(|| CStr::from_ptr(s))
}

/// Text that may be NULL.
unsafe fn maybe_text<'a>(s: *const c_char) -> Result<Option<&'a str>> {
    if s.is_null() { Ok(None) } else { text(s).map(Some) }
}

/// Starts an operation with no time limit of its own.
unsafe fn start(aio: *mut nng_aio, f: impl FnOnce(Op) -> Result<()>) {
    aio::start(aio, |aio| match aio.begin(Timeout::Infinite) {
        Ok(op) => f(op),
        Err(_) => Ok(()),
    });
}

/// Starts an operation on an object, or ends it with `NNG_EINVAL` for NULL.
unsafe fn start_on<T: Handle>(object: *const T, aio: *mut nng_aio, f: impl FnOnce(&T, Op)) {
    match look(object) {
        Ok(object) => start(aio, |op| {
            f(object, op);
            Ok(())
        }),
        Err(why) => aio::start(aio, |_| Err(why)),
    }
}

unsafe fn show_data(body: &Body, datap: *mut *mut c_void, sizep: *mut usize) {
    let data = match body {
        Body::Announced(_) => null(),
        body if body.is_empty() => null(),
        body => body.as_bytes().as_ptr(),
    };
    let _ = put(datap, data.cast_mut().cast());
    let _ = put(sizep, body.len());
}

fn copied(data: &[u8]) -> Result<Body> {
    let owned = || memory::copy(data).ok_or(Error::NOMEM).map(Body::Owned);
    if data.is_empty() { Ok(Body::Empty) } else { owned() }
}

unsafe fn path<'a>(s: *const c_char) -> Result<&'a OsStr> {
    Ok(OsStr::from_bytes(cstr(s)?.to_bytes()))
}
