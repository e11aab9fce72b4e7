//! Memory of large bodies, kept for the next ones.
//!
//! The allocator gives such memory back to the system and gets it again, page by page, for each
//! message: that costs more than copying it. A few bodies' worth is kept, for all threads.
#![forbid(unsafe_code)]

use crate::sys::fork;
use parking_lot::Mutex;

/// Vectors of this capacity are kept, up to so many bytes in all.
const LEAST: usize = 32 * 1024;
const LARGEST: usize = 1024 * 1024 + 64 * 1024;
const KEPT: usize = 4 * 1024 * 1024;

struct Spare {
    all: Vec<Vec<u8>>,
    bytes: usize,
}

static SPARE: Mutex<Spare> = Mutex::new(Spare { all: Vec::new(), bytes: 0 });

/// An empty vector with room for `n` bytes and not for many more, if one was kept.
pub fn take(n: usize) -> Option<Vec<u8>> {
    if cfg!(plain_memory) || !(LEAST..=LARGEST).contains(&n) || fork::is_child() {
        return None;
    }
    let mut spare = SPARE.lock();
    let fits = |v: &Vec<u8>| v.capacity() >= n && v.capacity() / 2 <= n;
    let at = spare.all.iter().rposition(fits)?;
    let found = spare.all.swap_remove(at);
    spare.bytes -= found.capacity();
    Some(found)
}

/// Keeps a vector's memory, unless there is enough of it.
pub fn give(mut done: Vec<u8>) {
    let n = done.capacity();
    if cfg!(plain_memory) || !(LEAST..=LARGEST).contains(&n) || fork::is_child() {
        return;
    }
    done.clear();
    let mut spare = SPARE.lock();
    if spare.bytes + n <= KEPT {
        spare.bytes += n;
        spare.all.push(done);
    }
}

/// Gives what is kept back to the allocator.
pub fn drain() {
    *SPARE.lock() = Spare { all: Vec::new(), bytes: 0 };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::msg::Message;

    #[test]
    #[cfg_attr(miri, ignore = "megabytes take minutes there")]
    fn what_comes_back_is_empty_and_fits() {
        for n in [LEAST, 100_000, LARGEST] {
            give(vec![7; n]);
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
    fn what_is_kept_is_bounded() {
        for _ in 0..40 {
            give(Vec::with_capacity(1_000_000));
        }
        assert!(SPARE.lock().bytes <= KEPT);
    }
}
