//! Messages.
mod body;
pub mod large;
mod message;
pub mod pool;

pub use message::{Message, MessageInner, body_room};
