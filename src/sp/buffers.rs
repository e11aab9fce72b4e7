//! Spare buffers, a few for each thread: pipes hold none while they are idle.
#![forbid(unsafe_code)]

use crate::msg::large;
use std::cell::RefCell;

/// A buffer to read into.
pub const READ: usize = 64 * 1024;
/// Enough for whatever is waited for in a buffer.
const SMALL: usize = 32 * 1024;
const KEPT: usize = 4;

#[derive(Default)]
struct Spare {
    read: Vec<Box<[u8]>>,
    out: Vec<Vec<u8>>,
}

thread_local! {
    static SPARE: RefCell<Spare> = RefCell::default();
}

/// A buffer with room for more than `least` bytes; a small one where memory is short.
pub fn take_read(least: usize) -> Box<[u8]> {
    let spare = SPARE.try_with(|s| s.borrow_mut().read.pop()).ok().flatten();
    spare.unwrap_or_else(|| {
        let mut buf = Vec::new();
        if buf.try_reserve_exact(READ).is_err() {
            buf.reserve_exact(least + SMALL);
        }
        buf.resize(buf.capacity(), 0);
        buf.into_boxed_slice()
    })
}

pub fn give_read(buf: Box<[u8]>) {
    let _ = SPARE.try_with(|s| {
        let spare = &mut s.borrow_mut().read;
        if spare.len() < KEPT && buf.len() >= READ {
            spare.push(buf);
        }
    });
}

/// An empty buffer to gather output in.
pub fn take_out() -> Vec<u8> {
    SPARE.try_with(|s| s.borrow_mut().out.pop()).ok().flatten().unwrap_or_default()
}

/// Lengthens such a buffer to hold `n` bytes, if there is memory for that.
pub fn lengthen_out(out: &mut Vec<u8>, n: usize) {
    if let Some(mut longer) = large::room(n) {
        longer.extend_from_slice(out);
        *out = longer;
    }
}

/// One thread gathers output and another writes it: what this one has enough of is for all.
pub fn give_out(mut buf: Vec<u8>) {
    buf.clear();
    let mut buf = Some(buf);
    let _ = SPARE.try_with(|s| {
        let spare = &mut s.borrow_mut().out;
        if spare.len() < KEPT
            && let Some(buf) = buf.take_if(|buf| (1..=2 * READ).contains(&buf.capacity()))
        {
            spare.push(buf);
        }
    });
    buf.into_iter().for_each(large::give_back);
}
