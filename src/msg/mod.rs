//! Messages.
mod body;
mod message;
pub mod pool;

pub use message::{Message, MessageInner};
