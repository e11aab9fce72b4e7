//! Descriptors that a program can poll: readable while raised.
//!
//! Pipes, since an eventfd does not answer a poll for `POLLRDNORM`, which programs use.
use super::fd::retry;
use super::syscall;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

pub struct Event {
    read: OwnedFd,
    write: OwnedFd,
}

impl Event {
    pub fn new() -> io::Result<Event> {
        let mut fds = [0; 2];
        syscall!(pipe2(fds.as_mut_ptr(), libc::O_CLOEXEC | libc::O_NONBLOCK))?;
        // SAFETY: the kernel just gave us these descriptors.
        let [read, write] = fds.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) });
        Ok(Event { read, write })
    }

    pub fn raise(&self) {
        let one = 1u8;
        // The pipe cannot be full: it is raised only when it is not.
        let _ = retry(|| syscall!(write(self.write.as_raw_fd(), (&raw const one).cast(), 1)));
    }

    pub fn clear(&self) {
        let mut bytes = [0u8; 16];
        let at = (&raw mut bytes).cast();
        let _ = retry(|| syscall!(read(self.read.as_raw_fd(), at, bytes.len())));
    }
}

impl AsRawFd for Event {
    fn as_raw_fd(&self) -> RawFd {
        self.read.as_raw_fd()
    }
}
