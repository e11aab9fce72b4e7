//! Time.

#[cfg(not(any(loom, shuttle)))]
fn read() -> libc::timespec {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a valid place for the answer, and the clock always exists.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now
}

/// Milliseconds on the monotonic clock.
pub fn now_ms() -> u64 {
    now_ns() / 1_000_000
}

/// Nanoseconds on the monotonic clock.
#[cfg(not(any(loom, shuttle)))]
pub fn now_ns() -> u64 {
    let now = read();
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[cfg(any(loom, shuttle))]
pub use super::model::now_ns;

#[cfg(not(any(loom, shuttle)))]
pub fn sleep_ms(ms: u64) {
    std::thread::sleep(std::time::Duration::from_millis(ms));
}

/// Others go on meanwhile.
#[cfg(any(loom, shuttle))]
pub fn sleep_ms(_: u64) {
    super::model::thread::yield_now();
}

/// The time of day, local, to the millisecond.
pub fn time_of_day() -> String {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: both calls write to places of the right type; `localtime_r` is thread-safe.
    let tm = unsafe {
        libc::clock_gettime(libc::CLOCK_REALTIME, &mut now);
        let mut tm: libc::tm = std::mem::zeroed();
        libc::localtime_r(&now.tv_sec, &mut tm);
        tm
    };
    let ms = now.tv_nsec / 1_000_000;
    format!("{:02}:{:02}:{:02}.{ms:03}", tm.tm_hour, tm.tm_min, tm.tm_sec)
}
