//! Threads that end by themselves: each waits for the one before it, and the library's end for the
//! last of them, so that none is left after it.
#![forbid(unsafe_code)]

use crate::sys::sync::{Mutex, statics, thread::Thread};

statics! {
    static LAST: Mutex<Option<Thread>> = Mutex::new(None);
}

/// For a thread that is about to end, with its own handle, under the lock under which it was taken
/// from where others look for it. What this gives it joins, without locks.
#[must_use]
pub(super) fn leave(me: Thread) -> Option<Thread> {
    LAST.lock().replace(me)
}

pub(super) fn shut_down() {
    let last = LAST.lock().take();
    last.into_iter().for_each(Thread::join);
}
