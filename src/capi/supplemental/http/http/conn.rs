//! Connections, and those taken from a server.
use super::{nng_http_conn, nng_http_req, nng_http_res, start, start_on};
use crate::base::Error;
use crate::capi::handle::{share, take};
use crate::capi::nng::aio::{self, nng_aio};
use crate::capi::ret;
use crate::http::client::transact;
use std::ffi::c_int;
use std::mem::forget;
use std::sync::Arc;

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
