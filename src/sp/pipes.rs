//! A socket's pipes as its protocol sees them: all state is under the socket's lock, and what
//! needs system calls or other sockets is noted down to be done after unlocking.
#![forbid(unsafe_code)]

use super::pipe::PipeHandle;
use super::proto::{Pipe, Pipes, Sent};
use super::shared_out::{Joined, Part, SharedOut};
use super::stream_io::{OUT_CAP, StreamIo, Target};
use super::transport::Wire;
use super::transport::framing::LARGE;
use super::transport::lane::{Call, LaneEnd, Pulled, Word};
use crate::base::{Error, Result};
use crate::msg::Message;
use crate::stream::Link;
use crate::sys::clock;
use std::collections::VecDeque;
use std::sync::Arc;

/// One pipe of a socket.
pub struct PipeState {
    id: u32,
    pub handle: Arc<PipeHandle>,
    pub io: Io,
    pub paused: bool,
    pub full: bool,
    /// In `PipeTable::resumed`.
    resumed: bool,
    /// In `Written::dirty`.
    dirty: bool,
    /// In `PipeTable::late`.
    late: bool,
    pub started: bool,
}

pub enum Io {
    Stream(Box<StreamIo>),
    Lane(LaneEnd),
}

impl PipeState {
    /// Notes that the stream has more to write; whether it takes still more.
    #[inline]
    fn wrote(&mut self, slot: usize, notes: &mut Written) -> Sent {
        let Io::Stream(io) = &self.io else { return Sent::Full };
        let queued = io.queued();
        self.full = queued >= OUT_CAP;
        notes.times += 1;
        if !self.dirty && !io.goes_anyway(queued) {
            self.dirty = true;
            notes.dirty.push(slot);
        }
        if self.full { Sent::Full } else { Sent::Ready }
    }

    /// Notes that a message came; no other is to be taken until the protocol says so.
    fn arrived(&mut self, mut msg: Message) -> Message {
        self.paused = true;
        self.handle.stats.received(msg.len());
        msg.set_pipe(self.id);
        msg
    }

    fn take_back(&mut self) -> VecDeque<Message> {
        let Io::Lane(end) = &mut self.io else { return VecDeque::new() };
        let back = end.take_back();
        for msg in &back {
            self.handle.stats.not_sent(msg.len());
        }
        back
    }
}

/// What one visit under the lock leaves to be done after it.
#[derive(Default)]
pub struct Work {
    /// Pipes to read from.
    pub reads: Vec<Pipe>,
    /// Who is to be told that something has changed in a lane.
    pub stirred: Vec<Word>,
    /// Stream pipes with something to write.
    pub flushes: Vec<Pipe>,
}

/// What was put on streams in this visit.
#[derive(Default)]
struct Written {
    times: usize,
    /// The slots of the streams that somebody must see to.
    dirty: Vec<usize>,
}

#[derive(Default)]
pub struct PipeTable {
    slots: Vec<Option<PipeState>>,
    free: Vec<usize>,
    resumed: Vec<usize>,
    written: Written,
    /// Pipes whose output is gathered, and pipes with input that a thread left for later.
    pub staged: Vec<Pipe>,
    pub left_off: Vec<Pipe>,
    pub closing: Vec<Pipe>,
    common: SharedOut,
    now: Option<u64>,
    /// Lanes that call late.
    late: Vec<Pipe>,
    /// What a pipe that is being removed was given ahead.
    returned: Option<(Pipe, VecDeque<Message>)>,
    pub work: Work,
}

fn find(slots: &mut [Option<PipeState>], pipe: Pipe) -> Option<&mut PipeState> {
    slots.get_mut(pipe.slot)?.as_mut().filter(|state| state.id == pipe.id)
}

impl PipeTable {
    pub fn insert(&mut self, handle: Arc<PipeHandle>, wire: Wire) -> Pipe {
        let io = match wire {
            Wire::Stream { link, framing, early } => {
                Io::Stream(Box::new(StreamIo::new(link, framing, early)))
            }
            Wire::Lane(end) => Io::Lane(end),
        };
        let id = handle.id();
        let state = PipeState {
            id,
            handle,
            io,
            paused: false,
            full: false,
            resumed: false,
            dirty: false,
            late: false,
            started: false,
        };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot] = Some(state);
                slot
            }
            None => {
                self.slots.push(Some(state));
                self.slots.len() - 1
            }
        };
        if let Some(state) = &self.slots[slot] {
            state.handle.set_slot(slot);
        }
        Pipe { slot, id }
    }

    pub fn get(&mut self, pipe: Pipe) -> Option<&mut PipeState> {
        find(&mut self.slots, pipe)
    }

    pub fn stream(&mut self, pipe: Pipe) -> Option<&mut StreamIo> {
        match &mut self.get(pipe)?.io {
            Io::Stream(io) => Some(io),
            Io::Lane(_) => None,
        }
    }

    /// Takes the read token of the only pipe that there has been at a time, whatever is known of
    /// its readiness.
    pub fn look(&mut self) -> Option<(Pipe, Arc<dyn Link>, Target)> {
        let [Some(state)] = &mut self.slots[..] else { return None };
        let Io::Stream(io) = &mut state.io else { return None };
        if state.paused || !state.started || io.reading {
            return None;
        }
        io.readable = true;
        let pipe = Pipe { slot: 0, id: state.id };
        let Some((link, target)) = io.start_read() else {
            // It is at its end, which whoever reads it finds.
            self.work.reads.push(pipe);
            return None;
        };
        Some((pipe, link, target))
    }

    pub fn remove(&mut self, pipe: Pipe) -> Option<PipeState> {
        self.close_part_of(pipe);
        let back = self.get(pipe)?.take_back();
        self.returned = Some((pipe, back));
        self.free.push(pipe.slot);
        self.slots[pipe.slot].take()
    }

    pub fn all(&self) -> Vec<Pipe> {
        let used = self.slots.iter().enumerate();
        used.filter_map(|(slot, p)| Some(Pipe { slot, id: p.as_ref()?.id })).collect()
    }

    pub fn handles(&self) -> impl Iterator<Item = &Arc<PipeHandle>> {
        self.slots.iter().flatten().map(|p| &p.handle)
    }

    /// The clock is read once a visit at most.
    pub fn new_visit(&mut self) {
        self.now = None;
        self.written.times = 0;
    }

    /// How often something was put on a stream in this visit.
    pub fn times_written(&self) -> usize {
        self.written.times
    }

    /// Whether a pipe was resumed or is to be closed, or may have to call sooner.
    pub fn has_follow_ups(&self) -> bool {
        !self.resumed.is_empty() || !self.closing.is_empty() || self.has_late()
    }

    pub fn has_late(&self) -> bool {
        !self.late.is_empty()
    }

    /// A lane that calls late.
    pub fn next_late(&mut self) -> Option<Pipe> {
        let pipe = self.late.pop()?;
        if let Some(state) = self.get(pipe) {
            state.late = false;
        }
        Some(pipe)
    }

    /// Whether something is to be done once the socket is unlocked.
    pub fn has_work(&self) -> bool {
        !self.written.dirty.is_empty()
            || !self.work.stirred.is_empty()
            || !self.work.reads.is_empty()
            || !self.work.flushes.is_empty()
    }

    pub fn next_resumed(&mut self) -> Option<Pipe> {
        while let Some(slot) = self.resumed.pop() {
            if let Some(state) = self.slots.get_mut(slot).and_then(|p| p.as_mut()) {
                state.resumed = false;
                return Some(Pipe { slot, id: state.id });
            }
        }
        None
    }

    /// The pipe's next message, if there is one; the pipe is paused then. Notes down what it
    /// takes to get more. A lane without one is to call as `call` says.
    pub fn next_message(&mut self, pipe: Pipe, call: impl FnOnce() -> Call) -> Option<Message> {
        let state = find(&mut self.slots, pipe)?;
        if state.paused || !state.started {
            return None;
        }
        let why = match &mut state.io {
            Io::Stream(io) => {
                let queued = io.out.len();
                let found = io.next();
                if io.out.len() != queued && !state.dirty {
                    state.dirty = true;
                    self.written.dirty.push(pipe.slot);
                }
                match found {
                    Ok(Some(msg)) => return Some(state.arrived(msg)),
                    Ok(None) => self.look_for_more(pipe)?,
                    Err(why) => why,
                }
            }
            Io::Lane(_) => match self.pull(pipe, call()) {
                Ok(found) => return found,
                Err(why) => why,
            },
        };
        self.get(pipe)?.handle.failed(why);
        self.close(pipe);
        None
    }

    /// Has a stream read from, if there may be more; or says why there is not.
    fn look_for_more(&mut self, pipe: Pipe) -> Option<Error> {
        let io = self.stream(pipe)?;
        if io.reading {
            return None;
        }
        let ended = io.end();
        if ended.is_none() {
            if io.readable {
                self.work.reads.push(pipe);
            } else {
                io.settle();
            }
        }
        ended
    }

    fn pull(&mut self, pipe: Pipe, call: Call) -> Result<Option<Message>> {
        let Some(state) = find(&mut self.slots, pipe) else { return Ok(None) };
        let Io::Lane(end) = &mut state.io else { return Ok(None) };
        match end.pull(call) {
            Pulled::Message(mut msg, tell) => {
                if tell {
                    self.work.stirred.extend(end.pulled());
                }
                msg.merge_header()?;
                Ok(Some(state.arrived(msg)))
            }
            Pulled::Empty(call) => {
                if call == Call::Late && !std::mem::replace(&mut state.late, true) {
                    self.late.push(pipe);
                }
                Ok(None)
            }
            Pulled::Closed => Err(Error::CONNSHUT),
        }
    }

    /// Gives every pipe what it has among the common bytes.
    pub fn close_common(&mut self) {
        if self.common.is_empty() {
            return;
        }
        let (bytes, mut members) = self.common.close();
        let bytes = Arc::new(bytes);
        for slot in members.drain(..) {
            if let Some(PipeState { io: Io::Stream(io), .. }) = &mut self.slots[slot] {
                let Part { from, to } = std::mem::take(&mut io.part);
                io.out.put_shared(bytes.clone(), from, to);
            }
        }
        self.common.reuse(members);
    }

    /// Puts what the pipe has among the common bytes before all that it is given from now on.
    fn close_part_of(&mut self, pipe: Pipe) {
        if !self.common.is_empty() && self.stream(pipe).is_some_and(|io| !io.part.is_empty()) {
            self.close_common();
        }
    }

    /// Skips messages of the pipe's input that would be dropped for those behind them: only the
    /// last `keep` are left of those that are `wanted`. Returns how many were skipped that were.
    pub fn skip_surplus(&mut self, pipe: Pipe, keep: usize, wanted: impl Fn(&[u8]) -> bool) -> u64 {
        let Some(state) = self.get(pipe) else { return 0 };
        let Io::Stream(io) = &mut state.io else { return 0 };
        let (skipped, msgs, bytes) = io.skip_surplus(keep, wanted);
        state.handle.stats.received_many(msgs, bytes);
        skipped
    }

    /// Moves what must be written to the work for after the lock.
    pub fn collect_flushes(&mut self) {
        while let Some(slot) = self.written.dirty.pop() {
            if let Some(state) = self.slots.get_mut(slot).and_then(|p| p.as_mut()) {
                state.dirty = false;
                self.work.flushes.push(Pipe { slot, id: state.id });
            }
        }
    }
}

impl Pipes for PipeTable {
    fn send(&mut self, pipe: Pipe, msg: Message) -> Sent {
        self.close_part_of(pipe);
        let PipeTable { slots, work, written, .. } = self;
        let Some(state) = find(slots, pipe) else { return Sent::Full };
        state.handle.stats.sent(msg.len());
        match &mut state.io {
            Io::Lane(end) => {
                let pushed = end.push(msg);
                state.full = !pushed.room;
                if pushed.tell {
                    let word = end.pushed();
                    work.stirred.extend(word);
                }
                if pushed.room { Sent::Ready } else { Sent::Full }
            }
            Io::Stream(io) => {
                io.framing.put(msg, &mut io.out);
                state.wrote(pipe.slot, written)
            }
        }
    }

    fn send_copy(&mut self, pipe: Pipe, msg: &Message) -> Sent {
        let io = if msg.len() < LARGE { self.stream(pipe) } else { None };
        let prefix = io.and_then(|io| io.framing.prefix(msg.header().len() + msg.len()));
        let Some(prefix) = prefix else { return self.send(pipe, msg.twin()) };
        self.close_part_of(pipe);
        let PipeTable { slots, written, .. } = self;
        let Some(state) = find(slots, pipe) else { return Sent::Full };
        let Io::Stream(io) = &mut state.io else { return Sent::Full };
        io.out.put_copy(prefix.bytes(), msg);
        state.handle.stats.sent(msg.len());
        state.wrote(pipe.slot, written)
    }

    fn announce(&mut self, _: &Message) {
        if self.common.announce() {
            self.close_common();
        }
    }

    fn send_announced(&mut self, pipe: Pipe, msg: &Message) -> Sent {
        let PipeTable { slots, common, written, .. } = self;
        let Some(state) = find(slots, pipe) else { return Sent::Full };
        let Io::Stream(io) = &mut state.io else { return self.send(pipe, msg.twin()) };
        let prefix = match msg.len() < LARGE {
            true => io.framing.prefix(msg.header().len() + msg.len()),
            false => None,
        };
        let joined = match prefix {
            Some(prefix) => common.join(prefix, msg, pipe.slot, &mut io.part),
            None => Joined::Other,
        };
        if joined != Joined::Yes {
            return self.send(pipe, msg.twin());
        }
        state.handle.stats.sent(msg.len());
        state.wrote(pipe.slot, written)
    }

    fn resume(&mut self, pipe: Pipe) {
        let Some(state) = self.slots.get_mut(pipe.slot).and_then(|p| p.as_mut()) else { return };
        if state.id == pipe.id {
            state.paused = false;
            if !state.resumed {
                state.resumed = true;
                self.resumed.push(pipe.slot);
            }
        }
    }

    fn next(&mut self, pipe: Pipe) -> Option<Message> {
        let state = find(&mut self.slots, pipe)?;
        if let Io::Lane(_) = state.io {
            self.resume(pipe);
            return None;
        }
        state.paused = false;
        let msg = self.next_message(pipe, || Call::Soon)?;
        self.stream(pipe)?.let_go();
        Some(msg)
    }

    fn close(&mut self, pipe: Pipe) {
        self.closing.push(pipe);
    }

    fn allow_ahead(&mut self, pipe: Pipe, more: usize) -> Option<Sent> {
        let state = self.get(pipe)?;
        let Io::Lane(end) = &mut state.io else { return None };
        end.allow(more);
        state.full = !end.has_room();
        Some(if state.full { Sent::Full } else { Sent::Ready })
    }

    fn take_back(&mut self, pipe: Pipe) -> VecDeque<Message> {
        if let Some((_, back)) = self.returned.take_if(|(p, _)| *p == pipe) {
            return back;
        }
        match self.get(pipe) {
            Some(state) => state.take_back(),
            None => VecDeque::new(),
        }
    }

    fn now(&mut self) -> u64 {
        *self.now.get_or_insert_with(clock::now_ms)
    }
}
