//! A socket's pipes as its protocol sees them: all state is under the socket's lock, and what
//! needs system calls or other sockets is noted down to be done after unlocking.
#![forbid(unsafe_code)]

use super::buffers;
use super::pipe::PipeHandle;
use super::proto::{Pipe, Pipes, Sent};
use super::shared_out::{Joined, Part, SharedOut};
use super::transport::Wire;
use super::transport::framing::{Cut, FIRST_STEP, Framing, LARGE, OutQueue};
use super::transport::lane::{Call, LaneEnd, Pulled, Word};
use crate::base::{Error, Result};
use crate::msg::{self, Message};
use crate::rt::reactor::Registration;
use crate::stream::Link;
use crate::sys::clock;
use std::collections::VecDeque;
use std::sync::Arc;

/// A stream pipe is not writable while this much waits to be written.
pub const OUT_CAP: usize = 64 * 1024;

/// No message's prefix is longer, with any framing.
const PREFIX: usize = 14;

/// How many reads in a row may bring no end though one was announced.
const ENDLESS_READS: u8 = 8;

/// One pipe of a socket.
pub struct PipeState {
    id: u32,
    pub handle: Arc<PipeHandle>,
    pub io: Io,
    pub paused: bool,
    pub full: bool,
    /// In `PipeTable::resumed`.
    resumed: bool,
    /// In `PipeTable::dirty`.
    dirty: bool,
    /// In `PipeTable::late`.
    late: bool,
    pub started: bool,
}

pub enum Io {
    Stream(Box<StreamIo>),
    Lane(LaneEnd),
}

/// A pipe over a byte stream.
pub struct StreamIo {
    // Before the link, so that it leaves the set first.
    pub registration: Option<Registration>,
    pub link: Arc<dyn Link>,
    framing: Box<dyn Framing>,
    pub readable: bool,
    /// A thread is reading, without the lock.
    pub reading: bool,
    /// The peer has ended the stream; what is buffered is still delivered.
    ended: Option<Error>,
    /// Reads left for finding the announced end, however little they bring.
    end_ahead: u8,
    input: Input,
    pub out: OutQueue,
    /// Follows `out`, still among the common bytes.
    part: Part,
    /// Bytes that a flushing thread has taken out and not yet written.
    pub taken: usize,
    /// A thread holds the flush token.
    pub flushing: bool,
    /// The descriptor takes no more; the token is with its readiness.
    pub blocked: bool,
    /// The polling thread was asked to flush.
    pub kicked: bool,
}

#[derive(Default)]
struct Input {
    buf: Option<Box<[u8]>>,
    start: usize,
    end: usize,
    /// What is left of a message when the buffer goes back.
    rest: Vec<u8>,
    body: Option<Body>,
    /// The last message was large: after its like, a prefix is read by itself, so that the body
    /// goes straight into the message.
    large: bool,
}

struct Body {
    bytes: Vec<u8>,
    len: usize,
}

/// Where a thread is to read to, outside the lock.
pub enum Target {
    Buffer { buf: Box<[u8]>, from: usize, to: usize },
    Body { bytes: Vec<u8>, want: usize },
}

impl Input {
    fn unread(&self) -> &[u8] {
        match &self.buf {
            Some(buf) => &buf[self.start..self.end],
            None => &self.rest,
        }
    }

    fn skip(&mut self, n: usize) {
        if self.buf.is_some() {
            self.start += n;
        } else {
            self.rest.drain(..n);
        }
    }

    /// Lets the buffer go; a partial message stays in a small one.
    fn settle(&mut self) {
        if let Some(buf) = self.buf.take() {
            self.rest.clear();
            self.rest.extend_from_slice(&buf[self.start..self.end]);
            self.start = 0;
            self.end = 0;
            buffers::give_read(buf);
        }
        if self.rest.is_empty() {
            self.rest = Vec::new();
        }
    }

    fn target(&mut self) -> Result<Target> {
        if let Some(body) = &mut self.body {
            let mut bytes = std::mem::take(&mut body.bytes);
            let want = body.len - bytes.len();
            if bytes.capacity() == bytes.len() {
                // Grown as bytes arrive, so that a length alone costs nothing.
                let step = want.min(bytes.len().max(FIRST_STEP));
                bytes.try_reserve_exact(step).map_err(|_| Error::NOMEM)?;
            }
            return Ok(Target::Body { bytes, want });
        }
        let upto = |from: usize, buf: &[u8]| match self.large && from < PREFIX {
            true => PREFIX,
            false => buf.len(),
        };
        Ok(match self.buf.take() {
            Some(mut buf) => {
                buf.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
                let to = upto(self.end, &buf);
                Target::Buffer { buf, from: self.end, to }
            }
            None => {
                let mut buf = buffers::take_read(self.rest.len());
                buf[..self.rest.len()].copy_from_slice(&self.rest);
                let from = self.rest.len();
                self.rest.clear();
                let to = upto(from, &buf);
                Target::Buffer { buf, from, to }
            }
        })
    }
}

impl PipeState {
    fn take_back(&mut self) -> VecDeque<Message> {
        let Io::Lane(end) = &mut self.io else { return VecDeque::new() };
        let back = end.take_back();
        for msg in &back {
            self.handle.stats.not_sent(msg.len());
        }
        back
    }
}

impl StreamIo {
    pub fn new(link: Arc<dyn Link>, framing: Box<dyn Framing>, early: Vec<u8>) -> StreamIo {
        StreamIo {
            registration: None,
            link,
            framing,
            readable: true,
            reading: false,
            ended: None,
            end_ahead: 0,
            input: Input { rest: early, ..Input::default() },
            out: OutQueue::default(),
            part: Part::default(),
            taken: 0,
            flushing: false,
            blocked: false,
            kicked: false,
        }
    }

    pub fn queued(&self) -> usize {
        self.out.len() + self.part.len() + self.taken
    }

    /// Whether there is something to write that no thread is writing.
    pub fn has_output(&self) -> bool {
        !self.out.is_empty() || !self.part.is_empty()
    }

    /// The next whole message of the input.
    pub(super) fn next(&mut self) -> Result<Option<Message>> {
        if self.reading {
            return Ok(None);
        }
        loop {
            if let Some(body) = &self.input.body {
                if body.bytes.len() < body.len {
                    return Ok(None);
                }
                let bytes = self.input.body.take().map(|b| b.bytes).unwrap_or_default();
                match self.framing.body(bytes, &mut self.out)? {
                    Some(msg) => return Ok(Some(msg)),
                    None => continue,
                }
            }
            match self.framing.cut(self.input.unread(), &mut self.out)? {
                Cut::Short => return Ok(None),
                Cut::Skip { used } => self.input.skip(used),
                Cut::Message { used, msg } => {
                    self.input.large = false;
                    self.input.skip(used);
                    return Ok(Some(msg));
                }
                Cut::Body { used, len } => {
                    self.input.large = true;
                    self.input.skip(used);
                    let have = self.input.unread();
                    let first = have.len().min(len);
                    let mut bytes = self.framing.body_begins();
                    let len = bytes.len() + len;
                    let room = (len - bytes.len()).min(first.max(FIRST_STEP));
                    match bytes.is_empty() {
                        true => bytes = msg::body_room(room)?,
                        false => bytes.try_reserve(room).map_err(|_| Error::NOMEM)?,
                    }
                    bytes.extend_from_slice(&have[..first]);
                    self.input.skip(first);
                    self.input.body = Some(Body { bytes, len });
                }
            }
        }
    }

    /// Gives an exhausted buffer back, so that paused pipes hold none.
    pub fn let_go(&mut self) {
        if !self.reading && self.input.unread().is_empty() {
            self.input.settle();
        }
    }

    /// Takes the read token and what to read to; without memory for that the pipe is at its end.
    pub fn start_read(&mut self) -> Option<(Arc<dyn Link>, Target)> {
        if self.reading || !self.readable || self.ended.is_some() {
            return None;
        }
        let target = self.input.target().map_err(|why| self.ended = Some(why)).ok()?;
        self.reading = true;
        // An event that comes while we read says that there is more.
        self.readable = false;
        Some((self.link.clone(), target))
    }

    /// Nothing more will be read.
    pub fn is_over(&self) -> bool {
        self.ended.is_some() && !self.reading
    }

    /// An event said that the end is there: it came with the last bytes, and no other will.
    pub fn expect_end(&mut self) {
        self.end_ahead = ENDLESS_READS;
    }

    /// Gives the read token back. `more`: the descriptor may hold more.
    pub fn end_read(&mut self, target: Target, more: bool, ended: Option<Error>) {
        self.reading = false;
        self.readable |= more;
        if !more && ended.is_none() && self.end_ahead > 0 {
            self.end_ahead -= 1;
            self.readable = true;
        }
        self.ended = ended;
        match target {
            Target::Body { bytes, .. } => {
                if let Some(body) = &mut self.input.body {
                    body.bytes = bytes;
                }
            }
            Target::Buffer { buf, from, .. } => {
                self.input.buf = Some(buf);
                self.input.start = 0;
                self.input.end = from;
            }
        }
    }

    /// Queues what the framing says at the end.
    pub fn farewell(&mut self) {
        self.framing.farewell(&mut self.out);
    }
}

/// Reads once into `target`; returns it, whether there may be more, and the end if it came.
pub fn read_into(link: &dyn Link, target: Target) -> (Target, bool, Option<Error>) {
    let (target, room, result) = match target {
        Target::Buffer { mut buf, from, to } => {
            let room = to - from;
            let result = link.read(&mut buf[from..to]);
            let got = result.as_ref().copied().unwrap_or(0);
            (Target::Buffer { buf, from: from + got, to }, room, result)
        }
        Target::Body { mut bytes, want } => {
            let room = want.min(bytes.capacity() - bytes.len());
            let result = link.read_spare(&mut bytes, want);
            (Target::Body { bytes, want }, room, result)
        }
    };
    match result {
        Ok(0) if room > 0 => (target, false, Some(Error::CONNSHUT)),
        Ok(n) => (target, n == room || !link.short_read_drains(), None),
        Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => (target, false, None),
        Err(e) => (target, false, Some(e.into())),
    }
}

/// What one visit under the lock leaves to be done after it.
#[derive(Default)]
pub struct Todo {
    /// Pipes to read from.
    pub reads: Vec<Pipe>,
    /// Who is to be told that something has changed in a lane.
    pub stirred: Vec<Word>,
    /// Stream pipes with something to write.
    pub flushes: Vec<Pipe>,
}

#[derive(Default)]
pub struct PipeTable {
    slots: Vec<Option<PipeState>>,
    free: Vec<usize>,
    resumed: Vec<usize>,
    dirty: Vec<usize>,
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
    pub todo: Todo,
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
        self.slots.get_mut(pipe.slot)?.as_mut().filter(|p| p.id == pipe.id)
    }

    pub fn stream(&mut self, pipe: Pipe) -> Option<&mut StreamIo> {
        match &mut self.get(pipe)?.io {
            Io::Stream(io) => Some(io),
            Io::Lane(_) => None,
        }
    }

    pub fn remove(&mut self, pipe: Pipe) -> Option<PipeState> {
        if self.stream(pipe).is_some_and(|io| !io.part.is_empty()) {
            self.close_common();
        }
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
    }

    /// Whether a pipe was resumed or is to be closed, or may have to call sooner.
    pub fn has_follow_ups(&self) -> bool {
        !self.resumed.is_empty() || !self.closing.is_empty() || !self.late.is_empty()
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
        !self.dirty.is_empty()
            || !self.todo.stirred.is_empty()
            || !self.todo.reads.is_empty()
            || !self.todo.flushes.is_empty()
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
    pub fn next_message(&mut self, pipe: Pipe, call: Call) -> Option<Message> {
        let state = self.slots.get_mut(pipe.slot)?.as_mut().filter(|p| p.id == pipe.id)?;
        if state.paused || !state.started {
            return None;
        }
        let found = match &mut state.io {
            Io::Lane(end) => match end.pull(call) {
                Pulled::Message(mut msg, tell) => {
                    if tell {
                        self.todo.stirred.extend(end.pulled());
                    }
                    msg.merge_header().map(|()| Some(msg))
                }
                Pulled::Empty(call) => {
                    if call == Call::Late && !std::mem::replace(&mut state.late, true) {
                        self.late.push(pipe);
                    }
                    Ok(None)
                }
                Pulled::Closed => Err(Error::CONNSHUT),
            },
            Io::Stream(io) => {
                let queued = io.out.len();
                let found = io.next();
                let wrote = io.out.len() != queued;
                match found {
                    Ok(None) if io.reading => return None,
                    Ok(None) => match io.ended {
                        Some(why) => Err(why),
                        None => {
                            if io.readable {
                                self.todo.reads.push(pipe);
                            } else {
                                io.input.settle();
                            }
                            if wrote && !state.dirty {
                                state.dirty = true;
                                self.dirty.push(pipe.slot);
                            }
                            return None;
                        }
                    },
                    other => other,
                }
            }
        };
        match found {
            Ok(Some(mut msg)) => {
                state.paused = true;
                state.handle.stats.received(msg.len());
                msg.set_pipe(pipe.id);
                Some(msg)
            }
            Ok(None) => None,
            Err(why) => {
                state.handle.failed(why);
                self.close(pipe);
                None
            }
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

    /// Skips messages of the pipe's input that would be dropped for those behind them: only the
    /// last `keep` are left of those that are `wanted`. Returns how many were skipped that were.
    pub fn skip_surplus(&mut self, pipe: Pipe, keep: usize, wanted: impl Fn(&[u8]) -> bool) -> u64 {
        let Some(state) = self.get(pipe) else { return 0 };
        let Io::Stream(io) = &mut state.io else { return 0 };
        if io.reading || io.input.body.is_some() {
            return 0;
        }
        let input = io.input.unread();
        let next = |at: usize| {
            let (prefix, len) = io.framing.whole(&input[at..])?;
            let from = at + prefix;
            Some((from + len, &input[from..from + len]))
        };
        let (mut at, mut count) = (0, 0);
        while let Some((end, body)) = next(at) {
            at = end;
            count += usize::from(wanted(body));
        }
        let surplus = count.saturating_sub(keep);
        let (mut at, mut skipped, mut msgs, mut bytes) = (0, 0, 0, 0);
        while skipped < surplus
            && let Some((end, body)) = next(at)
        {
            at = end;
            skipped += usize::from(wanted(body));
            msgs += 1;
            bytes += body.len() as u64;
        }
        io.input.skip(at);
        state.handle.stats.received_many(msgs, bytes);
        skipped as u64
    }

    /// Moves what must be written to the work for after the lock.
    pub fn collect_flushes(&mut self) {
        while let Some(slot) = self.dirty.pop() {
            if let Some(state) = self.slots.get_mut(slot).and_then(|p| p.as_mut()) {
                state.dirty = false;
                self.todo.flushes.push(Pipe { slot, id: state.id });
            }
        }
    }
}

impl Pipes for PipeTable {
    fn send(&mut self, pipe: Pipe, msg: Message) -> Sent {
        let Some(state) = self.slots.get_mut(pipe.slot).and_then(|p| p.as_mut()) else {
            return Sent::Full;
        };
        if state.id != pipe.id {
            return Sent::Full;
        }
        if matches!(&state.io, Io::Stream(io) if !io.part.is_empty()) {
            // What came before goes out before.
            self.close_common();
            return self.send(pipe, msg);
        }
        state.handle.stats.sent(msg.len());
        match &mut state.io {
            Io::Lane(end) => {
                let pushed = end.push(msg);
                if pushed.tell {
                    self.todo.stirred.extend(end.pushed());
                }
                state.full = !pushed.room;
            }
            Io::Stream(io) => {
                io.framing.put(msg, &mut io.out);
                state.full = io.queued() >= OUT_CAP;
                if !state.dirty {
                    state.dirty = true;
                    self.dirty.push(pipe.slot);
                }
            }
        }
        if state.full { Sent::Full } else { Sent::Ready }
    }

    fn send_copy(&mut self, pipe: Pipe, msg: &Message) -> Sent {
        let io = if msg.len() < LARGE { self.stream(pipe) } else { None };
        let prefix = io.and_then(|io| io.framing.prefix(msg.header().len() + msg.len()));
        let Some(prefix) = prefix else { return self.send(pipe, msg.twin()) };
        if self.stream(pipe).is_some_and(|io| !io.part.is_empty()) {
            self.close_common();
        }
        let Some(state) = self.get(pipe) else { return Sent::Full };
        let Io::Stream(io) = &mut state.io else { return Sent::Full };
        io.out.put_copy(prefix.bytes(), msg);
        state.handle.stats.sent(msg.len());
        state.full = io.queued() >= OUT_CAP;
        let full = state.full;
        if !std::mem::replace(&mut state.dirty, true) {
            self.dirty.push(pipe.slot);
        }
        if full { Sent::Full } else { Sent::Ready }
    }

    fn announce(&mut self, _: &Message) {
        if self.common.announce() {
            self.close_common();
        }
    }

    fn send_announced(&mut self, pipe: Pipe, msg: &Message) -> Sent {
        let PipeTable { slots, common, .. } = self;
        let state = slots.get_mut(pipe.slot).and_then(|p| p.as_mut());
        let Some(state) = state.filter(|state| state.handle.id() == pipe.id) else {
            return Sent::Full;
        };
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
        state.full = io.queued() >= OUT_CAP;
        if !state.dirty {
            state.dirty = true;
            self.dirty.push(pipe.slot);
        }
        if state.full { Sent::Full } else { Sent::Ready }
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
