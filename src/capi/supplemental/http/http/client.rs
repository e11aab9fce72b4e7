//! Clients.
use super::{nng_http_client, nng_http_req, nng_http_res, start_on};
use crate::base::Error;
use crate::capi::handle::{Handle, give, look, share, take};
use crate::capi::nng::aio::{self, nng_aio};
use crate::capi::nng::url::nng_url;
use crate::capi::ret;
use crate::capi::supplemental::tls::tls::nng_tls_config;
use crate::http::client::Client;
use crate::http::conn::Conn;
use crate::init;
use crate::rt::aio::Slot;
use std::ffi::c_int;
use std::sync::Arc;

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
