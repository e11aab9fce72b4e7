//! A pipe over a byte stream: what was read and not yet cut into messages, and what is to be
//! written. Under the socket's lock, but for `read_into`.
#![forbid(unsafe_code)]

use super::buffers;
use super::shared_out::Part;
use super::transport::framing::{Cut, FIRST_STEP, Framing, OutQueue};
use crate::base::{Error, Result};
use crate::msg::{self, Message};
use crate::rt::driver::Hold;
use crate::rt::reactor::Registration;
use crate::stream::Link;
use std::sync::Arc;

/// A stream pipe is not writable while this much waits to be written.
pub const OUT_CAP: usize = 64 * 1024;

/// Whoever gathers so much writes it, and does not wait for the polling thread.
pub const FLUSH_AT: usize = 32 * 1024;

/// No message's prefix is longer, with any framing.
const PREFIX: usize = 14;

/// How many reads in a row may bring no end though one was announced.
const ENDLESS_READS: u8 = 8;

/// A pipe over a byte stream.
pub struct StreamIo {
    // Before the link, so that it leaves the set first.
    pub registration: Option<Registration>,
    pub link: Arc<dyn Link>,
    pub framing: Box<dyn Framing>,
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
    pub part: Part,
    /// Bytes that a flushing thread has taken out and not yet written.
    pub taken: usize,
    /// A thread holds the flush token.
    pub flushing: bool,
    /// The descriptor takes no more; the token is with its readiness.
    pub blocked: bool,
    /// While it is, its readiness must not wait for a driver.
    pub hold: Option<Hold>,
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
            hold: None,
            kicked: false,
        }
    }

    pub fn queued(&self) -> usize {
        self.out.len() + self.part.len() + self.taken
    }

    /// Whether another writes what is queued now: the thread that holds the flush token, the
    /// descriptor's readiness, or the polling thread, that was asked to.
    pub fn goes_anyway(&self, queued: usize) -> bool {
        self.flushing || self.blocked || (self.kicked && queued < FLUSH_AT)
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
                match self.end_body()? {
                    Some(msg) => return Ok(Some(msg)),
                    None => continue,
                }
            }
            match self.framing.cut(self.input.unread(), &mut self.out)? {
                Cut::Message { used, msg } => {
                    self.input.large = false;
                    self.input.skip(used);
                    return Ok(Some(msg));
                }
                Cut::Short => return Ok(None),
                Cut::Skip { used } => self.input.skip(used),
                Cut::Body { used, len } => self.begin_body(used, len)?,
            }
        }
    }

    #[inline(never)]
    fn begin_body(&mut self, used: usize, len: usize) -> Result<()> {
        self.input.large = true;
        self.input.skip(used);
        let have = self.input.unread();
        let first = have.len().min(len);
        let mut bytes = self.framing.body_begins();
        let len = bytes.len() + len;
        let rest = len - bytes.len();
        let room = rest.min(first.max(FIRST_STEP));
        match bytes.is_empty() {
            true => bytes = msg::body_room(rest, room)?,
            false => bytes.try_reserve(room).map_err(|_| Error::NOMEM)?,
        }
        bytes.extend_from_slice(&have[..first]);
        self.input.skip(first);
        self.input.body = Some(Body { bytes, len });
        Ok(())
    }

    #[inline(never)]
    fn end_body(&mut self) -> Result<Option<Message>> {
        let bytes = self.input.body.take().map(|b| b.bytes).unwrap_or_default();
        self.framing.body(bytes, &mut self.out)
    }

    /// Why no more comes, once all that came is delivered.
    pub fn end(&self) -> Option<Error> {
        self.ended
    }

    /// Keeps nothing but a partial message.
    pub fn settle(&mut self) {
        self.input.settle();
    }

    /// Skips messages that would be dropped for those behind them: only the last `keep` are left
    /// of those that are `wanted`. Returns how many were skipped that were, and how many messages
    /// and bytes went by.
    pub fn skip_surplus(&mut self, keep: usize, wanted: impl Fn(&[u8]) -> bool) -> (u64, u64, u64) {
        if self.reading || self.input.body.is_some() {
            return (0, 0, 0);
        }
        let input = self.input.unread();
        let next = |at: usize| {
            let (prefix, len) = self.framing.whole(&input[at..])?;
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
        self.input.skip(at);
        (skipped as u64, msgs, bytes)
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
