//! A pipe as the program sees it: an id, its options, its numbers.
#![forbid(unsafe_code)]

use super::dialer::Dialer;
use super::listener::Listener;
use super::proto::Pipe;
use super::socket::Socket;
use super::transport::Wire;
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result};
use crate::stream::Link;
use crate::sys::sync::Mutex;
use crate::sys::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::atomic::{AtomicU64, Ordering::*};
use std::sync::{Arc, Weak};

/// What made a pipe.
#[derive(Clone)]
pub enum Origin {
    Dialer(Arc<Dialer>),
    Listener(Arc<Listener>),
}

/// Counted under the socket's lock, read from anywhere.
#[derive(Default)]
pub struct PipeStats {
    pub rx_msgs: AtomicU64,
    pub rx_bytes: AtomicU64,
    pub tx_msgs: AtomicU64,
    pub tx_bytes: AtomicU64,
}

/// One writer at a time, so no locked instruction is needed.
fn add(counter: &AtomicU64, n: u64) {
    counter.store(counter.load(Relaxed).wrapping_add(n), Relaxed);
}

impl PipeStats {
    pub fn received(&self, len: usize) {
        add(&self.rx_msgs, 1);
        add(&self.rx_bytes, len as u64);
    }

    pub fn received_many(&self, msgs: u64, bytes: u64) {
        add(&self.rx_msgs, msgs);
        add(&self.rx_bytes, bytes);
    }

    pub fn sent(&self, len: usize) {
        add(&self.tx_msgs, 1);
        add(&self.tx_bytes, len as u64);
    }

    /// A message that counted as sent was taken back.
    pub fn not_sent(&self, len: usize) {
        add(&self.tx_msgs, 1u64.wrapping_neg());
        add(&self.tx_bytes, (len as u64).wrapping_neg());
    }
}

/// Where a pipe's options come from.
enum Properties {
    Link(Arc<dyn Link>),
    Fixed(crate::base::sockaddr::SockAddr),
}

pub struct PipeHandle {
    id: u32,
    peer: u16,
    socket: Weak<Socket>,
    origin: Origin,
    properties: Properties,
    closed: AtomicBool,
    /// Its place in the socket's table, once it is there.
    slot: AtomicUsize,
    /// Why the pipe ended, where that was not asked for.
    failure: Mutex<Option<Error>>,
    pub stats: PipeStats,
    pub(super) progress: Mutex<super::notify::Progress>,
}

impl PipeHandle {
    pub fn new(
        id: u32,
        peer: u16,
        socket: &Arc<Socket>,
        origin: Origin,
        wire: &Wire,
    ) -> PipeHandle {
        let properties = match wire {
            Wire::Stream { link, .. } => Properties::Link(link.clone()),
            Wire::Lane(end) => Properties::Fixed(end.addr().clone()),
        };
        PipeHandle {
            id,
            peer,
            socket: Arc::downgrade(socket),
            origin,
            properties,
            closed: AtomicBool::new(false),
            slot: AtomicUsize::new(usize::MAX),
            failure: Mutex::new(None),
            stats: PipeStats::default(),
            progress: Mutex::default(),
        }
    }

    pub fn id(&self) -> u32 {
        self.id
    }

    pub fn peer(&self) -> u16 {
        self.peer
    }

    pub fn socket(&self) -> Option<Arc<Socket>> {
        self.socket.upgrade()
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(super) fn set_slot(&self, slot: usize) {
        self.slot.store(slot, Release);
    }

    /// The pipe as its socket's table knows it.
    pub(super) fn place(&self) -> Pipe {
        Pipe { slot: self.slot.load(Acquire), id: self.id }
    }

    /// Marks the pipe as closing; true for the first to say so.
    pub fn mark_closed(&self) -> bool {
        !self.closed.swap(true, Relaxed)
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    pub fn failed(&self, why: Error) {
        self.failure.lock().get_or_insert(why);
    }

    pub fn failure(&self) -> Option<Error> {
        *self.failure.lock()
    }

    /// Closes the pipe; its dialer, if any, connects again.
    pub fn close(&self) {
        if let Some(socket) = self.socket() {
            socket.close_pipe(self);
        }
    }

    pub fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        let own = match &self.properties {
            Properties::Link(link) => link.get_option(name, ty),
            Properties::Fixed(addr) => match name {
                options::LOCADDR | options::REMADDR => Ok(Value::Addr(addr.clone())),
                _ => Err(Error::NOTSUP),
            },
        };
        // What the connection does not have, its endpoint may.
        options::or_next(own, || match &self.origin {
            Origin::Dialer(dialer) => dialer.get_option(name, ty),
            Origin::Listener(listener) => listener.get_option(name, ty),
        })
    }
}
