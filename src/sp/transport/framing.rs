//! Messages in a byte stream: what cuts them out and what puts them in.
#![forbid(unsafe_code)]

use super::super::buffers;
use crate::base::{Error, Result, log};
use crate::msg::Message;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;

/// What the front of the input is.
pub enum Cut {
    /// Not enough yet to tell.
    Short,
    /// A whole message, from the first `used` bytes.
    Message { used: usize, msg: Message },
    /// Behind `used` bytes a body of `len` follows, to be given to `Framing::body`.
    Body { used: usize, len: usize },
    /// `used` bytes that carry no message.
    Skip { used: usize },
}

/// A framing of messages over a byte stream, one per pipe. An error ends the pipe.
pub trait Framing: Send {
    fn cut(&mut self, input: &[u8], out: &mut OutQueue) -> Result<Cut>;

    /// The lengths of what precedes the first message and of its body, if all of it is there and
    /// nothing but its content is left to be looked at.
    fn whole(&self, _input: &[u8]) -> Option<(usize, usize)> {
        None
    }

    /// What the body announced by `Cut::Body` is to be appended to.
    fn body_begins(&mut self) -> Vec<u8> {
        Vec::new()
    }

    /// A body announced by `Cut::Body` is complete.
    fn body(&mut self, body: Vec<u8>, out: &mut OutQueue) -> Result<Option<Message>>;

    /// Queues a message, header and body.
    fn put(&mut self, msg: Message, out: &mut OutQueue);

    /// What precedes a message of `len` bytes, header and body, where that is the same for all
    /// pipes with this framing.
    fn prefix(&self, _len: usize) -> Option<Prefix> {
        None
    }

    /// Queues what says goodbye, if the framing has such a thing.
    fn farewell(&mut self, _out: &mut OutQueue) {}
}

/// The bytes before a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Prefix {
    bytes: [u8; 9],
    from: u8,
}

impl Prefix {
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[usize::from(self.from)..]
    }
}

/// Bodies from this size on are written from where they are.
pub const LARGE: usize = 16 * 1024;
/// Pieces of small messages are gathered up to this size.
const PIECE: usize = 64 * 1024;

enum Piece {
    Bytes(Vec<u8>),
    Message(Message),
    /// A part of what several pipes write.
    Shared(Arc<Vec<u8>>, u32, u32),
}

impl Piece {
    fn bytes(&self) -> &[u8] {
        match self {
            Piece::Bytes(bytes) => bytes,
            Piece::Message(msg) => msg.body(),
            Piece::Shared(bytes, from, to) => &bytes[*from as usize..*to as usize],
        }
    }
}

/// Bytes on their way out: gathered small messages, and large bodies in place.
#[derive(Default)]
pub struct OutQueue {
    pieces: VecDeque<Piece>,
    /// The last piece, to which small messages are appended.
    tail: Vec<u8>,
    /// How much of the first piece is written.
    done: usize,
    len: usize,
}

const MOST_PIECES: usize = 64;
/// A piece that gets longer than this will soon be as long as any.
const SHORT_PIECE: usize = 4 * 1024;

impl OutQueue {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What follows goes to another piece.
    fn seal(&mut self) {
        if !self.tail.is_empty() {
            self.pieces.push_back(Piece::Bytes(std::mem::take(&mut self.tail)));
        }
    }

    /// Makes room for `extra` bytes more; false if there is no memory for that.
    #[inline]
    pub fn has_room(&mut self, extra: usize) -> bool {
        self.tail.capacity() - self.tail.len() >= extra || self.make_room(extra)
    }

    #[inline(never)]
    fn make_room(&mut self, extra: usize) -> bool {
        let len = self.tail.len() + extra;
        if self.tail.is_empty() || len > PIECE {
            self.seal();
            self.tail = buffers::take_out();
        } else if len > SHORT_PIECE {
            buffers::lengthen_out(&mut self.tail, PIECE);
        }
        self.tail.try_reserve(extra).is_ok()
    }

    /// A place to append `extra` bytes of framing and small bodies.
    #[inline]
    fn tail(&mut self, extra: usize) -> &mut Vec<u8> {
        self.len += extra;
        // Where memory is short, another piece takes less of it than a longer one.
        if !self.has_room(extra) {
            self.seal();
            self.tail.reserve_exact(extra);
        }
        &mut self.tail
    }

    pub fn put_bytes(&mut self, bytes: &[u8]) {
        self.tail(bytes.len()).extend_from_slice(bytes);
    }

    /// Lets `write` append `len` bytes.
    pub fn put_with(&mut self, len: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let tail = self.tail(len);
        let before = tail.len();
        write(tail);
        debug_assert_eq!(tail.len(), before + len);
    }

    /// Appends a part of what several pipes write.
    pub fn put_shared(&mut self, bytes: Arc<Vec<u8>>, from: u32, to: u32) {
        self.seal();
        self.len += (to - from) as usize;
        self.pieces.push_back(Piece::Shared(bytes, from, to));
    }

    /// Appends `prefix`, the message's header, and its body.
    #[inline]
    pub fn put_message(&mut self, prefix: &[u8], msg: Message) {
        if msg.len() < LARGE {
            self.put_copy(prefix, &msg);
        } else {
            self.put_large(prefix, msg);
        }
    }

    fn put_large(&mut self, prefix: &[u8], msg: Message) {
        let tail = self.tail(prefix.len() + msg.header_len());
        tail.extend_from_slice(prefix);
        tail.extend_from_slice(msg.header());
        self.seal();
        self.len += msg.len();
        self.pieces.push_back(Piece::Message(msg));
    }

    /// As `put_message`, with a copy of the body however large it is.
    #[inline]
    pub fn put_copy(&mut self, prefix: &[u8], msg: &Message) {
        let (header, body) = (msg.header(), msg.body());
        let tail = self.tail(prefix.len() + header.len() + body.len());
        tail.extend_from_slice(prefix);
        if !header.is_empty() {
            tail.extend_from_slice(header);
        }
        tail.extend_from_slice(body);
    }

    /// Calls `write` with the first pieces.
    pub fn write_with<R>(&self, write: impl FnOnce(&[IoSlice]) -> R) -> R {
        let mut slices = [IoSlice::new(&[]); MOST_PIECES];
        let mut n = 0;
        let tail = (!self.tail.is_empty()).then_some(&self.tail[..]);
        for bytes in self.pieces.iter().map(Piece::bytes).chain(tail).take(MOST_PIECES) {
            slices[n] = IoSlice::new(if n == 0 { &bytes[self.done..] } else { bytes });
            n += 1;
        }
        write(&slices[..n])
    }

    /// Drops the first `n` bytes.
    pub fn advance(&mut self, n: usize) {
        self.len -= n;
        self.done += n;
        while let Some(first) = self.pieces.front() {
            let len = first.bytes().len();
            if self.done < len {
                return;
            }
            self.done -= len;
            if let Some(Piece::Bytes(bytes)) = self.pieces.pop_front() {
                buffers::give_out(bytes);
            }
        }
        if self.len == 0 {
            self.done = 0;
            buffers::give_out(std::mem::take(&mut self.tail));
        }
    }

    /// Puts `earlier` before what is here.
    pub fn prepend(&mut self, mut earlier: OutQueue) {
        if earlier.is_empty() {
            return;
        }
        debug_assert_eq!(self.done, 0, "only the taken part is written from");
        if !self.is_empty() {
            earlier.seal();
            earlier.len += self.len;
            earlier.pieces.append(&mut self.pieces);
            earlier.tail = std::mem::take(&mut self.tail);
        }
        *self = earlier;
    }
}

/// The SP framing: a length in eight bytes, behind a type byte on ipc.
pub struct SpFraming {
    ipc: bool,
    most: usize,
}

/// A body is first allotted this much, and grows as its bytes arrive.
pub const FIRST_STEP: usize = 1024 * 1024;
const IPC_MESSAGE: u8 = 1;

impl SpFraming {
    /// `most` bounds the length of a message; zero does not.
    pub fn new(ipc: bool, most: usize) -> SpFraming {
        SpFraming { ipc, most }
    }
}

impl SpFraming {
    fn prefix_of(&self, len: usize) -> Prefix {
        let mut bytes = [IPC_MESSAGE; 9];
        bytes[1..].copy_from_slice(&(len as u64).to_be_bytes());
        Prefix { bytes, from: u8::from(!self.ipc) }
    }
}

impl Framing for SpFraming {
    fn cut(&mut self, input: &[u8], _: &mut OutQueue) -> Result<Cut> {
        let prefix = if self.ipc { 9 } else { 8 };
        let Some((head, rest)) = input.split_at_checked(prefix) else {
            // A wrong type byte need not wait for the rest.
            return match input.first() {
                Some(&first) if self.ipc && first != IPC_MESSAGE => Err(Error::PROTO),
                _ => Ok(Cut::Short),
            };
        };
        if self.ipc && head[0] != IPC_MESSAGE {
            return Err(Error::PROTO);
        }
        let len = u64::from_be_bytes(head[prefix - 8..].try_into().map_err(|_| Error::INTERNAL)?);
        let len = usize::try_from(len).map_err(|_| Error::MSGSIZE)?;
        if len > isize::MAX as usize || (self.most != 0 && len > self.most) {
            let most = self.most;
            log::warn("NNG-RCVMAX", format_args!("message of {len} bytes refused, over {most}"));
            return Err(Error::MSGSIZE);
        }
        match rest.get(..len) {
            Some(body) => Ok(Cut::Message { used: prefix + len, msg: Message::from_slice(body)? }),
            // A small rest is waited for; a large body goes straight into its message.
            None if len <= LARGE => Ok(Cut::Short),
            None => Ok(Cut::Body { used: prefix, len }),
        }
    }

    fn whole(&self, input: &[u8]) -> Option<(usize, usize)> {
        let prefix = if self.ipc { 9 } else { 8 };
        let (head, rest) = input.split_at_checked(prefix)?;
        let len = u64::from_be_bytes(*head.last_chunk()?);
        let fits = len <= rest.len() as u64 && (self.most == 0 || len <= self.most as u64);
        (fits && (!self.ipc || head[0] == IPC_MESSAGE)).then_some((prefix, len as usize))
    }

    fn body(&mut self, body: Vec<u8>, _: &mut OutQueue) -> Result<Option<Message>> {
        Ok(Some(Message::from_vec(body)))
    }

    fn put(&mut self, msg: Message, out: &mut OutQueue) {
        let Prefix { bytes, .. } = self.prefix_of(msg.header_len() + msg.len());
        // Copies of a fixed length are the quicker ones.
        match self.ipc {
            true => out.put_message(&bytes, msg),
            false => out.put_message(&bytes[1..], msg),
        }
    }

    fn prefix(&self, len: usize) -> Option<Prefix> {
        Some(self.prefix_of(len))
    }
}
