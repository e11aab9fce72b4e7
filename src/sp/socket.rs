//! The socket: it drives its protocol and its pipes, under one lock.
//!
//! Every event is a *visit*: lock, call the protocol, settle what follows from it, unlock, and
//! only then carry out what was noted down (`agenda`): writes, reads, completions, word to
//! other sockets. No call out is made with the lock held. Locks taken under it: an aio's, a
//! lane's, the timers', a poll set's.
#![forbid(unsafe_code)]

use super::agenda::{self, Job};
use super::dialer::Dialer;
use super::listener::Listener;
use super::notify::Notify;
use super::pipe::{Origin, PipeHandle};
use super::pipes::{self, Io, PipeState, PipeTable, Todo};
use super::pollable::Pollable;
use super::proto::{CtxId, Cx, Effects, Flow, Identity, Outcome, Pipe, Protocol};
use super::transport::framing::OutQueue;
use super::transport::inproc::LanePeer;
use super::transport::{Connected, Local, Wire};
use super::{linger, registry};
use crate::base::options::Value;
use crate::base::{Error, Result, log};
use crate::msg::Message;
use crate::rt::aio::Timeout;
use crate::rt::driver::{self, Driven};
use crate::rt::op::Completion;
use crate::rt::reactor::{self, PollSet, Ready, Source, Want};
use crate::rt::timer::{self, TimerId};
use crate::rt::{Aio, Cancel, Op, OpId, caller};
use crate::sys::clock;
use parking_lot::{Mutex, MutexGuard};
use std::collections::{HashMap, HashSet};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::*};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

pub struct Socket {
    id: u32,
    identity: Identity,
    raw: bool,
    me: Weak<Socket>,
    core: Mutex<Core>,
    driven: OnceLock<Arc<Driven>>,
    streams: AtomicUsize,
    closed: AtomicBool,
    /// The polling thread was asked to catch up.
    called: AtomicBool,
    next_ctx: AtomicU32,
    /// Open contexts, by the numbers that programs have.
    contexts: Mutex<HashSet<u32>>,
    pub(super) notify: Notify,
    pub(super) recv_event: Pollable,
    pub(super) send_event: Pollable,
    pub(super) settings: Mutex<Settings>,
    pub(super) stats: SocketStats,
}

struct Core {
    proto: Box<dyn Protocol>,
    table: PipeTable,
    effects: Effects,
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
    pub send_timeout: Timeout,
    pub recv_timeout: Timeout,
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

/// When what a send queued is to be written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flush {
    Now,
    /// Gathered, if the caller is sending in a hot streak.
    Streak,
}

const HOT_NS: u64 = 5_000;
const FLUSH_AT: usize = 32 * 1024;

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
            streams: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
            called: AtomicBool::new(false),
            next_ctx: AtomicU32::new(1),
            contexts: Mutex::default(),
            notify: Notify::default(),
            recv_event: Pollable::default(),
            send_event: Pollable::default(),
            settings: Mutex::new(Settings {
                name: id.to_string(),
                send_timeout: Timeout::Infinite,
                recv_timeout: Timeout::Infinite,
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

    fn arc(&self) -> Option<Arc<Socket>> {
        self.me.upgrade()
    }

    /// Looked at under the lock: the protocol's closing, which ends what is parked, comes after
    /// `closed` was set, so nothing is parked behind its back.
    fn open_arc(&self) -> Option<Arc<Socket>> {
        if self.is_closed() { None } else { self.arc() }
    }

    // ---- visits ----

    /// Calls the protocol with one event.
    fn visit<R>(&self, f: impl FnOnce(&mut dyn Protocol, &mut Cx) -> R) -> R {
        self.visit_flushing(Flush::Now, f)
    }

    fn visit_flushing<R>(
        &self,
        flush: Flush,
        f: impl FnOnce(&mut dyn Protocol, &mut Cx) -> R,
    ) -> R {
        let mut core = self.core.lock();
        let Core { proto, table, effects, .. } = &mut *core;
        table.new_visit();
        let r = f(&mut **proto, &mut Cx::new(table, effects));
        self.leave(core, flush);
        r
    }

    /// As `visit_flushing`, unless the socket is closed: nothing may be left with its protocol then.
    fn visit_open<R>(
        &self,
        flush: Flush,
        f: impl FnOnce(&mut dyn Protocol, &mut Cx) -> R,
    ) -> Result<R> {
        let mut core = self.core.lock();
        if core.closed {
            return Err(Error::CLOSED);
        }
        let Core { proto, table, effects, .. } = &mut *core;
        table.new_visit();
        let r = f(&mut **proto, &mut Cx::new(table, effects));
        self.leave(core, flush);
        if flush == Flush::Streak {
            agenda::sent(self.id, clock::now_ns());
        }
        Ok(r)
    }

    /// Settles what follows from the visit, unlocks, and carries the rest out.
    fn leave(&self, mut core: MutexGuard<Core>, flush: Flush) {
        core.settle();
        // Whoever closes the socket waits until they are buried.
        self.notify.expect(std::mem::take(&mut core.removed));
        if self.recv_event.is_used() {
            self.recv_event.want(core.proto.can_recv());
        }
        if self.send_event.is_used() {
            self.send_event.want(core.proto.can_send());
        }
        if !core.effects.timers.is_empty() {
            self.set_timers(&mut core);
        }
        let kick = core.choose_flushes(self.id, flush);
        if core.is_quiet() && !kick {
            drop(core);
            self.sync_events();
            return;
        }
        let mut todo = agenda::take_todo();
        std::mem::swap(&mut todo, &mut core.table.todo);
        let mut done = agenda::take_done();
        std::mem::swap(&mut done, &mut core.effects.done);
        let gone = std::mem::take(&mut core.gone);
        drop(core);

        if kick {
            self.call_catch_up();
        }
        self.hand_over(&mut todo);
        agenda::give_todo(todo);
        for (op, outcome) in done.drain(..) {
            op.finish(completion(outcome));
        }
        agenda::give_done(done);
        self.sync_events();
        for state in gone {
            self.bury(state);
        }
        agenda::run();
    }

    fn hand_over(&self, todo: &mut Todo) {
        if todo.flushes.is_empty()
            && todo.reads.is_empty()
            && todo.arrived.is_empty()
            && todo.taken.is_empty()
        {
            return;
        }
        let Some(this) = self.arc() else { return };
        for pipe in todo.flushes.drain(..) {
            agenda::add(Job::Flush(this.clone(), pipe));
        }
        for peer in todo.arrived.drain(..) {
            agenda::add(Job::Arrived(peer));
        }
        for peer in todo.taken.drain(..) {
            agenda::add(Job::Taken(peer));
        }
        for pipe in todo.reads.drain(..) {
            agenda::add(Job::Read(this.clone(), pipe));
        }
    }

    fn sync_events(&self) {
        self.recv_event.sync();
        self.send_event.sync();
    }

    fn set_timers(&self, core: &mut Core) {
        for (key, at) in std::mem::take(&mut core.effects.timers) {
            if let Some(old) = core.timers.remove(&key) {
                timer::stop(old);
            }
            if let Some(at) = at {
                let me: Weak<Socket> = self.me.clone();
                core.timers.insert(key, timer::start(at, me, key));
            }
        }
    }

    fn call_catch_up(&self) {
        if !self.called.swap(true, AcqRel)
            && let Some(this) = self.arc()
        {
            reactor::call(this);
        }
    }

    /// Writes what was gathered, and reads where a thread left off.
    pub(super) fn catch_up(&self) {
        self.called.store(false, Release);
        let mut core = self.core.lock();
        let PipeTable { staged, left_off, todo, .. } = &mut core.table;
        todo.flushes.append(staged);
        todo.reads.append(left_off);
        self.leave(core, Flush::Now);
    }

    /// Has the polling thread go on with a read.
    pub(super) fn read_later(&self, pipe: Pipe) {
        self.core.lock().table.left_off.push(pipe);
        self.call_catch_up();
    }

    // ---- pipes: input and output, outside the lock ----

    /// Writes what the pipe has queued, unless another thread is at it.
    pub(super) fn flush_pipe(&self, pipe: Pipe) {
        let (link, mut out) = {
            let mut core = self.core.lock();
            let Some(io) = core.table.stream(pipe) else { return };
            io.kicked = false;
            if io.flushing || io.blocked || io.out.is_empty() {
                return;
            }
            io.flushing = true;
            let out = std::mem::take(&mut io.out);
            io.taken = out.len();
            (io.link.clone(), out)
        };
        loop {
            let result = if out.is_empty() {
                link.flush().map(|()| 0)
            } else {
                out.write_with(|slices| link.write(slices))
            };
            match result {
                Ok(n) => {
                    out.advance(n);
                    if !out.is_empty() {
                        continue;
                    }
                    let mut core = self.core.lock();
                    let Some(io) = core.table.stream(pipe) else {
                        return self.adopt_orphan(core, pipe, out);
                    };
                    std::mem::swap(&mut out, &mut io.out);
                    io.taken = out.len();
                    if out.is_empty() && n > 0 && link.flush().is_err() {
                        // What the link holds back goes when the descriptor takes it.
                        io.flushing = false;
                        self.block(&mut core, pipe);
                        return self.leave(core, Flush::Now);
                    }
                    if out.is_empty() {
                        io.flushing = false;
                        io.kicked = false;
                        core.tell_writable(pipe);
                        return self.leave(core, Flush::Now);
                    }
                }
                Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => {
                    let mut core = self.core.lock();
                    let Some(io) = core.table.stream(pipe) else {
                        return self.adopt_orphan(core, pipe, out);
                    };
                    io.out.prepend(out);
                    io.taken = 0;
                    io.flushing = false;
                    self.block(&mut core, pipe);
                    core.tell_writable(pipe);
                    return self.leave(core, Flush::Now);
                }
                Err(e) => {
                    let mut core = self.core.lock();
                    if let Some(io) = core.table.stream(pipe) {
                        io.flushing = false;
                        io.taken = 0;
                    }
                    if let Some(state) = core.table.get(pipe) {
                        state.handle.failed(e.into());
                        core.table.closing.push(pipe);
                    }
                    if let Some(orphan) = core.orphans.remove(&pipe.id) {
                        core.gone.push(orphan);
                    }
                    return self.leave(core, Flush::Now);
                }
            }
        }
    }

    /// Leaves the rest of the writing to the descriptor's readiness.
    fn block(&self, core: &mut Core, pipe: Pipe) {
        let Some(io) = core.table.stream(pipe) else { return };
        io.blocked = true;
        if let Some(registration) = &io.registration {
            let _ = registration.change(Want::Both);
        }
        if let Some(driven) = self.driven.get() {
            driven.lend(false);
        }
    }

    /// The pipe was removed while we wrote: what it still holds is ours to write.
    fn adopt_orphan(&self, mut core: MutexGuard<Core>, pipe: Pipe, out: OutQueue) {
        let orphan = core.orphans.remove(&pipe.id);
        drop(core);
        if let Some(mut orphan) = orphan {
            if let Io::Stream(io) = &mut orphan.io {
                io.out.prepend(out);
                io.flushing = false;
            }
            self.bury(orphan);
        }
    }

    /// Reads once from the pipe and delivers what came, unless another thread is at it.
    pub(super) fn read_pipe(&self, pipe: Pipe) {
        let started = {
            let mut core = self.core.lock();
            core.table.stream(pipe).and_then(|io| io.start_read())
        };
        let Some((link, target)) = started else { return };
        let (target, more, ended) = pipes::read_into(&*link, target);
        let mut core = self.core.lock();
        core.table.new_visit();
        if let Some(io) = core.table.stream(pipe) {
            io.end_read(target, more, ended);
            core.pump(pipe);
        }
        self.leave(core, Flush::Now);
    }

    fn pipe_ready(&self, pipe: Pipe, ready: Ready) {
        let mut core = self.core.lock();
        core.table.new_visit();
        let Some(io) = core.table.stream(pipe) else { return };
        if ready.readable {
            io.readable = true;
        }
        if ready.over {
            io.expect_end();
        }
        if ready.writable && io.blocked {
            io.blocked = false;
            if let Some(registration) = &io.registration {
                let _ = registration.change(Want::Read);
            }
            match io.out.is_empty().then(|| io.link.flush()) {
                Some(Err(_)) => self.block(&mut core, pipe),
                Some(Ok(())) => core.tell_writable(pipe),
                None => core.table.todo.flushes.push(pipe),
            }
        }
        if ready.readable {
            core.pump(pipe);
        }
        self.leave(core, Flush::Now);
    }

    /// The lane from the peer holds a message, or has ended.
    fn lane_arrived(&self, pipe: Pipe) {
        let mut core = self.core.lock();
        core.table.new_visit();
        core.pump(pipe);
        self.leave(core, Flush::Now);
    }

    /// The peer took what lay in our lane.
    fn lane_taken(&self, pipe: Pipe) {
        let mut core = self.core.lock();
        core.table.new_visit();
        if let Some(state) = core.table.get(pipe)
            && matches!(&state.io, Io::Lane(end) if end.is_free())
        {
            core.tell_writable(pipe);
        }
        self.leave(core, Flush::Now);
    }

    // ---- pipes: coming and going ----

    /// Makes a pipe of a connection. Returns once it is added and its callbacks have run, or
    /// says why it was rejected.
    pub(super) fn add_pipe(
        self: &Arc<Self>,
        connected: Connected,
        origin: Origin,
    ) -> Result<Arc<PipeHandle>> {
        let id = registry::PIPES.next_id();
        let Connected { peer, wire } = connected;
        let handle = Arc::new(PipeHandle::new(id, peer, self, origin, &wire));
        registry::PIPES.insert(id, &handle);
        self.notify.adding(&handle);
        let added = self.start_pipe(&handle, wire);
        match added {
            Ok(()) => {
                self.notify.added(&handle);
                Ok(handle)
            }
            Err(why) => {
                self.stats.rejected.fetch_add(1, Relaxed);
                log::debug(
                    "NNG-PIPEREJECT",
                    format_args!("pipe on socket<{}> rejected: {why}", self.id),
                );
                handle.mark_closed();
                self.forget_pipe(&handle);
                self.notify.end_adding(&handle);
                Err(why)
            }
        }
    }

    fn start_pipe(self: &Arc<Self>, handle: &Arc<PipeHandle>, wire: Wire) -> Result<()> {
        let stream = matches!(wire, Wire::Stream { .. });
        let refuse = |wire: Wire, why| {
            discard(wire);
            Err(why)
        };
        if handle.is_closed() {
            return refuse(wire, Error::CANCELED);
        }
        if handle.peer() != self.identity.peer {
            self.core.lock().proto.peer_mismatched();
            log::warn(
                "NNG-PEER-MISMATCH",
                format_args!(
                    "peer protocol mismatch: {} != {}, rejected",
                    handle.peer(),
                    self.identity.peer
                ),
            );
            return refuse(wire, Error::PROTO);
        }
        let pipe = {
            let mut core = self.core.lock();
            if core.closed {
                drop(core);
                return refuse(wire, Error::CLOSED);
            }
            core.table.new_visit();
            let pipe = core.table.insert(handle.clone(), wire);
            let Core { proto, table, effects, .. } = &mut *core;
            let result = proto.pipe_added(&mut Cx::new(table, effects), pipe);
            if let Err(why) = result {
                let state = core.table.remove(pipe);
                self.leave(core, Flush::Now);
                if let Some(PipeState { io: Io::Lane(end), .. }) = state
                    && let Some(peer) = end.close()
                {
                    peer.arrived();
                }
                return Err(why);
            }
            let mut told = None;
            if let Some(state) = core.table.get(pipe) {
                state.started = true;
                if let Io::Lane(end) = &state.io {
                    end.attach(Arc::new(PipeRef { socket: self.me.clone(), pipe }));
                    told = end.other();
                }
            }
            core.pump(pipe);
            // What the protocol sent while nobody was attached lies there already.
            core.table.todo.arrived.extend(told);
            self.leave(core, Flush::Now);
            pipe
        };
        if stream {
            self.streams.fetch_add(1, Relaxed);
            let set = match self.driven.get() {
                Some(driven) => driven.set().clone(),
                None => reactor::global()?,
            };
            if let Err(why) = self.register(pipe, &set) {
                self.close_pipe(handle);
                return Err(why);
            }
        }
        // Closed by its id while it was being added.
        if handle.is_closed() {
            self.remove_pipe(pipe);
        }
        Ok(())
    }

    fn register(&self, pipe: Pipe, set: &Arc<PollSet>) -> Result<()> {
        let source = Arc::new(PipeRef { socket: self.me.clone(), pipe });
        let (fd, link) = {
            let mut core = self.core.lock();
            let Some(io) = core.table.stream(pipe) else { return Ok(()) };
            drop(io.registration.take());
            (io.link.fd().as_raw_fd(), io.link.clone())
        };
        let registration = set.add(fd, Want::Read, source)?;
        let mut core = self.core.lock();
        let Some(io) = core.table.stream(pipe) else {
            drop(core);
            drop(registration);
            drop(link);
            return Ok(());
        };
        if io.blocked {
            registration.change(Want::Both)?;
        }
        io.registration = Some(registration);
        Ok(())
    }

    /// Closes one pipe; nothing happens if it is closed already.
    pub(super) fn close_pipe(&self, handle: &PipeHandle) {
        if handle.mark_closed() {
            self.remove_pipe(handle.place());
        }
    }

    fn remove_pipe(&self, pipe: Pipe) {
        let mut core = self.core.lock();
        core.table.new_visit();
        core.table.closing.push(pipe);
        self.leave(core, Flush::Now);
    }

    /// What remains to be done for a pipe that has left the table.
    fn bury(&self, state: PipeState) {
        let PipeState { handle, io, .. } = state;
        handle.mark_closed();
        match io {
            Io::Lane(end) => {
                if let Some(peer) = end.close() {
                    agenda::add(Job::Arrived(peer));
                }
            }
            Io::Stream(mut io) => {
                self.streams.fetch_sub(1, Relaxed);
                io.farewell();
                drop(io.registration.take());
                linger::write_out(io.link.clone(), io.out);
            }
        }
        self.forget_pipe(&handle);
        self.notify.finished();
    }

    /// What the socket has sent and received, by pipes that are there and that were.
    pub(super) fn traffic(&self, pipes: &[Arc<PipeHandle>]) -> Traffic {
        let mut total = *self.stats.past.lock();
        for pipe in pipes {
            total.add(pipe);
        }
        total
    }

    /// What the socket has sent and received.
    pub fn totals(&self) -> Traffic {
        self.traffic(&self.pipes())
    }

    pub fn pipe_count(&self) -> usize {
        self.core.lock().table.handles().count()
    }

    fn forget_pipe(&self, handle: &Arc<PipeHandle>) {
        self.stats.past.lock().add(handle);
        match self.arc() {
            Some(this) => self.notify.removed(&this, handle),
            None => registry::PIPES.remove(handle.id()),
        }
        match handle.origin() {
            Origin::Dialer(dialer) => dialer.pipe_gone(handle.id()),
            Origin::Listener(listener) => listener.pipe_gone(handle.id()),
        }
    }

    // ---- sending and receiving ----

    /// Sends, waiting until the protocol takes the message if `wait` allows; the message comes
    /// back with an error.
    pub fn send(&self, ctx: CtxId, msg: Message, wait: Wait) -> Result<(), (Error, Message)> {
        let mut msg = Some(msg);
        let mut refused = None;
        let started = caller::with(|aio| {
            let visited = self.visit_open(Flush::Streak, |proto, cx| {
                let (why, msg) = match proto.send(cx, ctx, msg.take()?) {
                    Ok(()) => return None,
                    Err(refusal) => refusal,
                };
                match (why, wait) {
                    (Error::AGAIN, Wait::Until(_)) => match self.park(aio) {
                        Ok((parked, seq)) => {
                            proto.park_send(cx, ctx, parked, msg);
                            Some(seq)
                        }
                        Err(why) => {
                            refused = Some((why, msg));
                            None
                        }
                    },
                    _ => {
                        refused = Some((wait.translate(why), msg));
                        None
                    }
                }
            });
            let seq = visited.ok()??;
            self.wait(aio, seq, wait);
            Some(aio.take_outcome())
        });
        // Not even tried: the socket is closed.
        if let Some(msg) = msg {
            return Err((Error::CLOSED, msg));
        }
        match (refused, started) {
            (Some(refusal), _) => Err(refusal),
            (None, Some((Some(why), msg))) => Err((why, msg.unwrap_or_default())),
            _ => Ok(()),
        }
    }

    /// Receives, waiting for a message if `wait` allows.
    pub fn recv(&self, ctx: CtxId, wait: Wait) -> Result<Message> {
        agenda::forget_streak();
        caller::with(|aio| {
            let tried = self.visit_open(Flush::Now, |proto, cx| match proto.recv(cx, ctx) {
                Err(Error::AGAIN) if matches!(wait, Wait::Until(_)) => {
                    let (parked, seq) = self.park(aio)?;
                    proto.park_recv(cx, ctx, parked);
                    Ok(Err(seq))
                }
                Err(why) => Err(wait.translate(why)),
                Ok(msg) => Ok(Ok(msg)),
            });
            match tried?? {
                Ok(msg) => Ok(msg),
                Err(seq) => {
                    self.wait(aio, seq, wait);
                    match aio.take_outcome() {
                        (None, Some(msg)) => Ok(msg),
                        (None, None) => Err(Error::INTERNAL),
                        (Some(why), _) => Err(why),
                    }
                }
            }
        })
    }

    /// Parks the caller's own operation; under the lock.
    fn park(&self, aio: &Arc<Aio>) -> Result<(crate::rt::Parked, u64)> {
        let this = self.open_arc().ok_or(Error::CLOSED)?;
        let op = aio.begin(Timeout::Infinite)?;
        let seq = aio.seq();
        match op.park(this) {
            Ok(parked) => Ok((parked, seq)),
            Err((op, why)) => {
                op.fail(why);
                Err(why)
            }
        }
    }

    fn wait(&self, aio: &Arc<Aio>, seq: u64, wait: Wait) {
        if aio.has_ended(seq) {
            return;
        }
        if self.called.load(Acquire) {
            self.catch_up();
        }
        let deadline = match wait {
            Wait::Until(deadline) => deadline,
            _ => None,
        };
        match self.drive_with() {
            Some(driven) => driven.wait(aio, seq, deadline),
            None => driver::wait_elsewhere(aio, seq, deadline),
        }
        if !aio.has_ended(seq) {
            aio.abort(Error::TIMEDOUT);
            driver::wait_elsewhere(aio, seq, None);
        }
        agenda::forget_streak();
    }

    /// The socket's own poll set, made when a caller first waits for a stream.
    fn drive_with(&self) -> Option<&Arc<Driven>> {
        if self.streams.load(Relaxed) == 0 {
            return None;
        }
        if let Some(driven) = self.driven.get() {
            return Some(driven);
        }
        // Without descriptors for it the polling thread goes on.
        let fresh = Driven::new().ok()?;
        if self.driven.set(fresh).is_ok() {
            let driven = self.driven.get()?;
            let all = self.core.lock().table.all();
            for pipe in all {
                if let Err(why) = self.register(pipe, driven.set()) {
                    log::error("NNG-POLL", format_args!("cannot watch a pipe: {why}"));
                    self.remove_pipe(pipe);
                }
            }
            if self.notify.is_used() {
                driven.lend(true);
            }
        }
        self.driven.get()
    }

    /// Others count on the polling thread from now on.
    pub(super) fn needs_polling(&self) {
        if let Some(driven) = self.driven.get() {
            driven.lend(true);
        }
    }

    /// Sends a message, which goes back to the aio if that fails.
    pub fn send_aio(&self, ctx: CtxId, aio: &Arc<Aio>, msg: Option<Message>, default: Timeout) {
        let op = match (aio.begin(default), msg) {
            (Ok(op), None) => return op.fail(Error::INVAL),
            (Ok(op), Some(msg)) => (op, msg),
            (Err(_), msg) => return aio.keep_msg(msg),
        };
        let (op, msg) = op;
        aio.set_count(msg.len());
        let mut taken = Some((op, msg));
        let ended = self.visit_open(Flush::Streak, |proto, cx| {
            let (op, msg) = taken.take()?;
            match proto.send(cx, ctx, msg) {
                Ok(()) => Some((op, Completion::default())),
                Err((Error::AGAIN, msg)) => match self.park_op(op) {
                    Ok(op) => {
                        proto.park_send(cx, ctx, op, msg);
                        None
                    }
                    Err((op, why)) => Some((op, failure(why, msg))),
                },
                Err((why, msg)) => Some((op, failure(why, msg))),
            }
        });
        match (ended, taken) {
            (Err(why), Some((op, msg))) => op.finish(failure(why, msg)),
            (Ok(Some((op, done))), _) => op.finish(done),
            _ => self.needs_polling(),
        }
    }

    /// Receives into the aio.
    pub fn recv_aio(&self, ctx: CtxId, aio: &Arc<Aio>, default: Timeout) {
        let Ok(op) = aio.begin(default) else { return };
        let mut taken = Some(op);
        let ended = self.visit_open(Flush::Now, |proto, cx| {
            let op = taken.take()?;
            match proto.recv(cx, ctx) {
                Ok(msg) => Some((op, received(msg))),
                Err(Error::AGAIN) => match self.park_op(op) {
                    Ok(op) => {
                        proto.park_recv(cx, ctx, op);
                        None
                    }
                    Err((op, why)) => Some((op, Completion::error(why))),
                },
                Err(why) => Some((op, Completion::error(why))),
            }
        });
        match (ended, taken) {
            (Err(why), Some(op)) => op.fail(why),
            (Ok(Some((op, done))), _) => op.finish(done),
            _ => self.needs_polling(),
        }
    }

    fn park_op(&self, op: Op) -> Result<crate::rt::Parked, (Op, Error)> {
        match self.open_arc() {
            Some(this) => op.park(this),
            None => Err((op, Error::CLOSED)),
        }
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

/// How long a call may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Not at all; the caller asked for that.
    No,
    /// Not at all, because its timeout is zero.
    Zero,
    Until(Option<Instant>),
}

impl Wait {
    pub fn for_timeout(timeout: Timeout) -> Wait {
        match timeout {
            Timeout::Default | Timeout::Infinite => Wait::Until(None),
            Timeout::Ms(0) => Wait::Zero,
            Timeout::Ms(ms) => Wait::Until(Some(Instant::now() + Duration::from_millis(ms.into()))),
            Timeout::At(at) => Wait::Until(Some(Instant::now() + crate::rt::aio::until(at))),
        }
    }

    fn translate(self, why: Error) -> Error {
        match (self, why) {
            (Wait::Zero, Error::AGAIN) => Error::TIMEDOUT,
            (_, why) => why,
        }
    }
}

impl Core {
    /// Goes on until nothing follows from what happened any more.
    fn settle(&mut self) {
        loop {
            if let Some(pipe) = self.table.next_resumed() {
                self.pump(pipe);
            } else if let Some(pipe) = self.table.closing.pop() {
                self.remove(pipe);
            } else {
                break;
            }
        }
    }

    /// Delivers messages of a pipe while its protocol takes them.
    fn pump(&mut self, pipe: Pipe) {
        const MOST: usize = 256;
        for _ in 0..MOST {
            let Some(msg) = self.table.next_message(pipe) else { return };
            // Paused beforehand, so that a `resume` from within counts.
            if let Some(state) = self.table.get(pipe) {
                state.paused = true;
            }
            let Core { proto, table, effects, .. } = self;
            let flow = proto.message(&mut Cx::new(table, effects), pipe, msg);
            match self.table.get(pipe) {
                Some(state) if flow == Flow::More => state.paused = false,
                Some(state) if state.paused => {
                    if let Io::Stream(io) = &mut state.io {
                        io.let_go();
                    }
                    return;
                }
                Some(_) => {}
                None => return,
            }
        }
        // Others have their turn first; nothing is lost, the pipe is asked again.
        self.table.todo.reads.push(pipe);
        if let Some(io) = self.table.stream(pipe) {
            io.readable = true;
        }
    }

    fn remove(&mut self, pipe: Pipe) {
        let Some(state) = self.table.remove(pipe) else { return };
        self.removed += 1;
        let Core { proto, table, effects, .. } = self;
        proto.pipe_removed(&mut Cx::new(table, effects), pipe);
        match &state.io {
            Io::Stream(io) if io.flushing => {
                self.orphans.insert(pipe.id, state);
            }
            _ => self.gone.push(state),
        }
    }

    fn tell_writable(&mut self, pipe: Pipe) {
        let Some(state) = self.table.get(pipe) else { return };
        if let Io::Stream(io) = &state.io
            && io.queued() >= pipes::OUT_CAP
        {
            return;
        }
        if std::mem::take(&mut state.full) {
            let Core { proto, table, effects, .. } = self;
            proto.writable(&mut Cx::new(table, effects), pipe);
            self.settle();
        }
    }

    fn is_quiet(&self) -> bool {
        let todo = &self.table.todo;
        self.effects.done.is_empty()
            && self.gone.is_empty()
            && todo.flushes.is_empty()
            && todo.reads.is_empty()
            && todo.arrived.is_empty()
            && todo.taken.is_empty()
    }

    /// Decides which pipes are written to now; returns whether the polling thread is to come.
    fn choose_flushes(&mut self, socket: u32, flush: Flush) -> bool {
        self.table.collect_flushes();
        if flush == Flush::Now || self.table.todo.flushes.is_empty() {
            return false;
        }
        let mut hot = None;
        let mut kick = false;
        let PipeTable { .. } = &self.table;
        let mut chosen = std::mem::take(&mut self.table.todo.flushes);
        // Queueing for many pipes takes its time too.
        let hot_ns = HOT_NS + 500 * chosen.len() as u64;
        chosen.retain(|&pipe| {
            let Some(io) = self.table.stream(pipe) else { return false };
            if io.flushing || io.blocked {
                return false;
            }
            if io.queued() >= FLUSH_AT {
                return true;
            }
            if io.kicked {
                return false;
            }
            if *hot.get_or_insert_with(|| agenda::in_streak(socket, clock::now_ns(), hot_ns)) {
                io.kicked = true;
                kick = true;
                self.table.staged.push(pipe);
                return false;
            }
            true
        });
        self.table.todo.flushes = chosen;
        kick
    }
}

fn completion(outcome: Outcome) -> Completion {
    match outcome {
        Outcome::Sent => Completion::default(),
        Outcome::Received(msg) => received(msg),
        Outcome::Failed(why, msg) => Completion { error: Some(why), msg, ..Completion::default() },
    }
}

fn received(msg: Message) -> Completion {
    Completion { count: Some(msg.len()), msg: Some(msg), ..Completion::default() }
}

fn failure(why: Error, msg: Message) -> Completion {
    Completion { error: Some(why), msg: Some(msg), ..Completion::default() }
}

/// Ends a connection that does not become a pipe.
fn discard(wire: Wire) {
    match wire {
        Wire::Stream { link, .. } => link.shut_down(),
        Wire::Lane(end) => {
            if let Some(peer) = end.close() {
                peer.arrived();
            }
        }
    }
}

/// A pipe as its descriptor or its lane knows it.
struct PipeRef {
    socket: Weak<Socket>,
    pipe: Pipe,
}

impl Source for PipeRef {
    fn ready(self: Arc<Self>, ready: Ready) {
        if let Some(socket) = self.socket.upgrade() {
            socket.pipe_ready(self.pipe, ready);
        }
    }
}

impl LanePeer for PipeRef {
    fn arrived(&self) {
        if let Some(socket) = self.socket.upgrade() {
            socket.lane_arrived(self.pipe);
        }
    }

    fn taken(&self) {
        if let Some(socket) = self.socket.upgrade() {
            socket.lane_taken(self.pipe);
        }
    }
}

impl Cancel for Socket {
    fn cancel(&self, id: OpId, why: Error) {
        self.visit(|proto, cx| proto.cancel(cx, id, why));
    }
}

impl timer::Fire for Socket {
    fn fire(self: Arc<Self>, key: u64) {
        self.core.lock().timers.remove(&key);
        self.visit(|proto, cx| proto.timer(cx, key));
    }
}

impl reactor::Call for Socket {
    fn call(self: Arc<Self>) {
        self.catch_up();
    }
}
