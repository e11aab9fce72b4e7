//! Command-line access to SP sockets.
#![forbid(unsafe_code)]
fn main() {}
