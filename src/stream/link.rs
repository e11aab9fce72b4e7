//! The contracts of byte streams: a connected link, a dialer, a listener.
#![forbid(unsafe_code)]

use crate::base::options::{Type, Value};
use crate::base::{Error, Result};
use crate::rt::Promise;
use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A connected byte stream that never blocks. Reads and writes may run at the same time, but
/// only one of each.
pub trait Link: Send + Sync {
    /// The descriptor whose readiness tells when to try again.
    fn fd(&self) -> BorrowedFd<'_>;

    /// Reads into `buf`; 0 is the orderly end, `WouldBlock` means not now.
    fn read(&self, buf: &mut [u8]) -> io::Result<usize>;

    /// Appends up to `want` bytes within the spare capacity of `buf`.
    fn read_spare(&self, buf: &mut Vec<u8>, want: usize) -> io::Result<usize> {
        let from = buf.len();
        let want = want.min(buf.capacity() - from);
        buf.resize(from + want, 0);
        let result = self.read(&mut buf[from..]);
        buf.truncate(from + *result.as_ref().unwrap_or(&0));
        result
    }

    /// Writes some of `bufs`; `WouldBlock` means that nothing was taken.
    fn write(&self, bufs: &[IoSlice]) -> io::Result<usize>;

    /// Writes what the link itself holds back; `WouldBlock` while some remains.
    fn flush(&self) -> io::Result<()> {
        Ok(())
    }

    /// Whether a read that does not fill its buffer has taken all there was.
    fn short_read_drains(&self) -> bool {
        true
    }

    /// Whether readiness for reading may let a write go on, or the other way round, at this
    /// moment; then both are tried after each event and each write.
    fn coupled(&self) -> bool {
        false
    }

    /// Tells the peer that nothing more is sent, and goes on receiving; links that cannot do nothing.
    fn end_writing(&self) {}

    /// Ends both directions at once; the descriptor stays open until the link is dropped.
    fn shut_down(&self);

    fn get_option(&self, _name: &str, _ty: Type) -> Result<Value> {
        Err(Error::NOTSUP)
    }

    fn set_option(&self, _name: &str, _value: Value) -> Result<()> {
        Err(Error::NOTSUP)
    }
}

/// Names a pending dial or accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(pub u64);

impl Ticket {
    pub fn next() -> Ticket {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Ticket(NEXT.fetch_add(1, Relaxed))
    }
}

/// Makes links by connecting. No promise is kept with a lock held.
pub trait Dial: Send + Sync {
    /// Starts one attempt. The promise is kept on any thread, perhaps before this returns.
    fn dial(&self, ticket: Ticket, promise: Promise<Arc<dyn Link>>);

    /// Ends an attempt with `why`, if it is still pending.
    fn cancel(&self, ticket: Ticket, why: Error);

    /// Ends all attempts with `CLOSED`, and refuses new ones.
    fn close(&self);

    fn get_option(&self, name: &str, ty: Type) -> Result<Value>;
    fn set_option(&self, name: &str, value: Value) -> Result<()>;
}

/// Makes links by accepting. No promise is kept with a lock held.
pub trait Listen: Send + Sync {
    fn listen(&self) -> Result<()>;

    /// Waits for one connection. The promise is kept on any thread, perhaps before this returns.
    fn accept(&self, ticket: Ticket, promise: Promise<Arc<dyn Link>>);

    /// Ends a wait with `why`, if it is still pending.
    fn cancel(&self, ticket: Ticket, why: Error);

    /// Ends all waits with `CLOSED`, refuses new ones, and gives the address up.
    fn close(&self);

    fn get_option(&self, name: &str, ty: Type) -> Result<Value>;
    fn set_option(&self, name: &str, value: Value) -> Result<()>;
}
