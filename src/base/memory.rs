//! Whether there is memory to begin something with.
#![forbid(unsafe_code)]

use super::{Error, Result};
use crate::sys::reserve;

/// `NOMEM` when there is nothing but the reserve.
#[inline]
pub fn enough_memory() -> Result<()> {
    if reserve::is_all() { Err(Error::NOMEM) } else { Ok(()) }
}

/// `NOMEM` when there is too little for a thread.
pub fn enough_for_thread() -> Result<()> {
    if reserve::probe() { Err(Error::NOMEM) } else { Ok(()) }
}
