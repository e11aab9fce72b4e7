//! The calling thread's own aio, for calls that wait.
#![forbid(unsafe_code)]

use super::aio::Aio;
use crate::sys::sync::thread_local;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

thread_local! {
    static WAITS: Cell<bool> = const { Cell::new(false) };
    static OWN: RefCell<Option<Arc<Aio>>> = const { RefCell::new(None) };
}

/// An idle aio without a callback, made once per thread.
pub fn take() -> Arc<Aio> {
    let own = OWN.try_with(|own| own.borrow_mut().take()).ok().flatten();
    own.unwrap_or_else(Aio::new)
}

/// Gives the aio back for the thread's next call.
pub fn give(aio: Arc<Aio>) {
    let _ = OWN.try_with(|own| *own.borrow_mut() = Some(aio));
}

/// Calls `f`; the caller `waits` for what comes of it anyway, or does not.
pub fn waiting<R>(waits: bool, f: impl FnOnce() -> R) -> R {
    let outer = WAITS.replace(waits);
    let r = f();
    WAITS.set(outer);
    r
}

/// Whether this thread may wait for a peer, briefly: its caller would do so itself.
pub fn is_waiting() -> bool {
    WAITS.get() && !super::reactor::in_event()
}
