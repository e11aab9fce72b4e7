//! Threads. Making one of the standard library's ends the process where memory is short; making
//! one of these fails.
use super::reserve;
use std::ffi::c_void;
use std::io::{Error, Result};
use std::mem::MaybeUninit;
use std::ptr::null_mut;

/// What a program's callbacks may count on everywhere.
const LEAST_STACK: usize = 2 << 20;
/// The longest name that the system takes.
const MOST: usize = 15;

/// Which thread; unique among those that are not joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(usize);

/// A thread; left to itself when dropped.
pub struct Thread(Id);

/// Starts a thread that runs `f` and takes this name, unless it is empty.
pub fn spawn<F: FnOnce() + Send + 'static>(name: &'static str, f: F) -> Result<Thread> {
    // What it takes while it starts has no other way to fail.
    if reserve::probe() {
        return Err(Error::from_raw_os_error(libc::ENOMEM));
    }
    let start = Box::into_raw(Box::new((name, f)));
    // SAFETY: `begin` takes the start over.
    match unsafe { create(begin::<F>, start.cast()) } {
        Ok(thread) => Ok(Thread(Id(thread as usize))),
        Err(e) => {
            // SAFETY: there is no thread that would have taken it.
            drop(unsafe { Box::from_raw(start) });
            Err(e)
        }
    }
}

/// # Safety
/// `main` may be called with `arg`, on another thread.
unsafe fn create(
    main: extern "C" fn(*mut c_void) -> *mut c_void,
    arg: *mut c_void,
) -> Result<libc::pthread_t> {
    let works = |rv| if rv == 0 { Ok(()) } else { Err(Error::from_raw_os_error(rv)) };
    let mut attr = MaybeUninit::uninit();
    let mut thread = MaybeUninit::uninit();
    let mut stack = 0;
    // SAFETY: the attributes are used between their initialization and their end, and the thread
    // only if there is one.
    unsafe {
        works(libc::pthread_attr_init(attr.as_mut_ptr()))?;
        if libc::pthread_attr_getstacksize(attr.as_ptr(), &mut stack) == 0 && stack < LEAST_STACK {
            libc::pthread_attr_setstacksize(attr.as_mut_ptr(), LEAST_STACK);
        }
        let made = libc::pthread_create(thread.as_mut_ptr(), attr.as_ptr(), main, arg);
        libc::pthread_attr_destroy(attr.as_mut_ptr());
        works(made).map(|()| thread.assume_init())
    }
}

extern "C" fn begin<F: FnOnce()>(start: *mut c_void) -> *mut c_void {
    // SAFETY: `spawn` made it, for this thread alone.
    let (name, f) = *unsafe { Box::from_raw(start.cast::<(&str, F)>()) };
    if !name.is_empty() {
        set_own_name(name);
    }
    ignore_broken_pipes();
    f();
    null_mut()
}

/// A callback that writes to where nobody reads is told so by the call, as on libnng's own threads.
fn ignore_broken_pipes() {
    let mut set = MaybeUninit::uninit();
    // SAFETY: the set is initialized first.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
        libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), null_mut());
    }
}

impl Thread {
    pub fn id(&self) -> Id {
        self.0
    }

    /// Waits for it to end; not for the calling thread.
    pub fn join(self) {
        // SAFETY: nobody else has this thread, and it is not dropped.
        unsafe { libc::pthread_join(self.handle(), null_mut()) };
        std::mem::forget(self);
    }

    /// Names it for debuggers; what is too long is cut off.
    pub fn set_name(&self, name: &str) {
        name_it(self.handle(), name);
    }

    fn handle(&self) -> libc::pthread_t {
        self.0.0 as libc::pthread_t
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        // SAFETY: it is neither joined nor left to itself yet.
        unsafe { libc::pthread_detach(self.handle()) };
    }
}

/// The calling thread, whoever made it.
pub fn own_id() -> Id {
    // SAFETY: takes no argument and always succeeds.
    Id(unsafe { libc::pthread_self() } as usize)
}

/// Names the calling thread.
pub fn set_own_name(name: &str) {
    name_it(own_id().0 as libc::pthread_t, name);
}

fn name_it(thread: libc::pthread_t, name: &str) {
    let mut bytes = [0u8; MOST + 1];
    for (to, from) in bytes[..MOST].iter_mut().zip(name.bytes().take_while(|b| *b != 0)) {
        *to = from;
    }
    // SAFETY: the thread is joined by nobody yet, and the name ends with NUL.
    unsafe { libc::pthread_setname_np(thread, bytes.as_ptr().cast()) };
}
