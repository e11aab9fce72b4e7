//! The calling thread's own aio, for calls that wait.
#![forbid(unsafe_code)]

use super::aio::Aio;
use crate::sys::sync::thread_local;
use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
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
