//! `nng/transport/ws/`.
pub mod websocket;
