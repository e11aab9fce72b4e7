//! Listeners.
use crate::base::options::{Type, Value};
use crate::base::{Error, Result};
use crate::capi::accessors::{OptionHost, accessors};
use crate::capi::nng::nng_duration;
use crate::capi::nng::sockaddr::nng_sockaddr;
use crate::capi::nng::socket::{self, nng_socket, number};
use crate::capi::nng::url::{kept, nng_url};
use crate::capi::{any_text, put, ret};
use crate::sp::{Listener, registry};
use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;

/// A listener, by number.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_listener_s {
    pub id: u32,
}

pub type nng_listener = nng_listener_s;

pub fn find(id: u32) -> Result<Arc<Listener>> {
    registry::LISTENERS.find(id).ok_or(Error::NOENT)
}

impl OptionHost for nng_listener {
    unsafe fn get_option(self, name: &str, ty: Type) -> Result<Value> {
        find(self.id)?.get_option(name, ty)
    }

    unsafe fn set_option(self, name: &str, value: Value) -> Result<()> {
        find(self.id)?.set_option(name, value)
    }
}

/// Makes and starts a listener in one; `listenerp` may be NULL. On failure there is no listener.
/// Errors as for `nng_listener_create` and `nng_listener_start`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_listen(
    socket: nng_socket,
    url: *const c_char,
    listenerp: *mut nng_listener,
    _flags: c_int,
) -> c_int {
    ret(socket::find(socket).and_then(|socket| {
        let listener = Listener::create(&socket, &any_text(url)?)?;
        if let Err(why) = listener.start() {
            listener.close();
            return Err(why);
        }
        if !listenerp.is_null() {
            listenerp.write(nng_listener { id: listener.id() });
        }
        Ok(())
    }))
}

/// Makes a listener without starting it, so that options can be set. `NNG_EINVAL` for a URL that
/// is none, `NNG_ENOTSUP` for an unknown scheme, `NNG_EADDRINVAL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_listener_create(
    listenerp: *mut nng_listener,
    socket: nng_socket,
    url: *const c_char,
) -> c_int {
    if listenerp.is_null() {
        return Error::INVAL.code();
    }
    ret(socket::find(socket).and_then(|socket| {
        let listener = Listener::create(&socket, &any_text(url)?)?;
        put(listenerp, nng_listener { id: listener.id() })
    }))
}

/// Starts a listener: it claims its address. `NNG_ESTATE` if it was started, `NNG_EADDRINUSE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_listener_start(listener: nng_listener, _flags: c_int) -> c_int {
    ret(find(listener.id).and_then(|listener| listener.start()))
}

/// Closes a listener and the pipes it made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_listener_close(listener: nng_listener) -> c_int {
    ret(find(listener.id).map(|listener| listener.close()))
}

/// The listener's number, or −1 if it was never made.
#[unsafe(no_mangle)]
pub extern "C" fn nng_listener_id(listener: nng_listener) -> c_int {
    number(listener.id)
}

/// The listener's URL, as it was given; valid while the listener is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_listener_get_url(
    listener: nng_listener,
    urlp: *mut *const nng_url,
) -> c_int {
    ret(find(listener.id).and_then(|listener| put(urlp, kept(&listener.foreign, listener.url())?)))
}

accessors! {
    /// Sets an option of a listener from `size` bytes that hold a value of its type.
    /// `NNG_ENOTSUP` for an option that is not there, `NNG_EREADONLY`, `NNG_EINVAL` for a value or
    /// size that is not allowed, `NNG_EBADTYPE` for another type.
    fn nng_listener_set(
        listener: nng_listener,
        name: *const c_char,
        value: *const c_void,
        size: usize
    ) -> c_int;
    /// Sets a truth value.
    fn nng_listener_set_bool(listener: nng_listener, name: *const c_char, value: bool) -> c_int;
    /// Sets a number.
    fn nng_listener_set_int(listener: nng_listener, name: *const c_char, value: c_int) -> c_int;
    /// Sets a duration in milliseconds.
    fn nng_listener_set_ms(
        listener: nng_listener,
        name: *const c_char,
        value: nng_duration
    ) -> c_int;
    /// Sets a size.
    fn nng_listener_set_size(listener: nng_listener, name: *const c_char, value: usize) -> c_int;
    /// Sets a 64-bit number.
    fn nng_listener_set_uint64(listener: nng_listener, name: *const c_char, value: u64) -> c_int;
    /// Sets a string, which is copied.
    fn nng_listener_set_string(
        listener: nng_listener,
        name: *const c_char,
        value: *const c_char
    ) -> c_int;
    /// Sets a pointer, which the option itself says who owns.
    fn nng_listener_set_ptr(
        listener: nng_listener,
        name: *const c_char,
        value: *mut c_void
    ) -> c_int;
    /// Sets an address, which is copied.
    fn nng_listener_set_addr(
        listener: nng_listener,
        name: *const c_char,
        value: *const nng_sockaddr
    ) -> c_int;
    /// Copies an option of a listener of any type to `value`, `*size` bytes at most, and sets
    /// `*size` to its own size; `NNG_EINVAL` if that was more. `NNG_ENOTSUP` for an option that is
    /// not there, `NNG_EWRITEONLY`, `NNG_EBADTYPE` for another type.
    fn nng_listener_get(
        listener: nng_listener,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Gets a truth value.
    fn nng_listener_get_bool(
        listener: nng_listener,
        name: *const c_char,
        value: *mut bool
    ) -> c_int;
    /// Gets a number.
    fn nng_listener_get_int(
        listener: nng_listener,
        name: *const c_char,
        value: *mut c_int
    ) -> c_int;
    /// Gets a duration in milliseconds.
    fn nng_listener_get_ms(
        listener: nng_listener,
        name: *const c_char,
        value: *mut nng_duration
    ) -> c_int;
    /// Gets a size.
    fn nng_listener_get_size(
        listener: nng_listener,
        name: *const c_char,
        value: *mut usize
    ) -> c_int;
    /// Gets a 64-bit number.
    fn nng_listener_get_uint64(
        listener: nng_listener,
        name: *const c_char,
        value: *mut u64
    ) -> c_int;
    /// Gets a copy of a string, to be freed with `nng_strfree`.
    fn nng_listener_get_string(
        listener: nng_listener,
        name: *const c_char,
        value: *mut *mut c_char
    ) -> c_int;
    /// Gets a pointer, which the option itself says who owns.
    fn nng_listener_get_ptr(
        listener: nng_listener,
        name: *const c_char,
        value: *mut *mut c_void
    ) -> c_int;
    /// Gets an address.
    fn nng_listener_get_addr(
        listener: nng_listener,
        name: *const c_char,
        value: *mut nng_sockaddr
    ) -> c_int;
}
