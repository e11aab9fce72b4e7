//! The library as a whole: its end, its parameters, its memory, time and chance.
use crate::capi::memory;
use crate::capi::nng::{nng_duration, nng_time};
use crate::rt::task;
use crate::sys::{clock, random};
use crate::{init, sys};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::null_mut;

pub type nng_init_parameter = c_int;

const NUM_TASK_THREADS: nng_init_parameter = 1;
const MAX_TASK_THREADS: nng_init_parameter = 5;

/// Closes every socket and ends the library's threads. Safe to call while other threads still
/// use the library, and to use the library after it.
#[unsafe(no_mangle)]
pub extern "C" fn nng_fini() {
    init::finish();
}

/// Sets a parameter, best before the library is used. The numbers of task threads are bounds on
/// threads that are there for callbacks, beside which one that waits for events may run some; other
/// parameters are accepted and have no meaning here.
#[unsafe(no_mangle)]
pub extern "C" fn nng_init_set_parameter(parameter: nng_init_parameter, value: u64) {
    let value = usize::try_from(value).unwrap_or(usize::MAX);
    match parameter {
        NUM_TASK_THREADS => task::configure(value, 0),
        MAX_TASK_THREADS => task::configure(0, value),
        _ => {}
    }
}

/// Memory of `size` bytes, to be freed with `nng_free`; NULL if there is none, or for no bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_alloc(size: usize) -> *mut c_void {
    if size == 0 { null_mut() } else { libc::malloc(size) }
}

/// Frees memory that came from `nng_alloc` or was received with `NNG_FLAG_ALLOC`. NULL is
/// allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_free(memory: *mut c_void, _size: usize) {
    libc::free(memory);
}

/// A copy of a string, to be freed with `nng_strfree`; NULL if there is no memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_strdup(s: *const c_char) -> *mut c_char {
    if s.is_null() {
        return null_mut();
    }
    memory::copied(CStr::from_ptr(s).to_bytes_with_nul()).map_or(null_mut(), |copy| copy.cast())
}

/// Frees a string that the library gave away. NULL is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_strfree(s: *mut c_char) {
    libc::free(s.cast());
}

/// Milliseconds since some time in the past; never goes back.
#[unsafe(no_mangle)]
pub extern "C" fn nng_clock() -> nng_time {
    clock::now_ms()
}

/// Sleeps for at least `ms` milliseconds.
#[unsafe(no_mangle)]
pub extern "C" fn nng_msleep(ms: nng_duration) {
    clock::sleep_ms(u64::try_from(ms).unwrap_or(0));
}

/// A random number, fit for back-offs and identifiers; not for secrets.
#[unsafe(no_mangle)]
pub extern "C" fn nng_random() -> u32 {
    random::random_u32()
}

/// Makes two connected stream sockets, which the caller closes or gives to `socket://`
/// listeners.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nng_socket_pair(fds: *mut c_int) -> c_int {
    if fds.is_null() {
        return crate::base::Error::INVAL.code();
    }
    match sys::socket::stream_pair() {
        Ok([one, two]) => {
            use std::os::fd::IntoRawFd;
            fds.write(one.into_raw_fd());
            fds.add(1).write(two.into_raw_fd());
            0
        }
        Err(why) => crate::base::Error::from(why).code(),
    }
}
