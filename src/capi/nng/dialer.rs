//! Dialers.
use crate::base::options::{Type, Value};
use crate::base::{Error, Result, Url};
use crate::capi::accessors::{OptionHost, accessors};
use crate::capi::nng::nng_duration;
use crate::capi::nng::sockaddr::nng_sockaddr;
use crate::capi::nng::socket::{self, NNG_FLAG_NONBLOCK, nng_socket, number};
use crate::capi::nng::url::{kept, nng_url};
use crate::capi::{any_text, put, ret};
use crate::sp::{Dialer, registry};
use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;

/// A dialer, by number.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_dialer_s {
    pub id: u32,
}

pub type nng_dialer = nng_dialer_s;

pub fn find(id: u32) -> Result<Arc<Dialer>> {
    registry::DIALERS.find(id).ok_or(Error::NOENT)
}

impl OptionHost for nng_dialer {
    unsafe fn get_option(self, name: &str, ty: Type) -> Result<Value> {
        find(self.id)?.get_option(name, ty)
    }

    unsafe fn set_option(self, name: &str, value: Value) -> Result<()> {
        find(self.id)?.set_option(name, value)
    }
}

/// Makes and starts a dialer in one; `dialerp` may be NULL. On failure there is no dialer. Flags
/// and errors as for `nng_dialer_create` and `nng_dialer_start`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_dial(
    socket: nng_socket,
    url: *const c_char,
    dialerp: *mut nng_dialer,
    flags: c_int,
) -> c_int {
    ret(socket::find(socket).and_then(|socket| {
        let dialer = Dialer::create(&socket, &any_text(url)?)?;
        if let Err(why) = dialer.start(flags & NNG_FLAG_NONBLOCK != 0) {
            dialer.close();
            return Err(why);
        }
        if !dialerp.is_null() {
            dialerp.write(nng_dialer { id: dialer.id() });
        }
        Ok(())
    }))
}

/// Makes a dialer without starting it, so that options can be set. `NNG_EINVAL` for a URL that
/// is none, `NNG_ENOTSUP` for an unknown scheme, `NNG_EADDRINVAL`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_dialer_create(
    dialerp: *mut nng_dialer,
    socket: nng_socket,
    url: *const c_char,
) -> c_int {
    if dialerp.is_null() {
        return Error::INVAL.code();
    }
    ret(socket::find(socket).and_then(|socket| {
        let dialer = Dialer::create(&socket, &any_text(url)?)?;
        put(dialerp, nng_dialer { id: dialer.id() })
    }))
}

/// Starts a dialer, which then connects again whenever its pipe goes. Waits for the first
/// attempt, and on its failure gives that error with the dialer not started; with
/// `NNG_FLAG_NONBLOCK` connecting goes on in the background. `NNG_ESTATE` if it was started.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_dialer_start(dialer: nng_dialer, flags: c_int) -> c_int {
    ret(find(dialer.id).and_then(|dialer| dialer.start(flags & NNG_FLAG_NONBLOCK != 0)))
}

/// Closes a dialer and the pipes it made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_dialer_close(dialer: nng_dialer) -> c_int {
    ret(find(dialer.id).map(|dialer| dialer.close()))
}

/// The dialer's number, or −1 if it was never made.
#[unsafe(no_mangle)]
pub extern "C" fn nng_dialer_id(dialer: nng_dialer) -> c_int {
    number(dialer.id)
}

/// The dialer's URL, as it was given; valid while the dialer is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_dialer_get_url(
    dialer: nng_dialer,
    urlp: *mut *const nng_url,
) -> c_int {
    let url = |dialer: Arc<Dialer>| kept(&dialer.foreign, &Url::parse(dialer.url())?);
    ret(find(dialer.id).and_then(|dialer| put(urlp, url(dialer)?)))
}

accessors! {
    /// Sets an option of a dialer from `size` bytes that hold a value of its type.
    /// `NNG_ENOTSUP` for an option that is not there, `NNG_EREADONLY`, `NNG_EINVAL` for a value or
    /// size that is not allowed, `NNG_EBADTYPE` for another type.
    fn nng_dialer_set(
        dialer: nng_dialer,
        name: *const c_char,
        value: *const c_void,
        size: usize
    ) -> c_int;
    /// Sets a truth value.
    fn nng_dialer_set_bool(dialer: nng_dialer, name: *const c_char, value: bool) -> c_int;
    /// Sets a number.
    fn nng_dialer_set_int(dialer: nng_dialer, name: *const c_char, value: c_int) -> c_int;
    /// Sets a duration in milliseconds.
    fn nng_dialer_set_ms(dialer: nng_dialer, name: *const c_char, value: nng_duration) -> c_int;
    /// Sets a size.
    fn nng_dialer_set_size(dialer: nng_dialer, name: *const c_char, value: usize) -> c_int;
    /// Sets a 64-bit number.
    fn nng_dialer_set_uint64(dialer: nng_dialer, name: *const c_char, value: u64) -> c_int;
    /// Sets a string, which is copied.
    fn nng_dialer_set_string(
        dialer: nng_dialer,
        name: *const c_char,
        value: *const c_char
    ) -> c_int;
    /// Sets a pointer, which the option itself says who owns.
    fn nng_dialer_set_ptr(dialer: nng_dialer, name: *const c_char, value: *mut c_void) -> c_int;
    /// Sets an address, which is copied.
    fn nng_dialer_set_addr(
        dialer: nng_dialer,
        name: *const c_char,
        value: *const nng_sockaddr
    ) -> c_int;
    /// Copies an option of a dialer of any type to `value`, `*size` bytes at most, and sets
    /// `*size` to its own size; `NNG_EINVAL` if that was more. `NNG_ENOTSUP` for an option that is
    /// not there, `NNG_EWRITEONLY`, `NNG_EBADTYPE` for another type.
    fn nng_dialer_get(
        dialer: nng_dialer,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Gets a truth value.
    fn nng_dialer_get_bool(dialer: nng_dialer, name: *const c_char, value: *mut bool) -> c_int;
    /// Gets a number.
    fn nng_dialer_get_int(dialer: nng_dialer, name: *const c_char, value: *mut c_int) -> c_int;
    /// Gets a duration in milliseconds.
    fn nng_dialer_get_ms(
        dialer: nng_dialer,
        name: *const c_char,
        value: *mut nng_duration
    ) -> c_int;
    /// Gets a size.
    fn nng_dialer_get_size(dialer: nng_dialer, name: *const c_char, value: *mut usize) -> c_int;
    /// Gets a 64-bit number.
    fn nng_dialer_get_uint64(dialer: nng_dialer, name: *const c_char, value: *mut u64) -> c_int;
    /// Gets a copy of a string, to be freed with `nng_strfree`.
    fn nng_dialer_get_string(
        dialer: nng_dialer,
        name: *const c_char,
        value: *mut *mut c_char
    ) -> c_int;
    /// Gets a pointer, which the option itself says who owns.
    fn nng_dialer_get_ptr(
        dialer: nng_dialer,
        name: *const c_char,
        value: *mut *mut c_void
    ) -> c_int;
    /// Gets an address.
    fn nng_dialer_get_addr(
        dialer: nng_dialer,
        name: *const c_char,
        value: *mut nng_sockaddr
    ) -> c_int;
}
