//! Our library with other people's programs over the wire: openssl, curl, nginx, Python's
//! http.server and websockets, each found at run time. C programs of ours, on our library, stand
//! at this end. A test that misses its peer says so. Raw WebSocket frames stand in for the suite.
#[path = "../../capi-tests/stress/harness.rs"]
mod harness;

mod frames;
mod http;
mod program;
mod tls;
mod ws;
