//! Handlers: what a server answers with.
use super::callback::{self, HandlerFn};
use super::{maybe, maybe_text, nng_http_handler, path};
use crate::base::{Error, Result};
use crate::capi::handle::{give, look, take};
use crate::capi::nng::aio::nng_aio;
use crate::capi::{Argument, bytes, ret, text};
use crate::http::handler::Handler;
use crate::init;
use crate::sys::memory;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null_mut;

unsafe fn uri<'a>(s: *const c_char) -> Result<&'a str> {
    Ok(maybe_text(s)?.filter(|uri| !uri.is_empty()).unwrap_or("/"))
}

/// Makes a handler, to be freed with `nng_http_handler_free` unless a server has it. `cb` is
/// called for each request with an aio whose inputs are the request, the handler and the
/// connection, on a thread of the library. It ends the aio with `nng_aio_finish`, then or later,
/// with a response as output 0, which it gives away, or without if it has answered by itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_alloc(
    handlerp: *mut *mut nng_http_handler,
    path: *const c_char,
    cb: Option<unsafe extern "C" fn(*mut nng_aio)>,
) -> c_int {
    ret(init::start().and_then(|()| {
        let f: HandlerFn = cb.ok_or(Error::INVAL)?;
        give(handlerp, Handler::new(uri(path)?, callback::action(f)))
    }))
}

/// Frees a handler that no server has. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_free(handler: *mut nng_http_handler) {
    drop(take(handler));
}

/// Makes a handler that serves one file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_alloc_file(
    handlerp: *mut *mut nng_http_handler,
    at: *const c_char,
    file: *const c_char,
) -> c_int {
    ret(init::start().and_then(|()| give(handlerp, Handler::file(uri(at)?, path(file)?))))
}

/// Makes a handler that serves data, which is copied; `content_type` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_alloc_static(
    handlerp: *mut *mut nng_http_handler,
    at: *const c_char,
    data: *const c_void,
    size: usize,
    content_type: *const c_char,
) -> c_int {
    ret(init::start().and_then(|()| {
        let data = memory::copy(bytes(data, size)?).ok_or(Error::NOMEM)?;
        let content_type = maybe(content_type).map(CStr::to_owned);
        give(handlerp, Handler::fixed(uri(at)?, data, content_type))
    }))
}

/// Makes a handler that sends clients to `location`, with what follows its own path in theirs.
/// Status 0 is 301.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_alloc_redirect(
    handlerp: *mut *mut nng_http_handler,
    at: *const c_char,
    status: u16,
    location: *const c_char,
) -> c_int {
    ret(init::start()
        .and_then(|()| give(handlerp, Handler::redirect(uri(at)?, status, text(location)?))))
}

/// Makes a handler that serves the files below a directory, and its `index.html` or
/// `index.htm`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_alloc_directory(
    handlerp: *mut *mut nng_http_handler,
    at: *const c_char,
    dir: *const c_char,
) -> c_int {
    ret(init::start().and_then(|()| give(handlerp, Handler::directory(uri(at)?, path(dir)?))))
}

/// Sets the method of the requests that a handler is for; NULL is every method. GET is what a
/// new handler has, and it covers HEAD. `NNG_EBUSY` when a server has the handler, as below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_set_method(
    handler: *mut nng_http_handler,
    method: *const c_char,
) -> c_int {
    ret(look(handler).and_then(|handler| handler.set_method(maybe_text(method)?)))
}

/// Sets the host that requests must name; NULL is every host.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_set_host(
    handler: *mut nng_http_handler,
    host: *const c_char,
) -> c_int {
    ret(look(handler).and_then(|handler| handler.set_host(maybe_text(host)?)))
}

/// Says whether the data of requests is collected before the call, and up to which size; more is
/// refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_collect_body(
    handler: *mut nng_http_handler,
    want: bool,
    most: usize,
) -> c_int {
    ret(look(handler).map(|handler| handler.collect_body(want, most)))
}

/// Makes a handler serve what is below its path as well, unless another one is nearer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_set_tree(handler: *mut nng_http_handler) -> c_int {
    ret(look(handler).and_then(|handler| handler.set_tree(false)))
}

/// As `nng_http_handler_set_tree`, and no other handler may be below.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_set_tree_exclusive(
    handler: *mut nng_http_handler,
) -> c_int {
    ret(look(handler).and_then(|handler| handler.set_tree(true)))
}

/// Keeps a pointer with a handler; `dtor`, if not NULL, is called with it when the handler goes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_set_data(
    handler: *mut nng_http_handler,
    data: *mut c_void,
    dtor: Option<unsafe extern "C" fn(*mut c_void)>,
) -> c_int {
    let data = Argument::new(data);
    let release = dtor.map(|dtor| -> Box<dyn FnOnce(usize) + Send> {
        // SAFETY: the program's function, with the program's pointer.
        Box::new(move |_| unsafe { dtor(data.get()) })
    });
    ret(look(handler).and_then(|handler| handler.set_data(data.get() as usize, release)))
}

/// The pointer that is kept with a handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_handler_get_data(handler: *mut nng_http_handler) -> *mut c_void {
    look(handler).map_or(null_mut(), |handler| handler.data() as *mut c_void)
}
