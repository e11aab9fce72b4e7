//! `nng/protocol/pubsub0/`.
pub mod r#pub;
pub mod sub;
