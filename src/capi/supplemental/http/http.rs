//! HTTP: messages, connections, clients and servers.
use super::handlers::{self, HandlerFn};
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result};
use crate::capi::handle::{Handle, boxed, give, look, share, shared, take};
use crate::capi::nng::aio::{self, nng_aio};
use crate::capi::nng::sockaddr::nng_sockaddr;
use crate::capi::nng::url::nng_url;
use crate::capi::supplemental::tls::tls::nng_tls_config;
use crate::capi::{Argument, bytes, put, ret, text};
use crate::http::client::{Client, transact};
use crate::http::conn::Conn;
use crate::http::handler::Handler;
use crate::http::server::Server;
use crate::http::{Body, Request, Response};
use crate::init;
use crate::rt::Op;
use crate::rt::aio::{Slot, Timeout};
use crate::sys::memory;
use parking_lot::Mutex;
use std::ffi::{CStr, OsStr, c_char, c_int, c_void};
use std::mem::forget;
use std::os::unix::ffi::OsStrExt;
use std::ptr::{null, null_mut};
use std::sync::Arc;

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
    ret(look(req).map(|req| req.lock().set_data(handlers::lent(data, size))))
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
    ret(look(res).map(|res| res.lock().set_data(handlers::lent(data, size))))
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

/// Closes a connection and frees it; its operations end with `NNG_ECLOSED`. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_conn_close(conn: *mut nng_http_conn) {
    if let Some(conn) = take(conn) {
        conn.close();
    }
}

/// Reads into the aio's buffers: at least a byte, as many as are there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_conn_read(conn: *mut nng_http_conn, aio: *mut nng_aio) {
    start_on(conn, aio, |conn, op| conn.read(op, false));
}

/// Reads into the aio's buffers until they are full.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_conn_read_all(conn: *mut nng_http_conn, aio: *mut nng_aio) {
    start_on(conn, aio, |conn, op| conn.read(op, true));
}

/// Writes from the aio's buffers: at least a byte, as many as go.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_conn_write(conn: *mut nng_http_conn, aio: *mut nng_aio) {
    start_on(conn, aio, |conn, op| conn.write(op, false));
}

/// Writes all of the aio's buffers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_conn_write_all(conn: *mut nng_http_conn, aio: *mut nng_aio) {
    start_on(conn, aio, |conn, op| conn.write(op, true));
}

/// Writes a request, with its data.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_conn_write_req(
    conn: *mut nng_http_conn,
    req: *mut nng_http_req,
    aio: *mut nng_aio,
) {
    match share(req) {
        Ok(req) => start_on(conn, aio, |conn, op| conn.write_request(op, Arc::clone(&req))),
        Err(why) => aio::start(aio, |_| Err(why)),
    }
}

/// Writes a response, with its data.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_conn_write_res(
    conn: *mut nng_http_conn,
    res: *mut nng_http_res,
    aio: *mut nng_aio,
) {
    match share(res) {
        Ok(res) => start_on(conn, aio, |conn, op| conn.write_response(op, Arc::clone(&res))),
        Err(why) => aio::start(aio, |_| Err(why)),
    }
}

/// Reads a request, up to its data.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_conn_read_req(
    conn: *mut nng_http_conn,
    req: *mut nng_http_req,
    aio: *mut nng_aio,
) {
    match share(req) {
        Ok(req) => start_on(conn, aio, |conn, op| conn.read_request(op, Arc::clone(&req))),
        Err(why) => aio::start(aio, |_| Err(why)),
    }
}

/// Reads a response, up to its data.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_conn_read_res(
    conn: *mut nng_http_conn,
    res: *mut nng_http_res,
    aio: *mut nng_aio,
) {
    match share(res) {
        Ok(res) => start_on(conn, aio, |conn, op| conn.read_response(op, Arc::clone(&res))),
        Err(why) => aio::start(aio, |_| Err(why)),
    }
}

/// Sends a request and receives the response with its data. A failure closes the connection.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_conn_transact(
    conn: *mut nng_http_conn,
    req: *mut nng_http_req,
    res: *mut nng_http_res,
    aio: *mut nng_aio,
) {
    match (share(conn), share(req), share(res)) {
        (Ok(conn), Ok(req), Ok(res)) => start(aio, |op| {
            transact(Arc::clone(&conn), op, Arc::clone(&req), Arc::clone(&res));
            Ok(())
        }),
        _ => aio::start(aio, |_| Err(Error::INVAL)),
    }
}

/// Takes the connection of a handler's call from the server: it is now the caller's, to be closed
/// with `nng_http_conn_close`, as is the request. The handler then ends without a response.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_hijack(conn: *mut nng_http_conn) -> c_int {
    ret(share(conn).map(|conn| {
        if !conn.is_hijacked() {
            conn.hijack();
            forget(Arc::clone(&conn));
        }
    }))
}

/// Makes a client for a server, to be freed with `nng_http_client_free`. `NNG_EADDRINVAL` for a
/// URL that is not of HTTP or names no host.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_client_alloc(
    clientp: *mut *mut nng_http_client,
    url: *const nng_url,
) -> c_int {
    ret(look(url).and_then(|url| {
        init::start()?;
        give(clientp, Box::new(Client::new(&url.to_url()?)?))
    }))
}

/// Frees a client; what is still connecting ends with `NNG_ECLOSED`. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_client_free(client: *mut nng_http_client) {
    drop(take(client));
}

/// Sets the TLS configuration, which is shared. `NNG_ENOTSUP` for a client without TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_client_set_tls(
    client: *mut nng_http_client,
    cfg: *mut nng_tls_config,
) -> c_int {
    ret(look(client).and_then(|client| client.set_tls(Arc::clone(&*share(cfg)?))))
}

/// Gets the TLS configuration, to be freed with `nng_tls_config_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_client_get_tls(
    client: *mut nng_http_client,
    cfgp: *mut *mut nng_tls_config,
) -> c_int {
    ret(look(client).and_then(|client| give(cfgp, client.tls()?)))
}

/// Connects; output 0 of the aio becomes an `nng_http_conn`, to be closed with
/// `nng_http_conn_close`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_client_connect(client: *mut nng_http_client, aio: *mut nng_aio) {
    start_on(client, aio, |client, op| client.connect(op, |conn| Conn::into_raw(conn) as Slot));
}

/// Connects, sends a request, receives the response with its data, and closes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_client_transact(
    client: *mut nng_http_client,
    req: *mut nng_http_req,
    res: *mut nng_http_res,
    aio: *mut nng_aio,
) {
    match (share(req), share(res)) {
        (Ok(req), Ok(res)) => start_on(client, aio, |client, op| {
            client.transact(op, Arc::clone(&req), Arc::clone(&res));
        }),
        _ => aio::start(aio, |_| Err(Error::INVAL)),
    }
}

unsafe fn uri<'a>(s: *const c_char) -> Result<&'a str> {
    Ok(maybe_text(s)?.filter(|uri| !uri.is_empty()).unwrap_or("/"))
}

unsafe fn path<'a>(s: *const c_char) -> Result<&'a OsStr> {
    Ok(OsStr::from_bytes(cstr(s)?.to_bytes()))
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
        give(handlerp, Handler::new(uri(path)?, handlers::action(f)))
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

/// Gets the server for the host and port of a URL, a new one if there is none; to be given back
/// with `nng_http_server_release`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_server_hold(
    serverp: *mut *mut nng_http_server,
    url: *const nng_url,
) -> c_int {
    ret(look(url).and_then(|url| {
        init::start()?;
        give(serverp, Server::hold(&url.to_url()?)?)
    }))
}

/// Gives a server back; with the last reference it stops. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_server_release(server: *mut nng_http_server) {
    drop(take(server));
}

/// Begins to serve. Each start needs its own stop.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_server_start(server: *mut nng_http_server) -> c_int {
    ret(share(server).and_then(|server| server.start()))
}

/// Takes a start back; with the last one all connections are closed, and the server does not
/// start again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_server_stop(server: *mut nng_http_server) {
    if let Ok(server) = look(server) {
        server.stop();
    }
}

/// Gives a handler to a server. `NNG_EADDRINUSE` if another one is for the same requests;
/// `NNG_EINVAL` for a path without a slash; then it stays the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_server_add_handler(
    server: *mut nng_http_server,
    handler: *mut nng_http_handler,
) -> c_int {
    ret(look(server).and_then(|server| {
        server.add_handler(Arc::clone(&*share(handler)?))?;
        drop(take(handler));
        Ok(())
    }))
}

/// Takes a handler back from a server; it is the caller's again. `NNG_ENOENT` if the server does
/// not have it. Requests that it works on are not affected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_server_del_handler(
    server: *mut nng_http_server,
    handler: *mut nng_http_handler,
) -> c_int {
    ret(look(server).and_then(|server| {
        forget(server.remove_handler(look(handler)?)?);
        Ok(())
    }))
}

/// Sets the TLS configuration, which is shared. `NNG_ENOTSUP` for a server without TLS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_server_set_tls(
    server: *mut nng_http_server,
    cfg: *mut nng_tls_config,
) -> c_int {
    ret(look(server).and_then(|server| server.set_tls(Arc::clone(&*share(cfg)?))))
}

/// Gets the TLS configuration, to be freed with `nng_tls_config_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_server_get_tls(
    server: *mut nng_http_server,
    cfgp: *mut *mut nng_tls_config,
) -> c_int {
    ret(look(server).and_then(|server| give(cfgp, server.tls()?)))
}

/// Gets the address that a started server is bound to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_server_get_addr(
    server: *mut nng_http_server,
    addr: *mut nng_sockaddr,
) -> c_int {
    ret(look(server).and_then(|server| match server.get_option(options::LOCADDR, Type::Addr)? {
        Value::Addr(found) => put(addr, nng_sockaddr::from_addr(&found)),
        _ => Err(Error::NOTSUP),
    }))
}

/// Sets the page (HTML) for an error's status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_server_set_error_page(
    server: *mut nng_http_server,
    status: u16,
    html: *const c_char,
) -> c_int {
    ret(look(server).and_then(|server| {
        server.set_error_page(status, cstr(html)?.to_bytes().to_vec());
        Ok(())
    }))
}

/// Sets the page for an error's status from a file, which is read now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_server_set_error_file(
    server: *mut nng_http_server,
    status: u16,
    file: *const c_char,
) -> c_int {
    ret(look(server).and_then(|server| {
        server.set_error_page(status, std::fs::read(path(file)?)?);
        Ok(())
    }))
}

/// Makes a response the server's error page for its status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_http_server_res_error(
    server: *mut nng_http_server,
    res: *mut nng_http_res,
) -> c_int {
    ret(look(server).and_then(|server| {
        server.make_error(&mut look(res)?.lock());
        Ok(())
    }))
}
