//! Memory that a C caller lends for the length of an operation.
use std::io::IoSlice;

/// A caller's buffers, in order.
#[derive(Clone, Default)]
pub struct IoVec(Vec<(usize, usize)>);

impl IoVec {
    pub fn new() -> IoVec {
        IoVec(Vec::new())
    }

    /// # Safety
    /// Each (address, length) must be readable and writable memory that nobody else touches
    /// until the operation that uses it is complete.
    pub unsafe fn lent(parts: Vec<(usize, usize)>) -> IoVec {
        IoVec(parts)
    }

    pub fn len(&self) -> usize {
        self.0.iter().map(|p| p.1).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The parts, as addresses and lengths.
    pub fn parts(&self) -> &[(usize, usize)] {
        &self.0
    }

    /// Drops the first `n` bytes.
    pub fn advance(&mut self, mut n: usize) {
        let mut gone = 0;
        for part in &mut self.0 {
            let step = n.min(part.1);
            part.0 += step;
            part.1 -= step;
            n -= step;
            if part.1 > 0 {
                break;
            }
            gone += 1;
        }
        self.0.drain(..gone);
    }

    /// Shows the contents, in as many pieces as there are.
    pub fn with_slices<R>(&self, f: impl FnOnce(&[IoSlice]) -> R) -> R {
        let parts = self.0.iter().filter(|(_, len)| *len > 0);
        let slices: Vec<IoSlice> = parts
            // SAFETY: the part was lent to us for reading (`lent`).
            .map(|&(at, len)| unsafe { std::slice::from_raw_parts(at as *const u8, len) })
            .map(IoSlice::new)
            .collect();
        f(&slices)
    }

    /// Copies from `data` into the buffers; returns how much fitted.
    pub fn fill(&self, mut data: &[u8]) -> usize {
        let mut done = 0;
        for &(at, len) in &self.0 {
            let n = len.min(data.len());
            // SAFETY: the part was lent to us for writing (`lent`), and `data` is not in it.
            unsafe { std::ptr::copy_nonoverlapping(data.as_ptr(), at as *mut u8, n) };
            data = &data[n..];
            done += n;
        }
        done
    }

    /// The contents, copied, up to `limit` bytes.
    pub fn gather(&self, limit: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(limit.min(self.len()));
        for &(at, len) in &self.0 {
            let n = len.min(limit - out.len());
            if n > 0 {
                // SAFETY: the part was lent to us for reading (`lent`).
                out.extend_from_slice(unsafe { std::slice::from_raw_parts(at as *const u8, n) });
            }
        }
        out
    }
}
