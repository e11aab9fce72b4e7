//! TLS configurations.
use crate::base::{Error, Result};
use crate::capi::handle::{give, look, share, shared, take};
use crate::capi::ret;
use crate::init;
use crate::tls::{AuthMode, Config, Mode, Version, engine};
use std::ffi::{CStr, OsStr, c_char, c_int, c_uint};
use std::mem::forget;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

pub type nng_tls_config = Config;

pub type nng_tls_mode = c_uint;
pub type nng_tls_auth_mode = c_uint;
pub type nng_tls_version = c_uint;

shared!(Config);

/// A C string that must be there.
unsafe fn cstr<'a>(s: *const c_char) -> Result<&'a CStr> {
    if s.is_null() { Err(Error::INVAL) } else { Ok(CStr::from_ptr(s)) }
}

/// A C string that may be NULL.
unsafe fn maybe<'a>(s: *const c_char) -> Option<&'a CStr> {
    (!s.is_null()).then(|| CStr::from_ptr(s))
}

unsafe fn path<'a>(s: *const c_char) -> Result<&'a Path> {
    Ok(Path::new(OsStr::from_bytes(cstr(s)?.to_bytes())))
}

/// Makes a configuration for clients or servers, to be freed with `nng_tls_config_free`. Clients
/// require a valid certificate of their peer, servers none. `NNG_EINVAL` for another mode.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_config_alloc(
    cfgp: *mut *mut nng_tls_config,
    mode: nng_tls_mode,
) -> c_int {
    ret(init::start().and_then(|()| {
        let mode = match mode {
            0 => Mode::Client,
            1 => Mode::Server,
            _ => return Err(Error::INVAL),
        };
        give(cfgp, Config::new(mode)?)
    }))
}

/// Adds a reference to a configuration, to be given back with `nng_tls_config_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_config_hold(cfg: *mut nng_tls_config) {
    if let Ok(cfg) = share(cfg) {
        forget(Arc::clone(&cfg));
    }
}

/// Gives a reference back; the configuration goes with the last one. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_config_free(cfg: *mut nng_tls_config) {
    drop(take(cfg));
}

/// Sets whom the peer's certificate must name; it is also announced to the server (SNI).
/// `NNG_EBUSY` when the configuration is in use, as for all that follow.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_config_server_name(
    cfg: *mut nng_tls_config,
    name: *const c_char,
) -> c_int {
    ret(look(cfg).and_then(|cfg| cfg.server_name(cstr(name)?)))
}

/// Adds certificates (PEM) that peers' certificates may be signed with, and revocation lists
/// (PEM), or NULL. `NNG_ECRYPTO` if one is malformed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_config_ca_chain(
    cfg: *mut nng_tls_config,
    chain: *const c_char,
    crl: *const c_char,
) -> c_int {
    ret(look(cfg).and_then(|cfg| cfg.ca_chain(cstr(chain)?, maybe(crl))))
}

/// Sets the own certificate (PEM), perhaps with a chain, and its key (PEM), with its password or
/// NULL. Further calls add alternatives, say with another kind of key. `NNG_ECRYPTO` if they can
/// not be used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_config_own_cert(
    cfg: *mut nng_tls_config,
    cert: *const c_char,
    key: *const c_char,
    pass: *const c_char,
) -> c_int {
    ret(look(cfg).and_then(|cfg| cfg.own_cert(cstr(cert)?, cstr(key)?, maybe(pass))))
}

/// Sets what is asked of the peer: nothing, a certificate that is verified if there is one
/// (the connection goes on in any case), or a valid certificate. `NNG_EINVAL` for another mode.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_config_auth_mode(
    cfg: *mut nng_tls_config,
    mode: nng_tls_auth_mode,
) -> c_int {
    ret(look(cfg).and_then(|cfg| cfg.auth_mode(auth_mode(mode)?)))
}

fn auth_mode(mode: nng_tls_auth_mode) -> Result<AuthMode> {
    match mode {
        0 => Ok(AuthMode::None),
        1 => Ok(AuthMode::Optional),
        2 => Ok(AuthMode::Required),
        _ => Err(Error::INVAL),
    }
}

/// As `nng_tls_config_ca_chain`, from a file that may hold certificates and revocation lists.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_config_ca_file(
    cfg: *mut nng_tls_config,
    file: *const c_char,
) -> c_int {
    ret(look(cfg).and_then(|cfg| cfg.ca_file(path(file)?)))
}

/// As `nng_tls_config_own_cert`, from a file that holds certificate and key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_config_cert_key_file(
    cfg: *mut nng_tls_config,
    file: *const c_char,
    pass: *const c_char,
) -> c_int {
    ret(look(cfg).and_then(|cfg| cfg.cert_key_file(path(file)?, maybe(pass))))
}

/// Sets a shared key of `len` bytes with its identity; a server may have several. `NNG_ENOTSUP`
/// if the engine has no shared keys, `NNG_ECRYPTO` if the key can not be used.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_config_psk(
    cfg: *mut nng_tls_config,
    identity: *const c_char,
    key: *const u8,
    len: usize,
) -> c_int {
    ret(look(cfg).and_then(|cfg| cfg.psk(cstr(identity)?, crate::capi::bytes(key.cast(), len)?)))
}

/// Sets the first and the last version to be used. `NNG_ENOTSUP` if the engine has none of them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_tls_config_version(
    cfg: *mut nng_tls_config,
    min: nng_tls_version,
    max: nng_tls_version,
) -> c_int {
    let version = |v: nng_tls_version| u16::try_from(v).map(Version).map_err(|_| Error::NOTSUP);
    ret(look(cfg).and_then(|cfg| cfg.version(version(min)?, version(max)?)))
}

/// The name of the TLS engine.
#[unsafe(no_mangle)]
pub extern "C" fn nng_tls_engine_name() -> *const c_char {
    kept(engine::current().name())
}

/// A description of the TLS engine, with its version.
#[unsafe(no_mangle)]
pub extern "C" fn nng_tls_engine_description() -> *const c_char {
    kept(engine::current().description())
}

/// Whether the TLS engine is in FIPS mode.
#[unsafe(no_mangle)]
pub extern "C" fn nng_tls_engine_fips_mode() -> bool {
    engine::current().fips_mode()
}

/// A text that lasts for ever, one for each that there ever was.
fn kept(text: &CStr) -> *const c_char {
    use parking_lot::Mutex;
    static TEXTS: Mutex<Vec<&'static CStr>> = Mutex::new(Vec::new());
    let mut texts = TEXTS.lock();
    if let Some(known) = texts.iter().find(|t| **t == text) {
        return known.as_ptr();
    }
    let new: &'static CStr = Box::leak(text.to_owned().into_boxed_c_str());
    texts.push(new);
    new.as_ptr()
}
