//! A child of fork has none of its parent's threads, and perhaps locks that nobody will release:
//! the library is of no use there, and says so.
use std::sync::atomic::{AtomicBool, Ordering::*};

static USED: AtomicBool = AtomicBool::new(false);
static FORKED: AtomicBool = AtomicBool::new(false);

extern "C" fn in_child() {
    if USED.load(Acquire) {
        FORKED.store(true, Relaxed);
    }
}

extern "C" fn watch() {
    // SAFETY: the handler only uses atomics, which is allowed in a child of fork.
    unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
}

/// Forks are noticed from the moment the library is loaded: were it the first call that began to,
/// a fork during that call would go unnoticed. The loader calls what stands in this section; Miri
/// has none, and does not fork.
#[used]
#[cfg_attr(not(miri), unsafe(link_section = ".init_array"))]
static WATCH: extern "C" fn() = watch;

/// The library is in use from now on; a child that is forked later has none.
pub fn used() {
    USED.store(true, Release);
}

/// Whether this is a child of a process that had used the library.
pub fn is_child() -> bool {
    FORKED.load(Relaxed)
}

/// For a thread that comes back from the program's code: in a child that was forked there it goes
/// no further. What it would go on with is the parent's, such as the events of shared sets.
pub fn end_child() {
    while is_child() {
        // SAFETY: takes no argument, and returns after a signal.
        unsafe { libc::pause() };
    }
}
