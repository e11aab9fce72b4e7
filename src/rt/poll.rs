//! The system's poll as the reactor uses it: mio's, or under a model checker one in memory.
#![forbid(unsafe_code)]

#[cfg(not(any(loom, shuttle)))]
pub use crate::sys::epoll::Waiter;
#[cfg(not(any(loom, shuttle)))]
pub use mio::{Events, Interest, Poll, Registry, Token, Waker, unix::SourceFd};

#[cfg(any(loom, shuttle))]
pub use super::model::poll::{Events, Interest, Poll, Registry, SourceFd, Token, Waiter, Waker};
