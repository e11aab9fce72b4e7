//! Pipes.
use crate::base::options::{Type, Value};
use crate::base::{Error, Result};
use crate::capi::accessors::{OptionHost, accessors};
use crate::capi::nng::dialer::nng_dialer;
use crate::capi::nng::listener::nng_listener;
use crate::capi::nng::nng_duration;
use crate::capi::nng::sockaddr::nng_sockaddr;
use crate::capi::nng::socket::{nng_socket, number};
use crate::capi::ret;
use crate::sp::pipe::Origin;
use crate::sp::{PipeHandle, registry};
use std::ffi::{c_char, c_int, c_uint, c_void};
use std::sync::Arc;

/// A pipe, by number.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_pipe_s {
    pub id: u32,
}

pub type nng_pipe = nng_pipe_s;

pub type nng_pipe_ev = c_uint;

/// What is called on a pipe's event, with the argument given to `nng_pipe_notify`.
pub type nng_pipe_cb = Option<unsafe extern "C" fn(nng_pipe, nng_pipe_ev, *mut c_void)>;

fn find(id: u32) -> Result<Arc<PipeHandle>> {
    registry::PIPES.find(id).ok_or(Error::NOENT)
}

impl OptionHost for nng_pipe {
    unsafe fn get_option(self, name: &str, ty: Type) -> Result<Value> {
        find(self.id)?.get_option(name, ty)
    }

    unsafe fn set_option(self, _: &str, _: Value) -> Result<()> {
        Err(Error::READONLY)
    }
}

accessors! {
    /// Copies an option of a pipe of any type to `value`, `*size` bytes at most, and sets
    /// `*size` to its own size; `NNG_EINVAL` if that was more. `NNG_ENOTSUP` for an option that is
    /// not there, `NNG_EWRITEONLY`, `NNG_EBADTYPE` for another type.
    fn nng_pipe_get(
        pipe: nng_pipe,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Gets a truth value.
    fn nng_pipe_get_bool(pipe: nng_pipe, name: *const c_char, value: *mut bool) -> c_int;
    /// Gets a number.
    fn nng_pipe_get_int(pipe: nng_pipe, name: *const c_char, value: *mut c_int) -> c_int;
    /// Gets a duration in milliseconds.
    fn nng_pipe_get_ms(pipe: nng_pipe, name: *const c_char, value: *mut nng_duration) -> c_int;
    /// Gets a size.
    fn nng_pipe_get_size(pipe: nng_pipe, name: *const c_char, value: *mut usize) -> c_int;
    /// Gets a 64-bit number.
    fn nng_pipe_get_uint64(pipe: nng_pipe, name: *const c_char, value: *mut u64) -> c_int;
    /// Gets a copy of a string, to be freed with `nng_strfree`.
    fn nng_pipe_get_string(pipe: nng_pipe, name: *const c_char, value: *mut *mut c_char) -> c_int;
    /// Gets a pointer, which the option itself says who owns.
    fn nng_pipe_get_ptr(pipe: nng_pipe, name: *const c_char, value: *mut *mut c_void) -> c_int;
    /// Gets an address.
    fn nng_pipe_get_addr(pipe: nng_pipe, name: *const c_char, value: *mut nng_sockaddr) -> c_int;
}

/// Closes a pipe; its dialer, if it has one, connects again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pipe_close(pipe: nng_pipe) -> c_int {
    ret(find(pipe.id).map(|pipe| pipe.close()))
}

/// The pipe's number, or −1 if it is none.
#[unsafe(no_mangle)]
pub extern "C" fn nng_pipe_id(pipe: nng_pipe) -> c_int {
    number(pipe.id)
}

/// The socket that the pipe belongs to; its id is not positive if the pipe is gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pipe_socket(pipe: nng_pipe) -> nng_socket {
    let socket = find(pipe.id).ok().and_then(|pipe| pipe.socket());
    nng_socket { id: socket.map_or(0, |socket| socket.id()) }
}

/// The dialer that made the pipe; its id is not positive if none did, or the pipe is gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pipe_dialer(pipe: nng_pipe) -> nng_dialer {
    let id = find(pipe.id).map_or(0, |pipe| match pipe.origin() {
        Origin::Dialer(dialer) => dialer.id(),
        Origin::Listener(_) => 0,
    });
    nng_dialer { id }
}

/// The listener that made the pipe; its id is not positive if none did, or the pipe is gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_pipe_listener(pipe: nng_pipe) -> nng_listener {
    let id = find(pipe.id).map_or(0, |pipe| match pipe.origin() {
        Origin::Listener(listener) => listener.id(),
        Origin::Dialer(_) => 0,
    });
    nng_listener { id }
}
