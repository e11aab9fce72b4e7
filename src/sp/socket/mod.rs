//! The socket: it drives its protocol and its pipes, under one lock.
//!
//! Every event is a *visit*: lock, call the protocol, settle what follows from it, unlock, and
//! only then carry out what was noted down (`agenda`): writes, reads, completions, word to
//! other sockets. No call out is made with the lock held. Locks taken under it: an aio's, a
//! lane's, the timers', a poll set's.
#![forbid(unsafe_code)]

use super::dialer::Dialer;
use super::listener::Listener;
use super::notify::Notify;
use super::pipe::PipeHandle;
use super::pipes::{PipeState, PipeTable};
use super::pollable::Pollable;
use super::proto::{CtxId, Cx, Effects, Identity, Protocol};
use super::registry;
use super::transport::Local;
use crate::base::options::Value;
use crate::base::{Error, Result};
use crate::rt::driver::{Driven, Hold};
use crate::rt::timer::{self, TimerId};
use crate::sys::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::*};
use crate::sys::sync::{Mutex, OnceLock};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Weak};
use visits::Flush;

mod attach;
mod burst;
mod calls;
mod notes;
mod pipe_io;
mod visits;

pub use calls::{TimeLimit, Wait};

pub struct Socket {
    id: u32,
    identity: Identity,
    raw: bool,
    me: Weak<Socket>,
    core: Mutex<Core>,
    driven: OnceLock<Arc<Driven>>,
    /// Somebody counts on the polling thread, and the hold for that, once there is such a set.
    counted_on: AtomicBool,
    hold: OnceLock<Hold>,
    streams: AtomicUsize,
    closed: AtomicBool,
    /// The polling thread was asked to catch up.
    called: AtomicBool,
    notes: notes::Notes,
    next_ctx: AtomicU32,
    /// Open contexts, by the numbers that programs have.
    contexts: Mutex<HashSet<u32>>,
    pub(super) notify: Notify,
    pub(super) recv_event: Pollable,
    pub(super) send_event: Pollable,
    pub(super) settings: Mutex<Settings>,
    pub(super) send_timeout: TimeLimit,
    pub(super) recv_timeout: TimeLimit,
    pub(super) stats: SocketStats,
}

struct Core {
    proto: Box<dyn Protocol>,
    table: PipeTable,
    effects: Effects,
    burst: burst::Burst,
    timers: HashMap<u64, TimerId>,
    /// Removed while a thread was writing; that thread writes the rest.
    orphans: HashMap<u32, PipeState>,
    gone: Vec<PipeState>,
    /// How many were removed in this visit.
    removed: usize,
    dialers: Vec<Arc<Dialer>>,
    listeners: Vec<Arc<Listener>>,
    watchers: Vec<Weak<dyn CloseWatch>>,
    closed: bool,
}

/// Who wants to know that a socket closes.
pub trait CloseWatch: Send + Sync {
    /// Called once, with no lock held.
    fn closing(&self);
}

/// What a socket's options say that the protocol does not keep.
#[derive(Clone)]
pub struct Settings {
    pub name: String,
    pub reconnect_min: u32,
    pub reconnect_max: u32,
    pub recv_max: usize,
    pub send_depth: i32,
    pub recv_depth: i32,
    /// Transport options for endpoints to come, in the order they were set.
    pub endpoint: Vec<(String, Value)>,
}

#[derive(Default)]
pub struct SocketStats {
    pub rejected: std::sync::atomic::AtomicU64,
    /// What pipes that are gone had moved.
    past: Mutex<Traffic>,
}

/// How much was sent and received.
#[derive(Clone, Copy, Default)]
pub struct Traffic {
    pub rx_msgs: u64,
    pub rx_bytes: u64,
    pub tx_msgs: u64,
    pub tx_bytes: u64,
}

impl Traffic {
    fn add(&mut self, pipe: &PipeHandle) {
        let stats = &pipe.stats;
        self.rx_msgs += stats.rx_msgs.load(Relaxed);
        self.rx_bytes += stats.rx_bytes.load(Relaxed);
        self.tx_msgs += stats.tx_msgs.load(Relaxed);
        self.tx_bytes += stats.tx_bytes.load(Relaxed);
    }
}

impl Socket {
    pub fn open(proto: Box<dyn Protocol>) -> Arc<Socket> {
        let id = registry::SOCKETS.next_id();
        let socket = Arc::new_cyclic(|me: &Weak<Socket>| Socket {
            id,
            identity: proto.identity(),
            raw: proto.raw(),
            me: me.clone(),
            core: Mutex::new(Core {
                proto,
                table: PipeTable::default(),
                effects: Effects::default(),
                burst: burst::Burst::default(),
                timers: HashMap::new(),
                orphans: HashMap::new(),
                gone: Vec::new(),
                removed: 0,
                dialers: Vec::new(),
                listeners: Vec::new(),
                watchers: Vec::new(),
                closed: false,
            }),
            driven: OnceLock::new(),
            counted_on: AtomicBool::new(false),
            hold: OnceLock::new(),
            streams: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            called: AtomicBool::new(false),
            notes: notes::Notes::default(),
            next_ctx: AtomicU32::new(1),
            contexts: Mutex::default(),
            notify: Notify::default(),
            recv_event: Pollable::default(),
            send_event: Pollable::default(),
            send_timeout: TimeLimit::default(),
            recv_timeout: TimeLimit::default(),
            settings: Mutex::new(Settings {
                name: id.to_string(),
                reconnect_min: 1000,
                reconnect_max: 0,
                recv_max: 0,
                send_depth: 0,
                recv_depth: 1,
                endpoint: Vec::new(),
            }),
            stats: SocketStats::default(),
        });
        registry::SOCKETS.insert(id, &socket);
        socket
    }

    pub fn id(&self) -> u32 {
        self.id
    }

    pub fn identity(&self) -> Identity {
        self.identity
    }

    pub fn is_raw(&self) -> bool {
        self.raw
    }

    /// Whether the protocol receives at all.
    pub fn receives(&self) -> bool {
        self.with_proto(|proto| proto.receives())
    }

    pub fn local(&self) -> Local {
        let Identity { id, name, peer, peer_name } = self.identity;
        Local { id, peer, name, peer_name }
    }

    pub fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    fn has_streams(&self) -> bool {
        self.streams.load(Relaxed) > 0
    }

    fn arc(&self) -> Option<Arc<Socket>> {
        self.me.upgrade()
    }

    /// Looked at under the lock: the protocol's closing, which ends what is parked, comes after
    /// `closed` was set, so nothing is parked behind its back.
    fn open_arc(&self) -> Option<Arc<Socket>> {
        if self.is_closed() { None } else { self.arc() }
    }

    // ---- contexts ----

    pub fn open_ctx(&self) -> Result<CtxId> {
        if self.is_closed() {
            return Err(Error::CLOSED);
        }
        let ctx = CtxId(self.next_ctx.fetch_add(1, Relaxed));
        self.visit_open(Flush::Now, |proto, cx| proto.ctx_opened(cx, ctx))??;
        Ok(ctx)
    }

    pub fn close_ctx(&self, ctx: CtxId) {
        self.visit(|proto, cx| proto.ctx_closed(cx, ctx));
    }

    /// Notes a context's number, or forgets it.
    pub(super) fn note_ctx(&self, id: u32, there: bool) {
        let mut all = self.contexts.lock();
        if there {
            all.insert(id)
        } else {
            all.remove(&id)
        };
    }

    // ---- the protocol's options and numbers ----

    pub(super) fn with_proto<R>(&self, f: impl FnOnce(&dyn Protocol) -> R) -> R {
        f(&*self.core.lock().proto)
    }

    pub(super) fn set_proto_option(&self, ctx: CtxId, name: &str, value: Value) -> Result<()> {
        self.visit(|proto, cx| proto.set_option(cx, ctx, name, value))
    }

    pub(super) fn pipes(&self) -> Vec<Arc<PipeHandle>> {
        self.core.lock().table.handles().cloned().collect()
    }

    // ---- endpoints ----

    pub(super) fn add_dialer(&self, dialer: &Arc<Dialer>) -> Result<()> {
        let mut core = self.core.lock();
        if core.closed {
            return Err(Error::CLOSED);
        }
        core.dialers.push(dialer.clone());
        Ok(())
    }

    pub(super) fn add_listener(&self, listener: &Arc<Listener>) -> Result<()> {
        let mut core = self.core.lock();
        if core.closed {
            return Err(Error::CLOSED);
        }
        core.listeners.push(listener.clone());
        Ok(())
    }

    /// Has `watcher` told when the socket closes.
    pub(super) fn watch(&self, watcher: Weak<dyn CloseWatch>) -> Result<()> {
        let mut core = self.core.lock();
        if core.closed {
            return Err(Error::CLOSED);
        }
        core.watchers.retain(|w| w.strong_count() > 0);
        core.watchers.push(watcher);
        Ok(())
    }

    pub(super) fn remove_dialer(&self, id: u32) {
        let gone = {
            let mut core = self.core.lock();
            let at = core.dialers.iter().position(|d| d.id() == id);
            at.map(|at| core.dialers.swap_remove(at))
        };
        drop(gone);
    }

    pub(super) fn remove_listener(&self, id: u32) {
        let gone = {
            let mut core = self.core.lock();
            let at = core.listeners.iter().position(|l| l.id() == id);
            at.map(|at| core.listeners.swap_remove(at))
        };
        drop(gone);
    }

    pub(super) fn endpoints(&self) -> (Vec<Arc<Dialer>>, Vec<Arc<Listener>>) {
        let core = self.core.lock();
        (core.dialers.clone(), core.listeners.clone())
    }

    /// Closes the socket and all that belongs to it: pending operations end with `CLOSED`, what
    /// pipes accepted is still written. Waits for no peer; it does wait for a pipe callback that
    /// runs on another thread, since its argument may go when this returns.
    pub fn close(self: &Arc<Self>) -> Result<()> {
        if self.closed.swap(true, AcqRel) {
            return Err(Error::CLOSED);
        }
        registry::SOCKETS.remove(self.id);
        for ctx in std::mem::take(&mut *self.contexts.lock()) {
            registry::CONTEXTS.remove(ctx);
        }
        let (dialers, listeners) = {
            let mut core = self.core.lock();
            core.closed = true;
            (std::mem::take(&mut core.dialers), std::mem::take(&mut core.listeners))
        };
        for listener in listeners {
            listener.close();
        }
        for dialer in dialers {
            dialer.close();
        }
        let mut core = self.core.lock();
        core.table.new_visit();
        for id in std::mem::take(&mut core.timers).into_values() {
            timer::stop(id);
        }
        let Core { proto, table, effects, .. } = &mut *core;
        proto.close(&mut Cx::new(table, effects));
        let all = core.table.all();
        core.table.closing.extend(all);
        let watchers = std::mem::take(&mut core.watchers);
        self.leave(core, Flush::Now);
        for watcher in watchers.iter().filter_map(Weak::upgrade) {
            watcher.closing();
        }
        self.notify.finish();
        Ok(())
    }
}
