//! Ids as C sees them, and what they stand for.
//!
//! Looking up takes a read lock on one of several shards; the socket a thread used last is
//! remembered by that thread, so that a hot path touches nothing shared.
#![forbid(unsafe_code)]

use super::ctx::Ctx;
use super::dialer::Dialer;
use super::listener::Listener;
use super::pipe::PipeHandle;
use super::socket::Socket;
use crate::base::{Error, Result};
use crate::sys::fork;
use parking_lot::RwLock;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, LazyLock, Weak};

pub static SOCKETS: LazyLock<Registry<Socket>> = LazyLock::new(Registry::new);
pub static CONTEXTS: LazyLock<Registry<Ctx>> = LazyLock::new(Registry::new);
pub static PIPES: LazyLock<Registry<PipeHandle>> = LazyLock::new(Registry::new);
pub static DIALERS: LazyLock<Registry<Dialer>> = LazyLock::new(Registry::new);
pub static LISTENERS: LazyLock<Registry<Listener>> = LazyLock::new(Registry::new);

const SHARDS: usize = 16;
const MOST: u32 = 0x7fff_ffff;

pub struct Registry<T> {
    shards: [RwLock<HashMap<u32, Arc<T>>>; SHARDS],
    next: AtomicU32,
}

impl<T> Registry<T> {
    fn new() -> Registry<T> {
        Registry { shards: std::array::from_fn(|_| RwLock::default()), next: AtomicU32::new(1) }
    }

    fn shard(&self, id: u32) -> &RwLock<HashMap<u32, Arc<T>>> {
        &self.shards[id as usize % SHARDS]
    }

    /// An id that is not in use.
    pub fn next_id(&self) -> u32 {
        loop {
            let id = self.next.fetch_add(1, Relaxed) & MOST;
            if id != 0 && !self.shard(id).read().contains_key(&id) {
                return id;
            }
        }
    }

    pub fn insert(&self, id: u32, value: &Arc<T>) {
        self.shard(id).write().insert(id, value.clone());
    }

    pub fn remove(&self, id: u32) {
        let gone = {
            let mut shard = self.shard(id).write();
            let gone = shard.remove(&id);
            // An empty map keeps its memory otherwise, for ever.
            if shard.is_empty() {
                *shard = HashMap::new();
            }
            gone
        };
        drop(gone);
    }

    pub fn find(&self, id: u32) -> Option<Arc<T>> {
        // What a forked child inherits has no threads behind it, and perhaps held locks.
        if fork::is_child() {
            return None;
        }
        self.shard(id).read().get(&id).cloned()
    }

    pub fn all(&self) -> Vec<Arc<T>> {
        let mut all: Vec<(u32, Arc<T>)> = Vec::new();
        for shard in &self.shards {
            all.extend(shard.read().iter().map(|(id, value)| (*id, value.clone())));
        }
        all.sort_by_key(|(id, _)| *id);
        all.into_iter().map(|(_, value)| value).collect()
    }
}

thread_local! {
    static LAST: RefCell<(u32, Weak<Socket>)> = const { RefCell::new((0, Weak::new())) };
}

/// The open socket with this id.
#[inline]
pub fn socket(id: u32) -> Result<Arc<Socket>> {
    if fork::is_child() {
        return Err(Error::CLOSED);
    }
    let known = LAST.try_with(|last| {
        let last = last.borrow();
        if last.0 == id { last.1.upgrade() } else { None }
    });
    match known {
        Ok(Some(socket)) if !socket.is_closed() => Ok(socket),
        _ => look_up(id),
    }
}

#[cold]
fn look_up(id: u32) -> Result<Arc<Socket>> {
    let socket = SOCKETS.find(id).ok_or(Error::CLOSED)?;
    let _ = LAST.try_with(|last| *last.borrow_mut() = (id, Arc::downgrade(&socket)));
    Ok(socket)
}
