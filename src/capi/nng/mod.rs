//! `nng/nng.h`, a file for each kind of object.
pub mod aio;
pub mod ctx;
pub mod dialer;
pub mod error;
pub mod legacy;
pub mod library;
pub mod listener;
pub mod log;
pub mod msg;
pub mod pipe;
pub mod sockaddr;
pub mod socket;
pub mod stats;
pub mod stream;
pub mod sync;
pub mod udp;
pub mod url;

/// Milliseconds; `NNG_DURATION_INFINITE` and `NNG_DURATION_DEFAULT` are less than zero.
pub type nng_duration = i32;

/// Milliseconds since some time in the past that is the same for the whole process.
pub type nng_time = u64;
