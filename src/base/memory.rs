//! Whether there is memory to begin something with.
#![forbid(unsafe_code)]

use super::{Error, Result};
use crate::sys::reserve;

/// `NOMEM` when there is nothing but the reserve.
#[inline]
pub fn enough_memory() -> Result<()> {
    if reserve::is_all() { Err(Error::NOMEM) } else { Ok(()) }
}
