//! What std leaves out of threads.
use std::ffi::CString;
use std::os::unix::thread::{JoinHandleExt, RawPthread};
use std::thread::JoinHandle;

/// The longest name that the system takes.
const MOST: usize = 15;

/// Names a thread for debuggers; what is too long is cut off.
pub fn set_name(thread: &JoinHandle<()>, name: &str) {
    name_it(thread.as_pthread_t(), name);
}

/// Whether the calling thread is this one. The standard library's way would leave a handle behind
/// in each thread that asks.
pub fn is_current(thread: &JoinHandle<()>) -> bool {
    // SAFETY: takes no argument and always succeeds; the thread is not joined yet.
    unsafe { libc::pthread_equal(libc::pthread_self(), thread.as_pthread_t()) != 0 }
}

/// Names the calling thread.
pub fn set_own_name(name: &str) {
    // SAFETY: takes no argument and always succeeds.
    name_it(unsafe { libc::pthread_self() }, name);
}

fn name_it(thread: RawPthread, name: &str) {
    let bytes: Vec<u8> = name.bytes().take_while(|b| *b != 0).take(MOST).collect();
    if let Ok(name) = CString::new(bytes) {
        // SAFETY: the thread is joined by nobody yet, and the name ends with NUL.
        unsafe { libc::pthread_setname_np(thread, name.as_ptr()) };
    }
}
