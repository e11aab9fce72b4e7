//! nng 1.x at its C ABI, in Rust. The rooms, left to right, each using only those further right:
//! capi → init → nn → sp → ws → http → stream → tls → rt → msg → base → sys.

pub mod base;
pub mod capi;
pub mod http;
pub mod init;
pub mod msg;
pub mod nn;
pub mod rt;
pub mod sp;
pub mod stream;
pub mod sys;
pub mod tls;
pub mod ws;

#[global_allocator]
static ALLOCATOR: sys::reserve::Allocator = sys::reserve::Allocator;
