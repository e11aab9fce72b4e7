//! Contexts.
use crate::base::options::{Type, Value};
use crate::base::{Error, Result};
use crate::capi::accessors::{OptionHost, accessors};
use crate::capi::handle::{give, take};
use crate::capi::nng::aio::{self, nng_aio};
use crate::capi::nng::msg::nng_msg;
use crate::capi::nng::nng_duration;
use crate::capi::nng::sockaddr::nng_sockaddr;
use crate::capi::nng::socket::{self, NNG_FLAG_NONBLOCK, nng_socket, number};
use crate::capi::{put, ret};
use crate::msg::Message;
use crate::sp::Ctx;
use std::ffi::{c_char, c_int, c_void};

/// A context, by number.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_ctx_s {
    pub id: u32,
}

pub type nng_ctx = nng_ctx_s;

impl OptionHost for nng_ctx {
    unsafe fn get_option(self, name: &str, ty: Type) -> Result<Value> {
        Ctx::find(self.id)?.get_option(name, ty)
    }

    unsafe fn set_option(self, name: &str, value: Value) -> Result<()> {
        Ctx::find(self.id)?.set_option(name, value)
    }
}

/// Opens a context: a conversation of its own on the socket, with its own state and timeouts.
/// `NNG_ENOTSUP` for protocols without contexts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_ctx_open(ctx: *mut nng_ctx, socket: nng_socket) -> c_int {
    if ctx.is_null() {
        return Error::INVAL.code();
    }
    ret(socket::find(socket).and_then(|socket| put(ctx, nng_ctx { id: Ctx::open(&socket)?.id() })))
}

/// Closes a context; its operations end with `NNG_ECLOSED`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_ctx_close(ctx: nng_ctx) -> c_int {
    ret(Ctx::find(ctx.id).and_then(|ctx| ctx.close()))
}

/// The context's number, or −1 if it was never opened.
#[unsafe(no_mangle)]
pub extern "C" fn nng_ctx_id(ctx: nng_ctx) -> c_int {
    number(ctx.id)
}

/// Receives into `aio`, as `nng_recv_aio`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_ctx_recv(ctx: nng_ctx, aio: *mut nng_aio) {
    aio::start(aio, |aio| {
        Ctx::find(ctx.id)?.recv_aio(aio);
        Ok(())
    });
}

/// Receives a message, as `nng_recvmsg`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_ctx_recvmsg(
    ctx: nng_ctx,
    msgp: *mut *mut nng_msg,
    flags: c_int,
) -> c_int {
    if msgp.is_null() {
        return Error::INVAL.code();
    }
    let received = Ctx::find(ctx.id).and_then(|ctx| ctx.recv(flags & NNG_FLAG_NONBLOCK != 0));
    ret(received.and_then(|msg| give(msgp, Message::into_own(msg)?)))
}

/// Sends the message of `aio`, as `nng_send_aio`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_ctx_send(ctx: nng_ctx, aio: *mut nng_aio) {
    aio::start(aio, |aio| {
        let ctx = Ctx::find(ctx.id)?;
        ctx.send_aio(aio, aio::reclaim(aio));
        Ok(())
    });
}

/// Sends a message, as `nng_sendmsg`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_ctx_sendmsg(ctx: nng_ctx, msg: *mut nng_msg, flags: c_int) -> c_int {
    ret(Ctx::find(ctx.id).and_then(|ctx| {
        let msg = take(msg).ok_or(Error::INVAL)?;
        ctx.send(msg, flags & NNG_FLAG_NONBLOCK != 0).map_err(aio::give_back)
    }))
}

accessors! {
    /// Copies an option of a context of any type to `value`, `*size` bytes at most, and sets
    /// `*size` to its own size; `NNG_EINVAL` if that was more. `NNG_ENOTSUP` for an option that is
    /// not there, `NNG_EWRITEONLY`, `NNG_EBADTYPE` for another type.
    fn nng_ctx_get(
        ctx: nng_ctx,
        name: *const c_char,
        value: *mut c_void,
        size: *mut usize
    ) -> c_int;
    /// Gets a truth value.
    fn nng_ctx_get_bool(ctx: nng_ctx, name: *const c_char, value: *mut bool) -> c_int;
    /// Gets a number.
    fn nng_ctx_get_int(ctx: nng_ctx, name: *const c_char, value: *mut c_int) -> c_int;
    /// Gets a duration in milliseconds.
    fn nng_ctx_get_ms(ctx: nng_ctx, name: *const c_char, value: *mut nng_duration) -> c_int;
    /// Gets a size.
    fn nng_ctx_get_size(ctx: nng_ctx, name: *const c_char, value: *mut usize) -> c_int;
    /// Gets a 64-bit number.
    fn nng_ctx_get_uint64(ctx: nng_ctx, name: *const c_char, value: *mut u64) -> c_int;
    /// Gets a copy of a string, to be freed with `nng_strfree`.
    fn nng_ctx_get_string(ctx: nng_ctx, name: *const c_char, value: *mut *mut c_char) -> c_int;
    /// Gets a pointer, which the option itself says who owns.
    fn nng_ctx_get_ptr(ctx: nng_ctx, name: *const c_char, value: *mut *mut c_void) -> c_int;
    /// Gets an address.
    fn nng_ctx_get_addr(ctx: nng_ctx, name: *const c_char, value: *mut nng_sockaddr) -> c_int;
    /// Sets an option of a context from `size` bytes that hold a value of its type.
    /// `NNG_ENOTSUP` for an option that is not there, `NNG_EREADONLY`, `NNG_EINVAL` for a value or
    /// size that is not allowed, `NNG_EBADTYPE` for another type.
    fn nng_ctx_set(ctx: nng_ctx, name: *const c_char, value: *const c_void, size: usize) -> c_int;
    /// Sets a truth value.
    fn nng_ctx_set_bool(ctx: nng_ctx, name: *const c_char, value: bool) -> c_int;
    /// Sets a number.
    fn nng_ctx_set_int(ctx: nng_ctx, name: *const c_char, value: c_int) -> c_int;
    /// Sets a duration in milliseconds.
    fn nng_ctx_set_ms(ctx: nng_ctx, name: *const c_char, value: nng_duration) -> c_int;
    /// Sets a size.
    fn nng_ctx_set_size(ctx: nng_ctx, name: *const c_char, value: usize) -> c_int;
    /// Sets a 64-bit number.
    fn nng_ctx_set_uint64(ctx: nng_ctx, name: *const c_char, value: u64) -> c_int;
    /// Sets a string, which is copied.
    fn nng_ctx_set_string(ctx: nng_ctx, name: *const c_char, value: *const c_char) -> c_int;
    /// Sets a pointer, which the option itself says who owns.
    fn nng_ctx_set_ptr(ctx: nng_ctx, name: *const c_char, value: *mut c_void) -> c_int;
    /// Sets an address, which is copied.
    fn nng_ctx_set_addr(ctx: nng_ctx, name: *const c_char, value: *const nng_sockaddr) -> c_int;
}
