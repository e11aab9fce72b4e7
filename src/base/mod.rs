//! What everything else stands on: errors, URLs, addresses, options, ids, statistics, logging.
pub mod cmdline;
pub mod error;
pub mod idmap;
pub mod log;
pub mod memory;
pub mod options;
pub mod raw_text;
pub mod sockaddr;
pub mod stats;
pub mod url;

pub use error::{Error, Result};
pub use sockaddr::SockAddr;
pub use url::Url;
