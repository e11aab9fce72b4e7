//! Memory in amounts that a peer or a program chooses: where there is none, that is an error.
use std::alloc::{Layout, alloc_zeroed};

/// So many zeros; memory that is fresh from the system is zero already, and stays untouched.
pub fn zeros(len: usize) -> Option<Vec<u8>> {
    if len == 0 {
        return Some(Vec::new());
    }
    let layout = Layout::array::<u8>(len).ok()?;
    // SAFETY: the layout's size is not zero.
    let at = unsafe { alloc_zeroed(layout) };
    // SAFETY: allocated just now by the global allocator with this layout, and all of it is set.
    (!at.is_null()).then(|| unsafe { Vec::from_raw_parts(at, len, len) })
}

/// A copy of `bytes`.
pub fn copy(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).ok()?;
    copy.extend_from_slice(bytes);
    Some(copy)
}

/// Has the system give all pages of fresh memory at once, if it can: touched one by one they cost
/// several times as much.
pub fn populate(fresh: &mut [u8]) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        const PAGE: usize = 4096;
        let from = fresh.as_mut_ptr();
        let skipped = from.align_offset(PAGE);
        let pages = fresh.len().saturating_sub(skipped) / PAGE;
        if pages == 0 {
            return;
        }
        // Where pages are larger than these, the system refuses, and nothing is lost.
        let at = from.wrapping_add(skipped);
        // The allocator may have had it in use before: going through its pages takes long too.
        let mut there = 0u8;
        let middle = at.wrapping_add(pages / 2 * PAGE);
        let _ = super::syscall!(mincore(middle.cast(), PAGE, &raw mut there));
        if there & 1 == 0 {
            let _ = super::syscall!(madvise(at.cast(), pages * PAGE, libc::MADV_POPULATE_WRITE));
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = fresh;
}
