//! The reads and writes of HTTP, as transfers on a channel.
#![forbid(unsafe_code)]

use super::body::Body;
use super::chunk::ChunkDecoder;
use super::message::{Request, Response};
use super::parse::{self, Framing, HeadFinder, Refusal};
use super::status;
use crate::base::{Error, Result};
use crate::rt::Promise;
use crate::stream::channel::{Io, Step, Transfer};
use crate::sys::iov::IoVec;
use parking_lot::Mutex;
use std::io::IoSlice;
use std::sync::Arc;

pub type SharedRequest = Arc<Mutex<Request>>;
pub type SharedResponse = Arc<Mutex<Response>>;

/// Bytes asked of the link at once.
const GULP: usize = 16 << 10;

/// Into a caller's buffers: all of them, or whatever is there.
pub struct ReadBuffers {
    pub iov: IoVec,
    pub all: bool,
    pub done: usize,
    pub promise: Promise<usize>,
}

impl Transfer for ReadBuffers {
    fn step(&mut self, io: &mut Io) -> Step {
        loop {
            if self.iov.is_empty() || (!self.all && self.done > 0) {
                return Step::Done(Ok(()));
            }
            if io.input.is_empty() {
                match io.fill(self.iov.len().min(GULP)) {
                    Ok(Some(0)) => return Step::Done(Err(Error::CONNSHUT)),
                    Ok(Some(_)) => {}
                    Ok(None) => return Step::Wait,
                    Err(why) => return Step::Done(Err(why)),
                }
            }
            let n = self.iov.fill(io.input);
            io.input.drain(..n);
            self.iov.advance(n);
            self.done += n;
        }
    }

    fn end(self: Box<Self>, result: Result<()>) {
        self.promise.keep(result.map(|()| self.done));
    }
}

/// From a caller's buffers: all of them, or what the link takes.
pub struct WriteBuffers {
    pub iov: IoVec,
    pub all: bool,
    pub done: usize,
    pub promise: Promise<usize>,
}

impl Transfer for WriteBuffers {
    fn step(&mut self, io: &mut Io) -> Step {
        loop {
            if self.iov.is_empty() || (!self.all && self.done > 0) {
                return Step::Done(Ok(()));
            }
            let data = self.iov.gather(2 * GULP);
            match io.write(&[IoSlice::new(&data)]) {
                Ok(Some(n)) => {
                    self.iov.advance(n);
                    self.done += n;
                }
                Ok(None) => return Step::Wait,
                Err(why) => return Step::Done(Err(why)),
            }
        }
    }

    fn end(self: Box<Self>, result: Result<()>) {
        self.promise.keep(result.map(|()| self.done));
    }
}

/// What a message's data is taken from while it is written.
pub enum Message {
    None,
    Request(SharedRequest),
    Response(SharedResponse),
}

impl Message {
    fn with_body<R>(&self, f: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Message::None => f(&[]),
            Message::Request(req) => f(req.lock().body.as_bytes()),
            Message::Response(res) => f(res.lock().body.as_bytes()),
        }
    }
}

pub struct WriteMessage {
    head: Vec<u8>,
    message: Message,
    done: usize,
    /// Gets the number of bytes, head and data.
    promise: Promise<usize>,
}

impl WriteMessage {
    pub fn new(head: Vec<u8>, message: Message, promise: Promise<usize>) -> Box<WriteMessage> {
        Box::new(WriteMessage { head, message, done: 0, promise })
    }
}

impl Transfer for WriteMessage {
    fn step(&mut self, io: &mut Io) -> Step {
        let WriteMessage { head, message, done, .. } = self;
        message.with_body(|body| {
            while *done < head.len() + body.len() {
                let rest = head.get(*done..).unwrap_or_default();
                let body = body.get(done.saturating_sub(head.len())..).unwrap_or_default();
                match io.write(&[IoSlice::new(rest), IoSlice::new(body)]) {
                    Ok(Some(n)) => *done += n,
                    Ok(None) => return Step::Wait,
                    Err(why) => return Step::Done(Err(why)),
                }
            }
            Step::Done(Ok(()))
        })
    }

    fn end(self: Box<Self>, result: Result<()>) {
        let done = self.done;
        self.promise.keep(result.map(|()| done));
    }
}

/// Where a head is parsed to.
pub enum Head {
    Request(SharedRequest),
    Response(SharedResponse),
    /// The one after the interim ones.
    FinalResponse(SharedResponse),
}

/// Reads a head; what is refused leaves the connection out of step.
pub struct ReadHead {
    head: Head,
    finder: HeadFinder,
    promise: Promise<Result<(), Refusal>>,
    refused: Option<Refusal>,
}

impl ReadHead {
    pub fn new(head: Head, promise: Promise<Result<(), Refusal>>) -> Box<ReadHead> {
        Box::new(ReadHead { head, finder: HeadFinder::default(), promise, refused: None })
    }

    fn parse(&mut self, input: &mut Vec<u8>) -> Result<bool, Refusal> {
        while let Some(end) = self.finder.find(input)? {
            let head: Vec<u8> = input.drain(..end).collect();
            match &self.head {
                Head::Request(req) => parse::request(&head, &mut req.lock())?,
                Head::Response(res) => parse::response(&head, &mut res.lock())?,
                Head::FinalResponse(res) => {
                    let mut res = res.lock();
                    parse::response(&head, &mut res)?;
                    if matches!(res.status(), 100 | 102..200) {
                        res.reset();
                        continue;
                    }
                }
            }
            return Ok(true);
        }
        Ok(false)
    }
}

impl Transfer for ReadHead {
    fn step(&mut self, io: &mut Io) -> Step {
        loop {
            match self.parse(io.input) {
                Ok(true) => return Step::Done(Ok(())),
                Ok(false) => {}
                Err(refusal) => {
                    self.refused = Some(refusal);
                    return Step::Done(Ok(()));
                }
            }
            match io.fill(GULP / 4) {
                Ok(Some(0)) => return Step::Done(Err(Error::CONNSHUT)),
                Ok(Some(_)) => {}
                Ok(None) => return Step::Wait,
                Err(why) => return Step::Done(Err(why)),
            }
        }
    }

    fn end(self: Box<Self>, result: Result<()>) {
        let refused = self.refused;
        self.promise.keep(result.map(|()| refused.map_or(Ok(()), Err)));
    }
}

enum BodyState {
    Length(usize),
    Chunked(ChunkDecoder),
}

/// Reads the data behind a head.
pub struct ReadBody {
    state: BodyState,
    data: Vec<u8>,
    promise: Promise<Result<Body, Refusal>>,
    refused: Option<Refusal>,
}

impl ReadBody {
    /// `most` bounds the data; none does not. Refused at once if the length says too much.
    pub fn new(
        framing: Framing,
        most: Option<usize>,
        promise: Promise<Result<Body, Refusal>>,
    ) -> Box<ReadBody> {
        let too_large = Some(Refusal(status::PAYLOAD_TOO_LARGE));
        let (state, refused) = match framing {
            Framing::None => (BodyState::Length(0), None),
            Framing::Length(n) => match usize::try_from(n) {
                Ok(n) if most.is_none_or(|most| n <= most) => (BodyState::Length(n), None),
                _ => (BodyState::Length(0), too_large),
            },
            // The decoder takes zero for no bound.
            Framing::Chunked => {
                (BodyState::Chunked(ChunkDecoder::new(most.map_or(0, |n| n.max(1)))), None)
            }
        };
        Box::new(ReadBody { state, data: Vec::new(), promise, refused })
    }

    fn advance(&mut self, io: &mut Io) -> Result<Option<usize>> {
        match &mut self.state {
            BodyState::Length(len) => {
                let want = (*len - self.data.len()).min(GULP.max(self.data.len()));
                self.data.try_reserve(want).map_err(|_| Error::NOMEM)?;
                io.read_spare(&mut self.data, want)
            }
            BodyState::Chunked(decoder) => {
                if io.input.is_empty() {
                    match io.fill(GULP) {
                        Ok(Some(n)) if n > 0 => {}
                        other => return other,
                    }
                }
                self.data.try_reserve(io.input.len()).map_err(|_| Error::NOMEM)?;
                match decoder.decode(io.input, &mut self.data) {
                    Ok(used) => {
                        io.input.drain(..used);
                        Ok(Some(used))
                    }
                    Err(refusal) => {
                        self.refused = Some(refusal);
                        Ok(Some(1))
                    }
                }
            }
        }
    }

    fn is_done(&self) -> bool {
        self.refused.is_some()
            || match &self.state {
                BodyState::Length(len) => self.data.len() == *len,
                BodyState::Chunked(decoder) => decoder.is_done(),
            }
    }
}

impl Transfer for ReadBody {
    fn step(&mut self, io: &mut Io) -> Step {
        while !self.is_done() {
            match self.advance(io) {
                Ok(Some(0)) => return Step::Done(Err(Error::CONNSHUT)),
                Ok(Some(_)) => {}
                Ok(None) => return Step::Wait,
                Err(why) => return Step::Done(Err(why)),
            }
        }
        Step::Done(Ok(()))
    }

    fn end(self: Box<Self>, result: Result<()>) {
        let ReadBody { data, promise, refused, .. } = *self;
        let body = if data.is_empty() { Body::Empty } else { Body::Owned(data) };
        promise.keep(result.map(|()| refused.map_or(Ok(body), Err)));
    }
}

/// Reads and forgets, until the end or so many bytes.
pub struct Drain {
    left: usize,
    promise: Promise<()>,
}

impl Drain {
    pub fn new(most: usize, promise: Promise<()>) -> Box<Drain> {
        Box::new(Drain { left: most, promise })
    }
}

impl Transfer for Drain {
    fn step(&mut self, io: &mut Io) -> Step {
        loop {
            self.left = self.left.saturating_sub(io.input.len());
            io.input.clear();
            match io.fill(GULP) {
                Ok(Some(n)) if n > 0 && self.left > 0 => {}
                Ok(None) => return Step::Wait,
                Ok(_) => return Step::Done(Ok(())),
                Err(why) => return Step::Done(Err(why)),
            }
        }
    }

    fn end(self: Box<Self>, result: Result<()>) {
        self.promise.keep(result);
    }
}
