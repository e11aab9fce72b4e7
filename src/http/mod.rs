//! HTTP/1.1: messages, their parsing and writing without I/O, and what runs them.
pub mod body;
pub mod chunk;
pub mod client;
pub mod conn;
pub mod handler;
pub mod headers;
pub mod message;
mod mime;
pub mod parse;
#[cfg(test)]
mod parse_tests;
pub mod server;
#[cfg(test)]
mod server_tests;
mod session;
pub mod status;
pub mod transfer;

pub use body::Body;
pub use headers::Headers;
pub use message::{Request, Response};
