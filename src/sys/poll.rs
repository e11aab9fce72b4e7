//! poll(2).
use super::syscall;
use std::io;

/// Waits until one of the descriptors is readable, at most `timeout` milliseconds (negative is
/// for ever); says which are.
pub fn readable(fds: &[i32], timeout: i32) -> io::Result<Vec<bool>> {
    let mut all: Vec<libc::pollfd> =
        fds.iter().map(|&fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 }).collect();
    syscall!(poll(all.as_mut_ptr(), all.len() as libc::nfds_t, timeout))?;
    Ok(all.iter().map(|p| p.revents != 0).collect())
}
