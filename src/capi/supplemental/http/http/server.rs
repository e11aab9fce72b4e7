//! Servers.
use super::{cstr, nng_http_handler, nng_http_res, nng_http_server, path};
use crate::base::Error;
use crate::base::options::{self, Type, Value};
use crate::capi::handle::{give, look, share, take};
use crate::capi::nng::sockaddr::nng_sockaddr;
use crate::capi::nng::url::nng_url;
use crate::capi::supplemental::tls::tls::nng_tls_config;
use crate::capi::{put, ret};
use crate::http::server::Server;
use crate::init;
use std::ffi::{c_char, c_int};
use std::mem::forget;
use std::sync::Arc;

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
