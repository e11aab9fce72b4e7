//! HTTP/1.1: messages, their parsing and writing without I/O, and what runs them.
pub mod body;
pub mod chunk;
pub mod headers;
pub mod message;
pub mod parse;
#[cfg(test)]
mod parse_tests;
pub mod status;

pub use body::Body;
pub use headers::Headers;
pub use message::{Request, Response};
