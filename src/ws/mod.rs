//! WebSocket: frames, the opening handshake, and links made of them.
pub mod dialer;
pub mod frame;
#[cfg(test)]
mod frame_tests;
pub mod handshake;
pub mod link;
pub mod listener;
pub mod mask;
pub mod settings;
pub mod upgrade;
