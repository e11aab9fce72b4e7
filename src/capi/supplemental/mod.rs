//! `nng/supplemental/`.
pub mod http;
pub mod tls;
pub mod util;
