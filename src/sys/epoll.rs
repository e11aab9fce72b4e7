//! Waiting on one epoll set by several threads, which mio's `Poll` leaves to one.
use super::syscall;
use std::io;
use std::os::fd::RawFd;
use std::time::Duration;

/// A thread's own part in it: the set, and room for what is found.
pub struct Waiter {
    set: RawFd,
    room: Vec<libc::epoll_event>,
    found: usize,
}

impl Waiter {
    /// The set must stay open as long as it is waited for.
    pub fn new(set: RawFd, most: usize) -> Waiter {
        Waiter { set, room: vec![libc::epoll_event { events: 0, u64: 0 }; most], found: 0 }
    }

    /// Waits for events, at most `timeout`, rounded up to milliseconds.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let ms = timeout.map_or(-1, |timeout| {
            let up = timeout.saturating_add(Duration::from_nanos(999_999));
            up.as_millis().min(i32::MAX as u128) as i32
        });
        self.found = 0;
        let (at, most) = (self.room.as_mut_ptr(), self.room.len() as i32);
        self.found = syscall!(epoll_wait(self.set, at, most, ms))? as usize;
        Ok(())
    }

    pub fn events(&self) -> impl Iterator<Item = Event> {
        self.room[..self.found].iter().map(|event| Event(*event))
    }
}

pub struct Event(libc::epoll_event);

impl Event {
    fn is(&self, flags: libc::c_int) -> bool {
        self.0.events & flags as u32 != 0
    }

    pub fn token(&self) -> mio::Token {
        mio::Token(self.0.u64 as usize)
    }

    pub fn is_readable(&self) -> bool {
        self.is(libc::EPOLLIN | libc::EPOLLPRI)
    }

    pub fn is_writable(&self) -> bool {
        self.is(libc::EPOLLOUT)
    }

    /// An error or a hang-up, of either direction.
    pub fn is_over(&self) -> bool {
        self.is(libc::EPOLLERR | libc::EPOLLHUP | libc::EPOLLRDHUP)
    }
}
