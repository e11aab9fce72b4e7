//! Descriptors that a program can poll: readable while raised.
use super::syscall;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

pub struct Event(OwnedFd);

impl Event {
    pub fn new() -> io::Result<Event> {
        let fd = syscall!(eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK))?;
        // SAFETY: the kernel just gave us this descriptor.
        Ok(Event(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    pub fn raise(&self) {
        let one = 1u64;
        // The counter cannot overflow: it is raised only when it is not.
        let _ = syscall!(write(self.0.as_raw_fd(), (&raw const one).cast(), 8));
    }

    pub fn clear(&self) {
        let mut count = 0u64;
        let _ = syscall!(read(self.0.as_raw_fd(), (&raw mut count).cast(), 8));
    }
}

impl AsRawFd for Event {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
