//! Threads, mutexes and condition variables for programs that want no other portability layer.
use crate::base::{Error, Result};
use crate::capi::handle::{boxed, give, look, take};
use crate::capi::nng::nng_time;
use crate::capi::{Argument, ret, text};
use crate::rt::aio::until;
use crate::sys::thread;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::ffi::{c_char, c_int, c_void};
use std::mem;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

/// A thread of the system.
pub struct nng_thread(JoinHandle<()>);

/// A mutex; not recursive.
pub struct nng_mtx(Arc<Mutex<()>>);

/// A condition variable, bound to one mutex.
pub struct nng_cv {
    condvar: Condvar,
    mutex: Arc<Mutex<()>>,
}

boxed!(nng_thread, nng_mtx, nng_cv);

/// Starts a thread that calls `func` with `arg`; to be ended with `nng_thread_destroy`.
/// `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_thread_create(
    threadp: *mut *mut nng_thread,
    func: Option<unsafe extern "C" fn(*mut c_void)>,
    arg: *mut c_void,
) -> c_int {
    let Some(func) = func.filter(|_| !threadp.is_null()) else { return Error::INVAL.code() };
    let arg = Argument::new(arg);
    let spawned = std::thread::Builder::new().spawn(move || func(arg.get()));
    ret(spawned
        .map_err(|_| Error::NOMEM)
        .and_then(|handle| give(threadp, Box::new(nng_thread(handle)))))
}

/// Names a thread (NULL for the calling one) for debuggers; a long name is cut off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_thread_set_name(thread: *mut nng_thread, name: *const c_char) {
    match (text(name), look(thread)) {
        (Ok(name), Ok(of)) => thread::set_name(&of.0, name),
        (Ok(name), Err(_)) => thread::set_own_name(name),
        (Err(_), _) => {}
    }
}

/// Waits for a thread to return, and frees it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_thread_destroy(thread: *mut nng_thread) {
    if let Some(thread) = take(thread)
        && !thread::is_current(&thread.0)
    {
        // It cannot have panicked: that would have ended the process.
        let _ = thread.0.join();
    }
}

/// Makes a mutex, to be freed with `nng_mtx_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_mtx_alloc(mtxp: *mut *mut nng_mtx) -> c_int {
    ret(give(mtxp, Box::new(nng_mtx(Arc::default()))))
}

/// Frees a mutex that nobody holds. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_mtx_free(mtx: *mut nng_mtx) {
    drop(take(mtx));
}

/// Locks a mutex that the calling thread does not hold.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_mtx_lock(mtx: *mut nng_mtx) {
    if let Ok(mtx) = look(mtx) {
        mem::forget(mtx.0.lock());
    }
}

/// Unlocks a mutex that the calling thread holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_mtx_unlock(mtx: *mut nng_mtx) {
    if let Ok(mtx) = look(mtx) {
        mtx.0.force_unlock();
    }
}

/// Makes a condition variable for a mutex, to be freed with `nng_cv_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_cv_alloc(cvp: *mut *mut nng_cv, mtx: *mut nng_mtx) -> c_int {
    ret(look(mtx).and_then(|mtx| {
        give(cvp, Box::new(nng_cv { condvar: Condvar::new(), mutex: mtx.0.clone() }))
    }))
}

/// Frees a condition variable on which nobody waits. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_cv_free(cv: *mut nng_cv) {
    drop(take(cv));
}

/// Lends the mutex, which the calling thread holds, to a wait.
unsafe fn waiting<R>(cv: &nng_cv, wait: impl FnOnce(&mut MutexGuard<()>) -> R) -> R {
    let mut guard = cv.mutex.make_guard_unchecked();
    let result = wait(&mut guard);
    mem::forget(guard);
    result
}

/// Waits for a wake, with the mutex (which must be held) unlocked meanwhile. It may return
/// without one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_cv_wait(cv: *mut nng_cv) {
    if let Ok(cv) = look(cv) {
        waiting(cv, |guard| cv.condvar.wait(guard));
    }
}

/// As `nng_cv_wait`, until `when` on `nng_clock` at the latest: then `NNG_ETIMEDOUT`. Zero does
/// not wait, and gives `NNG_EAGAIN`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_cv_until(cv: *mut nng_cv, when: nng_time) -> c_int {
    ret(look(cv).and_then(|cv| -> Result<()> {
        if when == 0 {
            return Err(Error::AGAIN);
        }
        // A time too far away for the clock is no limit.
        let Some(at) = Instant::now().checked_add(until(when)) else {
            waiting(cv, |guard| cv.condvar.wait(guard));
            return Ok(());
        };
        let timed_out = waiting(cv, |guard| cv.condvar.wait_until(guard, at).timed_out());
        if timed_out { Err(Error::TIMEDOUT) } else { Ok(()) }
    }))
}

/// Wakes all that wait.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_cv_wake(cv: *mut nng_cv) {
    if let Ok(cv) = look(cv) {
        cv.condvar.notify_all();
    }
}

/// Wakes one that waits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_cv_wake1(cv: *mut nng_cv) {
    if let Ok(cv) = look(cv) {
        cv.condvar.notify_one();
    }
}
