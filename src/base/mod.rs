//! What everything else stands on: errors, URLs, addresses, options, ids, statistics, logging.
pub mod error;
pub use error::{Error, Result};
