//! Memory of large bodies, kept for the next ones.
//!
//! The allocator gives such memory back to the system and gets it again, page by page, for each
//! message: that costs many times what copying it does. What is kept is bounded: `FLOOR` bytes,
//! or as much as bodies in use have at that moment if that is more, but never above `MOST`. So it
//! goes back as the messages do, and at rest no more than `FLOOR` is left. Sizes up to `LARGEST`
//! only; larger ones are the allocator's.
#![forbid(unsafe_code)]

use crate::sys::{fork, memory};
use parking_lot::Mutex;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

const LEAST: usize = 32 * 1024;
const LARGEST: usize = 4 * 1024 * 1024 + 64 * 1024;
const FLOOR: usize = 16 * 1024 * 1024;
const MOST: usize = 64 * 1024 * 1024;

/// Sizes that differ by less than a factor of two share a shelf.
const SHELVES: usize = (LARGEST.ilog2() - LEAST.ilog2() + 1) as usize;
/// How many vectors of a shelf are looked at for one that fits.
const LOOKS: usize = 8;

/// How much the bodies in use have.
static USED: AtomicUsize = AtomicUsize::new(0);

#[derive(Default)]
struct Spare {
    shelves: [Vec<Vec<u8>>; SHELVES],
    bytes: usize,
}

static SPARE: Mutex<Spare> =
    Mutex::new(Spare { shelves: [const { Vec::new() }; SHELVES], bytes: 0 });

fn is_kept(n: usize) -> bool {
    !cfg!(any(plain_memory, miri)) && (LEAST..=LARGEST).contains(&n)
}

fn shelf(n: usize) -> usize {
    (n.ilog2() - LEAST.ilog2()) as usize
}

impl Spare {
    fn take(&mut self, n: usize) -> Option<Vec<u8>> {
        let fits = |v: &Vec<u8>| v.capacity() >= n && v.capacity() / 2 <= n;
        for shelf in self.shelves.iter_mut().skip(shelf(n)).take(2) {
            let from = shelf.len().saturating_sub(LOOKS);
            if let Some(at) = shelf[from..].iter().rposition(fits) {
                let found = shelf.swap_remove(from + at);
                self.bytes -= found.capacity();
                return Some(found);
            }
        }
        None
    }

    fn put(&mut self, done: Vec<u8>) {
        self.bytes += done.capacity();
        self.shelves[shelf(done.capacity())].push(done);
    }

    /// Something to let go of, not of `done`'s size if there is anything else.
    fn surplus(&mut self, bound: usize, done: usize) -> Option<Vec<u8>> {
        if self.bytes <= bound {
            return None;
        }
        let mine = shelf(done);
        let other = (0..SHELVES).rev().find(|i| *i != mine && !self.shelves[*i].is_empty());
        let gone = self.shelves[other.unwrap_or(mine)].pop()?;
        self.bytes -= gone.capacity();
        Some(gone)
    }
}

/// An empty vector with room for `n` bytes and not for many more, if one was kept.
pub fn take(n: usize) -> Option<Vec<u8>> {
    if !is_kept(n) || fork::is_child() {
        return None;
    }
    SPARE.lock().take(n)
}

/// Room for `n` bytes.
pub fn room(n: usize) -> Option<Vec<u8>> {
    take(n).or_else(|| {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(n).ok()?;
        Some(bytes)
    })
}

/// So many zeros.
pub fn zeros(n: usize) -> Option<Vec<u8>> {
    match take(n) {
        Some(mut kept) => {
            kept.resize(n, 0);
            Some(kept)
        }
        None => {
            // Fresh memory from the system is zero already.
            let mut fresh = memory::zeros(n)?;
            if is_kept(n) {
                memory::populate(&mut fresh);
            }
            Some(fresh)
        }
    }
}

/// Keeps a vector's memory, unless there is enough of it.
fn give(mut done: Vec<u8>, used: usize) {
    let n = done.capacity();
    if !is_kept(n) || fork::is_child() {
        return;
    }
    done.clear();
    let bound = used.clamp(FLOOR, MOST);
    let mut spare = SPARE.lock();
    spare.put(done);
    // While the bound falls as fast as what is kept rises, two at a time keep up with it.
    let gone = [spare.surplus(bound, n), spare.surplus(bound, n)];
    drop(spare);
    drop(gone);
}

/// Takes a vector back that nobody wrapped: its memory is kept, unless there is enough of it.
pub fn give_back(done: Vec<u8>) {
    give(done, USED.load(Relaxed));
}

/// Gives what is kept back to the allocator.
pub fn drain() {
    let all = std::mem::take(&mut *SPARE.lock());
    drop(all);
}

/// A vector whose memory is kept when it is dropped.
#[derive(Default)]
pub struct Kept {
    bytes: Vec<u8>,
    /// What it counts for in `USED`.
    counted: usize,
}

impl Kept {
    pub fn new(bytes: Vec<u8>) -> Kept {
        let counted = if is_kept(bytes.capacity()) { bytes.capacity() } else { 0 };
        if counted > 0 {
            USED.fetch_add(counted, Relaxed);
        }
        Kept { bytes, counted }
    }
}

impl Clone for Kept {
    fn clone(&self) -> Kept {
        Kept::new(self.bytes.clone())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let used = match self.counted {
            0 => USED.load(Relaxed),
            n => USED.fetch_sub(n, Relaxed) - n,
        };
        give(std::mem::take(&mut self.bytes), used);
    }
}

impl Deref for Kept {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.bytes
    }
}

impl DerefMut for Kept {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msg::Message;

    #[test]
    #[cfg_attr(miri, ignore = "megabytes take minutes there")]
    fn what_comes_back_is_empty_and_fits() {
        for n in [LEAST, 100_000, LARGEST] {
            give(vec![7; n], 0);
            if let Some(found) = take(n) {
                assert!(found.is_empty() && found.capacity() >= n && found.capacity() / 2 <= n);
            }
            drop(Message::from_slice(&vec![7; n]).unwrap());
            let fresh = Message::with_len(n).unwrap();
            assert!(fresh.len() == n && fresh.body().iter().all(|b| *b == 0));
        }
        assert!(take(LARGEST + 1).is_none() && take(1).is_none());
    }

    #[test]
    fn a_kept_vector_is_found_again() {
        let mut spare = Spare::default();
        for n in
            [LEAST, LEAST + 1, 65_535, 65_536, 65_568, 1 << 20, (1 << 20) + 32, 3 << 20, LARGEST]
        {
            let done = Vec::with_capacity(n);
            let (at, n) = (done.as_ptr(), done.capacity());
            spare.put(done);
            for wanted in [n, n - n / 8, n / 2 + 1] {
                let found = spare.take(wanted.max(LEAST)).expect("it fits");
                assert_eq!(found.as_ptr(), at, "{wanted} of {n}");
                spare.put(found);
            }
            if n / 2 > LEAST {
                assert!(spare.take(n / 2 - 1).is_none());
            }
            if n < LARGEST {
                assert!(spare.take(n + 1).is_none());
            }
            assert_eq!(spare.surplus(0, n).map(|gone| gone.as_ptr()), Some(at));
            assert_eq!(spare.bytes, 0);
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        for used in [0, 32 << 20, 1 << 40] {
            for _ in 0..80 {
                give(Vec::with_capacity(1_000_000), used);
            }
            assert!(SPARE.lock().bytes <= MOST);
        }
        for _ in 0..80 {
            give(Vec::with_capacity(1_000_000), 0);
        }
        assert!(SPARE.lock().bytes <= FLOOR);
    }

    #[test]
    fn other_sizes_make_room() {
        let mut spare = Spare::default();
        for _ in 0..16 {
            spare.put(Vec::with_capacity(1 << 20));
        }
        for _ in 0..256 {
            spare.put(Vec::with_capacity(1 << 16));
            while spare.surplus(FLOOR, 1 << 16).is_some() {}
        }
        assert_eq!(spare.bytes, FLOOR);
        assert_eq!(spare.shelves[shelf(1 << 16)].len(), 256);
    }
}
