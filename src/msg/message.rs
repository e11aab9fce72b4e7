//! A message: a header, a body, and the pipe it came by.
#![forbid(unsafe_code)]

use super::body::{Body, allot};
use super::{large, pool};
use crate::base::{Error, Result};
use std::ops::{Deref, DerefMut};

/// How much header is held in place: a backtrace of the greatest TTL fits.
const HEADER: usize = 68;

/// What a message is, behind its one allocation; C's `nng_msg`.
pub struct MessageInner {
    header_len: usize,
    header: [u8; HEADER],
    /// The header, when it is longer.
    long_header: Vec<u8>,
    body: Body,
    pipe: u32,
}

impl Default for MessageInner {
    fn default() -> MessageInner {
        MessageInner {
            header_len: 0,
            header: [0; HEADER],
            long_header: Vec::new(),
            body: Body::default(),
            pipe: 0,
        }
    }
}

/// An owned message.
pub struct Message(Option<Box<MessageInner>>);

impl MessageInner {
    pub(super) fn reset(&mut self) {
        self.header_len = 0;
        if self.long_header.capacity() > 0 {
            drop_long(std::mem::take(&mut self.long_header));
        }
        self.body.reset();
        self.pipe = 0;
    }

    fn copy(&self, body: Body) -> Box<MessageInner> {
        let mut copy = pool::take();
        copy.header_len = self.header_len;
        copy.header = self.header;
        copy.long_header = self.long_header.clone();
        copy.body = body;
        copy.pipe = self.pipe;
        copy
    }

    /// An independent copy.
    pub fn duplicate(&self) -> Result<Message> {
        let body = self.body.duplicate()?;
        Ok(Message(Some(self.copy(body))))
    }

    pub fn body(&self) -> &[u8] {
        self.body.bytes()
    }

    /// The body for writing; a body that is shared is copied first.
    pub fn body_mut(&mut self) -> &mut [u8] {
        self.body.bytes_mut()
    }

    pub fn len(&self) -> usize {
        self.body.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn capacity(&self) -> usize {
        self.body.capacity()
    }

    pub fn reserve(&mut self, capacity: usize) -> Result<()> {
        let extra = capacity.saturating_sub(self.len());
        self.body.reserve_back(extra)
    }

    /// Sets the body's length; what is added is zero.
    pub fn realloc(&mut self, len: usize) -> Result<()> {
        self.body.resize(len)
    }

    pub fn append(&mut self, data: &[u8]) -> Result<()> {
        self.body.append(data)
    }

    pub fn insert(&mut self, data: &[u8]) -> Result<()> {
        self.body.insert(data)
    }

    pub fn trim(&mut self, n: usize) -> Result<()> {
        self.body.trim(n)
    }

    pub fn chop(&mut self, n: usize) -> Result<()> {
        self.body.chop(n)
    }

    pub fn clear(&mut self) {
        self.body.clear();
    }

    /// Takes a number off the front of the body.
    pub fn trim_u32(&mut self) -> Option<u32> {
        let value = u32::from_be_bytes(self.body().first_chunk().copied()?);
        self.trim(4).ok()?;
        Some(value)
    }

    pub fn header(&self) -> &[u8] {
        if self.long_header.is_empty() {
            &self.header[..self.header_len]
        } else {
            &self.long_header
        }
    }

    pub fn header_mut(&mut self) -> &mut [u8] {
        if self.long_header.is_empty() {
            &mut self.header[..self.header_len]
        } else {
            &mut self.long_header
        }
    }

    pub fn header_len(&self) -> usize {
        self.header().len()
    }

    /// Puts `data` at `at` within the header.
    fn header_splice(&mut self, at: usize, data: &[u8]) -> Result<()> {
        let len = self.header_len;
        if self.long_header.is_empty() && len + data.len() <= HEADER {
            self.header.copy_within(at..len, at + data.len());
            self.header[at..at + data.len()].copy_from_slice(data);
            self.header_len += data.len();
            return Ok(());
        }
        let mut long = Vec::new();
        long.try_reserve(self.header_len() + data.len()).map_err(|_| Error::NOMEM)?;
        long.extend_from_slice(self.header());
        long.splice(at..at, data.iter().copied());
        self.long_header = long;
        self.header_len = 0;
        Ok(())
    }

    pub fn header_append(&mut self, data: &[u8]) -> Result<()> {
        self.header_splice(self.header_len(), data)
    }

    pub fn header_insert(&mut self, data: &[u8]) -> Result<()> {
        self.header_splice(0, data)
    }

    pub fn header_trim(&mut self, n: usize) -> Result<()> {
        if n > self.header_len() {
            return Err(Error::INVAL);
        }
        if self.long_header.is_empty() {
            self.header.copy_within(n..self.header_len, 0);
            self.header_len -= n;
        } else {
            self.long_header.drain(..n);
        }
        Ok(())
    }

    pub fn header_chop(&mut self, n: usize) -> Result<()> {
        let len = self.header_len().checked_sub(n).ok_or(Error::INVAL)?;
        if self.long_header.is_empty() {
            self.header_len = len;
        } else {
            self.long_header.truncate(len);
        }
        Ok(())
    }

    pub fn header_clear(&mut self) {
        self.header_len = 0;
        self.long_header.clear();
    }

    /// Moves the header to the front of the body, as a wire would show it.
    pub fn merge_header(&mut self) -> Result<()> {
        let header = if self.long_header.is_empty() {
            &self.header[..self.header_len]
        } else {
            &self.long_header[..]
        };
        if !header.is_empty() {
            self.body.insert(header)?;
            self.header_clear();
        }
        Ok(())
    }

    /// Appends a number to the header.
    pub fn header_push_u32(&mut self, value: u32) {
        let data = value.to_be_bytes();
        let at = self.header_len;
        if self.long_header.is_empty() && at + 4 <= HEADER {
            self.header[at..at + 4].copy_from_slice(&data);
            self.header_len += 4;
        } else if self.long_header.is_empty() {
            self.long_header = [&self.header[..at], &data].concat();
            self.header_len = 0;
        } else {
            self.long_header.extend_from_slice(&data);
        }
    }

    /// Takes a number off the front of the header.
    pub fn header_trim_u32(&mut self) -> Option<u32> {
        let value = u32::from_be_bytes(self.header().first_chunk().copied()?);
        self.header_trim(4).ok()?;
        Some(value)
    }

    /// The id of the pipe the message came by, or is to go by; zero is none.
    pub fn pipe(&self) -> u32 {
        self.pipe
    }

    pub fn set_pipe(&mut self, pipe: u32) {
        self.pipe = pipe;
    }
}

/// Out of the way of those that have none.
#[cold]
fn drop_long(_: Vec<u8>) {}

/// An empty vector which may become a message's body of `len` bytes: with room for all of them if
/// that costs nothing, for the `first` of them otherwise.
pub fn body_room(len: usize, first: usize) -> Result<Vec<u8>> {
    match large::take(len) {
        Some(kept) => Ok(kept),
        None => allot(first),
    }
}

impl Message {
    /// With a body of its own, so that writing to it takes no memory.
    pub fn into_own(mut msg: Message) -> Result<Message> {
        msg.body.own()?;
        Ok(msg)
    }

    pub fn new() -> Message {
        Message(Some(pool::take()))
    }

    /// A body of zeros.
    pub fn with_len(len: usize) -> Result<Message> {
        let mut msg = Message::new();
        if !msg.body.become_zeros(len) {
            msg.realloc(len)?;
        }
        Ok(msg)
    }

    pub fn from_slice(data: &[u8]) -> Result<Message> {
        let mut msg = Message::new();
        if !msg.body.become_copy(data) {
            msg.append(data)?;
        }
        Ok(msg)
    }

    /// Takes the bytes over without copying them.
    pub fn from_vec(data: Vec<u8>) -> Message {
        let mut msg = Message::new();
        msg.body.adopt(data);
        msg
    }

    /// A second message with the same body, which is not copied.
    pub fn share(&mut self) -> Message {
        let body = self.body.share();
        Message(Some(self.copy(body)))
    }

    /// Prepares the message for `twin`.
    pub fn share_body(&mut self) {
        self.body.make_shared();
    }

    /// A second message; the body is not copied if `share_body` was called.
    pub fn twin(&self) -> Message {
        Message(Some(self.copy(self.body.clone())))
    }

    pub fn into_inner(mut self) -> Box<MessageInner> {
        self.0.take().unwrap_or_default()
    }

    pub fn from_inner(inner: Box<MessageInner>) -> Message {
        Message(Some(inner))
    }
}

impl Default for Message {
    fn default() -> Message {
        Message::new()
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        if let Some(inner) = self.0.take() {
            pool::give(inner);
        }
    }
}

impl Deref for Message {
    type Target = MessageInner;

    fn deref(&self) -> &MessageInner {
        self.0.as_ref().expect("a message has its content until it is taken")
    }
}

impl DerefMut for Message {
    fn deref_mut(&mut self) -> &mut MessageInner {
        self.0.as_mut().expect("a message has its content until it is taken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared as a whole, which Miri does at once.
    fn all_zero(bytes: &[u8]) -> bool {
        bytes == vec![0; bytes.len()]
    }

    const LONG: usize = if cfg!(miri) { 5000 } else { 100_000 };

    #[test]
    fn grows_at_both_ends() {
        let mut msg = Message::new();
        for i in 0..500u32 {
            msg.append(&i.to_be_bytes()).unwrap();
            msg.insert(&i.to_be_bytes()).unwrap();
        }
        assert_eq!(msg.len(), 4000);
        for i in (0..500u32).rev() {
            assert_eq!(msg.trim_u32(), Some(i));
        }
        for i in 0..500u32 {
            assert_eq!(msg.trim_u32(), Some(i));
        }
        assert_eq!(msg.trim_u32(), None);
        assert_eq!(msg.trim(1), Err(Error::INVAL));
        assert_eq!(msg.chop(1), Err(Error::INVAL));
    }

    #[test]
    fn what_is_added_is_zero() {
        for len in [0, 1, 128, 129, 1000, LONG] {
            let msg = Message::with_len(len).unwrap();
            assert_eq!(msg.len(), len);
            assert!(all_zero(msg.body()));
        }
        let mut msg = Message::from_slice(b"abc").unwrap();
        msg.chop(2).unwrap();
        msg.realloc(5).unwrap();
        assert_eq!(msg.body(), b"a\0\0\0\0");
        msg.realloc(300).unwrap();
        assert!(all_zero(&msg.body()[1..]));
    }

    #[test]
    #[cfg_attr(miri, ignore = "there the lack of memory ends the run")]
    fn absurd_lengths_are_refused() {
        assert_eq!(Message::with_len(usize::MAX).err(), Some(Error::NOMEM));
        assert_eq!(Message::with_len(1 << 62).err(), Some(Error::NOMEM));
        assert_eq!(Message::new().reserve(usize::MAX), Err(Error::NOMEM));
    }

    #[test]
    fn a_length_alone_takes_no_memory() {
        assert_eq!(body_room(1 << 40, 5000).unwrap().capacity(), 5000);
        let len = 3 << 20;
        for _ in 0..3 {
            let room = body_room(len, 5000).unwrap();
            assert!(room.is_empty() && (room.capacity() == 5000 || room.capacity() >= len));
            drop(Message::from_vec(vec![7; len]));
        }
    }

    #[test]
    fn shared_bodies_part_on_writing() {
        let mut one = Message::from_slice(&[7; 1000]).unwrap();
        one.header_push_u32(5);
        let mut two = one.share();
        assert_eq!(one.body().as_ptr(), two.body().as_ptr());
        two.body_mut()[0] = 8;
        assert_eq!((one.body()[0], two.body()[0]), (7, 8));
        two.trim(10).unwrap();
        let mut three = one.share();
        three.append(b"x").unwrap();
        assert_eq!((one.len(), two.len(), three.len()), (1000, 990, 1001));
        assert_eq!(three.header(), [0, 0, 0, 5]);
    }

    #[test]
    fn what_is_reserved_is_used() {
        for size in [50, 128, 129, 1000, LONG] {
            let mut msg = Message::new();
            msg.reserve(size).unwrap();
            assert!(msg.capacity() >= size);
            let at = msg.body().as_ptr();
            msg.realloc(size).unwrap();
            assert_eq!(msg.body().as_ptr(), at, "{size}");
            assert!(all_zero(msg.body()));
            msg.clear();
            msg.append(&vec![1; size]).unwrap();
            assert_eq!(msg.body().as_ptr(), at, "{size}");
            msg.trim(size).unwrap();
            assert!(msg.is_empty() && msg.capacity() >= size);
            msg.realloc(size).unwrap();
            assert_eq!(msg.body().as_ptr(), at, "{size}");
            assert!(all_zero(msg.body()));
        }
    }

    #[test]
    fn inserting_leaves_other_sharers_alone() {
        let mut one = Message::with_len(1000).unwrap();
        let at = one.body().as_ptr();
        let mut two = one.share();
        two.insert(b"abcd").unwrap();
        assert_eq!((one.len(), two.len()), (1000, 1004));
        assert!(all_zero(one.body()));
        assert_eq!(two.body()[..5], *b"abcd\0");
        drop(two);
        // The last one has the headroom to itself again.
        one.insert(b"abcd").unwrap();
        assert_eq!(one.body().as_ptr().wrapping_add(4), at);
        one.insert(&[1; 40]).unwrap();
        assert_eq!((one.len(), &one.body()[38..45]), (1044, &b"\x01\x01abcd\0"[..]));
    }

    #[test]
    fn inserts_of_every_length() {
        for len in (0..=128usize).step_by(if cfg!(miri) { 32 } else { 1 }) {
            for front in (0..1024usize).step_by(31) {
                if cfg!(miri) && (100..900).contains(&front) {
                    continue;
                }
                let mut msg = Message::with_len(len).unwrap();
                let (inserted, rest) = (vec![9; front], vec![0; len]);
                msg.insert(&inserted).unwrap();
                assert!(msg.body() == [inserted, rest].concat());
            }
        }
    }

    #[test]
    fn a_vector_is_taken_over() {
        let data = vec![5; 300];
        let at = data.as_ptr();
        let mut msg = Message::from_vec(data);
        assert_eq!((msg.body().as_ptr(), msg.len()), (at, 300));
        msg.set_pipe(3);
        msg.header_push_u32(7);
        let mut copy = msg.duplicate().unwrap();
        copy.insert(b"x").unwrap();
        copy.header_clear();
        assert_eq!((msg.len(), copy.len(), copy.pipe()), (300, 301, 3));
        assert_eq!(msg.header(), [0, 0, 0, 7]);
        let mut shown = copy.duplicate().unwrap();
        shown.header_push_u32(1);
        shown.merge_header().unwrap();
        assert_eq!((shown.header_len(), &shown.body()[..5]), (0, &b"\0\0\0\x01x"[..]));
    }

    #[test]
    fn headers_may_be_long() {
        let mut msg = Message::new();
        for i in 0..40 {
            msg.header_push_u32(i);
        }
        msg.header_insert(b"ab").unwrap();
        msg.header_append(b"z").unwrap();
        assert_eq!(msg.header_len(), 163);
        msg.header_trim(2).unwrap();
        msg.header_chop(1).unwrap();
        for i in 0..40 {
            assert_eq!(msg.header_trim_u32(), Some(i));
        }
        assert_eq!(msg.header_trim_u32(), None);
        assert_eq!(msg.header_chop(1), Err(Error::INVAL));
    }
}
