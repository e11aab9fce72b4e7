//! `nng/protocol/`: opening sockets.
pub mod bus0;
pub mod pair0;
pub mod pair1;
pub mod pipeline0;
pub mod pubsub0;
pub mod reqrep0;
pub mod survey0;
