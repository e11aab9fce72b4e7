//! Output that many pipes have in common: each message is framed once and kept once.
//!
//! While messages are gathered, a pipe notes only which part of the common bytes is its own
//! (`Part`), as long as it takes every message. Before anybody writes, the bytes are closed:
//! each pipe's part goes to its own output, sharing the bytes.
#![forbid(unsafe_code)]

use super::transport::framing::Prefix;
use crate::msg::Message;

/// What of the common bytes a pipe is to write.
#[derive(Clone, Copy, Default)]
pub struct Part {
    pub from: u32,
    pub to: u32,
}

impl Part {
    pub fn is_empty(self) -> bool {
        self.from == self.to
    }

    pub fn len(self) -> usize {
        (self.to - self.from) as usize
    }
}

/// No more is gathered than this.
const MOST: usize = 32 * 1024;

#[derive(Default)]
pub struct SharedOut {
    bytes: Vec<u8>,
    /// How long this framing's prefixes are.
    prefix: usize,
    /// Where the message announced last is, once it is framed.
    frame: Option<Part>,
    /// The slots of the pipes that have a part.
    members: Vec<usize>,
    /// How much there was last time.
    usual: usize,
}

/// Whether a pipe's part was lengthened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Joined {
    Yes,
    /// The pipe missed some of it: only once the bytes are closed.
    Behind,
    /// Its framing is another.
    Other,
}

impl SharedOut {
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Another message follows; true if the bytes are to be closed first.
    pub fn announce(&mut self) -> bool {
        self.frame = None;
        self.bytes.len() >= MOST
    }

    /// Lengthens a pipe's part by the announced message.
    pub fn join(&mut self, prefix: Prefix, msg: &Message, slot: usize, part: &mut Part) -> Joined {
        let bytes = prefix.bytes();
        if !self.bytes.is_empty() && self.prefix != bytes.len() {
            return Joined::Other;
        }
        let frame = *self.frame.get_or_insert_with(|| {
            self.prefix = bytes.len();
            let from = self.bytes.len() as u32;
            if self.bytes.capacity() == 0 {
                let frame = bytes.len() + msg.header().len() + msg.len();
                self.bytes.reserve(frame.max(self.usual));
            }
            self.bytes.extend_from_slice(bytes);
            self.bytes.extend_from_slice(msg.header());
            self.bytes.extend_from_slice(msg.body());
            Part { from, to: self.bytes.len() as u32 }
        });
        if part.is_empty() {
            *part = frame;
            self.members.push(slot);
        } else if part.to == frame.from {
            part.to = frame.to;
        } else {
            return Joined::Behind;
        }
        Joined::Yes
    }

    /// Closes the bytes: they, and the slots of the pipes with a part, whose parts must go.
    pub fn close(&mut self) -> (Vec<u8>, Vec<usize>) {
        self.frame = None;
        self.usual = self.bytes.len();
        (std::mem::take(&mut self.bytes), std::mem::take(&mut self.members))
    }

    /// Takes the emptied list back for its capacity.
    pub fn reuse(&mut self, mut members: Vec<usize>) {
        members.clear();
        self.members = members;
    }
}
