//! WebSocket handshakes as a server sees them: `cargo +nightly fuzz run ws_handshake`.
#![no_main]
use libfuzzer_sys::fuzz_target;
use nng::http::Request;
use nng::http::parse::{self, HeadFinder};
use nng::ws::handshake;
use std::ffi::CString;

fuzz_target!(|data: &[u8]| {
    if let Ok(Some(end)) = HeadFinder::default().find(data) {
        let mut req = Request::new();
        if parse::request(&data[..end], &mut req).is_ok() {
            let _ = handshake::answer(&req, Some(c"pair.sp.nanomsg.org"), &[]);
            let _ = handshake::answer(&req, None, &[]);
        }
    }
    if let Ok(lines) = CString::new(data) {
        let _ = handshake::header_lines(&lines);
    }
});
