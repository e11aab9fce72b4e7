//! Threads, mutexes and condition variables for programs that want no other portability layer.
use crate::base::memory::enough_memory;
use crate::base::{Error, Result};
use crate::capi::handle::{boxed, give, look, take};
use crate::capi::nng::nng_time;
use crate::capi::{Argument, ret, text};
use crate::rt::aio::until;
use crate::sys::thread::{self, Thread};
use std::cell::UnsafeCell;
use std::ffi::{c_char, c_int, c_void};
use std::mem::transmute;
// Not parking_lot's: those meet in a table that a child of fork may find locked for ever.
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A thread of the system.
pub struct nng_thread(Thread);

/// A mutex; not recursive.
pub struct nng_mtx(Arc<Lock>);

/// A condition variable, bound to one mutex.
pub struct nng_cv {
    condvar: Condvar,
    lock: Arc<Lock>,
}

type Guard = MutexGuard<'static, ()>;

/// A mutex that keeps its own guard while it is held.
#[derive(Default)]
struct Lock {
    // Before the mutex, which it points to.
    guard: UnsafeCell<Option<Guard>>,
    mutex: Mutex<()>,
}

// SAFETY: the guard is touched only by whoever holds the mutex.
unsafe impl Send for Lock {}
// SAFETY: as above.
unsafe impl Sync for Lock {}

impl Lock {
    fn lock(&self) {
        let guard = self.mutex.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: this thread holds the mutex, which lives for longer than the guard.
        unsafe { *self.guard.get() = Some(transmute::<MutexGuard<()>, Guard>(guard)) };
    }

    /// # Safety
    /// The calling thread holds the mutex.
    unsafe fn unlock(&self) {
        drop((*self.guard.get()).take());
    }

    /// Lends the mutex to a wait, which gives it back. `None` if it is not held.
    ///
    /// # Safety
    /// The calling thread holds the mutex.
    unsafe fn lend<R>(&self, wait: impl FnOnce(Guard) -> (Guard, R)) -> Option<R> {
        let (guard, result) = wait((*self.guard.get()).take()?);
        *self.guard.get() = Some(guard);
        Some(result)
    }
}

boxed!(true: nng_thread, nng_mtx, nng_cv);

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
    ret(enough_memory()
        .and_then(|()| thread::spawn("", move || func(arg.get())).map_err(|_| Error::NOMEM))
        .and_then(|thread| give(threadp, Box::new(nng_thread(thread)))))
}

/// Names a thread (NULL for the calling one) for debuggers; a long name is cut off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_thread_set_name(thread: *mut nng_thread, name: *const c_char) {
    match (text(name), look(thread)) {
        (Ok(name), Ok(of)) => of.0.set_name(name),
        (Ok(name), Err(_)) => thread::set_own_name(name),
        (Err(_), _) => {}
    }
}

/// Waits for a thread to return, and frees it. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_thread_destroy(thread: *mut nng_thread) {
    if let Some(thread) = take(thread)
        && thread.0.id() != thread::own_id()
    {
        thread.0.join();
    }
}

/// Makes a mutex, to be freed with `nng_mtx_free`. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_mtx_alloc(mtxp: *mut *mut nng_mtx) -> c_int {
    ret(enough_memory().and_then(|()| give(mtxp, Box::new(nng_mtx(Arc::default())))))
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
        mtx.0.lock();
    }
}

/// Unlocks a mutex that the calling thread holds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_mtx_unlock(mtx: *mut nng_mtx) {
    if let Ok(mtx) = look(mtx) {
        mtx.0.unlock();
    }
}

/// Makes a condition variable for a mutex, to be freed with `nng_cv_free`. `NNG_ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_cv_alloc(cvp: *mut *mut nng_cv, mtx: *mut nng_mtx) -> c_int {
    ret(enough_memory().and_then(|()| look(mtx)).and_then(|mtx| {
        give(cvp, Box::new(nng_cv { condvar: Condvar::new(), lock: mtx.0.clone() }))
    }))
}

/// Frees a condition variable on which nobody waits. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_cv_free(cv: *mut nng_cv) {
    drop(take(cv));
}

unsafe fn wait(cv: &nng_cv) {
    cv.lock.lend(|guard| (cv.condvar.wait(guard).unwrap_or_else(PoisonError::into_inner), ()));
}

/// Waits for a wake, with the mutex (which must be held) unlocked meanwhile. It may return
/// without one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_cv_wait(cv: *mut nng_cv) {
    if let Ok(cv) = look(cv) {
        wait(cv);
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
        let timed_out = cv.lock.lend(|guard| {
            let result = cv.condvar.wait_timeout(guard, until(when));
            let (guard, result) = result.unwrap_or_else(PoisonError::into_inner);
            (guard, result.timed_out())
        });
        if timed_out == Some(true) { Err(Error::TIMEDOUT) } else { Ok(()) }
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
