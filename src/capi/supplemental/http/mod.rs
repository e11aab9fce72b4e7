//! `nng/supplemental/http/`.
mod handlers;
pub mod http;
