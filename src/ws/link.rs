//! WebSocket as a byte stream: every write is a message, and reads do not see where they end.
//!
//! One lock for each direction; reading takes the writing one as well, for answers to control
//! frames, and never the other way round.
#![forbid(unsafe_code)]

use super::dialer::WsDialer;
use super::frame::{CloseCode, Decoder, Event, Head, Opcode, Role, append_close, append_frame};
use super::listener::WsListener;
use super::mask::Mask;
use super::settings::Talk;
use super::upgrade::Upgraded;
use crate::base::options::{self, Type, Value};
use crate::base::{Error, Result};
use crate::rt::Promise;
use crate::stream::{Dial, Link, Listen, Ticket};
use crate::sys::random::unforetellable_u32;
use parking_lot::Mutex;
use std::io::{self, ErrorKind, IoSlice};
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

const GULP: usize = 16 << 10;
/// No frame that is sent is longer.
const MOST_FRAME: usize = 1 << 20;

pub struct WsLink {
    inner: Arc<dyn Link>,
    role: Role,
    frame_max: usize,
    opcode: Opcode,
    talk: Arc<Talk>,
    reading: Mutex<Reading>,
    writing: Mutex<Writing>,
}

struct Reading {
    decoder: Decoder,
    raw: Vec<u8>,
    /// How much of `raw` is decoded.
    at: usize,
    /// Decoded bytes in `raw` that nobody has read yet.
    plain: Range<usize>,
    over: bool,
}

#[derive(Default)]
struct Writing {
    out: Vec<u8>,
    done: usize,
    closed: bool,
}

/// A mask for a frame, if this side has to mask.
pub fn mask_key(role: Role) -> Option<[u8; 4]> {
    (role == Role::Client).then(|| unforetellable_u32().to_ne_bytes())
}

impl WsLink {
    pub fn new(up: Upgraded) -> WsLink {
        let frame_max = match up.settings.send_frame_max {
            0 => MOST_FRAME,
            n => n.min(MOST_FRAME),
        };
        let decoder = Decoder::new(up.role, up.settings.stream_limits());
        let reading = Reading { decoder, raw: up.early, at: 0, plain: 0..0, over: false };
        WsLink {
            inner: up.link,
            role: up.role,
            frame_max,
            opcode: if up.settings.send_text { Opcode::Text } else { Opcode::Binary },
            talk: up.talk,
            reading: Mutex::new(reading),
            writing: Mutex::default(),
        }
    }

    /// Writes the frames that wait. What they hold was taken from a caller that may not hear of a
    /// failure: then nothing else may follow.
    fn send(&self, writing: &mut Writing) -> io::Result<()> {
        while writing.done < writing.out.len() {
            match self.inner.write(&[IoSlice::new(&writing.out[writing.done..])]) {
                Ok(n) => writing.done += n,
                Err(e) => {
                    if e.kind() != ErrorKind::WouldBlock {
                        writing.closed = true;
                        writing.out.clear();
                        writing.done = 0;
                        self.inner.shut_down();
                    }
                    return Err(e);
                }
            }
        }
        writing.out.clear();
        writing.done = 0;
        if writing.out.capacity() > 2 * GULP {
            writing.out = Vec::new();
        }
        Ok(())
    }

    fn close_with(&self, code: CloseCode) {
        let writing = &mut *self.writing.lock();
        if !std::mem::replace(&mut writing.closed, true) {
            append_close(&mut writing.out, code, mask_key(self.role));
        }
        let _ = self.send(writing);
    }

    fn pong(&self, payload: &[u8]) {
        let writing = &mut *self.writing.lock();
        // A peer that asks without reading gets no more answers than fit.
        if !writing.closed && writing.out.len() < GULP {
            append_frame(&mut writing.out, Opcode::Pong, true, payload, mask_key(self.role));
        }
        let _ = self.send(writing);
    }

    /// Decodes until there is plaintext; false when more has to be read.
    fn decode(&self, reading: &mut Reading) -> Result<bool> {
        loop {
            let before = reading.raw.len() - reading.at;
            let mut input = &mut reading.raw[reading.at..];
            let event = reading.decoder.next(&mut input);
            let found = match &event {
                Ok(Some(Event::Data { bytes, .. })) => bytes.len(),
                _ => 0,
            };
            let left = input.len();
            reading.at += before - left;
            match event {
                Ok(None) => return Ok(false),
                Ok(Some(Event::Data { .. })) => {
                    reading.plain = reading.at - found..reading.at;
                    if found > 0 {
                        return Ok(true);
                    }
                }
                Ok(Some(Event::Ping(payload))) => self.pong(payload.as_bytes()),
                Ok(Some(Event::Pong(_))) => {}
                Ok(Some(Event::Close(_))) => {
                    reading.over = true;
                    self.close_with(CloseCode::NORMAL);
                    return Err(Error::CLOSED);
                }
                Err(code) => {
                    reading.over = true;
                    self.close_with(code);
                    return Err(Error::CLOSED);
                }
            }
        }
    }

    fn fill(&self, reading: &mut Reading) -> io::Result<(usize, bool)> {
        reading.raw.clear();
        reading.at = 0;
        reading.plain = 0..0;
        reading.raw.reserve(GULP);
        let room = reading.raw.capacity();
        let n = self.inner.read_spare(&mut reading.raw, room)?;
        Ok((n, n < room && self.inner.short_read_drains()))
    }

    fn read_locked(&self, reading: &mut Reading, buf: &mut [u8]) -> io::Result<usize> {
        let mut got = 0;
        let mut drained = false;
        while got < buf.len() {
            let n = reading.plain.len().min(buf.len() - got);
            if n > 0 {
                let from = reading.plain.start;
                buf[got..got + n].copy_from_slice(&reading.raw[from..from + n]);
                reading.plain.start += n;
                got += n;
                continue;
            }
            if reading.over {
                return if got > 0 { Ok(got) } else { Err(Error::CLOSED.into()) };
            }
            match self.decode(reading) {
                Ok(true) => continue,
                Ok(false) if drained => break,
                Ok(false) => {}
                Err(_) => continue,
            }
            match self.fill(reading) {
                // An end, though without a CLOSE.
                Ok((0, _)) => reading.over = true,
                Ok((_, all)) => drained = all,
                Err(_) if got > 0 => break,
                Err(e) => return Err(e),
            }
        }
        if reading.at == reading.raw.len() && reading.plain.is_empty() {
            reading.raw = Vec::new();
            reading.at = 0;
        }
        if got == 0 && !buf.is_empty() { Err(ErrorKind::WouldBlock.into()) } else { Ok(got) }
    }
}

impl Link for WsLink {
    fn fd(&self) -> BorrowedFd<'_> {
        self.inner.fd()
    }

    fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.read_locked(&mut self.reading.lock(), buf)
    }

    fn write(&self, bufs: &[IoSlice]) -> io::Result<usize> {
        let writing = &mut *self.writing.lock();
        if writing.closed {
            return Err(Error::CLOSED.into());
        }
        self.send(writing)?;
        let whole: usize = bufs.iter().map(|b| b.len()).sum();
        let len = whole.min(self.frame_max);
        let key = mask_key(self.role);
        writing.out.try_reserve(len + 16)?;
        writing.out.extend_from_slice(Head::new(self.opcode, true, len, key).as_bytes());
        let mut mask = Mask::new(key.unwrap_or_default());
        let mut left = len;
        for buf in bufs {
            let part = &buf[..buf.len().min(left)];
            mask.append(part, &mut writing.out);
            left -= part.len();
        }
        match self.send(writing) {
            Err(e) if e.kind() != ErrorKind::WouldBlock => Err(e),
            _ => Ok(len),
        }
    }

    fn flush(&self) -> io::Result<()> {
        self.send(&mut self.writing.lock())?;
        self.inner.flush()
    }

    fn coupled(&self) -> bool {
        self.inner.coupled()
    }

    fn shut_down(&self) {
        self.close_with(CloseCode::NORMAL);
        let _ = self.inner.flush();
        self.inner.shut_down();
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        options::or_next(self.inner.get_option(name, ty), || self.talk.get_option(name, ty))
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        options::or_next(self.inner.set_option(name, value), || self.talk.set_option(name))
    }
}

fn as_stream(promise: Promise<Arc<dyn Link>>) -> Promise<Upgraded> {
    Promise::new(move |up: Result<Upgraded>| {
        promise.keep(up.map(|up| Arc::new(WsLink::new(up)) as Arc<dyn Link>));
    })
}

impl Dial for WsDialer {
    fn dial(&self, ticket: Ticket, promise: Promise<Arc<dyn Link>>) {
        WsDialer::dial(self, ticket, as_stream(promise));
    }

    fn cancel(&self, ticket: Ticket, why: Error) {
        WsDialer::cancel(self, ticket, why);
    }

    fn close(&self) {
        WsDialer::close(self);
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        WsDialer::get_option(self, name, ty)
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        WsDialer::set_option(self, name, value)
    }
}

impl Listen for WsListener {
    fn listen(&self) -> Result<()> {
        WsListener::listen(self)
    }

    fn accept(&self, ticket: Ticket, promise: Promise<Arc<dyn Link>>) {
        WsListener::accept(self, ticket, as_stream(promise));
    }

    fn cancel(&self, ticket: Ticket, why: Error) {
        WsListener::cancel(self, ticket, why);
    }

    fn close(&self) {
        WsListener::close(self);
    }

    fn get_option(&self, name: &str, ty: Type) -> Result<Value> {
        WsListener::get_option(self, name, ty)
    }

    fn set_option(&self, name: &str, value: Value) -> Result<()> {
        WsListener::set_option(self, name, value)
    }
}
