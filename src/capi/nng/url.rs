//! URLs as C structures.
use crate::base::{Error, Result, Url};
use crate::capi::handle::{boxed, give, look, take};
use crate::capi::{any_text, memory, ret};
use std::any::Any;
use std::ffi::{CStr, c_char, c_int};
use std::ptr::null_mut;
use std::sync::OnceLock;

/// The parts of a URL, to be read only; a part that the URL cannot have is NULL.
#[repr(C)]
pub struct nng_url {
    /// As it was given.
    u_rawurl: *mut c_char,
    u_scheme: *mut c_char,
    u_userinfo: *mut c_char,
    /// Host and port.
    u_host: *mut c_char,
    u_hostname: *mut c_char,
    /// The scheme's own, if the URL names none.
    u_port: *mut c_char,
    u_path: *mut c_char,
    u_query: *mut c_char,
    u_fragment: *mut c_char,
    /// Path, query and fragment.
    u_requri: *mut c_char,
}

boxed!(true: nng_url);

// SAFETY: the strings are never changed, and freed with the structure.
unsafe impl Send for nng_url {}
// SAFETY: as above.
unsafe impl Sync for nng_url {}

impl Default for nng_url {
    fn default() -> nng_url {
        nng_url {
            u_rawurl: null_mut(),
            u_scheme: null_mut(),
            u_userinfo: null_mut(),
            u_host: null_mut(),
            u_hostname: null_mut(),
            u_port: null_mut(),
            u_path: null_mut(),
            u_query: null_mut(),
            u_fragment: null_mut(),
            u_requri: null_mut(),
        }
    }
}

impl nng_url {
    // What there is goes with the structure when a part fails.
    unsafe fn new(url: &Url) -> Result<Box<nng_url>> {
        let some = |part: Option<&str>| part.map_or(Ok(null_mut()), |part| memory::string(part));
        let authority = url.has_authority();
        let mut parts = Box::new(nng_url::default());
        parts.u_rawurl = memory::string(url.raw())?;
        parts.u_scheme = memory::string(url.scheme())?;
        parts.u_userinfo = some(url.userinfo())?;
        parts.u_host = some(url.host())?;
        parts.u_hostname = some(authority.then(|| url.hostname()))?;
        parts.u_port = some(authority.then(|| url.port()))?;
        parts.u_path = memory::string(url.path())?;
        parts.u_query = some(url.query())?;
        parts.u_fragment = some(url.fragment())?;
        parts.u_requri = some(url.requri())?;
        Ok(parts)
    }

    /// The URL that C gave, which it may have put together itself.
    pub unsafe fn to_url(&self) -> Result<Url> {
        Url::parse(&any_text(self.u_rawurl)?)
    }
}

impl Drop for nng_url {
    fn drop(&mut self) {
        for part in [
            self.u_rawurl,
            self.u_scheme,
            self.u_userinfo,
            self.u_host,
            self.u_hostname,
            self.u_port,
            self.u_path,
            self.u_query,
            self.u_fragment,
            self.u_requri,
        ] {
            // SAFETY: each part is NULL or came from `malloc`.
            unsafe { libc::free(part.cast()) };
        }
    }
}

/// The C form of an endpoint's URL, kept in the endpoint.
pub unsafe fn kept(
    place: &OnceLock<Box<dyn Any + Send + Sync>>,
    url: &Url,
) -> Result<*const nng_url> {
    if place.get().is_none() {
        // If another thread was faster, its value stays.
        let _ = place.set(nng_url::new(url)?);
    }
    let kept = place.get().and_then(|kept| kept.downcast_ref::<nng_url>());
    kept.map(std::ptr::from_ref).ok_or(Error::INTERNAL)
}

/// Parses a URL into a structure to be freed with `nng_url_free`. `NNG_EINVAL` if it is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_url_parse(urlp: *mut *mut nng_url, raw: *const c_char) -> c_int {
    ret(any_text(raw).and_then(|raw| give(urlp, nng_url::new(&Url::parse(&raw)?)?)))
}

/// Frees a parsed URL. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_url_free(url: *mut nng_url) {
    drop(take(url));
}

/// Copies a URL, to be freed with `nng_url_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_url_clone(dup: *mut *mut nng_url, url: *const nng_url) -> c_int {
    let again = |s: *mut c_char| match s.is_null() {
        true => Ok(null_mut()),
        false => memory::copied(CStr::from_ptr(s).to_bytes_with_nul()).map(|s| s.cast()),
    };
    ret(look(url).and_then(|url| {
        let mut copy = Box::new(nng_url::default());
        copy.u_rawurl = again(url.u_rawurl)?;
        copy.u_scheme = again(url.u_scheme)?;
        copy.u_userinfo = again(url.u_userinfo)?;
        copy.u_host = again(url.u_host)?;
        copy.u_hostname = again(url.u_hostname)?;
        copy.u_port = again(url.u_port)?;
        copy.u_path = again(url.u_path)?;
        copy.u_query = again(url.u_query)?;
        copy.u_fragment = again(url.u_fragment)?;
        copy.u_requri = again(url.u_requri)?;
        give(dup, copy)
    }))
}
