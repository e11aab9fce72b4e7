//! WebSocket: frames, the opening handshake, and links made of them.
pub mod frame;
#[cfg(test)]
mod frame_tests;
pub mod handshake;
pub mod mask;
