//! A run of bytes that grows and shrinks at both ends, small ones in place.
#![forbid(unsafe_code)]

use super::large::{self, Kept};
use crate::base::memory::enough_memory;
use crate::base::{Error, Result};
use std::alloc::{Layout, handle_alloc_error};
use std::sync::Arc;

/// How much is held in place.
pub const INLINE: usize = 160;
/// Room kept in front, for what protocols and programs insert there.
pub const HEADROOM: usize = 32;

#[derive(Clone)]
enum Store {
    Inline([u8; INLINE]),
    Heap(Kept),
    Shared(Arc<Kept>),
}

/// The bytes `start..end` of the store are the content.
#[derive(Clone)]
pub struct Body {
    start: usize,
    end: usize,
    /// How far a body in place may grow before it moves; programs know that it is not far.
    limit: usize,
    store: Store,
}

/// How much a body may grow behind without moving.
const TAILROOM: usize = 32;

impl Default for Body {
    fn default() -> Body {
        Body {
            start: HEADROOM,
            end: HEADROOM,
            limit: HEADROOM + TAILROOM,
            store: Store::Inline([0; INLINE]),
        }
    }
}

/// Room for `n` bytes; an absurd amount is an error, not an abort.
pub(super) fn allot(n: usize) -> Result<Vec<u8>> {
    enough_memory()?;
    large::room(n).ok_or(Error::NOMEM)
}

impl Body {
    /// Empties it, for another use; large memory is given up.
    #[inline]
    pub fn reset(&mut self) {
        if !matches!(self.store, Store::Inline(_)) {
            self.give_up();
        }
        self.start = HEADROOM;
        self.end = HEADROOM;
        self.limit = HEADROOM + TAILROOM;
    }

    #[inline(never)]
    fn give_up(&mut self) {
        self.store = Store::Inline([0; INLINE]);
    }

    /// Makes an empty body in place `len` bytes long, all zero; false if that does not fit.
    #[inline]
    pub fn become_zeros(&mut self, len: usize) -> bool {
        let Store::Inline(bytes) = &mut self.store else { return false };
        if len > INLINE - HEADROOM {
            return false;
        }
        self.start = HEADROOM;
        self.end = HEADROOM + len;
        self.limit = (self.end + TAILROOM).min(INLINE);
        bytes[HEADROOM..HEADROOM + len].fill(0);
        true
    }

    /// As `become_zeros`, with a copy of `data`.
    #[inline]
    pub fn become_copy(&mut self, data: &[u8]) -> bool {
        let Store::Inline(bytes) = &mut self.store else { return false };
        if data.len() > INLINE - HEADROOM {
            return false;
        }
        self.start = HEADROOM;
        self.end = HEADROOM + data.len();
        self.limit = (self.end + TAILROOM).min(INLINE);
        bytes[HEADROOM..self.end].copy_from_slice(data);
        true
    }

    pub fn adopt(&mut self, bytes: Vec<u8>) {
        self.start = 0;
        self.end = bytes.len();
        self.store = Store::Heap(Kept::new(bytes));
    }

    pub fn len(&self) -> usize {
        self.end - self.start
    }

    pub fn bytes(&self) -> &[u8] {
        let all: &[u8] = match &self.store {
            Store::Inline(bytes) => bytes,
            Store::Heap(bytes) => bytes,
            Store::Shared(bytes) => bytes,
        };
        &all[self.start..self.end]
    }

    /// The bytes for writing; a shared body becomes our own first (`own`).
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        if self.own().is_err() {
            handle_alloc_error(Layout::for_value(self.bytes()));
        }
        let all: &mut [u8] = match &mut self.store {
            Store::Inline(bytes) => bytes,
            Store::Heap(bytes) => bytes,
            Store::Shared(_) => &mut [],
        };
        &mut all[self.start..self.end]
    }

    /// Copies a body that others hold too.
    #[inline]
    pub fn own(&mut self) -> Result<()> {
        if let Store::Shared(_) = &self.store { self.part() } else { Ok(()) }
    }

    fn part(&mut self) -> Result<()> {
        let Store::Shared(shared) = &mut self.store else { return Ok(()) };
        self.store = match Arc::try_unwrap(std::mem::take(shared)) {
            Ok(bytes) => Store::Heap(bytes),
            Err(shared) => match allot(self.end - self.start) {
                Ok(mut bytes) => {
                    bytes.extend_from_slice(&shared[self.start..self.end]);
                    self.end -= self.start;
                    self.start = 0;
                    Store::Heap(Kept::new(bytes))
                }
                Err(why) => {
                    self.store = Store::Shared(shared);
                    return Err(why);
                }
            },
        };
        Ok(())
    }

    /// A second body with the same content, which is not copied.
    pub fn share(&mut self) -> Body {
        self.make_shared();
        self.clone()
    }

    /// From now on a clone does not copy the content.
    pub fn make_shared(&mut self) {
        if let Store::Heap(bytes) = &mut self.store {
            self.store = Store::Shared(Arc::new(std::mem::take(bytes)));
        }
    }

    /// A body of its own with the same content.
    pub fn duplicate(&self) -> Result<Body> {
        if let Store::Inline(_) = self.store {
            return Ok(self.clone());
        }
        let mut bytes = allot(HEADROOM + self.len())?;
        bytes.resize(HEADROOM, 0);
        bytes.extend_from_slice(self.bytes());
        Ok(Body {
            start: HEADROOM,
            end: bytes.len(),
            limit: 0,
            store: Store::Heap(Kept::new(bytes)),
        })
    }

    pub fn capacity(&self) -> usize {
        let all = match &self.store {
            Store::Inline(_) => self.limit,
            Store::Heap(bytes) => bytes.capacity(),
            Store::Shared(bytes) => bytes.len(),
        };
        all - self.start
    }

    /// Makes room for `extra` bytes behind.
    pub fn reserve_back(&mut self, extra: usize) -> Result<()> {
        self.own()?;
        let need = self.end.checked_add(extra).ok_or(Error::NOMEM)?;
        match &mut self.store {
            Store::Inline(_) if need <= self.limit => {}
            Store::Inline(bytes) => {
                let mut grown = allot(need)?;
                grown.extend_from_slice(&bytes[..self.end]);
                self.store = Store::Heap(Kept::new(grown));
            }
            Store::Heap(bytes) => {
                bytes.truncate(self.end);
                bytes.try_reserve(extra).map_err(|_| Error::NOMEM)?;
            }
            Store::Shared(_) => {}
        }
        Ok(())
    }

    pub fn append(&mut self, data: &[u8]) -> Result<()> {
        self.reserve_back(data.len())?;
        match &mut self.store {
            Store::Inline(bytes) => bytes[self.end..self.end + data.len()].copy_from_slice(data),
            Store::Heap(bytes) => bytes.extend_from_slice(data),
            Store::Shared(_) => {}
        }
        self.end += data.len();
        Ok(())
    }

    /// Lengthens with zeros or shortens at the end.
    pub fn resize(&mut self, len: usize) -> Result<()> {
        if len <= self.len() {
            self.end = self.start + len;
            return Ok(());
        }
        let extra = len - self.len();
        if self.len() == 0 && extra > self.capacity() {
            let total = extra.checked_add(HEADROOM).ok_or(Error::NOMEM)?;
            self.store = Store::Heap(Kept::new(large::zeros(total).ok_or(Error::NOMEM)?));
            self.start = HEADROOM;
            self.end = total;
            return Ok(());
        }
        self.reserve_back(extra)?;
        match &mut self.store {
            Store::Inline(bytes) => bytes[self.end..self.end + extra].fill(0),
            Store::Heap(bytes) => bytes.resize(self.end + extra, 0),
            Store::Shared(_) => {}
        }
        self.end += extra;
        Ok(())
    }

    pub fn insert(&mut self, data: &[u8]) -> Result<()> {
        let own = match &mut self.store {
            Store::Shared(bytes) => Arc::get_mut(bytes).is_some(),
            _ => true,
        };
        if own && data.len() <= self.start {
            self.own()?;
        } else {
            let room = data.len().checked_add(HEADROOM).ok_or(Error::NOMEM)?;
            let mut moved = allot(room.checked_add(self.len()).ok_or(Error::NOMEM)?)?;
            moved.resize(room, 0);
            moved.extend_from_slice(self.bytes());
            self.end = moved.len();
            self.start = room;
            self.store = Store::Heap(Kept::new(moved));
        }
        let at = self.start - data.len();
        let all: &mut [u8] = match &mut self.store {
            Store::Inline(bytes) => bytes,
            Store::Heap(bytes) => bytes,
            Store::Shared(_) => &mut [],
        };
        all[at..self.start].copy_from_slice(data);
        self.start = at;
        Ok(())
    }

    /// Drops `n` bytes in front.
    pub fn trim(&mut self, n: usize) -> Result<()> {
        if n > self.len() {
            return Err(Error::INVAL);
        }
        if n == self.len() {
            // Keeps the room behind for what comes next.
            self.clear();
        } else {
            self.start += n;
        }
        Ok(())
    }

    /// Drops `n` bytes behind.
    pub fn chop(&mut self, n: usize) -> Result<()> {
        if n > self.len() {
            return Err(Error::INVAL);
        }
        self.end -= n;
        Ok(())
    }

    pub fn clear(&mut self) {
        self.end = self.start;
    }
}
