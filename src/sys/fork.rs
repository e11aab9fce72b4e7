//! A child of fork has none of its parent's threads, and perhaps locks that nobody will release:
//! the library is of no use there, and says so.
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static FORKED: AtomicBool = AtomicBool::new(false);

extern "C" fn in_child() {
    FORKED.store(true, Relaxed);
}

/// Notices forks from now on.
pub fn watch() {
    static ONCE: Once = Once::new();
    // SAFETY: the handler only stores to an atomic, which is allowed in a child of fork.
    ONCE.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(in_child));
    });
}

/// Whether this is a child of a process that had used the library.
pub fn is_child() -> bool {
    FORKED.load(Relaxed)
}
