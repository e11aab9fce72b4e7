//! Asynchronous operations.
use crate::base::{Error, Result};
use crate::capi::handle::{Handle, give, look, share, take};
use crate::capi::nng::msg::nng_msg;
use crate::capi::nng::{nng_duration, nng_time};
use crate::capi::{Argument, ret};
use crate::msg::Message;
use crate::rt::Aio;
use crate::rt::aio::{Callback, ForeignCancel, Slot, Timeout};
use crate::rt::op::Completion;
use crate::rt::sleep;
use crate::sys::iov::IoVec;
use std::ffi::{c_int, c_uint, c_void};
use std::sync::Arc;

pub type nng_aio = Aio;

/// A part of a scattered buffer.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct nng_iov {
    iov_buf: *mut c_void,
    iov_len: usize,
}

/// Ends a provider's operation early: it is called with the aio, the argument given to
/// `nng_aio_defer` and the reason, and calls `nng_aio_finish`, with that reason, if the
/// operation has not ended meanwhile.
pub type nng_aio_cancelfn = Option<unsafe extern "C" fn(*mut nng_aio, *mut c_void, c_int)>;

const MOST_IOV: c_uint = 8;

/// Calls `f` with an aio that C gave; an error becomes the operation's result.
pub unsafe fn start(aio: *mut nng_aio, f: impl FnOnce(&Arc<Aio>) -> Result<()>) {
    let Ok(aio) = share(aio) else { return };
    if let Err(why) = f(&aio)
        && let Ok(op) = aio.begin(Timeout::Default)
    {
        op.finish(Completion::error(why));
    }
}

/// Takes the message that C set, or received and left there, for an operation that sends it.
pub unsafe fn reclaim(aio: &Aio) -> Option<Message> {
    take(aio.take_lent() as *mut nng_msg).or_else(|| aio.take_msg())
}

/// Leaves a message that could not be sent with C, which still has its pointer.
pub fn give_back((why, msg): (Error, Message)) -> Error {
    nng_msg::into_raw(msg);
    why
}

/// Makes an aio, to be freed with `nng_aio_free` or `nng_aio_reap`. `cb`, if not NULL, is called
/// with `arg` after each operation, on a thread of the library, with no lock held; it may use
/// the library, the aio included.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_alloc(
    aiop: *mut *mut nng_aio,
    cb: Option<unsafe extern "C" fn(*mut c_void)>,
    arg: *mut c_void,
) -> c_int {
    if let Err(why) = crate::init::start() {
        return why.code();
    }
    let arg = Argument::new(arg);
    ret(give(aiop, Aio::for_program(cb.map(|cb| Box::new(move || cb(arg.get())) as Callback))))
}

/// Ends the aio's operation, waits for its callback, and frees it. Called from that callback it
/// does not wait, and the aio goes when the callback returns. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_free(aio: *mut nng_aio) {
    if let Some(aio) = take(aio) {
        aio.stop();
    }
}

/// Frees an aio as `nng_aio_free` does, without waiting. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_reap(aio: *mut nng_aio) {
    if let Some(aio) = take(aio) {
        aio.close();
    }
}

/// Ends the aio's operation with `NNG_ECANCELED`, refuses new ones, and waits for the callback
/// (not when called from it).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_stop(aio: *mut nng_aio) {
    if let Ok(aio) = share(aio) {
        aio.stop();
    }
}

/// The result of the last operation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_result(aio: *mut nng_aio) -> c_int {
    look(aio).map_or(Error::INVAL.code(), |aio| aio.result().map_or(0, Error::code))
}

/// How many bytes the last operation moved.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_count(aio: *mut nng_aio) -> usize {
    look(aio).map_or(0, |aio| aio.count())
}

/// Ends the aio's operation with `NNG_ECANCELED` if it is under way, without waiting.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_cancel(aio: *mut nng_aio) {
    nng_aio_abort(aio, Error::CANCELED.code());
}

/// Ends the aio's operation with an error of the caller's choice if it is under way, without
/// waiting.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_abort(aio: *mut nng_aio, error: c_int) {
    if let Ok(aio) = share(aio) {
        aio.abort(Error::from_code(error).unwrap_or(Error::CANCELED));
    }
}

/// Waits until no operation of the aio is under way and its callback has returned. Returns at
/// once when called from that callback.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_wait(aio: *mut nng_aio) {
    // Kept alive by a reference of our own: another thread may free it as soon as it is idle.
    if let Ok(aio) = share(aio) {
        Arc::clone(&aio).wait();
    }
}

/// Whether an operation of the aio, or its callback, is under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_busy(aio: *mut nng_aio) -> bool {
    look(aio).is_ok_and(|aio| aio.busy())
}

/// Sets the message to send. It stays the caller's until a send has succeeded; NULL is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_set_msg(aio: *mut nng_aio, msg: *mut nng_msg) {
    if let Ok(aio) = look(aio) {
        aio.set_lent(msg as Slot);
    }
}

/// The message that was received, that was to be sent and was not, or that was set; NULL if
/// there is none. It is the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_get_msg(aio: *mut nng_aio) -> *mut nng_msg {
    look(aio).map_or(std::ptr::null_mut(), |aio| aio.lend_msg() as *mut nng_msg)
}

/// Sets one of four input parameters for the next operation; `NNG_EINVAL` for an index beyond.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_set_input(
    aio: *mut nng_aio,
    index: c_uint,
    param: *mut c_void,
) -> c_int {
    ret(look(aio).and_then(|aio| aio.set_input(index as usize, param as Slot)))
}

/// An input parameter; NULL for an index beyond.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_get_input(aio: *mut nng_aio, index: c_uint) -> *mut c_void {
    look(aio).map_or(0, |aio| aio.input(index as usize)) as *mut c_void
}

/// Sets one of four results, for a provider; `NNG_EINVAL` for an index beyond.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_set_output(
    aio: *mut nng_aio,
    index: c_uint,
    result: *mut c_void,
) -> c_int {
    ret(look(aio).and_then(|aio| aio.set_output(index as usize, result as Slot)))
}

/// A result of the last operation; NULL for an index beyond, or if it has none there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_get_output(aio: *mut nng_aio, index: c_uint) -> *mut c_void {
    look(aio).map_or(0, |aio| aio.output(index as usize)) as *mut c_void
}

/// How long each operation may take, in milliseconds, before it ends with `NNG_ETIMEDOUT`;
/// `NNG_DURATION_INFINITE`, or `NNG_DURATION_DEFAULT` for what the object says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_set_timeout(aio: *mut nng_aio, timeout: nng_duration) {
    if let Ok(aio) = look(aio) {
        aio.set_timeout(Timeout::from_ms(timeout));
    }
}

/// When, on `nng_clock`, the next operation ends with `NNG_ETIMEDOUT`; the timeout
/// (`nng_aio_set_timeout`) is then for those after it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_set_expire(aio: *mut nng_aio, when: nng_time) {
    if let Ok(aio) = look(aio) {
        aio.set_expire(when);
    }
}

/// Sets up to eight buffers to read into or write from. The array is copied; the buffers must
/// last until the operation ends. `NNG_EINVAL` for more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_set_iov(
    aio: *mut nng_aio,
    count: c_uint,
    iov: *const nng_iov,
) -> c_int {
    if count > MOST_IOV || count > 0 && iov.is_null() {
        return Error::INVAL.code();
    }
    let parts = (0..count as usize).map(|i| {
        let part = iov.add(i).read();
        (part.iov_buf as usize, part.iov_len)
    });
    ret(look(aio).map(|aio| aio.set_iov(IoVec::lent(parts.collect()))))
}

/// For a provider: starts an operation. False if it must not be started; then nothing follows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_begin(aio: *mut nng_aio) -> bool {
    share(aio).is_ok_and(|aio| aio.provider_begin())
}

/// For a provider: ends its operation with `result`, once. The callback follows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_finish(aio: *mut nng_aio, result: c_int) {
    if let Ok(aio) = share(aio) {
        Arc::clone(&aio).provider_finish(Error::from_code(result));
    }
}

/// For a provider: makes a begun operation cancellable. `fn` is called on a cancellation, a
/// stop or a timeout. With NULL the library then ends the operation itself, and ignores the
/// provider's `nng_aio_finish`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_aio_defer(
    aio: *mut nng_aio,
    r#fn: nng_aio_cancelfn,
    arg: *mut c_void,
) {
    let (raw, arg) = (Argument::new(aio.cast()), Argument::new(arg));
    let cancel = r#fn.map(|f| -> ForeignCancel {
        Arc::new(move |why| f(raw.get().cast(), arg.get(), why.code()))
    });
    if let Ok(aio) = share(aio) {
        aio.provider_defer(cancel);
    }
}

/// Completes `aio` successfully after `ms` milliseconds; at once, if that is negative.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_sleep_aio(ms: nng_duration, aio: *mut nng_aio) {
    if let Ok(aio) = share(aio) {
        sleep::start(&aio, u32::try_from(ms).unwrap_or(0));
    }
}
